//! The archive: what leaves is in a file first, everything can still be asked and done, and nothing is lost on the way.

use std::fs;
use std::path::{Path, PathBuf};

use eraflazz_core::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, OrderWrite};
use eraflazz_core::commit::{Refused, Verdict};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ledger::{Recount, rules};
use eraflazz_core::order::{
    Aggregate, AttemptState, Delivery, Entry, LogRow, Order, OrderState, Review,
};
use eraflazz_core::ports::{Ledger, Store};
use eraflazz_core::time::Month;
use eraflazz_store_postgres::{ArchiveError, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::world::{
    NOW, accept, accepted, database, done, ended, member, open, order, rupiah, shelves, verdict,
};

/// A folder of one test's own.
struct Place(PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        let name = format!("eraflazz-archive-{name}-{}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    /// The files in it that end like this.
    fn files(&self, end: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let mut found: Vec<PathBuf> = paths
            .filter(|path| path.to_str().unwrap().ends_with(end))
            .collect();
        found.sort();
        found
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _not_there = fs::remove_dir_all(&self.0);
    }
}

/// The month after the orders of these tests.
fn february() -> Month {
    "2026-02".parse().unwrap()
}

async fn moved(url: &str, folder: &Path) -> (u64, u64, u64, u64) {
    let moved = PostgresStore::archive(url, folder, february()).await;
    let moved = moved.unwrap();
    (moved.orders, moved.rows, moved.files, moved.left)
}

async fn in_log(url: &str) -> i64 {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let count = sqlx::query_scalar("SELECT count(*) FROM eraflazz.log");
    count.fetch_one(&mut conn).await.unwrap()
}

async fn run(url: &str, statement: &str) -> Result<u64, sqlx::Error> {
    let mut conn = PgConnection::connect(url).await.unwrap();
    let done = sqlx::query(AssertSqlSafe(statement)).execute(&mut conn);
    Ok(done.await?.rows_affected())
}

/// Everything that anybody asks of an order, by each of its keys.
async fn asked(store: &PostgresStore, agg: &Aggregate) -> Vec<Option<Aggregate>> {
    let (order, attempt) = (&agg.order, &agg.attempts[0]);
    let theirs = attempt.their_ref.as_ref().unwrap();
    let coded = store.by_trx_code(&order.trx_code).await.unwrap().unwrap();
    vec![
        store.orders(&[order.id]).await.unwrap().remove(0),
        store.orders(&[coded]).await.unwrap().remove(0),
        store.by_ref(order.member, &order.ref_id).await.unwrap(),
        store
            .by_supplier_ref(attempt.supplier, &attempt.supplier_ref)
            .await
            .unwrap(),
        store.by_their_ref(attempt.supplier, theirs).await.unwrap(),
    ]
}

async fn books_close(store: &PostgresStore) {
    let kept = store.trial_balance(0, 1_000).await.unwrap().unwrap();
    let mut recount = Recount::default();
    recount.add(&kept.rows);
    assert_eq!(recount.differences(&kept), []);
}

/// The next version of an order, with a row of its log.
fn next(before: &Order, change: impl FnOnce(&mut Order)) -> Changes {
    let mut order = before.clone();
    order.version += 1;
    change(&mut order);
    let entry = Entry::Accepted { quote: order.quote };
    Changes {
        log: vec![LogRow::new(order.id.into(), order.version, NOW, entry)],
        orders: vec![OrderWrite {
            replaces: Some(before.version),
            order,
        }],
        ..Changes::at(NOW)
    }
}

async fn budi(store: &PostgresStore) -> MemberId {
    shelves(store).await;
    member(store, "budi", 100_000).await
}

#[test]
fn inv_18_an_order_whose_log_has_left_answers_everything_as_before() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("answers"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let mut orders = Vec::new();
        for n in 0..5 {
            let sn = format!("SN-{n}");
            orders.push(ended(&store, budi, (n > 0).then_some(sn.as_str())).await);
        }
        let mut before = Vec::new();
        for agg in &orders {
            let log = store.log(agg.order.id.into()).await.unwrap();
            before.push((asked(&store, agg).await, log));
        }
        assert_eq!(moved(&url, &place.0).await, (5, 10, 1, 0));
        assert_eq!(moved(&url, &place.0).await, (0, 0, 0, 0), "once is enough");
        // What was booked without an order stays, and there is none here.
        assert_eq!(in_log(&url).await, 0);
        let there = PostgresStore::with_archive(
            std::sync::Arc::into_inner(open(&url).await).unwrap(),
            place.0.clone(),
        );
        for (agg, (answers, log)) in orders.iter().zip(before) {
            assert_eq!(asked(&there, agg).await, answers);
            assert_eq!(there.log(agg.order.id.into()).await.unwrap(), log);
            assert!(log.iter().any(|row| !row.raw.is_empty()));
            // Its reference is taken for ever.
            let twin = Order {
                ref_id: agg.order.ref_id.clone(),
                ..order(budi, 1_000)
            };
            let again = verdict(&store, accept(&twin)).await;
            let taken = Refused::RefTaken {
                order: agg.order.id,
            };
            assert_eq!(again, Verdict::Refused(taken));
            // Who does not know where the files are, or does not have them, says so.
            let missing = store.log(agg.order.id.into()).await.unwrap_err();
            assert!(missing.why.contains("log-before-2026-02-"), "{missing}");
        }
        books_close(&store).await;
        let found = PostgresStore::check_archive(&url, &place.0).await.unwrap();
        assert_eq!((found.files, found.orders, found.rows), (1, 5, 10));
        assert_eq!(found.wrong, [""; 0]);
    });
}

