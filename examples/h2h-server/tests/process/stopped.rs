//! Held up past its leases, then let go on as if nothing had been.

use std::time::{Duration, Instant};

use sandbox::{Fault, Match, Plan};

use crate::buyers::Load;
use crate::house::House;
use crate::program::{Process, patiently, until};

/// Twice the time of a call at this pace, and ten seconds: the lease of an attempt, and a little more.
const PAST_A_LEASE: Duration = Duration::from_millis(12_500);

/// How long the supplier takes to answer a call for this product.
const SLOWLY: Duration = Duration::from_millis(400);

/// Has the supplier answer so slowly that a stop falls into a call.
pub(crate) fn answers_slowly(house: &House) {
    let slow = Plan::sukses().fault(Fault::late(SLOWLY));
    house.sandbox.script(Match::Sku("SLOW".to_owned()), slow);
}

/// SIGSTOP while a call of this process, which alone buys just now, is under way: the supplier has the purchase, and its answer has not left it.
pub(crate) async fn stops_in_a_call(house: &House, process: &Process) {
    let bought = || {
        let purchases = house.sandbox.ledger().purchases;
        purchases.iter().filter(|row| row.sku == "SLOW").count()
    };
    until("a stop within a call", async || {
        let before = bought();
        until("a purchase", async || (bought() > before).then_some(())).await;
        let seen = Instant::now();
        process.signal("STOP");
        let is_in_a_call = seen.elapsed() < SLOWLY / 2;
        if !is_in_a_call {
            process.signal("CONT");
        }
        is_in_a_call.then_some(())
    })
    .await;
}

/// SIGSTOP with calls under way at the supplier, SIGCONT when their leases are over: workers that wake up find their time gone.
#[tokio::test(flavor = "multi_thread")]
async fn c_13_a_server_held_up_past_its_leases_buys_nothing_twice() {
    let house = House::build("stopped", &[]).await;
    answers_slowly(&house);
    let (server, agen) = house.serve().await;
    let load = Load::on(&agen, &house.orders);
    patiently("orders", house.orders.grow_by(60)).await;
    stops_in_a_call(&house, &server).await;
    let held_up = Instant::now();
    // Nobody buys meanwhile: what the supplier had is what it has.
    until("purchases that were under way", async || {
        (held_up.elapsed() > Duration::from_secs(1)).then_some(())
    })
    .await;
    let bought = house.sandbox.ledger().purchases.len();
    until("the end of every lease", async || {
        (held_up.elapsed() > PAST_A_LEASE).then_some(())
    })
    .await;
    assert_eq!(house.sandbox.ledger().purchases.len(), bought);
    server.signal("CONT");
    patiently("orders again", house.orders.grow_by(60)).await;
    load.end().await;
    house.all_is_well(&agen).await;
    let said = server.said();
    assert!(said.contains("order ended"), "{said}");
    house.close(server).await;
}
