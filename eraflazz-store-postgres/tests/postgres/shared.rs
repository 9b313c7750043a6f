//! What several processes over one database share: due work, the bell, the duty, the clock, the epoch.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use eraflazz_core::commit::Changes;
use eraflazz_core::ids::Epoch;
use eraflazz_core::ports::{Clock as _, Due, Duty as _, InboxState, Queue as _, Store};
use eraflazz_store_postgres::{PostgresBell, PostgresClock, PostgresDuty, Works, sql};
use sqlx::{Connection as _, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

use crate::world::{NOW, accepted, callback, database, done, member, open, shelves};

/// Long enough for any machine; what passes does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks again and again until it is so.
async fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(millis(5)).await;
    }
}

fn millis(time: u64) -> Duration {
    Duration::from_millis(time)
}

#[test]
fn inv_26_two_who_take_share_what_is_due_and_what_is_left_is_due_again() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        shelves(&here).await;
        let budi = member(&here, "budi", 1_000).await;
        let mut all = BTreeSet::new();
        for _ in 0..40 {
            all.insert(accepted(&here, budi, 1).await.id);
        }
        let (mut taken, mut twice) = (BTreeSet::new(), 0);
        // More rounds than it takes: whoever goes on when all is taken gets nothing.
        for _round in 0..20 {
            let (one, two) = tokio::join!(here.take_due(NOW, 7), there.take_due(NOW, 7));
            for due in [one.unwrap(), two.unwrap()].concat() {
                let Due::Order(id) = due else {
                    panic!("{due:?}")
                };
                twice += u32::from(!taken.insert(id));
            }
        }
        assert_eq!(
            (taken, twice),
            (all.clone(), 0),
            "each once, to one of both"
        );
        let soon = NOW.plus(millis(4_999));
        assert_eq!(there.take_due(soon, 100).await.unwrap(), []);
        let later = NOW.plus(millis(5_000));
        let again = there.take_due(later, 100).await.unwrap();
        assert_eq!(again.len(), all.len(), "whoever took them has done nothing");
    });
}

/// Taking an order is no claim: whoever decides on it first is the one.
#[test]
fn inv_27_what_another_took_may_be_committed_all_the_same() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        shelves(&here).await;
        let budi = member(&here, "budi", 1_000).await;
        let order = accepted(&here, budi, 1).await;
        assert_eq!(
            there.take_due(NOW, 9).await.unwrap(),
            [Due::Order(order.id)]
        );
        done(&here, crate::world::send(&order, "087812340000", false)).await;
        let read = there.orders(&[order.id]).await.unwrap().remove(0).unwrap();
        assert_eq!(read.order.version, 2);
        assert_eq!(
            read.order.next_action_at,
            Some(NOW),
            "what was taken moved nothing that is read"
        );
    });
}

/// What somebody has in hand is the order as it was then: once it is committed anew, it is in nobody's hand.
#[test]
fn inv_26_what_was_taken_and_is_due_anew_is_due_to_everybody() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        shelves(&here).await;
        let budi = member(&here, "budi", 1_000).await;
        let order = accepted(&here, budi, 1).await;
        let due = [Due::Order(order.id)];
        assert_eq!(here.take_due(NOW, 9).await.unwrap(), due);
        let soon = NOW.plus(millis(1));
        let mut next = crate::world::send(&order, "087812340000", false);
        next.orders[0].order.next_action_at = Some(soon);
        done(&here, next).await;
        assert_eq!(there.take_due(NOW, 9).await.unwrap(), []);
        assert_eq!(there.take_due(soon, 9).await.unwrap(), due);
        assert_eq!(
            here.take_due(soon, 9).await.unwrap(),
            [],
            "and is taken anew"
        );
        // Due at the same moment as before, for what was decided meanwhile.
        let mut again = crate::world::send(&order, "087812340000", false);
        again.orders[0].replaces = Some(2);
        again.orders[0].order.version = 3;
        again.orders[0].order.next_action_at = Some(soon);
        again.attempts.clear();
        done(&here, again).await;
        assert_eq!(there.take_due(soon, 9).await.unwrap(), due);
    });
}

