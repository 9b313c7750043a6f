//! Held up past its leases, then let go on as if nothing had been.

use std::time::{Duration, Instant};

use sandbox::{Fault, Match, Plan};

use crate::buyers::Load;
use crate::house::House;
use crate::program::{patiently, until};

/// Twice the time of a call at this pace, and ten seconds: the lease of an attempt, and a little more.
const PAST_A_LEASE: Duration = Duration::from_millis(12_500);

/// SIGSTOP with calls under way at the supplier, SIGCONT when their leases are over: workers that wake up find their time gone.
#[tokio::test(flavor = "multi_thread")]
async fn c_13_a_server_held_up_past_its_leases_buys_nothing_twice() {
    let house = House::build("stopped", &[]).await;
    let slow = Plan::sukses().fault(Fault::late(Duration::from_millis(400)));
    house.sandbox.script(Match::Sku("SLOW".to_owned()), slow);
    let (server, agen) = house.serve().await;
    let load = Load::on(&agen, &house.orders);
    patiently("orders", house.orders.grow_by(60)).await;
    server.signal("STOP");
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
