//! A supplier: what it knows, what it does and what it bills, whatever it says.

mod callback;
mod say;
mod tongue;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use end_to_end::{dedicated, resubmit};
use eraflazz_core::ids::{SupplierId, SupplierRef};
use eraflazz_core::supplier::{
    Callback, Formed, Profile, Purchase, Reason, Reference, Repeat, Status,
};
use eraflazz_core::text::{Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use tokio::time::Instant;

use crate::auditor::Executed;
use crate::chance::Chance;
use crate::door::Door;
use crate::fault::Fault;
use crate::scene::{Scene, parcel_of, reference_number, sn_text};
use crate::trace::Event;

pub use say::{Say, Through};
pub use tongue::Tongue;
pub use wire::{Planned, Wire};

/// The four kinds of suppliers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// With a call that only asks.
    Dedicated,
    /// Asked by sending the same reference again, as Digiflazz is.
    Resubmit,
    /// By text, without a way to ask; a reference that failed may run again when it is sent again; its reports are not signed. As `OtomaX`.
    Text,
    /// Knows only its own references, which must be told apart in a list; its callbacks are hints. As VIP.
    NoReference,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Dedicated,
        Self::Resubmit,
        Self::Text,
        Self::NoReference,
    ];

    /// What such a supplier declares.
    pub fn profile(self, chance: &Chance) -> Profile {
        let profile = match self {
            Self::Dedicated => Profile {
                settle_delay: *chance.pick(&[Duration::ZERO, Duration::from_mins(2)]),
                callback: *chance.pick(&[Callback::Signed, Callback::Hint]),
                ..dedicated()
            },
            Self::Resubmit => resubmit(),
            Self::Text => Profile {
                status: Status::None,
                callback: Callback::Hint,
                failed_ref_may_run_again: true,
                settle_delay: Duration::from_mins(chance.between(1, 5)),
                ..resubmit()
            },
            Self::NoReference => Profile {
                status: Status::Listing,
                reference: Reference::Theirs,
                callback: Callback::Hint,
                failed_ref_may_run_again: true,
                repeat: Repeat::Never,
                settle_delay: Duration::from_mins(chance.between(1, 5)),
                ..resubmit()
            },
        };
        Profile {
            timeout: Duration::from_secs(chance.between(10, 60)),
            max_in_flight: *chance.pick(&[2, 20, 1_000]),
            min_gap: *chance.pick(&[Duration::ZERO, Duration::ZERO, Duration::from_millis(50)]),
            ..profile
        }
    }
}

/// How a supplier usually is, in parts of a hundred.
#[derive(Clone, Copy, Debug)]
pub struct Manner {
    /// Purchases that are refused at once.
    pub refuses: u32,
    /// Purchases that take their time.
    pub takes_time: u32,
    /// Of those that take their time, how many fail.
    pub fails: u32,
}

/// A supplier.
#[derive(Debug)]
pub struct Vendor {
    /// Its number.
    pub id: u16,
    /// What kind it is.
    pub kind: Kind,
    /// What it declares.
    pub profile: Profile,
    manner: Manner,
    /// The provider in whose bytes it answers; `None`: it hands over what it means.
    pub(crate) tongue: Option<Tongue>,
    /// What it sells everything at now, in hundredths.
    price: AtomicI64,
    scene: Arc<Scene>,
    door: Arc<Door>,
    chance: Chance,
    books: Mutex<Books>,
}

#[derive(Debug, Default)]
struct Books {
    deals: Vec<Deal>,
    by_ref: BTreeMap<SupplierRef, usize>,
    on_its_way: BTreeSet<SupplierRef>,
    balance: i64,
    sns: u64,
    down_until: Option<Instant>,
}

