//! A world: a sale in which anything may happen, and an end in which nothing does.

mod ending;
mod history;

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use end_to_end::SeededDice;
use eraflazz_core::ids::MemberId;
use eraflazz_core::supplier::{Profile, Status};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::auditor::{Auditor, Placed, Standing, Terms, Violation};
use crate::chance::Chance;
use crate::coverage::Met;
use crate::door::Door;
use crate::fault::{Fault, Faults};
use crate::founding::{Draw, people, settings, vendors};
use crate::house::House;
use crate::member::{Members, Wish};
use crate::operator::{Operators, Prices};
use crate::record::Record;
use crate::scene::Scene;
use crate::trace::Event;
use crate::vendor::Manner;

pub use history::{Act, History};

/// What is asked of a world.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Where all of its chance comes from.
    pub seed: u64,
    /// How many orders are placed.
    pub orders: u32,
    /// Whether it tells its story.
    pub story: bool,
    /// Whether the record is on a disk; every eighth seed's is for `None`.
    pub durable: Option<bool>,
    /// Rates of faults other than the ones that the seed draws.
    pub rates: Option<[u32; Fault::ALL.len()]>,
    /// How suppliers are, where it is not left to the seed.
    pub manner: Option<Manner>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many orders were placed.
    pub orders: u32,
    /// How long it lasted, in milliseconds of its own.
    pub millis: u64,
    /// How often each kind of fault struck, in the order of [`Fault::ALL`].
    pub fired: [u64; Fault::ALL.len()],
    /// What the auditor objects to.
    pub violations: Vec<Violation>,
    /// The hash of everything that happened, and how much it was.
    pub hash: (u64, u64),
    /// How orders ended.
    pub standing: Standing,
    /// Which states met which inputs.
    pub met: BTreeMap<Met, u64>,
    /// The stories of the parcels that it objects to; of everything if it objects to nothing. Empty unless it was wanted.
    pub story: String,
}

/// Of so many seeds in a row, one world has its record on a disk, so that every run of some length has both, and of its time about half for each: a world on a disk
/// takes five to eight times as long as another.
const ON_DISK_EACH: u64 = 8;
/// How long after the last order was placed members still wait for an answer to theirs. Nothing goes wrong for this long.
const ANSWERED_WITHIN: Duration = Duration::from_hours(48);
/// So many objections are enough: such a world is not carried on.
const ENOUGH: usize = 50;

/// Runs a world to its end.
pub fn run(wanted: &Wanted) -> Result<Outcome, std::io::Error> {
    run_watched(wanted, |_| {})
}

/// The same, and shows its scene before anything happens in it.
pub fn run_watched(
    wanted: &Wanted,
    begins: impl FnOnce(&Arc<Scene>),
) -> Result<Outcome, std::io::Error> {
    Ok(runtime()?.block_on(async {
        let world = World::new(wanted).await;
        begins(&world.scene);
        world.run().await
    }))
}

/// One thread, on which hours pass at once.
fn runtime() -> Result<Runtime, std::io::Error> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true).build()
}

struct World {
    scene: Arc<Scene>,
    house: Arc<House>,
    fates: Option<mpsc::UnboundedReceiver<(u32, crate::process::Fate)>>,
    members: Arc<Members>,
    operators: Arc<Operators>,
    draw: Draw,
    chance: Chance,
    ids: Vec<MemberId>,
    wishes: Vec<Wish>,
    /// Members who wait for an answer.
    waiting: JoinSet<()>,
    orders: u32,
}

