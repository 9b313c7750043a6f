//! A supplier in process that follows a script and keeps books of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::ids::{SupplierId, SupplierRef};
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Store, Supplier};
use eraflazz_core::supplier::{
    Answer, AttemptView, Claim, Exchange, Finding, Formed, InquiryError, PriceList, Profile,
    Purchase, Question, RawRequest, ReadError, Reading, Reason, Reference, Sighting, Status,
    Unauthenticated,
};
use eraflazz_core::text::{Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use tokio::time::Instant;

use crate::lifeline::Lifeline;

/// What is said of a purchase that was never formed.
const UNFORMED: Claim = Claim::Refused { formed: Formed::No };

/// What the supplier says to one call or in one callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Delivered, at the list price.
    Delivered,
    /// Delivered, and this is billed.
    Billed(Money),
    /// Delivered, at the list price; the serial number comes later.
    WithoutSn,
    /// Refused or failed.
    Refused(Formed, Reason),
    /// In process.
    Pending,
    /// Something that proves nothing.
    Unclear(Reason),
    /// The connection was never made.
    NotSent(Reason),
    /// The call never returns.
    Never,
    /// The adapter panics.
    Panic,
}

impl Say {
    /// Whether it says that nothing was delivered.
    pub const fn denies(self) -> bool {
        matches!(self, Self::Refused(..) | Self::NotSent(_))
    }

    /// Whether it says that it was delivered.
    pub const fn delivers(self) -> bool {
        matches!(self, Self::Delivered | Self::Billed(_) | Self::WithoutSn)
    }
}

/// What happens to one reference at the supplier: whether it is executed, and what each call about it brings, the last one for ever.
#[derive(Clone, Debug)]
pub struct Script {
    arrives: bool,
    executes: bool,
    says: Vec<(Duration, Say)>,
}

impl Script {
    /// Says `say` at once, to every call.
    pub fn says(say: Say) -> Self {
        Self {
            arrives: true,
            executes: say.delivers(),
            says: vec![(Duration::ZERO, say)],
        }
    }

    /// Delivers at once.
    pub fn delivers() -> Self {
        Self::says(Say::Delivered)
    }

    /// Refuses before a transaction is formed.
    pub fn refuses(reason: Reason) -> Self {
        Self::says(Say::Refused(Formed::No, reason))
    }

    /// The request is lost on its way: the supplier never hears of it.
    pub fn lost() -> Self {
        Self {
            arrives: false,
            ..Self::says(Say::Unclear(Reason::Timeout))
        }
    }

    /// The same, but its first answer is lost on its way.
    #[must_use]
    pub fn unheard(mut self) -> Self {
        self.says[0].1 = Say::Unclear(Reason::Timeout);
        self
    }

    /// What it says to the first call.
    pub fn first(&self) -> Say {
        self.says[0].1
    }

    /// Then, to the next call.
    #[must_use]
    pub fn then(mut self, say: Say) -> Self {
        self.executes |= say.delivers();
        self.says.push((Duration::ZERO, say));
        self
    }

    /// The last answer takes this long.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.says.last_mut().unwrap().0 = wait;
        self
    }

    /// Executes it whatever it says.
    #[must_use]
    pub const fn executing(mut self) -> Self {
        self.executes = true;
        self
    }
}

/// What the supplier knows of one of our references.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its number by time of arrival.
    pub place: usize,
    /// What was ordered.
    pub sku: Sku,
    /// For whom.
    pub target: Target,
    /// How often it came in.
    pub sends: u32,
    /// How often it was asked about.
    pub asks: u32,
    /// How often it was executed.
    pub executions: u32,
    /// What was billed.
    pub billed: Money,
    /// When each send came in.
    pub sent_at: Vec<Instant>,
    /// When it was first said to be undelivered.
    pub denied_at: Option<Instant>,
    /// When it was formed, by the supplier's clock.
    pub formed_at: Option<Timestamp>,
    script: Script,
    said: usize,
}

#[derive(Debug, Default)]
struct Books {
    known: BTreeMap<SupplierRef, Known>,
    scripts: VecDeque<Script>,
    for_targets: BTreeMap<Target, Script>,
    under_way: u32,
    under_way_most: u32,
    starts: Vec<Instant>,
    violations: Vec<String>,
    balance: Option<Money>,
    bills: BTreeMap<Target, Result<Finding, InquiryError>>,
    questions: Vec<Question>,
}