/// What it knows of one of our references.
#[derive(Clone, Debug)]
struct Deal {
    reference: SupplierRef,
    /// The supplier's own reference.
    their_ref: Option<TheirRef>,
    parcel: u32,
    sku: Sku,
    target: Target,
    stands: Stands,
    price: i64,
    price_unreadable: bool,
    sn: u64,
    /// The same as the adapter reads it.
    sn_read: Option<Sn>,
    /// How many more times the serial number is left out.
    sn_hidden: u32,
    /// Whether our side may know it by its own reference there.
    is_known: bool,
    /// It was executed once.
    is_executed: bool,
    /// When it was formed, by the supplier's clock.
    formed_at: Timestamp,
    /// What its callbacks have said. The same again says nothing: it could be the same callback, delivered again (E-6).
    called: Vec<Say>,
}

/// How a purchase stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stands {
    /// In process.
    Working,
    /// Delivered.
    Delivered,
    /// Not delivered.
    Failed(Formed, Reason),
    /// Delivered and taken back.
    Reversed,
}

/// What a supplier's statement shows of a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Nothing.
    Unknown,
    /// It may still come in, or is in process.
    Open,
    /// Delivered, with this serial number, at this cost in hundredths.
    Delivered {
        /// The serial number.
        sn: u64,
        /// The cost.
        cost: i64,
    },
    /// Not delivered, or taken back.
    Undelivered,
}

