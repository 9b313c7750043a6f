//! One run of a story: an order from its submission to its end, and the process dies once on the way, or never.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use end_to_end::{Elsewhere, Point, Say, Script, Setup, World, minutes, rp, secs};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::engine::{CallbackTaken, OperationError};
use eraflazz_core::ids::{AttemptNo, MappingId, SupplierRef};
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ledger::Wallet;
use eraflazz_core::order::{
    Aggregate, AttemptState, Entry, Order, OrderState, PublicStatus, Resolution, Review,
};
use eraflazz_core::ports::{Ledger, Outbox, Store};
use eraflazz_core::supplier::{Finding, Formed, Profile, Reason};

use super::story::Story;

/// What the record is on, and how long nobody is there after a death.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    /// Memory that outlives the process; the next one begins at once.
    Memory,
    /// A disk, which the next process reads from its first byte, after every lease has passed.
    Disk,
    /// A database. The process takes its connections along, in the middle of a transaction if that is where it ends; the next one makes its own, at once or, every
    /// other time, after every lease has passed.
    Database(Arc<dyn Elsewhere>),
}

impl Home {
    /// Which of the points are tried: on a disk, which takes ten times as long, every fifth, and of each story others.
    pub(crate) fn tries(&self, story: usize, points: Vec<Point>) -> Vec<Point> {
        match self {
            Self::Memory | Self::Database(_) => points,
            Self::Disk => points.into_iter().skip(story % 5).step_by(5).collect(),
        }
    }

    /// How often a process sweeps: in a database, where each look takes its time, as seldom as it may (INV-26).
    const fn sweeps_every(&self) -> Duration {
        match self {
            Self::Memory | Self::Disk => secs(20),
            Self::Database(_) => minutes(1),
        }
    }

    /// After how long the outside looks again, by how long the day is already.
    fn glance(&self, day: Duration) -> Duration {
        match self {
            Self::Database(_) if day > minutes(8) => minutes(1),
            Self::Memory | Self::Disk | Self::Database(_) => secs(5),
        }
    }

    fn away(&self, story: &Story, dies_at: Option<Point>) -> Duration {
        let comes_late = match self {
            Self::Memory => false,
            Self::Disk => true,
            Self::Database(_) => dies_at.is_some_and(|point| point.nth % 2 == 0),
        };
        if comes_late && !story.at_once {
            minutes(4)
        } else {
            secs(3)
        }
    }
}

/// The customer whose bill is paid, where one is.
const BILL: &str = "530000000001";

/// How long one run is watched.
const DAY: Duration = minutes(150);

/// What the outside sees of the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct End {
    pub(crate) state: String,
    pub(crate) is_open: bool,
    pub(crate) review: &'static str,
    pub(crate) wallet: Wallet,
    /// What each supplier delivered and did not take back.
    pub(crate) delivered: [u32; 2],
    pub(crate) cases: Vec<CaseKind>,
    /// Which routes are open (INV-17).
    pub(crate) routes: Vec<MappingId>,
    /// The endings that the member was told, in order, each once.
    pub(crate) endings: Vec<PublicStatus>,
}

/// A call that was under way when the process died.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Cut {
    /// At which supplier.
    pub(crate) supplier: usize,
    /// Whether the supplier ever got the request.
    pub(crate) arrived: bool,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Run {
    /// The points that the first process came by.
    pub(crate) points: Vec<Point>,
    /// Whether it died.
    pub(crate) died: bool,
    /// What its death cut off.
    pub(crate) cut: Option<Cut>,
    /// How it ended.
    pub(crate) end: End,
    /// What was made of all that was heard, class by class.
    pub(crate) classes: BTreeSet<&'static str>,
}

/// Runs the story on a clock of its own.
pub(crate) fn run(home: &Home, story: &Story, profile: &Profile, dies_at: Option<Point>) -> Run {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(home, story, profile, dies_at))
}