#[test]
fn e_03_a_late_success_of_an_order_whose_log_has_left_is_booked_and_told() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("late"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let failed = ended(&store, budi, None).await;
        assert_eq!(moved(&url, &place.0).await, (1, 2, 1, 0));
        // The callback finds the attempt, with all that it is judged by.
        let attempt = &failed.attempts[0];
        let found = store.by_supplier_ref(attempt.supplier, &attempt.supplier_ref);
        assert_eq!(found.await.unwrap().as_ref(), Some(&failed));
        let case = Case {
            key: CaseKey {
                subject: failed.order.id.into(),
                version: failed.order.version + 1,
                kind: CaseKind::LateSuccess,
            },
            amount: Some(rupiah(1_000)),
            opened_at: NOW,
            deadline: NOW,
        };
        let delivery = Delivery::new(attempt.no, None, rupiah(900), false);
        let late = next(&failed.order, |order| {
            order.state = OrderState::LateDelivered;
            order.delivery = Some(delivery);
            order.turns += 1;
        });
        let bill = rules::LateBill::of(attempt.supplier, rupiah(900));
        let late = Changes {
            attempts: vec![eraflazz_core::order::Attempt {
                state: AttemptState::LateSuccess,
                ..attempt.clone()
            }],
            transfers: rules::reclaim(&late.orders[0].order, 1, bill),
            cases: vec![CaseWrite::Open(case.clone())],
            ..late
        };
        done(&store, late).await;
        books_close(&store).await;
        // A person has to look: its log stays until that is done, and then is whole in two files.
        assert_eq!(moved(&url, &place.0).await, (0, 0, 0, 1));
        done(
            &store,
            Changes {
                cases: vec![CaseWrite::Close(case.key)],
                ..Changes::at(NOW)
            },
        )
        .await;
        assert_eq!(moved(&url, &place.0).await, (1, 1, 1, 0));
        let store = std::sync::Arc::into_inner(store).unwrap();
        let store = store.with_archive(place.0.clone());
        let log = store.log(failed.order.id.into()).await.unwrap();
        let versions: Vec<u32> = log.iter().map(|row| row.version).collect();
        assert_eq!(versions, [1, 3, 4]);
    });
}

