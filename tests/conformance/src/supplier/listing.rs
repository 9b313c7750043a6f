//! Providers that know no reference of ours: what was bought is found in their list, by what its rows say.

use eraflazz_core::order::{Adopted, adopt};
use eraflazz_core::supplier::{Claim, Exchange, Purchase};
use eraflazz_core::text::TheirRef;
use eraflazz_core::time::Timestamp;

use super::SupplierFixture;
use super::hearing::{about, ask, ask_as, looked_for, reply, send, send_told};
use super::line::Telling;

/// The id under which core would adopt a purchase from this list.
fn adopted(
    fixture: &impl SupplierFixture,
    purchase: &Purchase,
    list: &Exchange,
) -> Option<TheirRef> {
    let attempt = looked_for(fixture, purchase);
    let end = Timestamp::from_micros(i64::MAX);
    match adopt(&attempt, &list.sightings, &[], end) {
        Adopted::One(id) => Some(id.clone()),
        Adopted::Nobody | Adopted::Several => None,
    }
}

/// It is known by it from then on.
pub async fn e_09_an_answer_names_the_purchase_by_the_providers_id(fixture: impl SupplierFixture) {
    let purchase = fixture.purchase();
    let exchange = send(&fixture, &purchase).await;
    let said = about(&purchase, reply(), &exchange.sightings).unwrap();
    assert!(said.their_ref.is_some(), "{said:?}");
}

/// By goods, destination, price and time, whatever became of it.
pub async fn inv_11_a_purchase_whose_answer_was_lost_is_found_in_the_list(
    fixture: impl SupplierFixture,
) {
    let purchase = fixture.purchase();
    send_told(&fixture, &purchase, Telling::Lost).await;
    let list = ask(&fixture, &purchase).await;
    assert!(adopted(&fixture, &purchase, &list).is_some(), "{list:?}");
    let never_sent = fixture.purchase();
    assert_eq!(adopted(&fixture, &never_sent, &list), None);
}

/// The list is told whole: which row is whose is not the adapter's to say.
pub async fn inv_11_of_two_purchases_each_is_found_in_the_list(fixture: impl SupplierFixture) {
    let purchases = [fixture.purchase(), fixture.purchase()];
    let mut told = Vec::new();
    for purchase in &purchases {
        let exchange = send(&fixture, purchase).await;
        let said = about(purchase, reply(), &exchange.sightings).unwrap();
        told.push(said.their_ref.clone());
    }
    for asked in &purchases {
        let list = ask(&fixture, asked).await;
        let found = purchases.iter().map(|one| adopted(&fixture, one, &list));
        assert_eq!(found.collect::<Vec<_>>(), told);
    }
}

/// And the answer is about it alone, or says which row is.
pub async fn inv_11_a_purchase_that_was_found_is_asked_about_by_its_id(
    fixture: impl SupplierFixture,
) {
    let others = fixture.purchase();
    let purchase = fixture.purchase();
    send(&fixture, &purchase).await;
    send(&fixture, &others).await;
    let list = ask(&fixture, &purchase).await;
    let id = adopted(&fixture, &purchase, &list).unwrap();
    let exchange = ask_as(&fixture, &purchase, Some(id.clone())).await;
    let about_it = |said: &&eraflazz_core::supplier::Sighting| {
        said.their_ref
            .as_ref()
            .is_some_and(|named| named.same_as(&id))
    };
    let said: Vec<_> = exchange.sightings.iter().filter(about_it).collect();
    assert_eq!(said.len(), 1, "{exchange:?}");
    assert_eq!(said[0].claim, Claim::Delivered);
}
