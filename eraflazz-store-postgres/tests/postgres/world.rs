//! A server for all of these tests, a database of its own for each, and orders made of plain values.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use conformance::SampleVault;
use conformance::servers::Postgres;
use eraflazz_core::catalog::{
    CatalogChange, Category, Destination, DestinationRule, Product, SupplierInfo, Tier, TierId,
};
use eraflazz_core::commit::{Changes, OrderWrite, Refused, Verdict};
use eraflazz_core::ids::{
    AttemptNo, BankId, CategoryId, InboxId, MappingId, MemberId, OrderId, ProductId, SubjectId,
    SupplierId, SupplierRef, TrxCode,
};
use eraflazz_core::ledger::{Transfer, rules};
use eraflazz_core::member::{LateSuccess, Member, MemberKind};
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, AttemptState, Counted, Delivery, Entry, Fingerprint, LogRow, Order,
    OrderState, Payer, Returned, Said,
};
use eraflazz_core::ports::{Catalog, InboxRow, InboxState, Members, Store};
use eraflazz_core::pricing::Quote;
use eraflazz_core::supplier::{RawRequest, Reason};
use eraflazz_core::text::{Sku, Target};
use eraflazz_core::time::Timestamp;
use eraflazz_store_postgres::{Part, PostgresStore, StoreSettings};
use tokio::sync::Barrier;

pub(crate) const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
/// Who runs servers, and who makes reports.
pub(crate) const SERVER_ROLE: &str = "eraflazz_test_server";
pub(crate) const REPORT_ROLE: &str = "eraflazz_test_reports";
pub(crate) const SUPPLIER: SupplierId = SupplierId(0);
pub(crate) const BANK: BankId = BankId(0);

/// The address of a new database whose schema and roles are there.
pub(crate) fn database() -> String {
    let server = Postgres::shared();
    server.database_with_schema(|url| {
        for role in [SERVER_ROLE, REPORT_ROLE] {
            let create = format!("CREATE ROLE {role} LOGIN PASSWORD '{role}'");
            let sql = format!(
                "DO $$ BEGIN {create}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
            );
            Postgres::shared().run_in(&url, &sql);
        }
        conformance::run(async move {
            PostgresStore::migrate(&url).await.unwrap();
            let roles = [
                (SERVER_ROLE.to_owned(), Part::Server),
                (REPORT_ROLE.to_owned(), Part::Reports),
            ];
            PostgresStore::grant(&url, &roles).await.unwrap();
        });
    })
}

/// The same address for another role.
pub(crate) fn of_role(url: &str, role: &str) -> String {
    let (_, place) = url.split_once('@').unwrap();
    format!("postgres://{role}:{role}@{place}")
}

/// A store in the database at `url`.
pub(crate) async fn open(url: &str) -> Arc<PostgresStore> {
    let settings = StoreSettings {
        lanes: 2,
        readers: 4,
    };
    let store = PostgresStore::open(url, Arc::new(SampleVault), settings);
    Arc::new(store.await.unwrap())
}

/// A store in a new database.
pub(crate) async fn fresh() -> Arc<PostgresStore> {
    open(&database()).await
}

pub(crate) fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

/// Ten bytes that were never rolled before.
fn dice() -> [u8; 10] {
    let mut bytes = [0; 10];
    bytes[2..].copy_from_slice(&number().to_be_bytes());
    bytes
}

fn number() -> u64 {
    static MINTED: AtomicU64 = AtomicU64::new(1);
    MINTED.fetch_add(1, Ordering::Relaxed)
}

/// Something to sell.
pub(crate) async fn shelves(store: &PostgresStore) {
    let tier = CatalogChange::PutTier(Tier {
        id: TierId(0),
        slug: "retail".parse().unwrap(),
        name: "Retail".to_owned(),
    });
    let category = CatalogChange::PutCategory(Category {
        id: CategoryId(0),
        slug: "pulsa".parse().unwrap(),
        name: "Pulsa".to_owned(),
        active: true,
    });
    let supplier = CatalogChange::PutSupplier(SupplierInfo {
        name: "One".to_owned(),
        ..SupplierInfo::new(SUPPLIER, "one".parse().unwrap())
    });
    let product = CatalogChange::PutProduct(Product {
        brand: "XL".to_owned(),
        ..Product::prepaid(
            ProductId(0),
            "XL10".parse().unwrap(),
            CategoryId(0),
            DestinationRule::any_phone(),
            rupiah(1_000),
        )
    });
    let changes = vec![tier, category, supplier, product];
    store.change(changes).await.unwrap();
}