impl Vendor {
    /// A supplier that sells everything at `price` hundredths.
    #[expect(
        clippy::too_many_arguments,
        reason = "what a supplier is made of, put together in one place"
    )]
    pub fn new(
        id: u16,
        kind: Kind,
        profile: Profile,
        manner: Manner,
        tongue: Option<Tongue>,
        price: i64,
        scene: Arc<Scene>,
        door: Arc<Door>,
        chance: Chance,
    ) -> Self {
        Self {
            id,
            kind,
            profile,
            manner,
            tongue,
            price: AtomicI64::new(price),
            scene,
            door,
            chance,
            books: Mutex::default(),
        }
    }

    /// The name under which the engine knows it.
    pub fn name(&self) -> String {
        format!("s{}", self.id)
    }

    /// Its id in the catalog.
    pub const fn supplier_id(&self) -> SupplierId {
        SupplierId(self.id)
    }

    /// Its code for a product of ours. No two suppliers have one in common.
    pub fn sku(&self, product: u32) -> String {
        format!("s{}k{product}", self.id)
    }

    /// Which product of ours it sells under this code.
    fn product(&self, sku: &Sku) -> Option<u32> {
        let (supplier, product) = sku.as_str().strip_prefix('s')?.split_once('k')?;
        (supplier.parse() == Ok(self.id)).then(|| product.parse().ok())?
    }

    /// What it sells everything at now, in hundredths.
    pub fn price(&self) -> i64 {
        self.price.load(Ordering::Relaxed)
    }

    /// From now on it charges so much.
    pub fn reprice(&self, price: i64) {
        self.price.store(price, Ordering::Relaxed);
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is left of our deposit, in hundredths.
    pub fn balance(&self) -> i64 {
        self.books().balance
    }

    /// Our deposit grows.
    pub fn top_up(&self, amount: i64) {
        self.books().balance += amount;
    }

    /// What its statement shows of a reference.
    pub fn truth(&self, reference: &SupplierRef) -> Truth {
        let books = self.books();
        if books.on_its_way.contains(reference) {
            return Truth::Open;
        }
        let Some(deal) = books
            .by_ref
            .get(reference)
            .map(|place| &books.deals[*place])
        else {
            return Truth::Unknown;
        };
        match deal.stands {
            Stands::Working => Truth::Open,
            Stands::Delivered => Truth::Delivered {
                sn: deal.sn,
                cost: deal.price,
            },
            Stands::Failed(..) | Stands::Reversed => Truth::Undelivered,
        }
    }

    /// A purchase comes in. Gives its place, and whether it was known before.
    fn arrive(self: &Arc<Self>, purchase: &Purchase) -> usize {
        let parcel = parcel_of(purchase.target.as_str()).unwrap_or(u32::MAX);
        let mut books = self.books();
        books.on_its_way.remove(&purchase.supplier_ref);
        let known = books.by_ref.get(&purchase.supplier_ref).copied();
        let place = known.unwrap_or_else(|| {
            let place = books.deals.len();
            books.by_ref.insert(purchase.supplier_ref, place);
            books.deals.push(Deal {
                reference: purchase.supplier_ref,
                their_ref: TheirRef::new(&format!("T{}-{place}", self.id)).ok(),
                parcel,
                sku: purchase.sku.clone(),
                target: purchase.target.clone(),
                stands: Stands::Working,
                price: self.price(),
                price_unreadable: false,
                sn: 0,
                sn_read: None,
                sn_hidden: 0,
                is_known: false,
                is_executed: false,
                formed_at: self.scene.clock.of_the_world(),
                called: Vec::new(),
            });
            place
        });
        let stands = books.deals[place].stands;
        drop(books);
        if known.is_none() {
            self.begin(place, false);
            return place;
        }
        match (self.kind, stands) {
            // Nothing was formed, so the same reference is a purchase like any other.
            (Kind::Resubmit, Stands::Failed(Formed::No, _)) => self.begin(place, false),
            (Kind::Resubmit, _) => {
                if stands != Stands::Working && self.strikes(Fault::SupplierForgets, parcel) {
                    self.begin(place, stands == Stands::Delivered);
                }
            }
            // They know no repetition: whatever comes in (of the text suppliers, whatever had failed) is bought.
            (Kind::Dedicated | Kind::NoReference, _) | (Kind::Text, Stands::Failed(..)) => {
                self.execute(place, true);
            }
            (Kind::Text, _) => {}
        }
        place
    }

    fn strikes(&self, fault: Fault, parcel: u32) -> bool {
        self.scene.strikes(fault, Some(parcel))
    }

    /// Decides what becomes of a purchase.
    fn begin(self: &Arc<Self>, place: usize, again: bool) {
        let parcel = self.books().deals[place].parcel;
        if let Some(reason) = self.refusal(parcel) {
            if !again {
                self.books().deals[place].stands = Stands::Failed(Formed::No, reason);
                self.scene.note(Event::Undelivers {
                    goods: parcel,
                    supplier: self.id,
                    reversed: false,
                });
            }
            return;
        }
        if !self.chance.percent(self.manner.takes_time) {
            self.decide(place, again);
            return;
        }
        self.books().deals[place].stands = Stands::Working;
        let wait = self.chance.millis(1_000, 1_200_000);
        let vendor = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            vendor.finish(place, again);
        });
    }

    /// Whether it refuses a purchase at once, and why.
    fn refusal(&self, parcel: u32) -> Option<Reason> {
        let faults = [
            (Fault::SupplierOutOfFunds, Reason::SupplierFunds),
            (Fault::SupplierClosed, Reason::ProductClosed),
            (Fault::SupplierCutOff, Reason::CutOff),
            (Fault::SupplierOutOfStock, Reason::OutOfStock),
            (Fault::SupplierRateLimits, Reason::RateLimited),
            (Fault::SupplierSaysDuplicate, Reason::Duplicate),
        ];
        let struck = faults
            .into_iter()
            .find(|(fault, _)| self.strikes(*fault, parcel));
        if let Some((_, reason)) = struck {
            return Some(reason);
        }
        if self.balance() < self.price() * 4 {
            return Some(Reason::SupplierFunds);
        }
        let usual = [
            Reason::Other,
            Reason::OutOfStock,
            Reason::BadDestination,
            Reason::ProductClosed,
        ];
        self.chance
            .percent(self.manner.refuses)
            .then(|| *self.chance.pick(&usual))
    }

    fn finish(self: &Arc<Self>, place: usize, again: bool) {
        self.decide(place, again);
        self.send_callbacks(place, false);
    }

    /// What it formed is delivered, or fails.
    fn decide(self: &Arc<Self>, place: usize, again: bool) {
        let parcel = self.books().deals[place].parcel;
        if self.chance.percent(self.manner.fails) {
            let formed = if self.strikes(Fault::DoubtfulFailure, parcel) {
                Formed::Doubtful
            } else {
                Formed::Yes
            };
            self.fail(place, formed, again);
        } else {
            self.execute(place, again);
        }
    }

    fn fail(self: &Arc<Self>, place: usize, formed: Formed, again: bool) {
        let usual = [
            Reason::Other,
            Reason::OutOfStock,
            Reason::BadDestination,
            Reason::Timeout,
            Reason::SellerTrouble,
        ];
        let reason = *self.chance.pick(&usual);
        let parcel = {
            let mut books = self.books();
            let deal = &mut books.deals[place];
            deal.stands = Stands::Failed(formed, reason);
            deal.parcel
        };
        self.scene.note(Event::Undelivers {
            goods: parcel,
            supplier: self.id,
            reversed: false,
        });
        if self.strikes(Fault::LateSuccess, parcel) {
            let wait = self.chance.millis(1_000, 7_200_000);
            let vendor = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                vendor.execute(place, again);
                vendor.send_callbacks(place, true);
            });
        }
    }

    /// Delivers, and bills it.
    fn execute(self: &Arc<Self>, place: usize, again: bool) {
        let parcel = self.books().deals[place].parcel;
        let price = if self.strikes(Fault::PriceRaised, parcel) {
            self.price() * 3
        } else {
            self.price()
        };
        let unreadable = self.strikes(Fault::PriceUnreadable, parcel);
        let hidden = if self.strikes(Fault::SnEmpty, parcel) {
            self.chance.between(1, 3)
        } else {
            0
        };
        let repeated = self.strikes(Fault::SnRepeated, parcel);
        // What failed and was forgotten is bought again when it is sent again; delivered late as well, that is twice of its own accord.
        let is_second;
        let (reference, sn, product) = {
            let mut books = self.books();
            if !repeated || books.sns == 0 {
                books.sns += 1;
            }
            let sn = u64::from(self.id) * 10_000_000 + books.sns;
            books.balance -= price;
            let deal = &mut books.deals[place];
            deal.stands = Stands::Delivered;
            is_second = std::mem::replace(&mut deal.is_executed, true);
            deal.price = price;
            deal.price_unreadable = unreadable;
            deal.sn = sn;
            deal.sn_read = Sn::new(&sn_text(sn)).ok();
            deal.sn_hidden = u32::try_from(hidden).unwrap_or(0);
            (deal.reference, sn, self.product(&deal.sku))
        };
        self.scene.note(Event::Delivers {
            goods: parcel,
            supplier: self.id,
            billed: price,
            sn,
        });
        let number = reference_number(&reference);
        {
            let mut auditor = self.scene.auditor();
            auditor.executed(&Executed {
                parcel,
                product,
                reference: number,
                billed: price,
                sn,
                again: again || is_second,
            });
            if unreadable {
                auditor.cost_unsaid(parcel, number);
            }
        }
        if self.strikes(Fault::LateReversal, parcel) {
            let wait = self.chance.millis(60_000, 14_400_000);
            let vendor = Arc::clone(self);
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                vendor.reverse(place);
            });
        }
        if self.strikes(Fault::VerdictContradicted, parcel) {
            self.lie(place);
        }
    }

    /// Takes a delivery back and credits it.
    fn reverse(self: &Arc<Self>, place: usize) {
        let (parcel, reference, price) = {
            let mut books = self.books();
            let deal = &mut books.deals[place];
            if deal.stands != Stands::Delivered {
                return;
            }
            deal.stands = Stands::Reversed;
            let known = (deal.parcel, deal.reference, deal.price);
            books.balance += known.2;
            known
        };
        self.scene.note(Event::Undelivers {
            goods: parcel,
            supplier: self.id,
            reversed: true,
        });
        self.scene
            .auditor()
            .reversed(parcel, reference_number(&reference), price);
        self.send_callbacks(place, true);
    }
}