#[test]
fn inv_28_a_callback_that_was_taken_and_left_counts_a_try() {
    conformance::run(async {
        let store = open(&database()).await;
        let row = callback();
        store.put_inbox(row.clone()).await.unwrap();
        let tries = async || store.inbox(row.id).await.unwrap().unwrap().tries;
        let taken = [Due::Inbox(row.id)];
        let minute = |n| NOW.plus(Duration::from_mins(n));
        assert_eq!(store.take_due(NOW, 9).await.unwrap(), taken);
        assert_eq!(tries().await, 0, "in good hands");
        assert_eq!(
            store.take_due(NOW.plus(millis(59_999)), 9).await.unwrap(),
            []
        );
        for left in 1..=2 {
            assert_eq!(store.take_due(minute(left), 9).await.unwrap(), taken);
            assert_eq!(u64::from(tries().await), left, "whoever had it is gone");
        }
        let waiting = InboxState::Waiting;
        store.set_inbox_aside(row.id, waiting).await.unwrap();
        assert_eq!(
            store.take_due(minute(2), 9).await.unwrap(),
            taken,
            "handed back"
        );
        assert_eq!(tries().await, 2, "which counts nothing");
        let applied = Changes {
            inbox_done: vec![row.id],
            ..Changes::at(NOW)
        };
        done(&store, applied).await;
        assert_eq!(store.take_due(minute(9), 9).await.unwrap(), []);
    });
}

#[test]
fn what_one_process_accepts_is_rung_to_another_that_works() {
    conformance::run(async {
        let url = database();
        let (front, back) = (open(&url).await, open(&url).await);
        shelves(&front).await;
        let budi = member(&front, "budi", 1_000).await;
        let clock = Arc::new(PostgresClock::start(&back).await.unwrap());
        let worker = PostgresBell::start(&back, clock.clone(), Works::Here);
        let ringer = PostgresBell::start(&front, clock, Works::Elsewhere);
        for _ in 0..3 {
            let order = Due::Order(accepted(&front, budi, 1).await.id);
            let mut due = vec![order];
            let row = callback();
            front.put_inbox(row.clone()).await.unwrap();
            due.push(Due::Inbox(row.id));
            ringer.push(&due).await;
            assert_eq!(ringer.depth().await, 0, "nothing is worked there");
            let mut heard = Vec::new();
            while heard.len() < due.len() {
                heard.extend(timeout(PATIENCE, worker.take(9)).await.unwrap());
            }
            heard.sort_unstable();
            due.sort_unstable();
            assert_eq!(heard, due);
        }
    });
}

/// Whoever stops gives back what it took and nobody there worked: it is another's at once, and that it was taken counts no try.
#[test]
fn inv_28_what_was_taken_and_not_worked_is_handed_back_at_a_stop() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        shelves(&here).await;
        let budi = member(&here, "budi", 1_000).await;
        let mut due = BTreeSet::new();
        for _ in 0..3 {
            due.insert(Due::Order(accepted(&here, budi, 1).await.id));
            let row = callback();
            here.put_inbox(row.clone()).await.unwrap();
            due.insert(Due::Inbox(row.id));
        }
        let clock = Arc::new(PostgresClock::start(&here).await.unwrap());
        let stops = PostgresBell::start(&here, clock.clone(), Works::Here);
        let goes_on = PostgresBell::start(&there, clock.clone(), Works::Here);
        let worked = timeout(PATIENCE, stops.take(1)).await.unwrap();
        assert!(matches!(worked[..], [Due::Inbox(_)]), "{worked:?}");
        assert_eq!(stops.depth().await, due.len() - 1, "it took all there was");
        let none = there.take_due(clock.now(), 99).await.unwrap();
        assert_eq!(none, [], "which keeps it from the others");

        stops.rest().await;
        let mut heard = BTreeSet::new();
        while heard.len() < due.len() - 1 {
            // Nobody sweeps here: it is rung for.
            heard.extend(timeout(PATIENCE, goes_on.take(9)).await.unwrap());
        }
        let left: BTreeSet<Due> = due
            .iter()
            .copied()
            .filter(|due| *due != worked[0])
            .collect();
        assert_eq!(heard, left, "all but what is in a worker's hand");
        for due in due {
            if let Due::Inbox(id) = due {
                assert_eq!(there.inbox(id).await.unwrap().unwrap().tries, 0);
            }
        }

        // Who rests takes nothing, whatever rings; who takes again rests no more.
        drop(goes_on);
        let row = callback();
        here.put_inbox(row.clone()).await.unwrap();
        stops.push(&[Due::Inbox(row.id)]).await;
        for _ in 0..50 {
            // Longer than taking it would need.
            there.depth().await.unwrap();
        }
        let theirs = there.take_due(clock.now(), 1).await.unwrap();
        assert_eq!(theirs, [Due::Inbox(row.id)]);
        let row = callback();
        here.put_inbox(row.clone()).await.unwrap();
        let again = timeout(PATIENCE, stops.take(9)).await.unwrap();
        assert!(again.contains(&Due::Inbox(row.id)), "{again:?}");
    });
}

