//! A model of a store's life: orders are born and move, money flows, and everything is remembered. The archive must remember the same.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use eraflazz_core::commit::{GuardKey, Nonce};
use eraflazz_core::ids::{
    AttemptNo, BankId, Epoch, Installation, MappingId, MemberId, OrderId, ProductId, RefShape,
    SubjectId, SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, AvailableChange, Effect, EffectKey, TransferRow, Wallet};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Channel, Class, Counted, Delivery, Entry, Fingerprint, Guard,
    LogRow, Order, OrderState, Payer, Refunded, Refusal, Resolution, Returned, ReversalHeard,
    Review, Said,
};
use eraflazz_core::pricing::Quote;
use eraflazz_core::route::{By, Explanation, Note};
use eraflazz_core::supplier::{Claim, Formed, Reason, Sighting};
use eraflazz_core::text::{KeyId, Operator, RefId, Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use uuid::Uuid;

use crate::archive::{Archive, Checkpoint, Loaded, Shelf, Verified, can_move};

/// Dice that fall the same way for the same seed.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    pub(super) fn next(&mut self) -> u64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn bytes(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        bytes
    }

    fn maybe<T>(&mut self, some: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 0).then(|| some(self))
    }

    fn money(&mut self) -> Money {
        Money::from_hundredths(1 + i64::try_from(self.below(100_000_000)).unwrap())
    }

    fn of<T: Clone>(&mut self, choices: &[T]) -> T {
        let n = self.below(choices.len() as u64);
        choices[usize::try_from(n).unwrap()].clone()
    }
}

const START: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const DAY_MICROS: i64 = 86_400_000_000;

#[derive(Clone, Debug)]
pub(super) struct World {
    dice: Dice,
    now: Timestamp,
    through: u64,
    pub(super) orders: BTreeMap<OrderId, Aggregate>,
    pub(super) born: Vec<OrderId>,
    log: Vec<LogRow>,
    transfers: Vec<TransferRow>,
    their_refs: BTreeMap<(SupplierId, TheirRef), OrderId>,
    nonces: BTreeSet<Nonce>,
    wallets: BTreeMap<MemberId, Wallet>,
    subjects: BTreeSet<SubjectId>,
    changed: Changed,
}

/// What the next checkpoint must bring.
#[derive(Clone, Debug, Default)]
struct Changed {
    orders: BTreeSet<OrderId>,
    born: usize,
    log: usize,
    transfers: usize,
    their_refs: Vec<(SupplierId, TheirRef, OrderId)>,
    nonces: Vec<Nonce>,
}

