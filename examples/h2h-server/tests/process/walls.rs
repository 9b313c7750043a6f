//! The second wall: a constraint of the database stops what the rule let through, and people hear of it (money-safety section 9).

use conformance::servers::Postgres;
use reqwest::Method;
use serde_json::json;

use crate::cluster::said;
use crate::house::House;

/// The rule lets one order through that this database refuses: it alone is not taken, nothing of it is booked or bought, and the alert names the constraint.
#[tokio::test(flavor = "multi_thread")]
async fn inv_01_what_a_constraint_stops_is_not_taken_and_wakes_people() {
    let url = Postgres::shared().database();
    let house = House::build("walls", &[]).await.in_database(&url);
    said(&house, &["migrate"]).await;
    let (mut running, agen) = house.serve().await;
    let wall = "ALTER TABLE eraflazz.orders ADD CONSTRAINT orders_of_a_test CHECK (destination NOT LIKE '%87800000061')";
    Postgres::shared().run_in(&url, wall);
    let order = |n: u32| {
        json!({"ref_id": format!("W-{n}"), "product": "NOW", "destination": format!("08780000006{n}")})
            .to_string()
    };
    let path = "/api/v1/transactions?wait=4500";
    let (refused, taken) = (order(1), order(2));
    let (refused, taken) = tokio::join!(
        agen.call(Method::POST, path, &refused),
        agen.call(Method::POST, path, &taken)
    );
    let (status, told) = refused.unwrap();
    assert_eq!(status, 503, "{told}");
    let (_, told) = taken.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    let log = running.said();
    let mut alerts = log.lines();
    let alert = alerts
        .find(|line| line.contains(r#""alert":"a constraint of the database fired""#))
        .unwrap_or_else(|| panic!("nobody is told: {log}"));
    assert!(
        alert.contains(r#""constraint":"orders_of_a_test""#)
            && alert.contains(r#""level":"ERROR""#),
        "{alert}"
    );
    assert_eq!(house.sandbox.deliveries_to("087800000061"), 0);
    let books = said(&house, &["books"]).await;
    assert!(books.contains("books close"), "{books}");

    // The same order is taken once nothing stands against it.
    let gone = "ALTER TABLE eraflazz.orders DROP CONSTRAINT orders_of_a_test";
    Postgres::shared().run_in(&url, gone);
    let (_, told) = agen.call(Method::POST, path, &order(1)).await.unwrap();
    assert_eq!(told["data"]["status"], "SUCCESS", "{told}");
    running.signal("TERM");
    assert!(running.ends().await, "{}", running.said());
    house.remove();
}
