//! The pure core: one step of an order, one ranking, one acceptance applied to a store.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up stops")]

use std::cell::Cell;
use std::time::Duration;

use benches::instant::{Answers, Instant};
use benches::ranking::Field;
use benches::shop::Shop;
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use eraflazz_core::catalog::{Destination, Quota};
use eraflazz_core::commit::Changes;
use eraflazz_core::ids::{
    Epoch, Installation, MappingId, MemberId, OrderId, ProductId, RefShape, SupplierId,
    SupplierRef, TrxCode,
};
use eraflazz_core::member::LateSuccess;
use eraflazz_core::money::Money;
use eraflazz_core::order::{
    Aggregate, Attempt, Channel, Context, Draft, Fingerprint, Heard, Order, Plan, Policy, Route,
    Surroundings, accept, hear, tend,
};
use eraflazz_core::ports::{Store, Supplier};
use eraflazz_core::pricing::Quote;
use eraflazz_core::route::{Cheapest, Explanation, rank};
use eraflazz_core::supplier::{Claim, Profile, Reason, Sighting};
use eraflazz_core::text::Target;
use eraflazz_core::time::Timestamp;

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// A world with one supplier and one route.
struct World(Instant);

impl Surroundings for World {
    fn profile(&self, _supplier: SupplierId) -> Option<&Profile> {
        Some(self.0.profile())
    }

    fn found(&self, _order: &Order, _attempts: &[Attempt]) -> Explanation {
        Explanation::default()
    }

    fn plan(&self, order: &Order, _attempts: &[Attempt]) -> Plan {
        Plan::Go(Box::new(Route {
            mapping: MappingId(0),
            supplier: SupplierId(0),
            supplier_ref: SupplierRef::mint(
                RefShape::Alphanumeric,
                Installation::DEFAULT,
                Epoch::default(),
                NOW,
                &[7; 10],
            ),
            sku: "xld10".parse().unwrap(),
            target: order.destination.render(),
            cost: order.quote.cost_cap,
            lease: Duration::from_mins(2),
            exclusive: false,
            supplier_quota: Quota::default(),
            route_quota: Quota::default(),
            why: Explanation::default(),
        }))
    }
}

fn acceptance(member: MemberId, n: u64) -> Changes {
    let mut random = [0; 10];
    random[..8].copy_from_slice(&n.to_be_bytes());
    random[8..].copy_from_slice(&n.to_le_bytes()[..2]);
    let sell = Money::rupiah(10_500).unwrap();
    let destination = Destination::from(Target::new("+6287800001230").unwrap());
    let mut code = [0; 10];
    code[2..].copy_from_slice(&n.to_be_bytes());
    accept(Draft {
        bill: None,
        id: OrderId::mint(NOW, &random),
        trx_code: TrxCode::mint(NOW, &code),
        member,
        ref_id: format!("R{n}").parse().unwrap(),
        fingerprint: Fingerprint::of(
            &"XL10".parse().unwrap(),
            destination.as_str(),
            None,
            None,
            None,
        ),
        product: ProductId(0),
        destination,
        counter: None,
        quote: Quote {
            sell,
            base: sell,
            cost_cap: sell,
            catalog_version: 1,
        },
        sn_required: false,
        late_success: LateSuccess::Reclaim,
        deadline: NOW.plus(Duration::from_mins(10)),
        now: NOW,
    })
}

/// The order as `changes` leave it.
fn after(changes: &Changes) -> Aggregate {
    Aggregate {
        order: changes.orders[0].order.clone(),
        attempts: changes.attempts.clone(),
    }
}

fn step(c: &mut Criterion) {
    let world = World(Instant::new(
        Money::rupiah(10_000).unwrap(),
        Answers::AtOnce,
    ));
    let policy = Policy::default();
    let ctx = Context {
        now: NOW,
        policy: &policy,
        world: &world,
    };
    let held = after(&acceptance(MemberId::mint(NOW, &[1; 10]), 1));
    c.bench_function("step: intent", |b| {
        b.iter(|| tend(&held, false, ctx).unwrap());
    });

    let sent = after(&tend(&held, false, ctx).unwrap().unwrap().changes);
    let attempt = &sent.attempts[0];
    let sighting = Sighting {
        our_ref: Some(attempt.supplier_ref),
        target: Some(attempt.target.clone()),
        ..Sighting::new(Claim::Delivered, Reason::None)
    };
    let heard = || Heard {
        channel: Channel::Reply { send: 1 },
        sightings: vec![sighting.clone()],
        taken: Vec::new(),
        raw: vec![b'x'; 240].into(),
    };
    c.bench_function("step: outcome", |b| {
        b.iter_batched(
            heard,
            |heard| hear(&sent, attempt.no, heard, ctx).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

fn route(c: &mut Criterion) {
    for count in [5, 50, 500] {
        let field = Field::of(count).unwrap();
        let candidates = field.candidates();
        let input = field.input(&candidates);
        c.bench_function(&format!("rank: {count}"), |b| {
            b.iter(|| rank(&input, &Cheapest));
        });
    }
}

fn apply(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let shop = runtime.block_on(Shop::open(1, 10_000_000)).unwrap();
    let next = Cell::new(0_u64);
    let unit = || {
        next.set(next.get() + 1);
        vec![acceptance(shop.members[0], next.get())]
    };
    c.bench_function("apply: acceptance", |b| {
        b.iter_batched(
            unit,
            |unit| runtime.block_on(shop.store.commit(unit)).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(core, step, route, apply);
criterion_main!(core);