/// Whether this process gets the duty.
async fn asks(conn: &mut PgConnection, who: u128) -> bool {
    let asked = sqlx::query_scalar(sql::TAKE_DUTY).bind(Uuid::from_u128(who));
    let given: Option<bool> = asked.fetch_optional(conn).await.unwrap();
    given.is_some()
}

#[test]
fn the_duty_is_nobody_elses_until_its_time_is_up() {
    conformance::run(async {
        let conn = &mut PgConnection::connect(&database()).await.unwrap();
        assert!(asks(conn, 1).await && !asks(conn, 2).await && asks(conn, 1).await);
        let up = "UPDATE eraflazz.duty SET until = clock_timestamp()";
        sqlx::query(up).execute(&mut *conn).await.unwrap();
        assert!(asks(conn, 2).await && !asks(conn, 1).await);
    });
}

#[test]
fn one_of_many_is_on_duty_and_another_once_that_one_is_gone() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        let never = PostgresDuty::start(&here, Works::Elsewhere);
        let duties = [
            PostgresDuty::start(&here, Works::Here),
            PostgresDuty::start(&there, Works::Here),
        ];
        let ours = || duties.each_ref().map(PostgresDuty::is_ours);
        until("somebody on duty", || ours().contains(&true)).await;
        assert_ne!(ours(), [true, true], "one at a time");
        assert!(!never.is_ours());
        let first = ours()[0];
        let [one, two] = duties;
        let (gone, left) = if first { (one, two) } else { (two, one) };
        drop(gone);
        until("somebody who comes after", || left.is_ours()).await;
    });
}

#[test]
fn e_39_the_clock_is_the_databases() {
    conformance::run(async {
        let store = open(&database()).await;
        let clock = PostgresClock::start(&store).await.unwrap();
        // The server of this test runs on this machine.
        let host = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let host = i64::try_from(host.as_millis()).unwrap();
        assert!(clock.now().millis().abs_diff(host) < 2_000);
        assert!(clock.now() <= clock.now());
    });
}

#[test]
fn inv_31_the_epoch_is_raised_once_and_never_lowered() {
    conformance::run(async {
        let url = database();
        let (here, there) = (open(&url).await, open(&url).await);
        let epoch = |number| Epoch::new(number).unwrap();
        assert_eq!(here.epoch().await.unwrap(), epoch(0));
        let (one, two) = tokio::join!(
            here.raise_epoch(epoch(0), epoch(1)),
            there.raise_epoch(epoch(0), epoch(1))
        );
        assert_ne!(one.unwrap(), two.unwrap(), "one of two raises it");
        for (from, to) in [(0, 2), (1, 1), (1, 0)] {
            let raised = here.raise_epoch(epoch(from), epoch(to)).await.unwrap();
            assert!(!raised, "{from} to {to}");
        }
        assert_eq!(there.epoch().await.unwrap(), epoch(1));
    });
}