#[test]
fn inv_33_what_can_still_move_keeps_its_log() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("open"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let held = accepted(&store, budi, 1_000).await;
        let quiet = ended(&store, budi, Some("SN-1")).await;
        let disputed = ended(&store, budi, Some("SN-2")).await;
        let hinted = ended(&store, budi, Some("SN-3")).await;
        let untold = ended(&store, budi, Some("SN-4")).await;
        let parked = ended(&store, budi, Some("SN-5")).await;
        let in_doubt = ended(&store, budi, Some("SN-6")).await;
        let review = Review::Disputed {
            case: 4,
            since: NOW,
        };
        done(
            &store,
            next(&disputed.order, |order| order.review = Some(review)),
        )
        .await;
        let later = next(&hinted.order, |order| order.next_action_at = Some(NOW));
        done(&store, later).await;
        for (told, due) in [(&untold, "now()"), (&parked, "NULL")] {
            let (id, whose) = (told.order.id, told.order.member);
            let put = format!(
                "INSERT INTO eraflazz.outbox (order_id, member, revision, due, tries) VALUES ('{id}', '{whose}', 1, {due}, 0)"
            );
            run(&url, &put).await.unwrap();
        }
        let doubt = in_doubt.order.id;
        let doubted = format!("UPDATE eraflazz.orders SET under_way = true WHERE id = '{doubt}'");
        run(&url, &doubted).await.unwrap();
        assert_eq!(moved(&url, &place.0).await, (1, 2, 1, 6));
        for agg in [&disputed, &hinted, &untold, &parked, &in_doubt] {
            assert!(!store.log(agg.order.id.into()).await.unwrap().is_empty());
        }
        assert!(!store.log(held.id.into()).await.unwrap().is_empty());
        assert!(store.log(quiet.order.id.into()).await.is_err());
        // A month that is not over is not moved: its orders come and go.
        let to_come: Month = "9999-12".parse().unwrap();
        let refused = PostgresStore::archive(&url, &place.0, to_come).await;
        assert!(
            matches!(refused, Err(ArchiveError::TooEarly { .. })),
            "{refused:?}"
        );
        // Nor is what was accepted in it or later.
        let january: Month = "2026-01".parse().unwrap();
        let none = PostgresStore::archive(&url, &place.0, january).await;
        assert_eq!(none.unwrap().orders, 0);
    });
}

/// Whatever a run that was stopped has left: a file that was begun, or one that is whole and that no transaction has written down.
#[test]
fn c_08_a_run_that_was_cut_off_loses_nothing_and_the_next_goes_on() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("cut-off"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let agg = ended(&store, budi, Some("SN-1")).await;
        let before = store.log(agg.order.id.into()).await.unwrap();
        // The transaction fails when it takes the log out: the file is there, and so is the log.
        for statement in [
            "CREATE FUNCTION dies() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'power'; END $$",
            "CREATE TRIGGER dies AFTER INSERT ON eraflazz.archives FOR EACH ROW EXECUTE FUNCTION dies()",
        ] {
            run(&url, statement).await.unwrap();
        }
        let stopped = PostgresStore::archive(&url, &place.0, february()).await;
        assert!(
            matches!(stopped, Err(ArchiveError::Database(_))),
            "{stopped:?}"
        );
        assert_eq!(store.log(agg.order.id.into()).await.unwrap(), before);
        let whole = place.files(".jsonl.gz");
        assert_eq!(whole.len(), 1);
        fs::write(place.0.join("writing.part"), b"half a fi").unwrap();
        run(&url, "DROP TRIGGER dies ON eraflazz.archives")
            .await
            .unwrap();
        assert_eq!(moved(&url, &place.0).await, (1, 2, 1, 0));
        assert_eq!(
            place.files(".jsonl.gz"),
            whole,
            "the same rows, the same file"
        );
        assert_eq!(place.files(".part"), [""; 0].map(PathBuf::from));
        let store = std::sync::Arc::into_inner(store).unwrap();
        let store = store.with_archive(place.0.clone());
        assert_eq!(store.log(agg.order.id.into()).await.unwrap(), before);
    });
}

