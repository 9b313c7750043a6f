//! A COMMIT whose acknowledgement is lost (C2): the answer is found out, whichever it is, and nothing happens twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use eraflazz_core::ledger::rules;
use eraflazz_core::ports::{Ledger, Store};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::world::{
    BANK, accept, database, done, member, money, open, order, rupiah, shelves, verdict,
};

/// What the line does with the next COMMIT of something that was written.
const PASS: u8 = 0;
const CUT_BEFORE: u8 = 1;
const CUT_AFTER: u8 = 2;

/// A line to the server that is cut when it is told to. Gives the address through it.
async fn line(url: &str) -> (String, Arc<AtomicU8>) {
    let (user, rest) = url.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let database = database.split('?').next().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = listener.local_addr().unwrap();
    let plan = Arc::new(AtomicU8::new(PASS));
    let (server, told) = (server.to_owned(), Arc::clone(&plan));
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            let server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(carry(client, server, Arc::clone(&told)));
        }
    });
    (format!("{user}@{ours}/{database}?sslmode=disable"), plan)
}

async fn carry(client: TcpStream, server: TcpStream, plan: Arc<AtomicU8>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let mut back = tokio::spawn(async move {
        drop(tokio::io::copy(&mut from_server, &mut to_client).await);
        from_server
    });
    let mut bytes = vec![0; 64 << 10];
    while let Ok(count) = from_client.read(&mut bytes).await {
        if count == 0 {
            return;
        }
        let sent = &bytes[..count];
        let is_commit = sent.windows(6).any(|word| word == b"COMMIT");
        let cut = if is_commit {
            plan.swap(PASS, Ordering::SeqCst)
        } else {
            PASS
        };
        if cut == CUT_AFTER {
            // Nothing comes back any more, but the server hears it.
            back.abort();
            drop((&mut back).await);
        }
        if cut != CUT_BEFORE {
            to_server.write_all(sent).await.unwrap();
        }
        if cut != PASS {
            // The server has it once it has read to the end of the line.
            drop(to_server.shutdown().await);
            return;
        }
    }
}

#[test]
fn c_02_a_commit_without_an_answer_is_found_out() {
    conformance::run(async {
        let url = database();
        let (through, plan) = line(&url).await;
        let store = open(&through).await;
        shelves(&store).await;
        let budi = member(&store, "budi", 10_000).await;
        for cut in [CUT_BEFORE, CUT_AFTER, CUT_BEFORE, CUT_AFTER] {
            let order = order(budi, 1_000);
            let before = store.wallet(budi).await.unwrap().unwrap();
            plan.store(cut, Ordering::SeqCst);
            done(&store, accept(&order)).await;
            assert_eq!(plan.load(Ordering::SeqCst), PASS, "nothing was cut");
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