/// The supplier.
#[derive(Debug)]
pub struct Fake {
    /// Its id in the catalog.
    pub id: SupplierId,
    profile: Profile,
    otherwise: Script,
    store: Mutex<Arc<Lifeline>>,
    price: Money,
    books: Mutex<Books>,
}

impl Fake {
    pub(crate) fn new(
        id: SupplierId,
        profile: Profile,
        otherwise: Script,
        price: Money,
        store: Arc<Lifeline>,
    ) -> Self {
        Self {
            id,
            profile,
            otherwise,
            store: Mutex::new(store),
            price,
            books: Mutex::default(),
        }
    }

    /// From now on the record is there.
    pub(crate) fn looks_at(&self, store: &Arc<Lifeline>) {
        *self.store.lock().unwrap() = Arc::clone(store);
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next reference that comes in follows this script; after the last one they follow the supplier's usual one.
    pub fn script(&self, script: Script) {
        self.books().scripts.push_back(script);
    }

    /// The next reference for this number follows this script.
    pub fn script_for(&self, number: &str, script: Script) {
        let target = Target::new(number).unwrap();
        self.books().for_targets.insert(target, script);
    }

    /// What it says about this customer when it is asked; of all others it cannot be asked.
    pub fn owes(&self, number: &str, answer: Result<Finding, InquiryError>) {
        let target = Target::new(number).unwrap();
        self.books().bills.insert(target, answer);
    }

    /// What it was asked about customers, oldest first.
    pub fn questions(&self) -> Vec<Question> {
        self.books().questions.clone()
    }

    /// What a balance read gives; without it reads fail.
    pub fn set_balance(&self, balance: Money) {
        self.books().balance = Some(balance);
    }

    /// Everything it knows, by time of arrival.
    pub fn known(&self) -> Vec<(SupplierRef, Known)> {
        let mut known: Vec<_> = self
            .books()
            .known
            .iter()
            .map(|(our_ref, known)| (*our_ref, known.clone()))
            .collect();
        known.sort_by_key(|(_, known)| known.place);
        known
    }

    /// What it knows of one reference.
    pub fn knows(&self, our_ref: &SupplierRef) -> Option<Known> {
        self.books().known.get(our_ref).cloned()
    }

    /// How many sends came in, of all references together.
    pub fn sends(&self) -> u32 {
        self.books().known.values().map(|known| known.sends).sum()
    }

    /// How many references it executed, counting repeats.
    pub fn executions(&self) -> u32 {
        self.books()
            .known
            .values()
            .map(|known| known.executions)
            .sum()
    }

    /// Most calls that were under way at once.
    pub fn under_way_most(&self) -> u32 {
        self.books().under_way_most
    }

    /// When each call began.
    pub fn starts(&self) -> Vec<Instant> {
        self.books().starts.clone()
    }

    /// What it saw us do that we must never do.
    pub fn violations(&self) -> Vec<String> {
        self.books().violations.clone()
    }

    /// A signed callback about `our_ref`.
    pub fn callback(&self, our_ref: &SupplierRef, say: Say) -> RawRequest {
        let mut books = self.books();
        let known = books.known.get_mut(our_ref).unwrap();
        Self::note_said(known, say);
        report(&[self.sighting(our_ref, known, say)])
    }

    /// A signed callback about `our_ref`, and from now on the supplier says nothing else about it.
    pub fn turn(&self, our_ref: &SupplierRef, say: Say) -> RawRequest {
        if let Some(known) = self.books().known.get_mut(our_ref) {
            let executes = known.script.executes;
            known.script = Script {
                executes,
                ..Script::says(say)
            };
        }
        self.callback(our_ref, say)
    }

    /// What the supplier says about `our_ref` to a person who calls: it is held to that as to any answer.
    pub fn tells_a_person(&self, our_ref: &SupplierRef, say: Say) {
        if let Some(known) = self.books().known.get_mut(our_ref) {
            Self::note_said(known, say);
        }
    }

    /// How many references it executed that it does not call failed now.
    pub fn standing(&self) -> u32 {
        let books = self.books();
        let standing = books.known.values().filter(|known| {
            let last = known.script.says.last();
            known.executions > 0 && last.is_some_and(|(_, say)| !say.denies())
        });
        standing.map(|known| known.executions).sum()
    }

    fn note_said(known: &mut Known, say: Say) {
        if say.denies() {
            known.denied_at.get_or_insert_with(Instant::now);
        }
        if say.delivers() {
            known.executions = known.executions.max(1);
        }
    }

    fn sighting(&self, our_ref: &SupplierRef, known: &Known, say: Say) -> Sighting {
        let (claim, reason) = match say {
            Say::Delivered | Say::Billed(_) | Say::WithoutSn => (Claim::Delivered, Reason::None),
            Say::Refused(formed, reason) => (Claim::Refused { formed }, reason),
            Say::Pending => (Claim::Pending, Reason::None),
            Say::Unclear(reason) => (Claim::Unclear, reason),
            Say::NotSent(reason) => (Claim::NotSent, reason),
            Say::Never | Say::Panic => (Claim::Unclear, Reason::Timeout),
        };
        let price = match say {
            Say::Billed(price) => Some(price),
            Say::Delivered | Say::WithoutSn => Some(self.price),
            Say::Refused(..)
            | Say::Pending
            | Say::Unclear(_)
            | Say::NotSent(_)
            | Say::Never
            | Say::Panic => None,
        };
        let has_sn = price.is_some() && say != Say::WithoutSn;
        let (our_ref, their_ref) = match self.profile.reference {
            Reference::Ours { .. } => (Some(*our_ref), None),
            // What is not read names nothing, and what was not formed has no name.
            Reference::Theirs if claim == Claim::Unclear || claim == UNFORMED => (None, None),
            Reference::Theirs => (None, TheirRef::new(&format!("T{}", known.place + 1)).ok()),
        };
        Sighting {
            our_ref,
            their_ref,
            sku: Some(known.sku.clone()),
            target: Some(known.target.clone()),
            sn: has_sn
                .then(|| Sn::new(&format!("SN{:08}", known.place + 1)).ok())
                .flatten(),
            price,
            formed_at: known.formed_at.filter(|_| self.is_listing()),
            ..Sighting::new(claim, reason)
        }
    }

    /// Whether it can only be asked for a list of what it did, by its own references.
    fn is_listing(&self) -> bool {
        let Profile {
            status, reference, ..
        } = &self.profile;
        (*status, *reference) == (Status::Listing, Reference::Theirs)
    }

    /// All that it knows, as it stands, newest first; what it does not read of a purchase it does not list.
    fn list(&self) -> Vec<Sighting> {
        let books = self.books();
        let mut known: Vec<_> = books.known.iter().collect();
        known.sort_by_key(|(_, known)| std::cmp::Reverse(known.place));
        let rows = known.into_iter().map(|(our_ref, known)| {
            let last = known.said.clamp(1, known.script.says.len()) - 1;
            self.sighting(our_ref, known, known.script.says[last].1)
        });
        rows.filter(|row| row.their_ref.is_some()).collect()
    }

    /// INV-9: before a byte arrives, the intent is committed, for exactly this send. Gives when it was made.
    async fn check_intent(&self, purchase: &Purchase) -> Option<Timestamp> {
        let store = Arc::clone(&self.store.lock().unwrap());
        let found = store
            .by_supplier_ref(self.id, &purchase.supplier_ref)
            .await
            .unwrap();
        let intended = found.as_ref().and_then(|agg| {
            agg.attempts
                .iter()
                .find(|attempt| attempt.supplier_ref == purchase.supplier_ref)
        });
        let wrong = match intended {
            None => "no committed intent",
            Some(attempt) if attempt.sends < purchase.send => "a send that no commit counts",
            Some(attempt) if attempt.sku != purchase.sku || attempt.target != purchase.target => {
                "other goods than intended"
            }
            Some(attempt) => return Some(attempt.first_sent_at),
        };
        self.books()
            .violations
            .push(format!("{}: {wrong}", purchase.supplier_ref.as_str()));
        None
    }

    /// A request comes in, unless it is lost on its way: then nothing is known of it.
    fn arrive(&self, purchase: &Purchase, at: Option<Timestamp>) -> Option<(Duration, Say)> {
        let mut books = self.books();
        let books = &mut *books;
        books.starts.push(Instant::now());
        let is_new = !books.known.contains_key(&purchase.supplier_ref);
        if is_new && books.scripts.front().is_some_and(|script| !script.arrives) {
            books.scripts.pop_front();
            return None;
        }
        let place = books.known.len();
        let known = books.known.entry(purchase.supplier_ref).or_insert_with(|| {
            let known_number = books.for_targets.remove(&purchase.target);
            let script = known_number.or_else(|| books.scripts.pop_front());
            Known {
                place,
                sku: purchase.sku.clone(),
                target: purchase.target.clone(),
                sends: 0,
                asks: 0,
                executions: 0,
                billed: Money::ZERO,
                sent_at: Vec::new(),
                denied_at: None,
                formed_at: at,
                script: script.unwrap_or_else(|| self.otherwise.clone()),
                said: 0,
            }
        });
        if known.sku != purchase.sku || known.target != purchase.target {
            let what = format!(
                "{}: a resend of other goods",
                purchase.supplier_ref.as_str()
            );
            books.violations.push(what);
        }
        known.sends += 1;
        known.sent_at.push(Instant::now());
        if known.sends > 1 && !matches!(self.profile.status, Status::Resubmit { .. }) {
            let what = format!("{}: sent twice", purchase.supplier_ref.as_str());
            books.violations.push(what);
            known.executions += u32::from(known.script.executes);
        } else if known.sends == 1 && known.script.executes {
            known.executions += 1;
        }
        Some(next(known))
    }

    async fn reply(&self, our_ref: &SupplierRef, after: Duration, say: Say) -> Exchange {
        if !after.is_zero() {
            tokio::time::sleep(after).await;
        }
        match say {
            Say::Never => std::future::pending().await,
            Say::Panic => std::panic::panic_any("the adapter fell over"),
            Say::Delivered
            | Say::Billed(_)
            | Say::WithoutSn
            | Say::Refused(..)
            | Say::Pending
            | Say::Unclear(_)
            | Say::NotSent(_) => {}
        }
        let mut books = self.books();
        let known = books.known.get_mut(our_ref).unwrap();
        Self::note_said(known, say);
        if let Say::NotSent(reason) = say {
            return Exchange::not_sent(reason);
        }
        let sighting = self.sighting(our_ref, known, say);
        if let Some(price) = sighting.price {
            known.billed = price;
        }
        let raw = Bytes::from(serde_json::to_vec(&sighting).unwrap());
        Exchange::answered(raw, vec![sighting])
    }
}

fn next(known: &mut Known) -> (Duration, Say) {
    let place = known.said.min(known.script.says.len() - 1);
    known.said += 1;
    known.script.says[place]
}

/// A signed callback that says exactly this.
pub fn report(sightings: &[Sighting]) -> RawRequest {
    RawRequest {
        method: "POST".into(),
        path: "/callback".into(),
        headers: BTreeMap::from([("x-signed".into(), vec!["sample".into()])]),
        body: serde_json::to_vec(sightings).unwrap().into(),
        source: None,
    }
}

/// Counts a call as under way for as long as it lives, however it ends.
struct UnderWay<'a>(&'a Fake);