/// An order that wakes between the reading of its log and the transaction that takes it out stays; the others leave.
#[test]
fn inv_08_an_order_that_wakes_while_it_is_put_away_stays() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("wakes"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let one = ended(&store, budi, Some("SN-1")).await;
        let other = ended(&store, budi, Some("SN-2")).await;
        // Somebody is about to commit a case of it, and holds its row.
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let mut waking = conn.begin().await.unwrap();
        sqlx::query("SELECT FROM eraflazz.orders WHERE id = $1 FOR UPDATE")
            .bind(one.order.id.0)
            .execute(&mut *waking)
            .await
            .unwrap();
        let (at, into) = (url.clone(), place.0.clone());
        let moving = tokio::spawn(async move { moved(&at, &into).await });
        let mut watch = PgConnection::connect(&url).await.unwrap();
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while sqlx::query_scalar::<_, i64>(waits)
            .fetch_one(&mut watch)
            .await
            .unwrap()
            == 0
        {
            tokio::task::yield_now().await;
        }
        sqlx::query("INSERT INTO eraflazz.cases (subject, version, kind, opened_at, deadline) VALUES ($1, 9, 'hinted', now(), now())")
            .bind(one.order.id.0)
            .execute(&mut *waking)
            .await
            .unwrap();
        waking.commit().await.unwrap();
        assert_eq!(moving.await.unwrap(), (1, 2, 1, 1));
        assert!(!store.log(one.order.id.into()).await.unwrap().is_empty());
        assert!(store.log(other.order.id.into()).await.is_err());
        assert_eq!(place.files(".jsonl.gz").len(), 1, "the first try is gone");
        let found = PostgresStore::check_archive(&url, &place.0).await.unwrap();
        assert_eq!((found.orders, found.wrong.len()), (1, 0));
    });
}

#[test]
fn inv_02_the_log_leaves_only_for_a_file_that_was_written_down() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("walls"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let gone = ended(&store, budi, Some("SN-1")).await;
        assert_eq!(moved(&url, &place.0).await, (1, 2, 1, 0));
        let here = ended(&store, budi, Some("SN-2")).await;
        // It speaks again: the file of before is no leave to go.
        done(&store, next(&gone.order, |_| {})).await;
        let its_own = format!(
            "DELETE FROM eraflazz.log WHERE subject = '{}'",
            gone.order.id.0
        );
        for statement in [
            its_own.as_str(),
            "DELETE FROM eraflazz.log",
            "DELETE FROM eraflazz.archives",
            "UPDATE eraflazz.archives SET sha256 = sha256('')",
            "TRUNCATE eraflazz.archives",
        ] {
            let refused = run(&url, statement).await.unwrap_err();
            let refused = refused.into_database_error().unwrap();
            assert_eq!(refused.code().as_deref(), Some("23001"), "{statement}");
        }
        // A file that was written down lets go of its own orders only.
        let mut conn = PgConnection::connect(&url).await.unwrap();
        let mut tx = conn.begin().await.unwrap();
        sqlx::query("INSERT INTO eraflazz.archives (file, sha256, before, subjects, first, last, rows, bytes) SELECT 'x', sha256, before, subjects, first, last, rows, bytes FROM eraflazz.archives")
            .execute(&mut *tx)
            .await
            .unwrap();
        let theirs = sqlx::query("DELETE FROM eraflazz.log WHERE subject = $1");
        let theirs = theirs.bind(here.order.id.0).execute(&mut *tx).await;
        assert!(theirs.is_err());
    });
}

#[test]
fn t_22_a_file_that_was_changed_or_is_gone_is_named() {
    conformance::run(async {
        let (url, place) = (database(), Place::new("rot"));
        let store = open(&url).await;
        let budi = budi(&store).await;
        let agg = ended(&store, budi, Some("SN-1")).await;
        assert_eq!(moved(&url, &place.0).await, (1, 2, 1, 0));
        let file = place.files(".jsonl.gz").remove(0);
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        // Its hash lies beside it, for tools.
        let told = fs::read_to_string(&place.files(".sha256")[0]).unwrap();
        assert!(told.ends_with(&format!("  {name}\n")), "{told}");
        let store = std::sync::Arc::into_inner(store).unwrap();
        let store = store.with_archive(place.0.clone());
        let mut bytes = fs::read(&file).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&file, bytes).unwrap();
        for why in ["SHA-256", "No such file"] {
            let found = PostgresStore::check_archive(&url, &place.0).await.unwrap();
            assert_eq!(found.wrong.len(), 1);
            assert!(found.wrong[0].contains(&name) && found.wrong[0].contains(why));
            let log = store.log(agg.order.id.into()).await.unwrap_err();
            assert!(log.why.contains(&name) && log.why.contains(why), "{log}");
            let _gone = fs::remove_file(&file);
        }
    });
}
