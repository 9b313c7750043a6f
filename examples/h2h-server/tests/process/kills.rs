//! Killed at random moments, again and again.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::buyers::{Caller, Load};
use crate::house::House;
use crate::moments::{Moment, Moments};
use crate::program::{Process, patiently};

/// Kills where nobody says how many: seconds, not minutes.
const KILLS: u32 = 20;
/// How many of the latest orders are looked at after each restart, beside those that may still change. At the end all are.
const LATEST: usize = 200;

fn from_outside(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .unwrap_or_else(|_| panic!("{name}={text} is no number")),
    )
}

/// `SECTION__KEY=value`, separated by commas.
fn more_settings() -> Vec<(String, String)> {
    let text = std::env::var("ERAFLAZZ_KILL_SETTINGS").unwrap_or_default();
    let pairs = text.split(',').filter(|pair| !pair.is_empty());
    let split = pairs.map(|pair| pair.split_once('=').unwrap());
    split
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect()
}

/// What the kills of a run fell into.
#[derive(Debug, Default)]
struct Tally {
    under_load: u32,
    starting: u32,
    before_ready: u32,
    backing_up: u32,
    copying_itself: u32,
    half_backups: u32,
}

#[tokio::test(flavor = "multi_thread")]
#[expect(
    clippy::print_stdout,
    reason = "who looks at a run wants its dice and its figures"
)]
async fn c_01_to_c_12_what_was_acknowledged_survives_any_kill_and_nothing_is_bought_twice() {
    let kills = from_outside("ERAFLAZZ_KILLS").map_or(KILLS, |kills| kills.try_into().unwrap());
    let seed = from_outside("ERAFLAZZ_KILL_SEED").unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        u64::from(now.subsec_nanos())
    });
    println!("ERAFLAZZ_KILLS={kills} ERAFLAZZ_KILL_SEED={seed}");
    let began = Instant::now();
    let more = more_settings();
    let more: Vec<(&str, &str)> = more.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    let house = House::build("random", &more).await;
    let mut moments = Moments::of(seed);
    let mut run = Run {
        house,
        tally: Tally::default(),
        starting: Duration::from_millis(300),
        copying: Duration::from_millis(300),
    };

    for _ in 0..kills.div_ceil(10) {
        let moment = moments.first_start(run.starting);
        run.die_at(moment).await;
    }
    let (server, _) = run.serve().await;
    drop(server);
    run.house.check_store().await;
    for n in run.tally.starting..kills {
        let moment = moments.next(run.starting, run.copying);
        println!("{n}: {moment:?}");
        run.die_at(moment).await;
        run.house.check_store().await;
        let (server, agen) = run.serve().await;
        let orders = &run.house.orders;
        agen.check(orders, orders.to_check(Some(LATEST))).await;
        run.house.books_close(&agen).await;
        drop(server);
    }

    let (server, agen) = run.serve().await;
    run.house.all_is_well(&agen).await;
    let Run { house, tally, .. } = run;
    let all = house.orders.all();
    let paid = all.values().filter(|told| told.status == "SUCCESS").count();
    println!(
        "ERAFLAZZ_KILL_SEED={seed}: {kills} kills in {:?}, {tally:?}; {} orders acknowledged, {paid} delivered, {} purchases at the supplier",
        began.elapsed(),
        all.len(),
        house.sandbox.ledger().purchases.len(),
    );
    house.close(server).await;
}

struct Run {
    house: House,
    tally: Tally,
    /// How long the last start took that nobody killed.
    starting: Duration,
    copying: Duration,
}

impl Run {
    async fn serve(&mut self) -> (Process, Caller) {
        let began = Instant::now();
        let served = self.house.serve().await;
        self.starting = began.elapsed();
        served
    }

    async fn die_at(&mut self, moment: Moment) {
        match moment {
            Moment::Loaded { orders, then } => self.die_under_load(orders, then).await,
            Moment::Starting(after) => self.die_starting(after).await,
            Moment::BackingUp(after) => self.die_backing_up(after).await,
            Moment::CopyingItself(after) => self.die_copying_itself(after).await,
        }
    }

    async fn die_under_load(&mut self, orders: usize, then: Duration) {
        self.tally.under_load += 1;
        let (mut server, agen) = self.serve().await;
        let load = Load::on(&agen, &self.house.orders);
        patiently("orders", self.house.orders.grow_by(orders)).await;
        if !then.is_zero() {
            // Wherever the server is by then.
            let _ = tokio::time::timeout(then, std::future::pending::<()>()).await;
        }
        server.kill();
        load.end().await;
    }

    async fn die_starting(&mut self, after: Duration) {
        self.tally.starting += 1;
        let mut server = self.house.run(&["serve"]);
        let ready = tokio::time::timeout(after, server.ready(&self.house.http)).await;
        self.tally.before_ready += u32::from(ready.is_err());
        server.kill();
    }

    /// What has the name of a copy is one, and the next copy of that name is not in the way of what is left of this one.
    async fn die_copying_itself(&mut self, after: Duration) {
        self.tally.copying_itself += 1;
        let name = format!("self-{}", self.tally.copying_itself);
        let copy = self.house.copy("backups").join(&name);
        let (mut server, agen) = self.serve().await;
        let load = Load::on(&agen, &self.house.orders);
        let copying = self.house.copies_itself(&agen, &name);
        let copied = tokio::time::timeout(after, copying).await;
        assert!(!matches!(copied, Ok(false)), "a copy was refused");
        server.kill();
        load.end().await;
        if !copy.exists() {
            assert!(copied.is_err(), "a copy that was acknowledged is gone");
            self.tally.half_backups += 1;
            let (_server, agen) = self.serve().await;
            assert!(self.house.copies_itself(&agen, &name).await);
        }
        let (is_whole, said) = self.house.check(&copy).await;
        assert!(is_whole, "{said}");
        std::fs::remove_dir_all(copy).unwrap();
    }

    /// The source stays as it is; what is left of the copy is a whole one or none.
    async fn die_backing_up(&mut self, after: Duration) {
        self.tally.backing_up += 1;
        let name = format!("copy-{}", self.tally.backing_up);
        let copy = self.house.copy(&name);
        let mut backup = self.house.run(&["backup", copy.to_str().unwrap()]);
        let ended = tokio::time::timeout(after, backup.ends()).await;
        backup.kill();
        let (is_whole, said) = self.house.check(&copy).await;
        if ended.is_ok() {
            assert!(is_whole, "{said}");
        } else if !is_whole {
            self.tally.half_backups += 1;
            assert!(
                said.contains("journal.redb: No such file"),
                "it passes for a store: {said}"
            );
        }
        let began = Instant::now();
        let whole = self.house.copy(&format!("{name}-again"));
        let mut backup = self.house.run(&["backup", whole.to_str().unwrap()]);
        assert!(backup.ends().await, "{}", backup.said());
        self.copying = began.elapsed();
        let (is_whole, said) = self.house.check(&whole).await;
        assert!(is_whole, "{said}");
        for copy in [copy, whole] {
            if copy.exists() {
                std::fs::remove_dir_all(copy).unwrap();
            }
        }
    }
}