impl World {
    async fn new(wanted: &Wanted) -> Self {
        let stream = |number| Chance::new(wanted.seed, number);
        let chance = stream(1);
        let draw = Draw::new(&chance, wanted.orders);
        let rates = wanted.rates.unwrap_or_else(|| Faults::mix(&chance));
        let profiles: Vec<_> = draw
            .kinds
            .iter()
            .map(|kind| kind.profile(&chance))
            .collect();
        let terms = profiles.iter().map(|profile| Terms {
            resend_after: match profile.status {
                Status::Resubmit { min_interval, .. } => {
                    u64::try_from(min_interval.as_millis()).ok()
                }
                Status::Dedicated | Status::Listing | Status::None => None,
            },
            settle_delay: u64::try_from(profile.settle_delay.as_millis()).unwrap_or(0),
            lease: 2 * u64::try_from(profile.timeout.as_millis()).unwrap_or(0) + 10_000,
        });
        let auditor = Auditor::new(terms.collect());
        let scene = Arc::new(Scene::new(
            Faults::new(rates, stream(2)),
            auditor,
            wanted.story,
        ));
        let door = Arc::new(Door::default());
        let vendors = vendors(&draw.kinds, profiles, wanted, &chance, &scene, &door);
        let durable = wanted
            .durable
            .unwrap_or(wanted.seed.is_multiple_of(ON_DISK_EACH));
        let record = if durable {
            Record::on_disk(&chance)
        } else {
            Record::in_memory()
        };
        let ids = match record.found() {
            Ok(store) => people(&store, &scene, &chance, &draw, &vendors).await,
            Err(why) => {
                scene.object(None, format!("no record: {why}"));
                Vec::new()
            }
        };
        record.left_behind(&chance);
        let (fates, heard) = mpsc::unbounded_channel();
        let dice_seed = chance.below(u64::MAX);
        let house = House {
            scene: Arc::clone(&scene),
            door: Arc::clone(&door),
            vendors: vendors.clone(),
            members: ids.clone().into(),
            settings: settings(&chance),
            dice: Arc::new(SeededDice::new(dice_seed)),
            chance: Arc::new(stream(3)),
            record,
            fates,
            processes: Mutex::default(),
            started: AtomicU32::new(0),
        };
        let members = Members {
            scene: Arc::clone(&scene),
            door: Arc::clone(&door),
            chance: stream(4),
        };
        let operators = Operators {
            scene: Arc::clone(&scene),
            door,
            mappings: draw.products * u32::try_from(vendors.len()).unwrap_or(1),
            vendors,
            members: ids.clone(),
            chance: stream(5),
        };
        Self {
            scene,
            house: Arc::new(house),
            fates: Some(heard),
            members: Arc::new(members),
            operators: Arc::new(operators),
            draw,
            chance,
            ids,
            wishes: Vec::new(),
            waiting: JoinSet::new(),
            orders: wanted.orders,
        }
    }

    async fn run(mut self) -> Outcome {
        self.begin().await;
        tokio::spawn(Arc::clone(&self.operators).work());
        let prices = Prices::new(self.draw.products);
        let pace = self.draw.span / 10;
        tokio::spawn(prices.change(Arc::clone(&self.operators), pace));
        let placed_within = self.draw.span * 2 + ANSWERED_WITHIN;
        if tokio::time::timeout(placed_within, self.sell())
            .await
            .is_err()
        {
            self.nobody_answers();
        }
        self.end().await
    }

    /// The house opens, and everybody brings money.
    async fn begin(&mut self) {
        self.house.start();
        if let Some(fates) = self.fates.take() {
            tokio::spawn(Arc::clone(&self.house).keep(fates));
        }
        tokio::spawn(Arc::clone(&self.house).jump_clocks());
        if tokio::time::timeout(ANSWERED_WITHIN, self.open())
            .await
            .is_err()
        {
            self.scene
                .object(None, "no money could be brought in two days".to_owned());
        }
    }

    fn nobody_answers(&self) {
        let what = "the sale did not end: members wait for answers (INV-33)";
        self.scene.object(None, what.to_owned());
    }

    /// Nothing goes wrong any more, and the books are closed.
    async fn end(self) -> Outcome {
        self.scene.faults.end();
        self.come_to_rest().await;
        self.close().await;
        self.house.door.shut();
        self.outcome()
    }

    /// Everybody brings money.
    async fn open(&self) {
        let Some(engine) = self.house.door.engine() else {
            return;
        };
        for vendor in &self.operators.vendors {
            self.operators
                .pay_supplier(&engine, vendor, "opening", vendor.price() * 5_000)
                .await;
        }
        for member in 0..self.draw.members {
            let rupiah = *self.chance.pick(&[60_000, 2_000_000, 20_000_000]);
            self.operators
                .deposit(&engine, member, "opening", rupiah * 100)
                .await;
        }
    }