/// A member with this balance in rupiah.
pub(crate) async fn member(store: &PostgresStore, code: &str, balance: i64) -> MemberId {
    let id = stranger();
    let member = Member::new(id, code.parse().unwrap(), TierId(0), MemberKind::H2h);
    store.put_member(member, None).await.unwrap();
    if balance > 0 {
        let unit = money(|subject| rules::deposit(subject, id, BANK, rupiah(balance)));
        done(store, unit).await;
    }
    id
}

/// A member that no store knows.
pub(crate) fn stranger() -> MemberId {
    MemberId::mint(NOW, &dice())
}

/// A callback that no store has seen.
pub(crate) fn callback() -> InboxRow {
    InboxRow {
        id: InboxId::mint(NOW, &dice()),
        supplier: SUPPLIER,
        received_at: NOW,
        signed: true,
        sightings: Some(Vec::new()),
        request: RawRequest {
            method: "POST".to_owned(),
            path: "/callback".to_owned(),
            headers: BTreeMap::new(),
            body: bytes::Bytes::from_static(b"{}"),
            source: None,
        },
        tries: 0,
        state: InboxState::Waiting,
    }
}

/// A unit that moves money of no order.
pub(crate) fn money(transfers: impl FnOnce(SubjectId) -> Vec<Transfer>) -> Changes {
    Changes {
        transfers: transfers(SubjectId::mint(NOW, &dice())),
        ..Changes::at(NOW)
    }
}

/// An order that nobody has seen yet.
pub(crate) fn order(member: MemberId, sell: i64) -> Order {
    let number = number();
    let target = Target::new(&format!("+62878{number:08}")).unwrap();
    Order {
        bill: None,
        id: OrderId::mint(NOW, &dice()),
        version: 1,
        revision: 1,
        trx_code: TrxCode::mint(NOW, &dice()),
        member,
        ref_id: format!("A-{number}").parse().unwrap(),
        fingerprint: Fingerprint([7; 16]),
        product: ProductId(0),
        destination: Destination::from(target),
        guard: None,
        payer: Payer::Wallet(member),
        quote: Quote {
            sell: rupiah(sell),
            base: rupiah(sell),
            cost_cap: rupiah(sell),
            catalog_version: 1,
        },
        state: OrderState::Held,
        review: None,
        sn_required: false,
        late_success: LateSuccess::Reclaim,
        created_at: NOW,
        updated_at: NOW,
        deadline: NOW.plus(Duration::from_hours(1)),
        next_action_at: Some(NOW),
        balance_after: None,
        delivery: None,
        turns: 0,
        refunds: Vec::new(),
    }
}

/// Accepts a new order: the row, its hold, its first log row.
pub(crate) fn accept(order: &Order) -> Changes {
    let entry = Entry::Accepted { quote: order.quote };
    let holds = order.state == OrderState::Held;
    Changes {
        orders: vec![OrderWrite {
            order: order.clone(),
            replaces: None,
        }],
        log: vec![LogRow::new(order.id.into(), order.version, NOW, entry)],
        transfers: if holds {
            rules::hold(order)
        } else {
            Vec::new()
        },
        ..Changes::at(NOW)
    }
}

/// Sends the order's first attempt, alone with these goods where `exclusive`.
pub(crate) fn send(order: &Order, target: &str, exclusive: bool) -> Changes {
    let attempt = Attempt {
        kind: eraflazz_core::catalog::ProductKind::Prepaid,
        order: order.id,
        no: AttemptNo(1),
        mapping: MappingId(0),
        supplier: SUPPLIER,
        supplier_ref: SupplierRef::parse(&format!("E{:018}Z", number())).unwrap(),
        their_ref: None,
        code: None,
        sku: Sku::new("xld10").unwrap(),
        target: Target::new(target).unwrap(),
        cap: order.quote.cost_cap,
        expected_cost: rupiah(900),
        state: AttemptState::Sending,
        sends: 1,
        exclusive,
        surplus: false,
        first_sent_at: NOW,
        lease_until: NOW.plus(Duration::from_mins(2)),
        send_open: true,
        call_open: true,
        last_send_ended_at: None,
        last_call_ended_at: None,
        checks: 0,
        doubt: None,
        denied: None,
        hinted: None,
        hint_case: None,
        counted: Counted::default(),
        unproven: None,
        reversal: None,
        sn: None,
        billed: None,
        said: Said::default(),
    };
    let next = Order {
        version: order.version + 1,
        state: OrderState::InFlight(AttemptNo(1)),
        ..order.clone()
    };
    Changes {
        orders: vec![OrderWrite {
            order: next,
            replaces: Some(order.version),
        }],
        attempts: vec![attempt],
        ..Changes::at(NOW)
    }
}

