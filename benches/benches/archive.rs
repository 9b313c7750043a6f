//! M4: what an archived order costs in memory, on disk and at the start.
//!
//! `cargo bench -p benches --bench archive -- 1000000`. Orders as a Digiflazz shop has them: one attempt, three log rows with the supplier's
//! raw answer, three transfers; dice wherever the trade has them, so that nothing compresses that would not.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up stops")]
#![expect(clippy::print_stdout, reason = "its figures")]
#![expect(
    clippy::cast_precision_loss,
    reason = "figures far below 2^52, for a report"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use eraflazz_core::commit::GuardKey;
use eraflazz_core::ids::{
    AttemptNo, Epoch, Installation, MappingId, MemberId, OrderId, ProductId, RefShape, SupplierId,
    SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Account, AvailableChange, Effect, TransferRow};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Channel, Class, Counted, Delivery, Draft, Entry, Fingerprint,
    LogRow, OrderState, Said, accept,
};
use eraflazz_core::pricing::Quote;
use eraflazz_core::route::{By, Explanation, Note};
use eraflazz_core::supplier::{Claim, Reason, Sighting};
use eraflazz_core::text::{RefId, Sku, Sn, Target, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::archive::{Archive, Checkpoint};

/// Orders in one checkpoint: about 64 MiB of journal.
const CHECKPOINT: usize = 70_000;
const MEMBERS: u64 = 1_000;

fn main() {
    let number = |argument: String| argument.parse().ok();
    let orders = std::env::args().find_map(number).unwrap_or(200_000_usize);
    if let Some(path) = std::env::var_os(REOPEN) {
        return reopen(Path::new(&path), orders);
    }
    let folder = std::env::temp_dir().join(format!("archive-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    measure(&folder.join("archive.redb"), orders);
    std::fs::remove_dir_all(&folder).unwrap();
}

fn measure(path: &Path, orders: usize) {
    let mut shop = Shop::new();
    let mut archive = Archive::open(path, Archive::CACHE_BYTES).unwrap();
    let mut longest = Duration::ZERO;
    let mut spent = Duration::ZERO;
    let (mut through, mut left) = (0, orders);
    while left > 0 {
        let count = left.min(CHECKPOINT);
        through += 1;
        let checkpoint = shop.checkpoint(through, count);
        let began = Instant::now();
        archive.checkpoint(checkpoint).unwrap();
        let took = began.elapsed();
        longest = longest.max(took);
        spent += took;
        left -= count;
    }
    println!(
        "checkpoints of {CHECKPOINT} orders: {:.1} us an order, longest {longest:?}",
        micros(spent) / orders as f64
    );
    per_order(
        "disk, before compact()",
        std::fs::metadata(path).unwrap().len(),
        orders,
    );
    let began = Instant::now();
    archive.compact().unwrap();
    println!("compact(): {:?}", began.elapsed());
    per_order("disk", std::fs::metadata(path).unwrap().len(), orders);
    for (table, bytes, rows) in archive.sizes().unwrap() {
        println!(
            "  {table}: {:.1} B an order, {rows} rows",
            bytes as f64 / orders as f64
        );
    }
    drop(archive);

    // What a process took before would be counted as what it needs: another one opens the file.
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    let child = child.arg(orders.to_string()).env(REOPEN, path);
    assert!(child.status().unwrap().success());
    let archive = Archive::open(path, Archive::CACHE_BYTES).unwrap();
    look_up(&archive, &mut shop);
}

/// Names the file that a child opens.
const REOPEN: &str = "ARCHIVE_BENCH_REOPEN";

fn reopen(path: &Path, orders: usize) {
    let before = resident();
    let began = Instant::now();
    let archive = Archive::open(path, 1 << 20).unwrap();
    let live = archive.live().unwrap().len();
    println!("reopen: {:?}, {live} live", began.elapsed());
    let grown = resident().saturating_sub(before);
    per_order("memory, with 1 MiB of cache", grown, orders);
}

fn look_up(archive: &Archive, shop: &mut Shop) {
    let known = shop.some.clone();
    let strangers: Vec<Aggregate> = (0..known.len()).map(|_| shop.order().0).collect();
    time("new order, all four keys free", &strangers, |agg| {
        let order = &agg.order;
        assert!(
            archive
                .by_ref(order.member, &order.ref_id)
                .unwrap()
                .is_none()
        );
        assert!(!archive.has_subject(order.id.into()).unwrap());
        assert!(archive.by_trx_code(&order.trx_code).unwrap().is_none());
        let guard = order.guard.as_ref().unwrap();
        let key = GuardKey {
            day: guard.day,
            member: order.member,
            product: order.product,
            destination: &order.destination,
            counter: guard.counter,
        };
        assert!(archive.by_guard(&key).unwrap().is_none());
    });
    time("intent, reference free", &strangers, |agg| {
        let attempt = &agg.attempts[0];
        let found = archive.by_supplier_ref(attempt.supplier, &attempt.supplier_ref);
        assert!(found.unwrap().is_none());
    });
    time("repeat of an old ref_id, to the order", &known, |agg| {
        let id = archive
            .by_ref(agg.order.member, &agg.order.ref_id)
            .unwrap()
            .unwrap();
        assert_eq!(archive.order(id).unwrap().as_ref(), Some(agg));
    });
    time("late callback, loaded back", &known, |agg| {
        let attempt = &agg.attempts[0];
        let found = archive.by_supplier_ref(attempt.supplier, &attempt.supplier_ref);
        let loaded = archive.load(found.unwrap().unwrap().0).unwrap().unwrap();
        assert_eq!(loaded.transfers.len(), 3);
    });
    time("page of 20 orders of a member", &known, |agg| {
        let page = archive
            .look()
            .unwrap()
            .orders_of(agg.order.member, 40, None, None)
            .unwrap()
            .take(20);
        let page: Vec<_> = page.collect::<Result<_, _>>().unwrap();
        assert_eq!(page.len(), 20);
    });
}

fn time(what: &str, orders: &[Aggregate], look: impl Fn(&Aggregate)) {
    let began = Instant::now();
    for agg in orders {
        look(agg);
    }
    println!(
        "{what}: {:.1} us",
        micros(began.elapsed()) / orders.len() as f64
    );
}

fn micros(took: Duration) -> f64 {
    took.as_secs_f64() * 1e6
}

fn per_order(what: &str, bytes: u64, orders: usize) {
    println!(
        "{what}: {bytes} B, {:.1} B an order",
        bytes as f64 / orders as f64
    );
}

/// Resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1024
}

/// A shop at 500 orders a second.
struct Shop {
    dice: u64,
    now: Timestamp,
    members: Vec<MemberId>,
    transfers: u64,
    /// One order of every thousand.
    some: Vec<Aggregate>,
}

impl Shop {
    fn new() -> Self {
        let mut shop = Self {
            dice: 1,
            now: Timestamp::from_millis(1_767_225_600_000),
            members: Vec::new(),
            transfers: 0,
            some: Vec::new(),
        };
        shop.members = (0..MEMBERS)
            .map(|_| MemberId::mint(shop.now, &shop.roll()))
            .collect();
        shop
    }

    fn next(&mut self) -> u64 {
        self.dice = self.dice.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn roll(&mut self) -> [u8; 10] {
        let mut bytes = [0; 10];
        bytes[..8].copy_from_slice(&self.next().to_le_bytes());
        bytes[8..].copy_from_slice(&self.next().to_le_bytes()[..2]);
        bytes
    }

    fn checkpoint(&mut self, through: u64, count: usize) -> Checkpoint {
        let mut checkpoint = Checkpoint::through(through, self.transfers);
        for n in 0..count {
            let (agg, log, transfers) = self.order();
            let attempt = &agg.attempts[0];
            let theirs = attempt.their_ref.clone().unwrap();
            checkpoint
                .their_refs
                .push((attempt.supplier, theirs, agg.order.id));
            self.transfers += transfers.len() as u64;
            checkpoint.log.extend(log);
            checkpoint.transfers.extend(transfers);
            if n % 1_000 == 0 {
                self.some.push(agg.clone());
            }
            checkpoint.orders.push(agg);
        }
        checkpoint
    }

    /// An order that went well, with its log and its money.
    fn order(&mut self) -> (Aggregate, Vec<LogRow>, Vec<TransferRow>) {
        self.now = Timestamp::from_micros(
            self.now.micros() + 1_500 + i64::try_from(self.next() % 1_000).unwrap(),
        );
        let now = self.now;
        let place = usize::try_from(self.next() % MEMBERS).unwrap();
        let member = self.members[place];
        let price = Money::rupiah(5_000 + i64::try_from(self.next() % 200).unwrap() * 500).unwrap();
        let cost = price.checked_sub(Money::rupiah(75).unwrap()).unwrap();
        let roll = self.roll();
        let number = format!("81{:09}", self.next() % 1_000_000_000);
        let unit = accept(Draft {
            bill: None,
            id: OrderId::mint(now, &roll),
            trx_code: TrxCode::mint(now, &self.roll()),
            member,
            ref_id: RefId::new(&format!("INV{:010}", self.next() % 10_000_000_000)).unwrap(),
            fingerprint: Fingerprint(
                [self.next().to_le_bytes(), self.next().to_le_bytes()]
                    .concat()
                    .try_into()
                    .unwrap(),
            ),
            product: ProductId(u32::try_from(self.next() % 300).unwrap()),
            destination: Target::new(&format!("+62{number}")).unwrap().into(),
            counter: Some(1),
            quote: Quote {
                sell: price,
                base: cost,
                cost_cap: price,
                catalog_version: 41,
            },
            sn_required: false,
            late_success: LateSuccess::Reclaim,
            deadline: now.plus(Duration::from_mins(10)),
            now,
        });
        let mut log = unit.log;
        let mut order = unit.orders.into_iter().next().unwrap().order;
        let later = |micros| Timestamp::from_micros(now.micros() + micros);
        let (sent, heard) = (later(2_100), later(1_200_000));
        let sn = Sn::new(&format!("{:020}", u128::from(self.next()) * 7)).unwrap();
        let theirs = TheirRef::new(&format!("{:09}", self.next() % 1_000_000_000)).unwrap();
        order.version = 3;
        order.revision = 3;
        order.state = OrderState::Succeeded;
        order.updated_at = heard;
        order.next_action_at = None;
        let balance = Money::from_hundredths(i64::try_from(self.next() % 1_000_000_000).unwrap());
        order.balance_after = balance.checked_sub(price);
        order.delivery = Some(Delivery::new(AttemptNo(1), Some(sn.clone()), cost, false));
        let attempt = self.attempt(order.id, sent, heard, &number, &sn, &theirs, (price, cost));
        log.extend(history(&attempt, sent, heard, &number, (price, cost)));
        let transfers = money(&order.clone(), now, heard, balance, cost);
        let attempts = vec![attempt];
        (Aggregate { order, attempts }, log, transfers)
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "what the trade knows of an attempt"
    )]
    fn attempt(
        &mut self,
        order: OrderId,
        sent: Timestamp,
        heard: Timestamp,
        number: &str,
        sn: &Sn,
        theirs: &TheirRef,
        (cap, cost): (Money, Money),
    ) -> Attempt {
        let letter = Installation::DEFAULT;
        let roll = self.roll();
        Attempt {
            kind: eraflazz_core::catalog::ProductKind::Prepaid,
            order,
            no: AttemptNo(1),
            mapping: MappingId(u32::try_from(self.next() % 900).unwrap()),
            supplier: SupplierId(u16::try_from(self.next() % 3).unwrap()),
            supplier_ref: SupplierRef::mint(
                RefShape::Alphanumeric,
                letter,
                Epoch::default(),
                sent,
                &roll,
            ),
            their_ref: Some(theirs.clone()),
            code: None,
            sku: Sku::new(&format!("xld{}", self.next() % 100)).unwrap(),
            target: Target::new(&format!("0{number}")).unwrap(),
            cap,
            expected_cost: cost,
            state: AttemptState::Success,
            sends: 1,
            exclusive: false,
            surplus: false,
            first_sent_at: sent,
            lease_until: sent.plus(Duration::from_secs(130)),
            send_open: false,
            call_open: false,
            last_send_ended_at: Some(heard),
            last_call_ended_at: Some(heard),
            checks: 0,
            doubt: None,
            denied: None,
            unproven: None,
            reversal: None,
            sn: Some(sn.clone()),
            billed: Some(cost),
            said: Said::default(),
            hinted: None,
            hint_case: None,
            counted: Counted::default(),
        }
    }
}

/// The intent and the answer.
fn history(
    attempt: &Attempt,
    sent: Timestamp,
    heard: Timestamp,
    number: &str,
    (cap, cost): (Money, Money),
) -> Vec<LogRow> {
    let subject = attempt.order.into();
    let why = Explanation {
        by: By::Cheapest,
        roll: None,
        found: vec![
            (attempt.mapping, Note::Chosen),
            (MappingId(attempt.mapping.0 + 1), Note::Ranked(1)),
            (MappingId(attempt.mapping.0 + 2), Note::OverCap),
        ],
    };
    let intent = Entry::Intent {
        attempt: attempt.no,
        supplier: attempt.supplier,
        mapping: attempt.mapping,
        send: 1,
        why,
    };
    let mut sighting = Sighting::new(Claim::Delivered, Reason::None);
    sighting.our_ref = Some(attempt.supplier_ref);
    sighting.their_ref.clone_from(&attempt.their_ref);
    sighting.sku = Some(attempt.sku.clone());
    sighting.target = Some(attempt.target.clone());
    sighting.sn.clone_from(&attempt.sn);
    sighting.price = Some(cost);
    sighting.balance = Some(cap);
    let raw = format!(
        r#"{{"data":{{"ref_id":"{}","customer_no":"0{number}","buyer_sku_code":"{}","message":"Transaksi Sukses","status":"Sukses","rc":"00","sn":"{}","trx_id":"{}","buyer_last_saldo":{},"price":{},"tele":"@telegram","wa":"081234512345"}}}}"#,
        attempt.supplier_ref,
        attempt.sku,
        attempt.sn.as_ref().unwrap(),
        attempt.their_ref.as_ref().unwrap(),
        cap,
        cost,
    );
    let answer = Entry::Heard {
        attempt: attempt.no,
        channel: Channel::Reply { send: 1 },
        sightings: vec![sighting],
        taken: Vec::new(),
        classes: vec![Class::Success],
        then: None,
    };
    vec![
        LogRow::new(subject, 2, sent, intent),
        LogRow::new(subject, 3, heard, answer).with_raw(Bytes::from(raw)),
    ]
}

/// Hold and capture.
fn money(
    order: &eraflazz_core::order::Order,
    now: Timestamp,
    heard: Timestamp,
    before: Money,
    cost: Money,
) -> Vec<TransferRow> {
    let price = order.quote.sell;
    let row = |effect, line, debit, credit, amount, at| TransferRow {
        key: order.effect(effect, 1),
        line,
        debit,
        credit,
        amount,
        at,
        available: None,
    };
    let (available, held) = (
        Account::Available(order.member),
        Account::Held(order.member),
    );
    let mut hold = row(Effect::Hold, 1, available, held, price, now);
    hold.available = before.checked_sub(price).map(|after| AvailableChange {
        member: order.member,
        before,
        after,
    });
    vec![
        hold,
        row(Effect::Capture, 1, held, Account::Revenue, price, heard),
        row(
            Effect::Capture,
            2,
            Account::Cogs,
            Account::Prepaid(SupplierId(0)),
            cost,
            heard,
        ),
    ]
}