    /// The sale.
    async fn sell(&mut self) {
        let gap =
            u64::try_from(self.draw.span.as_millis()).unwrap_or(0) / u64::from(self.orders.max(1));
        for _ in 0..self.orders {
            let again = self.chance.percent(4);
            let member = self.chance.below(u64::from(self.draw.members));
            let mut member = u16::try_from(member).unwrap_or(0);
            let mut counter = None;
            // The same member means it, or pressed twice (INV-19).
            if let Some(last) = self.wishes.last().filter(|_| again)
                && self.chance.percent(60)
            {
                let known = self.ids.iter().position(|id| *id == last.member);
                member = known.map_or(member, |place| u16::try_from(place).unwrap_or(0));
                counter = *self.chance.pick(&[None, None, Some(1), Some(2)]);
            }
            self.place(member, again, counter);
            if self.scene.auditor().violations().len() >= ENOUGH {
                return;
            }
            tokio::time::sleep(self.chance.millis(0, 2 * gap)).await;
            while self.waiting.try_join_next().is_some() {}
        }
        while self.waiting.join_next().await.is_some() {}
    }

    /// A member places the next order: for goods of their own, or for what was ordered last.
    fn place(&mut self, member: u16, again: bool, counter: Option<u8>) {
        let number = u32::try_from(self.wishes.len()).unwrap_or(u32::MAX);
        let last = self.wishes.last().filter(|_| again);
        let parcel = last.map_or(number, |last| last.parcel);
        let product = parcel % self.draw.products;
        let wish = Wish {
            number,
            parcel,
            product: format!("P{product}"),
            member: self.ids[usize::from(member)],
            counter,
        };
        let placed = Placed {
            parcel,
            product,
            member,
            counter: counter.unwrap_or(1),
            tier: member % 2,
            at: self.scene.millis(),
        };
        self.scene.auditor().ordered(&placed);
        self.scene.note(Event::Ordered {
            order: number,
            goods: parcel,
            member,
        });
        self.wishes.push(wish.clone());
        self.waiting.spawn(Arc::clone(&self.members).order(wish));
    }

    fn outcome(&self) -> Outcome {
        self.scene.note_objections();
        let violations = self.scene.auditor().violations().to_vec();
        let story = self.story(&violations);
        Outcome {
            orders: u32::try_from(self.wishes.len()).unwrap_or(u32::MAX),
            millis: self.scene.millis(),
            fired: self.scene.faults.fired(),
            violations,
            hash: self.scene.trace.hash(),
            standing: self.scene.auditor().standing(),
            met: self.scene.coverage.met(),
            story,
        }
    }

    /// What a newcomer needs to understand the objections: the cast, and for each of the first few goods what happened to them.
    fn story(&self, violations: &[Violation]) -> String {
        let mut goods: Vec<u32> = violations.iter().filter_map(|found| found.parcel).collect();
        goods.sort_unstable();
        goods.dedup();
        let mut parts = vec![self.cast()];
        for parcel in goods.iter().take(3) {
            let orders = self.scene.auditor().orders_of(*parcel).to_vec();
            let told = self.scene.trace.story(*parcel, &orders);
            parts.push(format!("The story of goods {parcel}:\n{told}"));
        }
        if goods.is_empty() {
            parts.push(self.scene.trace.before_objection(200));
        }
        parts.join("\n\n")
    }

    fn cast(&self) -> String {
        let kept = if self.house.record.has_one_owner() {
            "on a disk"
        } else {
            "in memory"
        };
        let mut lines = vec![format!(
            "A world of {} orders, {} members and {} products; the record is {kept}. Hours are counted from its beginning.",
            self.orders, self.draw.members, self.draw.products
        )];
        for vendor in &self.operators.vendors {
            let Profile {
                timeout,
                callback,
                settle_delay,
                ..
            } = &vendor.profile;
            lines.push(format!(
                "  supplier {} is {:?}: answers within {timeout:?}, callbacks {callback:?}, settle delay {settle_delay:?}",
                vendor.id, vendor.kind
            ));
        }
        lines.join("\n")
    }
}