/// Ends the order that `sent` has sent: delivered at 900 with this serial number, or refused and the money back.
pub(crate) fn settle(sent: &Changes, sn: Option<&str>) -> Changes {
    let (before, attempt) = (&sent.orders[0].order, &sent.attempts[0]);
    let cost = rupiah(900);
    let attempt = Attempt {
        state: match sn {
            Some(_) => AttemptState::Success,
            None => AttemptState::Rejected {
                formed: true,
                reason: Reason::OutOfStock,
                at: NOW,
            },
        },
        their_ref: Some(format!("T-{}", attempt.supplier_ref).parse().unwrap()),
        code: sn.is_none().then(|| "43".parse().unwrap()),
        sn: sn.map(|sn| sn.parse().unwrap()),
        billed: sn.map(|_| cost),
        ..attempt.clone()
    };
    let order = Order {
        version: before.version + 1,
        revision: before.revision + 1,
        state: match sn {
            Some(_) => OrderState::Succeeded,
            None => OrderState::Returned(Returned::Rejected(Reason::OutOfStock)),
        },
        next_action_at: None,
        delivery: sn.map(|sn| Delivery::new(attempt.no, Some(sn.parse().unwrap()), cost, false)),
        ..before.clone()
    };
    let entry = Entry::LeasePassed {
        attempt: attempt.no,
    };
    Changes {
        log: vec![
            LogRow::new(order.id.into(), order.version, NOW, entry)
                .with_raw(bytes::Bytes::from(format!("{{\"sn\":{sn:?}}}"))),
        ],
        transfers: match sn {
            Some(_) => rules::capture(&order, SUPPLIER, cost),
            None => rules::release(&order),
        },
        orders: vec![OrderWrite {
            replaces: Some(before.version),
            order,
        }],
        attempts: vec![attempt],
        ..Changes::at(NOW)
    }
}

/// An order that has ended, as [`settle`] ends it.
pub(crate) async fn ended(store: &PostgresStore, member: MemberId, sn: Option<&str>) -> Aggregate {
    let held = accepted(store, member, 1_000).await;
    let sent = send(&held, held.destination.as_str(), false);
    done(store, sent.clone()).await;
    done(store, settle(&sent, sn)).await;
    let found = store.orders(&[held.id]).await.unwrap().remove(0);
    found.unwrap()
}

pub(crate) async fn verdict(store: &PostgresStore, unit: Changes) -> Verdict {
    store.commit(vec![unit]).await.unwrap().remove(0)
}

pub(crate) async fn done(store: &PostgresStore, unit: Changes) {
    let verdict = verdict(store, unit).await;
    assert!(matches!(verdict, Verdict::Done(_)), "{verdict:?}");
}

/// An order that the store has accepted, as it reads.
pub(crate) async fn accepted(store: &PostgresStore, member: MemberId, sell: i64) -> Order {
    let new = order(member, sell);
    done(store, accept(&new)).await;
    let found = store.orders(&[new.id]).await.unwrap().remove(0);
    found.unwrap().order
}

/// Commits every unit from a task of its own, all at once, in turns through each of the stores; how many were done, and why the others were refused.
pub(crate) async fn race(
    stores: &[Arc<PostgresStore>],
    units: Vec<Changes>,
) -> (usize, Vec<Refused>) {
    let start = Arc::new(Barrier::new(units.len()));
    let tasks: Vec<_> = units
        .into_iter()
        .zip(stores.iter().cycle())
        .map(|(unit, store)| {
            let (store, start) = (Arc::clone(store), Arc::clone(&start));
            tokio::spawn(async move {
                start.wait().await;
                verdict(&store, unit).await
            })
        })
        .collect();
    let (mut done, mut refused) = (0, Vec::new());
    for task in tasks {
        match task.await.unwrap() {
            Verdict::Done(_) => done += 1,
            Verdict::Refused(why) => refused.push(why),
        }
    }
    (done, refused)
}
