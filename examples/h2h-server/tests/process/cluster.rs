//! Two servers that take orders and two that work them, over one database: each of them killed at random moments, and the database as a power cut would.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use conformance::servers::Postgres;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::json;

use crate::buyers::{Caller, Load};
use crate::house::House;
use crate::program::{Process, patiently, until};
use crate::stopped::{answers_slowly, stops_in_a_call};

/// The role that the servers of a cluster have.
const SERVERS: &str = "eraflazz_servers";

/// Kills where nobody says how many.
const KILLS: u32 = 6;

/// The parts of the house. The first is started alone: it fills the store.
pub(crate) const PARTS: [(&str, &str); 4] = [
    ("api-1", "api"),
    ("api-2", "api"),
    ("worker-1", "worker"),
    ("worker-2", "worker"),
];

/// A process, and where it listens in every life.
pub(crate) struct Part {
    name: &'static str,
    role: &'static str,
    pub(crate) process: Process,
    pub(crate) base: String,
}

impl Part {
    pub(crate) async fn start(house: &House, (name, role): (&'static str, &'static str)) -> Self {
        let mut process = house.run_as(name, &["serve", "--role", role], &[]);
        let base = process.ready(&house.http).await;
        Self {
            name,
            role,
            process,
            base,
        }
    }

    /// Killed and started again at the same address; returns as soon as it runs, not when it is ready.
    fn dies_and_rises(&mut self, house: &House) {
        self.process.kill();
        let listen = self.base.trim_start_matches("http://").to_owned();
        let other = [("SERVER__LISTEN", listen.as_str())];
        self.process = house.run_as(self.name, &["serve", "--role", self.role], &other);
    }
}

/// `h2h-server` with these words, which must end well; what it said.
pub(crate) async fn said(house: &House, words: &[&str]) -> String {
    let mut process = house.run_as("command", words, &[]);
    let is_well = process.ends().await;
    assert!(is_well, "{words:?}: {}", process.said());
    process.said()
}

/// Four processes over a new database, and a caller at each that takes orders.
async fn cluster(name: &str, server: &Postgres) -> (House, Vec<Part>, [Caller; 2]) {
    let house = House::build(name, &[]).await;
    let url = server.database();
    let house = house.in_database(&url);
    // The owner of the database makes it, and its servers run as somebody who may do less.
    server.run_in(&url, &format!("DO $$ BEGIN CREATE ROLE {SERVERS} LOGIN PASSWORD '{SERVERS}'; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"));
    let made = said(&house, &["migrate", "--server-role", SERVERS]).await;
    assert!(made.contains("is made, its epoch is 0"), "{made}");
    let (_, place) = url.split_once('@').unwrap();
    let theirs = format!("postgres://{SERVERS}:{SERVERS}@{place}");
    rise(house.in_database(&theirs)).await
}

/// The same of a house over a database that is empty.
pub(crate) async fn cluster_of(house: House) -> (House, Vec<Part>, [Caller; 2]) {
    let made = said(&house, &["migrate"]).await;
    assert!(made.contains("is made, its epoch is 0"), "{made}");
    let again = said(&house, &["migrate"]).await;
    assert!(again.contains("is up to date"), "{again}");
    rise(house).await
}

