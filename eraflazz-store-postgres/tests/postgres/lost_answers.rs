//! A COMMIT whose acknowledgement is lost (C2): the answer is found out, whichever it is, and nothing happens twice.

use conformance::servers::{At, Cut, Line};
use eraflazz_core::ledger::rules;
use eraflazz_core::ports::{Ledger, Store};

use crate::world::{
    BANK, accept, database, done, member, money, open, order, rupiah, shelves, verdict,
};

#[test]
fn c_02_a_commit_without_an_answer_is_found_out() {
    conformance::run(async {
        let line = Line::to(&database()).await;
        let store = open(line.url()).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        let cuts = [Cut::Before, Cut::OnTheWay, Cut::Answer];
        for (n, cut) in cuts.into_iter().cycle().take(6).enumerate() {
            let order = order(budi, 1_000);
            let before = store.wallet(budi).await.unwrap().unwrap();
            line.cuts(cut, At::Commit);
            done(&store, accept(&order)).await;
            assert_eq!(line.times_cut(), n + 1, "{cut:?} was not");
            let after = store.wallet(budi).await.unwrap().unwrap();
            assert_eq!(after.version, before.version + 1, "once");
            let kept = store.orders(&[order.id]).await.unwrap().remove(0);
            assert_eq!(kept.unwrap().order.balance_after, Some(after.available));
        }
        // The lane is as good as ever.
        let unit = money(|subject| rules::deposit(subject, budi, BANK, rupiah(5)));
        verdict(&store, unit).await;
    });
}

/// Who hangs up cancels nothing: the commit goes on, and the lane is free for the next.
#[test]
fn who_hangs_up_leaves_nothing_half_done() {
    conformance::run(async {
        let store = open(&database()).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 100_000).await;
        let mut orders = Vec::new();
        for _ in 0..50 {
            let order = order(budi, 100);
            let asked = store.commit(vec![accept(&order)]);
            // Asked once, and then dropped.
            tokio::select! {
                biased;
                _ = asked => {}
                () = tokio::task::yield_now() => {}
            }
            orders.push(order.id);
        }
        let last = order(budi, 100);
        done(&store, accept(&last)).await;
        let found = store.orders(&orders).await.unwrap();
        assert!(
            found.iter().all(Option::is_some),
            "in one lane they go in order"
        );
    });
}
