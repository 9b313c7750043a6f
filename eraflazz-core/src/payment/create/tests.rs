#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::*;

fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

fn payment() -> NewPayment {
    NewPayment {
        code: PaymentCode::parse("E0001KDVDYMR00G70R7Z").unwrap(),
        method: Method::Qris,
        amount: Amount::Fixed(rupiah(44_000)),
        items: vec![Item {
            sku: "DEP".to_owned(),
            name: "Deposit saldo".to_owned(),
            price: rupiah(22_000),
            quantity: 2,
        }],
        customer: Customer {
            name: "Budi".to_owned(),
            email: "budi@example.test".to_owned(),
            phone: "081200000001".to_owned(),
        },
        created_at: Timestamp::from_millis(1_767_225_600_000),
        expires_in: Some(Duration::from_hours(1)),
        notify_url: Some("https://h2h.example.test/cb".to_owned()),
        return_url: None,
        card: None,
    }
}

fn field(change: impl FnOnce(&mut NewPayment)) -> &'static str {
    let mut payment = payment();
    change(&mut payment);
    payment.check().unwrap_err().field
}

#[test]
fn a_payment_that_keeps_the_rules_passes() {
    payment().check().unwrap();
}

#[test]
fn every_wrong_field_is_named() {
    assert_eq!(field(|p| p.amount = Amount::Fixed(rupiah(44_001))), "items");
    assert_eq!(field(|p| p.amount = Amount::Fixed(Money::ZERO)), "amount");
    assert_eq!(
        field(|p| p.amount = Amount::Fixed(Money::from_hundredths(4_400_001))),
        "amount"
    );
    assert_eq!(field(|p| p.amount = Amount::Open), "items");
    assert_eq!(field(|p| p.items.clear()), "items");
    assert_eq!(field(|p| p.items = vec![p.items[0].clone(); 21]), "items");
    assert_eq!(field(|p| p.items[0].quantity = 0), "items.quantity");
    assert_eq!(field(|p| p.items[0].price = rupiah(-1)), "items.price");
    assert_eq!(field(|p| p.items[0].name = "x".repeat(51)), "items.name");
    assert_eq!(field(|p| p.items[0].sku = "a b".to_owned()), "items.sku");
    assert_eq!(
        field(|p| p.customer.name = "a\nb".to_owned()),
        "customer.name"
    );
    for email in [
        "",
        "budi",
        "@example.test",
        "budi@",
        "budi@host",
        "bu di@example.test",
    ] {
        assert_eq!(
            field(|p| p.customer.email = email.to_owned()),
            "customer.email"
        );
    }
    for phone in ["", "0812", "08-12-000000", "++628120000", "٠٨١٢٠٠٠٠٠٠"] {
        assert_eq!(
            field(|p| p.customer.phone = phone.to_owned()),
            "customer.phone"
        );
    }
    assert_eq!(
        field(|p| p.expires_in = Some(Duration::from_secs(61))),
        "expires_in"
    );
    assert_eq!(
        field(|p| p.notify_url = Some("https://a.test/,https://b.test/".to_owned())),
        "notify_url"
    );
    assert_eq!(field(|p| p.method = Method::Card), "card");
}

#[test]
fn inv_37_neither_customer_nor_card_is_shown() {
    let mut payment = payment();
    payment.card = Some(Card {
        token: "48111111-1114-token".to_owned(),
        authenticate: true,
        reserve_only: false,
    });
    let shown = format!("{payment:?}");
    for hidden in ["Budi", "budi@", "0812", "4811"] {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}