impl<'a> UnderWay<'a> {
    fn begin(fake: &'a Fake) -> Self {
        let mut books = fake.books();
        books.under_way += 1;
        books.under_way_most = books.under_way_most.max(books.under_way);
        Self(fake)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.books().under_way -= 1;
    }
}

#[async_trait]
impl Supplier for Fake {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        let _under_way = UnderWay::begin(self);
        let intended_at = self.check_intent(purchase).await;
        match self.arrive(purchase, intended_at) {
            Some((after, say)) => self.reply(&purchase.supplier_ref, after, say).await,
            None => Exchange::unclear(Bytes::new(), Reason::Timeout),
        }
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        let _under_way = UnderWay::begin(self);
        let asked = {
            let mut books = self.books();
            books.starts.push(Instant::now());
            books.known.get_mut(&attempt.supplier_ref).map(|known| {
                known.asks += 1;
                next(known)
            })
        };
        match asked {
            Some((after, say)) => {
                let exchange = self.reply(&attempt.supplier_ref, after, say).await;
                if self.is_listing() && attempt.their_ref.is_none() {
                    return Exchange::answered(exchange.raw, self.list());
                }
                exchange
            }
            None if self.is_listing() && attempt.their_ref.is_none() => {
                Exchange::answered(Bytes::from_static(b"a list"), self.list())
            }
            None => Exchange::unclear(Bytes::from_static(b"unknown"), Reason::NotFound),
        }
    }

    async fn inquire(&self, question: &Question) -> Result<Finding, InquiryError> {
        let mut books = self.books();
        books.questions.push(question.clone());
        let answer = books.bills.get(&question.target).cloned();
        answer.unwrap_or(Err(InquiryError::NotOffered))
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        self.books()
            .balance
            .ok_or_else(|| ReadError::Unreachable("no balance today".into()))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Ok(PriceList::default())
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        if request.header("x-signed") != Some("sample") {
            return Err(Unauthenticated);
        }
        let sightings = serde_json::from_slice(&request.body)
            .unwrap_or_else(|_| vec![Sighting::new(Claim::Unclear, Reason::Unreadable)]);
        Ok(Reading {
            sightings,
            answer: Answer::ok(),
        })
    }
}