async fn play(home: &Home, story: &Story, profile: &Profile, dies_at: Option<Point>) -> Run {
    let [first, second] = story.scripts.clone();
    let setup = match home {
        Home::Memory => Setup::default(),
        Home::Disk => Setup::default().on_disk(),
        Home::Database(database) => Setup::default().in_database(Arc::clone(database)),
    };
    let mut world = setup
        .supplier(profile.clone(), first)
        .supplier(profile.clone(), second)
        .settings(|settings| {
            settings.sweep_interval = home.sweeps_every();
            settings.policy.order_deadline = minutes(20);
        })
        .with_sn(story.sn_required)
        .deposit(if story.paid { 100_000 } else { 0 })
        .build()
        .await;
    world.listens(world.h2h, "server").await;
    if profile.bills.is_some() {
        for n in 0..2 {
            world
                .supplier(n)
                .owes(BILL, Ok(Finding::of_bill(rp(9_800))));
        }
    }
    for (n, is_lost) in story.first_is_lost.into_iter().enumerate() {
        if is_lost {
            world.supplier(n).script(Script::lost());
        }
    }
    let first_life = Arc::clone(&world.life);
    first_life.ends_at(dies_at);
    world.run();
    let mut stage = Stage {
        reports: story.reports.clone(),
        ruling: story.ruling.clone(),
        cut: None,
        of_bill: profile.bills.is_some(),
        inquiry: None,
        order: None,
    };
    let dawn = world.now();
    while world.now().since(dawn) < DAY && !stage.is_over(&world).await {
        if world.life.is_over() {
            stage.cut = stage.cut_off(&world).await;
            world.pass(home.away(story, dies_at)).await;
            world.restart();
        }
        stage.act(&world).await;
        let glance = home.glance(world.now().since(dawn));
        or_death(&world, world.pass(glance)).await;
    }
    let agg = world.look(stage.order.as_ref().unwrap()).await;
    world.audit().await;
    Run {
        points: first_life.points(),
        died: first_life.is_over(),
        cut: stage.cut,
        end: end_of(&world, &agg).await,
        classes: classes(&world, &agg).await,
    }
}

async fn classes(world: &World, agg: &Aggregate) -> BTreeSet<&'static str> {
    let log = world.store().log(agg.order.id.into()).await.unwrap();
    let heard = log.iter().filter_map(|row| {
        if let Entry::Heard { classes, .. } = &row.entry {
            Some(classes)
        } else {
            None
        }
    });
    heard.flatten().map(|class| class.word()).collect()
}

/// What comes first: the end of this, or of the process.
pub(super) async fn or_death<T>(world: &World, what: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        done = what => Some(done),
        () = world.life.over() => None,
    }
}

/// The outside: a member who submits until it is told that the order is taken; a supplier that reports until it is told that it is heard; a person
/// who rules until that is acknowledged, or seen to be done.
struct Stage {
    reports: Vec<(Duration, Say)>,
    ruling: Option<Resolution>,
    cut: Option<Cut>,
    /// Whether the order pays a bill, which is asked about first.
    of_bill: bool,
    inquiry: Option<Inquiry>,
    order: Option<Order>,
}

impl Stage {
    async fn act(&mut self, world: &World) {
        if self.of_bill && self.inquiry.is_none() {
            let asked = or_death(world, world.ask("CEK-1", BILL)).await;
            self.inquiry = asked.map(|asked| asked.unwrap());
        }
        if self.order.is_none() && self.of_bill == self.inquiry.is_some() {
            let wish = match &self.inquiry {
                Some(inquiry) => world.pays(world.h2h, "A-1", inquiry),
                None => world.wish("A-1", "081234567890"),
            };
            let taken = or_death(world, world.engine.submit(wish)).await;
            self.order = taken.map(|taken| taken.unwrap().order);
        }
        while let Some(said) = self.report_due(world) {
            if self.report(world, &said).await.is_none() {
                return;
            }
            self.reports.remove(0);
        }
        if let Some(ruling) = self.ruling_due(world).await {
            let order = self.order.as_ref().unwrap().id;
            if let Resolution::NotDelivered { .. } = ruling {
                self.ask_by_telephone(world).await;
            }
            let ruling = ruling.of(AttemptNo(1));
            let ruled = world.engine.resolve(order, ruling, "siti".parse().unwrap());
            self.has_ruled(or_death(world, ruled).await);
        }
    }

    /// It is ruled, unless the process died over it: then it may be, and the person looks again.
    fn has_ruled(&mut self, answer: Option<Result<Order, OperationError>>) {
        match answer {
            // Nobody heard an answer; or something is under way, and it can be said again later.
            None | Some(Err(OperationError::Illegal(_))) => {}
            Some(Ok(_)) => self.ruling = None,
            Some(Err(error)) => panic!("{error}"),
        }
    }