pub(super) fn member(n: u64) -> MemberId {
    MemberId(Uuid::from_u128(0xA000 + u128::from(n)))
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            dice: Dice::new(seed),
            now: START,
            through: 0,
            orders: BTreeMap::new(),
            born: Vec::new(),
            log: Vec::new(),
            transfers: Vec::new(),
            their_refs: BTreeMap::new(),
            nonces: BTreeSet::new(),
            wallets: BTreeMap::new(),
            subjects: BTreeSet::new(),
            changed: Changed::default(),
        }
    }

    /// Something happens, `n` times.
    pub(super) fn live(&mut self, n: u64) {
        for _ in 0..n {
            let most = self
                .dice
                .of(&[5_000_000, 5_000_000, 5_000_000, 50_000_000_000]);
            let wait = self.dice.below(most);
            self.now = Timestamp::from_micros(self.now.micros() + i64::try_from(wait).unwrap());
            match self.dice.below(10) {
                0..=3 => self.birth(),
                4..=7 => self.step(),
                8 => self.deposit(),
                _ => self.small_change(),
            }
        }
    }

    fn birth(&mut self) {
        let id = OrderId::mint(self.now, &self.dice.bytes());
        let owner = member(self.dice.below(3));
        let state = self.dice.of(&[
            OrderState::Held,
            OrderState::Refused(Refusal::InvalidDestination),
            OrderState::Refused(Refusal::InsufficientBalance {
                needed: Money::from_hundredths(5),
                available: Money::ZERO,
            }),
            OrderState::Refused(Refusal::DuplicateOrder { earlier: id }),
        ]);
        let price = self.dice.money();
        let order = Order {
            bill: None,
            id,
            version: 1,
            revision: 1,
            trx_code: TrxCode::mint(self.now, &self.dice.bytes()),
            member: owner,
            ref_id: RefId::new(&format!("R-{}", self.born.len())).unwrap(),
            fingerprint: Fingerprint(self.dice.next().to_le_bytes().repeat(2).try_into().unwrap()),
            product: ProductId(u32::try_from(self.dice.below(300)).unwrap()),
            destination: self.target().into(),
            guard: self.dice.maybe(|dice| Guard {
                day: self.now.business_day(),
                counter: u8::try_from(1 + dice.below(3)).unwrap(),
                live: state == OrderState::Held,
            }),
            payer: Payer::Wallet(owner),
            quote: Quote {
                sell: price,
                base: price,
                cost_cap: price,
                catalog_version: 7,
            },
            state,
            review: None,
            sn_required: self.dice.below(2) == 0,
            late_success: LateSuccess::Reclaim,
            created_at: self.now,
            updated_at: self.now,
            deadline: self.now.plus(std::time::Duration::from_mins(10)),
            next_action_at: state.is_open().then_some(self.now),
            balance_after: self.dice.maybe(Dice::money),
            delivery: None,
            turns: 0,
            refunds: Vec::new(),
        };
        let entry = if let OrderState::Refused(refusal) = state {
            Entry::Refused {
                refusal,
                routes: Explanation::default(),
            }
        } else {
            Entry::Accepted { quote: order.quote }
        };
        self.log.push(LogRow::new(id.into(), 1, self.now, entry));
        self.pay(id.into(), Effect::Hold, owner);
        self.born.push(id);
        self.changed.orders.insert(id);
        self.orders.insert(
            id,
            Aggregate {
                order,
                attempts: Vec::new(),
            },
        );
    }

    /// Any of the orders moves, however long ago it ended.
    fn step(&mut self) {
        if self.born.is_empty() {
            return;
        }
        let id = self.dice.of(&self.born);
        let mut agg = self.orders[&id].clone();
        self.attempt(&mut agg);
        let order = &mut agg.order;
        order.version += 1;
        order.revision += u32::try_from(self.dice.below(2)).unwrap();
        order.updated_at = self.now;
        order.state = self.dice.of(&[
            OrderState::InFlight(AttemptNo(1)),
            OrderState::Succeeded,
            OrderState::Succeeded,
            OrderState::Returned(Returned::Rejected(Reason::OutOfStock)),
            OrderState::Returned(Returned::Cancelled),
            OrderState::Reversed,
            OrderState::LateDelivered,
        ]);
        order.next_action_at = order.state.is_open().then_some(self.now);
        order.review = match self.dice.below(8) {
            0 => Some(Review::Escalated { case: 2 }),
            1 => Some(Review::Disputed {
                case: 3,
                since: self.now,
            }),
            _ => None,
        };
        if let Some(guard) = &mut order.guard
            && !order.state.is_open()
            && order.state != OrderState::Succeeded
        {
            guard.live = false;
        }
        order.delivery = self.dice.maybe(|dice| Delivery {
            attempt: AttemptNo(1),
            sn: Sn::new(&format!("{:020}", dice.next())).ok(),
            cost: dice.money(),
            absorbed: dice.below(2) == 0,
            refunded: dice.money(),
            taken_back: dice.below(2) == 0,
        });
        for n in 0..u16::try_from(self.dice.below(3)).unwrap() {
            order.refunds.push(Refunded {
                reference: format!("cs-{n}").parse().unwrap(),
                amount: self.dice.money(),
                n,
            });
        }
        let (version, owner) = (order.version, order.member);
        for _ in 0..self.dice.below(3) {
            let entry = self.entry();
            let raw = Bytes::from(format!(
                r#"{{"data":{{"ref_id":"{}","rc":"00","message":"Transaksi Sukses"}}}}"#,
                self.dice.below(1_000_000)
            ));
            let mut row = LogRow::new(id.into(), version, self.now, entry);
            if self.dice.below(3) > 0 {
                row = row.with_raw(raw);
            }
            if self.dice.below(20) == 0 {
                row.hash = Some([9; 32]);
            }
            self.log.push(row);
        }
        let effect = self
            .dice
            .of(&[Effect::Capture, Effect::Release, Effect::Refund]);
        self.pay(id.into(), effect, owner);
        self.changed.orders.insert(id);
        self.orders.insert(id, agg);
    }

    fn attempt(&mut self, agg: &mut Aggregate) {
        let states = [
            AttemptState::Sending,
            AttemptState::Success,
            AttemptState::Success,
            AttemptState::NotSent,
            AttemptState::LateSuccess,
            AttemptState::Rejected {
                formed: true,
                reason: Reason::Price,
                at: self.now,
            },
        ];
        if agg.attempts.len() < 3 && self.dice.below(2) == 0 {
            let no = AttemptNo(u16::try_from(agg.attempts.len() + 1).unwrap());
            let shape = self.dice.of(&[RefShape::Alphanumeric, RefShape::Digits]);
            let supplier = SupplierId(u16::try_from(self.dice.below(3)).unwrap());
            let letter = Installation::new('E').unwrap();
            // The last part of a reference of digits is short: the place in the list makes it unique.
            let mut roll = self.dice.bytes();
            roll[..4].copy_from_slice(&u32::try_from(self.log.len()).unwrap().to_be_bytes());
            let target = self.target();
            agg.attempts.push(Attempt {
                kind: eraflazz_core::catalog::ProductKind::Prepaid,
                order: agg.order.id,
                no,
                mapping: MappingId(4),
                supplier,
                supplier_ref: SupplierRef::mint(shape, letter, Epoch::default(), self.now, &roll),
                their_ref: None,
                code: None,
                sku: Sku::new("xld10").unwrap(),
                target,
                cap: self.dice.money(),
                expected_cost: self.dice.money(),
                state: AttemptState::Sending,
                sends: 1,
                exclusive: self.dice.below(2) == 0,
                surplus: self.dice.below(2) == 0,
                first_sent_at: self.now,
                lease_until: self.now,
                send_open: true,
                call_open: false,
                last_send_ended_at: None,
                last_call_ended_at: None,
                checks: 0,
                doubt: None,
                denied: None,
                unproven: None,
                reversal: None,
                sn: None,
                billed: None,
                said: Said::default(),
                hinted: None,
                hint_case: None,
                counted: Counted::default(),
            });
        }
        let Some(last) = agg.attempts.last_mut() else {
            return;
        };
        last.state = self.dice.of(&states);
        last.sends += 1;
        last.billed = self.dice.maybe(Dice::money);
        last.reversal = self.dice.maybe(|dice| ReversalHeard {
            by_read: dice.below(2) == 0,
            by_message: true,
        });
        last.last_send_ended_at = self.dice.maybe(|_| self.now);
        last.doubt = self.dice.maybe(|_| self.now);
        last.hinted = self.dice.maybe(|_| self.now);
        last.hint_case = self.dice.maybe(|_| 3);
        if last.their_ref.is_none() {
            // From a small pool: some suppliers give an id twice.
            let theirs = TheirRef::new(&format!("D{}", self.dice.below(200))).unwrap();
            last.their_ref = Some(theirs.clone());
            let key = (last.supplier, theirs.clone());
            self.their_refs.entry(key).or_insert_with(|| {
                let claim = (last.supplier, theirs, agg.order.id);
                self.changed.their_refs.push(claim);
                agg.order.id
            });
        }
    }

    fn entry(&mut self) -> Entry {
        let attempt = AttemptNo(1);
        let mut sighting = Sighting::new(
            Claim::Refused {
                formed: Formed::Doubtful,
            },
            Reason::SellerTrouble,
        );
        sighting.price = self.dice.maybe(Dice::money);
        sighting.sn = Sn::new("1234").ok();
        sighting.target = Some(self.target());
        sighting.formed_at = self.dice.maybe(|_| self.now);
        let heard = Entry::Heard {
            attempt,
            channel: Channel::Status { began: self.now },
            sightings: vec![sighting],
            taken: vec!["T-1".parse().unwrap()],
            classes: vec![Class::Doubt],
            then: Some(Box::new(Entry::Check { attempt, number: 2 })),
        };
        let by = Operator::new("op").unwrap();
        self.dice.of(&[
            heard,
            Entry::Intent {
                attempt,
                supplier: SupplierId(1),
                mapping: MappingId(2),
                send: 1,
                why: Explanation {
                    by: By::Weighted,
                    roll: Some(77),
                    found: vec![
                        (MappingId(2), Note::Chosen),
                        (MappingId(3), Note::Ranked(1)),
                    ],
                },
            },
            Entry::Escalated { attempt },
            Entry::Resolved {
                resolution: Resolution::NotDelivered {
                    proof: "mutasi kosong".to_owned(),
                },
                attempt: Some(attempt),
                by,
                then: None,
            },
        ])
    }

    fn pay(&mut self, subject: SubjectId, effect: Effect, owner: MemberId) {
        let key = EffectKey {
            subject,
            effect,
            n: u16::try_from(self.transfers.len() % 60_000).unwrap(),
        };
        let wallet = self
            .wallets
            .entry(owner)
            .or_insert_with(|| Wallet::new(owner, Money::ZERO));
        for line in 1..=u8::try_from(1 + self.dice.below(2)).unwrap() {
            let amount = self.dice.money();
            let before = wallet.available;
            let (debit, credit, after) = self.dice.of(&[
                (
                    Account::Available(owner),
                    Account::Held(owner),
                    before.checked_sub(amount),
                ),
                (
                    Account::Bank(BankId(1)),
                    Account::Available(owner),
                    before.checked_add(amount),
                ),
                (Account::Cogs, Account::Prepaid(SupplierId(2)), None),
            ]);
            self.transfers.push(TransferRow {
                key,
                line,
                debit,
                credit,
                amount,
                at: self.now,
                available: after.map(|after| AvailableChange {
                    member: owner,
                    before,
                    after,
                }),
            });
            wallet.available = after.unwrap_or(before);
            wallet.version += 1;
        }
    }

    fn deposit(&mut self) {
        let subject = SubjectId(Uuid::from_u128(u128::from(self.dice.next())));
        let owner = member(self.dice.below(3));
        let entry = Entry::Money {
            effect: Effect::Deposit,
            reference: format!("bank/{}", self.transfers.len()),
            by: Operator::new("op").unwrap(),
        };
        self.log.push(LogRow::new(subject, 1, self.now, entry));
        self.pay(subject, Effect::Deposit, owner);
        self.subjects.insert(subject);
    }

    /// A nonce, a wallet that goes away, or a second row in the log of a deposit.
    fn small_change(&mut self) {
        let nonce = Nonce {
            key: KeyId::new(&format!("ek_test_{}", self.dice.below(3))).unwrap(),
            nonce: format!("n{}", self.nonces.len()),
        };
        self.changed.nonces.push(nonce.clone());
        self.nonces.insert(nonce);
        if self.dice.below(4) == 0 {
            self.wallets.pop_first();
        }
        if let Some(subject) = self.subjects.first() {
            let entry = Entry::Unread {
                attempt: AttemptNo(1),
                channel: Channel::Reply { send: 1 },
            };
            self.log.push(LogRow::new(*subject, 1, self.now, entry));
        }
        if let Some(id) = self.born.first() {
            // A log row that rides with no order.
            let entry = Entry::LeasePassed {
                attempt: AttemptNo(1),
            };
            self.log.push(LogRow::new((*id).into(), 1, self.now, entry));
        }
    }

    fn target(&mut self) -> Target {
        Target::new(&format!("+62812{:08}", self.dice.below(40))).unwrap()
    }

    pub(super) fn log_of(&self, subject: SubjectId) -> Vec<LogRow> {
        let log = self.log.iter().filter(|row| row.subject == subject);
        log.cloned().collect()
    }

    /// What a walk over the archive must find.
    pub(super) fn verified(&self) -> Verified {
        Verified {
            orders: self.orders.len() as u64,
            subjects: self.subjects.len() as u64,
            log_rows: self.log.len() as u64,
            transfers: self.transfers.len() as u64,
        }
    }

    /// The batch of the last checkpoint.
    pub(super) fn batch(&self) -> u64 {
        self.through
    }

    /// What happened since the last call.
    pub(super) fn checkpoint(&mut self) -> Checkpoint {
        self.through += 1 + self.dice.below(3);
        let changed = std::mem::take(&mut self.changed);
        let mut next = Checkpoint::through(self.through, changed.transfers as u64);
        let born = &self.born[changed.born..];
        let moved = changed.orders.iter().filter(|id| !born.contains(id));
        let written = born.iter().chain(moved);
        next.orders = written.map(|id| self.orders[id].clone()).collect();
        next.log = self.log[changed.log..].to_vec();
        next.transfers = self.transfers[changed.transfers..].to_vec();
        next.their_refs = changed.their_refs;
        next.nonces = changed.nonces;
        next.shelve(Shelf::Wallets, &self.wallets).unwrap();
        self.changed = Changed {
            born: self.born.len(),
            log: self.log.len(),
            transfers: self.transfers.len(),
            ..Changed::default()
        };
        next
    }

    /// The archive answers as this world does. Nothing may have happened since its last checkpoint.
    pub(super) fn assert_remembered(&self, archive: &Archive) {
        assert_eq!(archive.through().unwrap(), self.through);
        for agg in self.orders.values() {
            self.assert_order(archive, agg);
        }
        for subject in &self.subjects {
            self.assert_subject(archive, *subject);
        }
        for ((supplier, theirs), id) in &self.their_refs {
            assert_eq!(archive.by_their_ref(*supplier, theirs).unwrap(), Some(*id));
        }
        assert!(
            self.nonces
                .iter()
                .all(|nonce| archive.has_nonce(nonce).unwrap())
        );
        let live: Vec<OrderId> = self
            .born
            .iter()
            .copied()
            .filter(|id| can_move(&self.orders[id]))
            .collect();
        let loaded = archive.live().unwrap();
        let loaded: Vec<OrderId> = loaded.iter().map(|one| one.aggregate.order.id).collect();
        assert_eq!(loaded, live);
        let wallets: Vec<(MemberId, Wallet)> = archive.shelf(Shelf::Wallets).unwrap();
        assert_eq!(
            wallets.into_iter().collect::<BTreeMap<_, _>>(),
            self.wallets
        );
        let all = archive.look().unwrap().transfers(0, usize::MAX).unwrap();
        assert_eq!(all, self.transfers);
        for n in 0..3 {
            self.assert_lists(archive, member(n));
        }
        self.assert_strangers(archive);
    }

    fn assert_order(&self, archive: &Archive, agg: &Aggregate) {
        let order = &agg.order;
        let id = order.id;
        assert_eq!(archive.order(id).unwrap().as_ref(), Some(agg));
        let found = archive.by_ref(order.member, &order.ref_id).unwrap();
        assert_eq!(found, Some(id));
        let found = archive.by_trx_code(&order.trx_code).unwrap();
        assert_eq!(found, Some(id));
        for attempt in &agg.attempts {
            let found = archive.by_supplier_ref(attempt.supplier, &attempt.supplier_ref);
            assert_eq!(found.unwrap(), Some((id, attempt.no)));
        }
        if let Some(guard) = &order.guard {
            let key = GuardKey {
                day: guard.day,
                member: order.member,
                product: order.product,
                destination: &order.destination,
                counter: guard.counter,
            };
            let holder = archive.by_guard(&key).unwrap();
            assert_eq!(holder == Some(id), guard.live, "{guard:?}");
        }
        self.assert_subject(archive, id.into());
        let loaded = archive.load(id).unwrap();
        assert_eq!(
            loaded,
            Some(Loaded {
                aggregate: agg.clone(),
                transfers: archive.transfers_of(id.into()).unwrap(),
            })
        );
    }

    fn assert_subject(&self, archive: &Archive, subject: SubjectId) {
        assert!(archive.has_subject(subject).unwrap());
        assert_eq!(
            archive.look().unwrap().log(subject).unwrap(),
            self.log_of(subject)
        );
        let money = self
            .transfers
            .iter()
            .filter(|row| row.key.subject == subject);
        let money: Vec<TransferRow> = money.copied().collect();
        assert_eq!(archive.transfers_of(subject).unwrap(), money);
    }

    fn assert_lists(&self, archive: &Archive, owner: MemberId) {
        let orders: Vec<&Order> = self
            .born
            .iter()
            .rev()
            .map(|id| &self.orders[id].order)
            .filter(|order| order.member == owner)
            .collect();
        let mutations: Vec<&TransferRow> = self
            .transfers
            .iter()
            .rev()
            .filter(|row| row.available.is_some_and(|change| change.member == owner))
            .collect();
        for skip in [0, 1, 7, orders.len(), orders.len() + 1] {
            let found = archive
                .look()
                .unwrap()
                .orders_of(owner, skip, None, None)
                .unwrap();
            let found: Vec<Order> = found.map(Result::unwrap).collect();
            assert_eq!(
                found.iter().collect::<Vec<_>>(),
                orders[skip.min(orders.len())..]
            );
            let found = archive.look().unwrap().mutations(owner, skip).unwrap();
            let found: Vec<TransferRow> = found.map(Result::unwrap).collect();
            let rest = &mutations[skip.min(mutations.len())..];
            assert_eq!(found.iter().collect::<Vec<_>>(), rest);
        }
        // Some that are too old may come; none that is not may be missing.
        for newest in orders.iter().step_by(5) {
            let from = newest.created_at;
            let look = archive.look().unwrap();
            let found = look.orders_of(owner, 0, Some(from), None).unwrap();
            let found = found.map(Result::unwrap);
            let fitting: Vec<Order> = found.filter(|order| order.created_at >= from).collect();
            let expected = orders.iter().filter(|order| order.created_at >= from);
            assert_eq!(
                fitting.iter().collect::<Vec<_>>(),
                expected.copied().collect::<Vec<_>>()
            );
        }
        let later = Timestamp::from_micros(i64::MAX);
        let look = archive.look().unwrap();
        assert_eq!(
            look.orders_of(owner, 0, Some(later), None).unwrap().count(),
            0
        );
    }

    fn assert_strangers(&self, archive: &Archive) {
        let stranger = OrderId(Uuid::from_u128(1));
        assert_eq!(archive.order(stranger).unwrap(), None);
        assert_eq!(archive.load(stranger).unwrap(), None);
        assert!(!archive.has_subject(stranger.into()).unwrap());
        assert!(
            archive
                .look()
                .unwrap()
                .log(stranger.into())
                .unwrap()
                .is_empty()
        );
        let never = RefId::new("never").unwrap();
        assert_eq!(archive.by_ref(member(0), &never).unwrap(), None);
        for days in [-400, -1, 0, 1] {
            let at = Timestamp::from_micros(self.now.micros() + days * DAY_MICROS);
            let code = TrxCode::mint(at, &[0xEE; 10]);
            assert_eq!(archive.by_trx_code(&code).unwrap(), None);
            let key = GuardKey {
                day: at.business_day(),
                member: member(9),
                product: ProductId(0),
                destination: &Target::new("+620").unwrap().into(),
                counter: 1,
            };
            assert_eq!(archive.by_guard(&key).unwrap(), None);
            let letter = Installation::new('E').unwrap();
            let minted = SupplierRef::mint(
                RefShape::Alphanumeric,
                letter,
                Epoch::default(),
                at,
                &[0xEE; 10],
            );
            assert_eq!(
                archive.by_supplier_ref(SupplierId(0), &minted).unwrap(),
                None
            );
        }
        let theirs = TheirRef::new("never").unwrap();
        assert_eq!(archive.by_their_ref(SupplierId(0), &theirs).unwrap(), None);
    }
}
