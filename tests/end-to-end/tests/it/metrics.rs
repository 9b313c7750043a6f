//! What people see of an engine: each metric moves by what happened, and by nothing else.

use end_to_end::{Gauges, Say, Script, Setup, dedicated, minutes, resubmit, rp, secs};
use eraflazz_core::supplier::{Formed, Reason};

#[tokio::test(start_paused = true)]
async fn an_order_that_goes_well_moves_these_and_no_others() {
    let gauges = Gauges::default();
    let slow = Script::delivers().after(secs(2));
    let no = Script::refuses(Reason::OutOfStock);
    let setup = Setup::default()
        .supplier(resubmit(), no)
        .supplier(resubmit(), slow);
    let world = gauges.watch(setup).await;
    world.engine.ready().await;
    let before = gauges.series();
    world.submit("A-1").await;
    world.pass(secs(5)).await;
    for (name, by) in gauges.moved_since(&before) { println!("{name} {by}"); }
    world.audit().await;
}