    /// The ruling, once the first attempt lies before a person: nobody knows of its goods, or they came when the money had gone back, or were taken back.
    async fn ruling_due(&self, world: &World) -> Option<Resolution> {
        let agg = world.look(self.order.as_ref()?).await;
        let first = agg.attempts.first()?.state;
        let lies_there = match (&agg.order.review, agg.order.state) {
            (Some(Review::Escalated { .. }), OrderState::InFlight(_)) => first.is_open(),
            (Some(Review::Disputed { .. }), OrderState::Succeeded) => true,
            (_, OrderState::Returned(_)) => first == AttemptState::LateSuccess,
            (_, _) => false,
        };
        self.ruling.clone().filter(|_| lies_there)
    }

    /// The proof of a ruling that nothing was delivered.
    async fn ask_by_telephone(&self, world: &World) {
        let agg = world.look(self.order.as_ref().unwrap()).await;
        let failed = Say::Refused(Formed::Yes, Reason::Other);
        let our_ref = &agg.attempts[0].supplier_ref;
        world.supplier(0).tells_a_person(our_ref, failed);
    }

    /// The next report, if its time has come: it is of the first request that the supplier got.
    fn report_due(&self, world: &World) -> Option<(SupplierRef, Say)> {
        let (after, say) = self.reports.first()?;
        let (our_ref, known) = world.supplier(0).known().into_iter().next()?;
        let had_it = known.sent_at.first()?;
        (had_it.elapsed() >= *after).then_some((our_ref, *say))
    }

    async fn report(&self, world: &World, said: &(SupplierRef, Say)) -> Option<CallbackTaken> {
        let request = world.supplier(0).turn(&said.0, said.1);
        let heard = or_death(world, world.engine.supplier_callback("a", request)).await;
        heard.map(|taken| taken.unwrap())
    }

    async fn is_over(&self, world: &World) -> bool {
        let to_come = !self.reports.is_empty() && world.supplier(0).sends() > 0;
        if self.order.is_none() || to_come || world.life.is_over() {
            return false;
        }
        if self.ruling_due(world).await.is_some() {
            return false;
        }
        let some_day = world.now().plus(Duration::from_hours(24 * 365));
        let due = world.store().due(some_day, 1).await.unwrap();
        let untold = world.store().outbox_depth(None).await.unwrap().waiting;
        due.is_empty() && untold == 0
    }

    /// What the death cut off: a call whose end the store does not know.
    async fn cut_off(&self, world: &World) -> Option<Cut> {
        let ref_id = "A-1".parse().unwrap();
        let agg = world.store().by_ref(world.h2h, &ref_id).await.unwrap()?;
        let attempt = agg
            .attempts
            .iter()
            .rev()
            .find(|attempt| attempt.call_open)?;
        let supplier = attempt.supplier.index();
        let arrived = world.supplier(supplier).knows(&attempt.supplier_ref);
        Some(Cut {
            supplier,
            arrived: arrived.is_some(),
        })
    }
}

async fn end_of(world: &World, agg: &Aggregate) -> End {
    let mut endings: Vec<PublicStatus> = Vec::new();
    for told in world.receivers().told(world.h2h) {
        let ends = !matches!(
            told.status,
            PublicStatus::Pending | PublicStatus::Processing
        );
        if ends && endings.last() != Some(&told.status) {
            endings.push(told.status);
        }
    }
    let state = if let OrderState::InFlight(_) = agg.order.state {
        "InFlight".to_owned()
    } else {
        format!("{:?}", agg.order.state)
    };
    let snapshot = world.catalog().await;
    let open = snapshot.mappings().iter().filter(|route| route.active);
    let routes = open.map(|route| route.id).collect();
    let mut cases = world.case_kinds().await;
    cases.sort_unstable();
    End {
        state,
        is_open: agg.order.state.is_open(),
        review: match agg.order.review {
            None => "none",
            Some(Review::Escalated { .. }) => "escalated",
            Some(Review::Disputed { .. }) => "disputed",
        },
        wallet: world.wallet(world.h2h).await,
        delivered: [0, 1].map(|n| world.supplier(n).standing()),
        cases,
        routes,
        endings,
    }
}