/// The four processes over a database that is made.
async fn rise(house: House) -> (House, Vec<Part>, [Caller; 2]) {
    let mut parts = vec![Part::start(&house, PARTS[0]).await];
    let [one, two, three] = [1, 2, 3].map(|n: usize| Part::start(&house, PARTS[n]));
    let (one, two, three) = tokio::join!(one, two, three);
    parts.extend([one, two, three]);
    let callers = [0, 1].map(|n: usize| house.agen(parts[n].base.clone()));
    house.calls_back(&parts[0].base);
    (house, parts, callers)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stdout,
    reason = "who looks at a run wants its dice and its figures"
)]
async fn c_01_to_c_13_two_apis_and_two_workers_survive_any_kill_of_each_and_of_the_database() {
    let from_outside = |name| std::env::var(name).ok().map(|n: String| n.parse().unwrap());
    let kills: u32 =
        from_outside("ERAFLAZZ_CLUSTER_KILLS").map_or(KILLS, |n: u64| n.try_into().unwrap());
    let seed = from_outside("ERAFLAZZ_KILL_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    });
    println!("ERAFLAZZ_CLUSTER_KILLS={kills} ERAFLAZZ_KILL_SEED={seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let began = Instant::now();
    let server = Postgres::start();
    let (house, mut parts, callers) = cluster("cluster", &server).await;
    let loads = callers
        .each_ref()
        .map(|caller| Load::on(caller, &house.orders));
    for kill in 0..kills {
        let orders = usize::try_from(1 + dice.next_u32() % 60).unwrap();
        patiently("orders", house.orders.grow_by(orders)).await;
        if kill == kills / 2 {
            println!("{kill}: the database after {:?}", began.elapsed());
            // Whoever starts just now would end for want of it, as it should.
            for part in &mut parts {
                part.process.ready(&house.http).await;
            }
            server.crash_and_start_again();
            continue;
        }
        let victim = usize::try_from(dice.next_u32() % 4).unwrap();
        println!(
            "{kill}: {} after {orders} orders, {:?}",
            parts[victim].name,
            began.elapsed()
        );
        parts[victim].dies_and_rises(&house);
    }
    patiently("orders", house.orders.grow_by(60)).await;
    for load in loads {
        load.end().await;
    }
    for part in &mut parts {
        part.process.ready(&house.http).await;
    }
    house.all_is_well(&callers[1]).await;
    is_whole(&house).await;
    println!(
        "ERAFLAZZ_KILL_SEED={seed}: {kills} kills in {:?}; {} orders acknowledged, {} purchases at the supplier",
        began.elapsed(),
        house.orders.all().len(),
        house.sandbox.ledger().purchases.len(),
    );
    for part in &mut parts {
        part.process.signal("TERM");
    }
    for mut part in parts {
        assert!(part.process.ends().await, "{}", part.process.said());
        if part.role == "api" {
            let said = part.process.said();
            assert!(
                !said.contains("supplier_call"),
                "an api calls nobody: {said}"
            );
        }
    }
    house.remove();
}

/// As those see it who look from outside: the recount, and the store from its first row.
async fn is_whole(house: &House) {
    let books = said(house, &["books"]).await;
    assert!(books.contains("books close"), "{books}");
    let check = said(house, &["check"]).await;
    assert!(check.contains("every balance is the sum"), "{check}");
}

/// The database alone, again and again, stopped as by a power cut while four processes are at work: each finds it again, and knows what became of what it had sent.
#[tokio::test(flavor = "multi_thread")]
async fn e_26_what_was_acknowledged_outlives_a_database_that_dies_under_load() {
    let server = Postgres::start();
    let (house, mut parts, callers) = cluster("power-cuts", &server).await;
    let loads = callers
        .each_ref()
        .map(|caller| Load::on(caller, &house.orders));
    for orders in [40, 25, 60] {
        patiently("orders", house.orders.grow_by(orders)).await;
        server.crash_and_start_again();
    }
    patiently("orders", house.orders.grow_by(60)).await;
    for load in loads {
        load.end().await;
    }
    for part in &mut parts {
        part.process.ready(&house.http).await;
    }
    house.all_is_well(&callers[1]).await;
    is_whole(&house).await;
    drop(parts);
    house.remove();
}

#[tokio::test(flavor = "multi_thread")]
async fn d_05_an_order_that_one_process_accepts_another_works_at_once() {
    orders_are_worked_at_once("prompt", "postgres").await;
}

/// Nobody sweeps for a minute: what is accepted here is worked there because it rings.
pub(crate) async fn orders_are_worked_at_once(name: &str, queue: &str) {
    let slowly = [
        ("TIME_SCALE", "1"),
        ("ENGINE__SWEEP_INTERVAL", "60s"),
        ("STORE__QUEUE", queue),
    ];
    let server = Postgres::shared();
    let house = House::build(name, &slowly).await;
    let house = house.in_database(&server.database());
    said(&house, &["migrate"]).await;
    let mut parts = Vec::new();
    for part in [PARTS[0], PARTS[2], PARTS[3]] {
        parts.push(Part::start(&house, part).await);
    }
    let agen = house.agen(parts[0].base.clone());
    house.calls_back(&agen.base);
    // NOW is delivered in its answer, LATER by a callback, which is taken here and applied there as well.
    for (n, product) in ["NOW", "LATER", "NOW", "LATER"].into_iter().enumerate() {
        let body = json!({
            "ref_id": format!("P-{n}"),
            "product": product,
            "destination": format!("08780000001{n}"),
        });
        let body = body.to_string();
        let path = "/api/v1/transactions?wait=4500";
        let answer = agen.call(reqwest::Method::POST, path, &body).await;
        let (status, told) = answer.unwrap();
        assert_eq!(
            (status, &told["data"]["status"]),
            (200, &json!("SUCCESS")),
            "{told}"
        );
    }
    // Whoever works answers nobody.
    let worker = house.agen(parts[1].base.clone());
    let refused = worker
        .call(reqwest::Method::GET, "/api/v1/balance", "")
        .await;
    assert_eq!(refused.unwrap().0, 404);
    let books = said(&house, &["books"]).await;
    assert!(books.contains("books close"), "{books}");
    drop(parts);
    house.remove();
}

/// Held up for longer than anything is leased, then let go on as if nothing had been.
#[tokio::test(flavor = "multi_thread")]
async fn c_13_a_worker_held_up_past_its_leases_buys_nothing_twice() {
    let server = Postgres::shared();
    let (house, parts, callers) = cluster("held-up", server).await;
    answers_slowly(&house);
    let load = Load::on(&callers[0], &house.orders);
    patiently("orders", house.orders.grow_by(60)).await;
    // What is bought while the other one stands still is this one's to hear of.
    parts[3].process.signal("STOP");
    stops_in_a_call(&house, &parts[2].process).await;
    parts[3].process.signal("CONT");
    let held_up = Instant::now();
    until("the end of every lease", async || {
        (held_up.elapsed() > Duration::from_millis(12_500)).then_some(())
    })
    .await;
    load.end().await;
    // The other one settles what this one had in hand.
    house.all_is_well(&callers[1]).await;
    parts[2].process.signal("CONT");
    let load = Load::on(&callers[0], &house.orders);
    patiently("orders again", house.orders.grow_by(60)).await;
    load.end().await;
    house.all_is_well(&callers[0]).await;
    is_whole(&house).await;
    drop(parts);
    house.remove();
}
