//! Bills: asked about first, and paid at most once, under the reference and by the words of the inquiry (E-35).

use eraflazz_core::catalog::ProductKind;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{
    Asked, Claim, Finding, InquiryError, Purchase, Question, Status, Written,
};
use eraflazz_core::text::Target;

use super::SupplierFixture;
use super::hearing::{about, ask, claim, reply, send, send_told, within};
use super::line::{Cut, Telling};

/// A fixture whose provider takes payments of bills. What [`SupplierFixture::fate`] says at first, delivering, is what becomes of payments.
pub trait BillFixture: SupplierFixture {
    /// A bill that nobody has asked about: another reference and another customer each time, who owes something.
    fn bill(&self) -> Question;

    /// A customer of whom the biller says no: unknown, or without a bill.
    fn nobody(&self) -> Target;
}

async fn inquire(fixture: &impl BillFixture, question: &Question) -> Result<Finding, InquiryError> {
    assert_eq!(question.asked, Asked::Bill);
    within(fixture, fixture.supplier().inquire(question)).await
}

/// What core sends after that inquiry.
fn payment(question: &Question, cost: Money) -> Purchase {
    Purchase {
        kind: ProductKind::Postpaid,
        supplier_ref: question.supplier_ref,
        sku: question.sku.clone(),
        target: question.target.clone(),
        cap: cost,
        send: 1,
        age: std::time::Duration::ZERO,
    }
}

async fn asked(fixture: &impl BillFixture) -> Purchase {
    let question = fixture.bill();
    let finding = inquire(fixture, &question).await.unwrap();
    payment(&question, finding.cost.unwrap())
}

/// A payment sent again may pay twice: it can be asked about, or not at all.
#[expect(
    clippy::unused_async,
    reason = "a case is awaited, whether or not it waits"
)]
pub async fn e_35_the_fate_of_a_payment_is_never_asked_by_paying(fixture: impl BillFixture) {
    match fixture.supplier().profile().bills {
        Some(Status::Dedicated | Status::Listing | Status::None) => {}
        Some(Status::Resubmit { .. }) | None => {
            panic!("the profile says nothing of bills, or that a payment is sent again")
        }
    }
}

/// An inquiry costs nothing, and tells what is to be paid.
pub async fn e_35_asking_moves_no_money(fixture: impl BillFixture) {
    let before = fixture.supplier().balance().await.unwrap();
    let question = fixture.bill();
    for _ in 0..2 {
        if let Ok(finding) = inquire(&fixture, &question).await {
            assert!(finding.cost.unwrap().is_transferable());
        }
    }
    assert_eq!(fixture.deliveries(&question.supplier_ref), 0);
    assert_eq!(fixture.supplier().balance().await.unwrap(), before);
}

/// What was asked is paid, for what was said, once.
pub async fn e_35_a_bill_is_paid_for_what_it_was_said_to_come_to(fixture: impl BillFixture) {
    let before = fixture.supplier().balance().await.unwrap();
    let bill = asked(&fixture).await;
    let exchange = send(&fixture, &bill).await;
    let sighting = about(&bill, reply(), &exchange.sightings).unwrap();
    assert_eq!(sighting.claim, Claim::Delivered);
    assert_eq!(sighting.price.unwrap_or(bill.cap), bill.cap);
    assert_eq!(fixture.deliveries(&bill.supplier_ref), 1);
    let after = fixture.supplier().balance().await.unwrap();
    assert_eq!(before.checked_sub(after), Some(bill.cap));
}

/// Whoever asks for it.
pub async fn e_35_a_payment_is_never_sent_twice(fixture: impl BillFixture) {
    let bill = asked(&fixture).await;
    send(&fixture, &bill).await;
    let again = Purchase { send: 2, ..bill };
    let exchange = send(&fixture, &again).await;
    assert_eq!(exchange.written, Written::No);
    assert_eq!(claim(&again, &exchange), Claim::NotSent);
    assert_eq!(fixture.deliveries(&again.supplier_ref), 1);
}

/// Doubt about a payment is resolved by asking, where the provider can be asked.
pub async fn e_35_asking_finds_a_payment_whose_answer_was_lost(fixture: impl BillFixture) {
    let bill = asked(&fixture).await;
    let lost = send_told(&fixture, &bill, Telling::Lost).await;
    assert_eq!(claim(&bill, &lost), Claim::Unclear);
    let exchange = ask(&fixture, &bill).await;
    let expected = match fixture.supplier().profile().bills {
        Some(Status::Dedicated | Status::Listing) => Claim::Delivered,
        Some(Status::Resubmit { .. } | Status::None) | None => Claim::Unclear,
    };
    assert_eq!(claim(&bill, &exchange), expected);
    assert_eq!(fixture.deliveries(&bill.supplier_ref), 1);
}

/// A customer who owes nothing is a plain no: neither a bill nor doubt.
pub async fn a_customer_of_whom_the_biller_says_no_is_refused(fixture: impl BillFixture) {
    let question = Question {
        target: fixture.nobody(),
        ..fixture.bill()
    };
    let refused = inquire(&fixture, &question).await.unwrap_err();
    let is_so = matches!(refused, InquiryError::Refused { .. });
    assert!(is_so, "{refused:?}");
    assert_eq!(fixture.deliveries(&question.supplier_ref), 0);
}

/// What is not whole and understood is no bill, and no wrong customer either.
pub async fn e_35_half_an_answer_is_no_bill(fixture: impl BillFixture) {
    for telling in [Telling::Lost, Telling::Page(502), Telling::Cut(Cut::Half)] {
        let question = fixture.bill();
        let what = format!("{telling:?}");
        fixture.line().tell(telling);
        let told = inquire(&fixture, &question).await;
        fixture.line().tell(Telling::Whole);
        let is_unread = matches!(told, Err(InquiryError::Unread(_)));
        assert!(is_unread, "{what}: {told:?}");
        assert_eq!(fixture.deliveries(&question.supplier_ref), 0);
    }
}
