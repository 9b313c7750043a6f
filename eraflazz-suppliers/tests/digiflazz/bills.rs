//! Bills that are asked about with more than the customer's number.

use eraflazz_core::catalog::ProductKind;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{Asked, AttemptView, Claim, Purchase, Question};
use eraflazz_core::text::{Sku, Target};
use rstest::rstest;
use serde_json::{Value, json};
use wiremock::matchers::path;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::support::{REFERENCE, adapter, only, purchase};

async fn answering(customer_no: &str) -> MockServer {
    let server = MockServer::start().await;
    let data = json!({"ref_id": REFERENCE, "customer_no": customer_no, "customer_name": "Nama", "buyer_sku_code": "cimahi", "admin": 2_500,
        "message": "Transaksi Sukses", "status": "Sukses", "rc": "00", "sn": "S1", "price": 10_000, "selling_price": 11_000});
    let answer = ResponseTemplate::new(200).set_body_json(json!({ "data": data }));
    let at = Mock::given(path("/v1/transaction"));
    at.respond_with(answer).mount(&server).await;
    server
}

async fn told(server: &MockServer) -> Vec<Value> {
    let requests = server.received_requests().await.unwrap();
    let bodies = requests.iter().map(|request| &request.body);
    bodies
        .map(|body| serde_json::from_slice(body).unwrap())
        .collect()
}

/// Asked, paid and looked after under what the form of the mapping made: the number alone is `customer_no`, and alone it is named in the answer.
#[rstest]
#[case("329801092375999991;year=2019", "329801092375999991", &[("year", json!(2019))])]
#[case("082100000001;amount=22500", "082100000001", &[("amount", json!(22_500))])]
#[case("9658548523568701,0212502110170100", "9658548523568701,0212502110170100", &[])]
#[case("329801092375999991", "329801092375999991", &[])]
#[tokio::test]
async fn e_35_a_bill_is_paid_with_what_it_was_asked_with(
    #[case] text: &str,
    #[case] number: &str,
    #[case] beside: &[(&str, Value)],
) {
    let server = answering(number).await;
    let adapter = adapter(&format!("{}/v1", server.uri()));
    let bill = Purchase {
        kind: ProductKind::Postpaid,
        sku: Sku::new("cimahi").unwrap(),
        target: Target::new(text).unwrap(),
        ..purchase()
    };
    let question = Question {
        asked: Asked::Bill,
        supplier_ref: bill.supplier_ref,
        sku: bill.sku.clone(),
        target: bill.target.clone(),
    };
    let asked = adapter.inquire(&question).await;
    assert!(asked.unwrap().cost.is_some());
    let paid = adapter.send(&bill).await;
    assert_eq!(only(&paid).claim, Claim::Delivered);
    let named = only(&paid).target.clone().unwrap();
    assert!(bill.target.is_named_by(&named));
    let looked = AttemptView {
        kind: bill.kind,
        supplier_ref: bill.supplier_ref,
        their_ref: None,
        sku: bill.sku.clone(),
        target: bill.target.clone(),
        sends: 1,
        age: std::time::Duration::ZERO,
    };
    adapter.ask(&looked).await;
    let bodies = told(&server).await;
    assert_eq!(bodies.len(), 3);
    for (body, commands) in bodies
        .iter()
        .zip(["inq-pasca", "pay-pasca", "status-pasca"])
    {
        assert_eq!(body["commands"], commands);
        assert_eq!(body["customer_no"], number);
        for name in ["year", "amount"] {
            let expected = beside.iter().find(|(known, _)| *known == name);
            let expected = expected.filter(|_| commands != "status-pasca");
            assert_eq!(
                body.get(name),
                expected.map(|(_, value)| value),
                "{commands}"
            );
        }
    }
}

/// What Digiflazz has no field for is not left out in silence: another bill would be paid.
#[rstest]
#[case("329801092375999991;month=5")]
#[case("329801092375999991;year=duapuluh")]
#[case("329801092375999991;year=2019;year=2020")]
#[case("329801092375999991;year=99999")]
#[case("329801092375999991;amount=-1")]
#[case("329801092375999991;")]
#[case("329801092375999991;year")]
#[tokio::test]
async fn e_35_what_cannot_be_told_is_not_sent(#[case] text: &str) {
    let server = answering("329801092375999991").await;
    let adapter = adapter(&format!("{}/v1", server.uri()));
    for kind in [ProductKind::Postpaid, ProductKind::Prepaid] {
        let bill = Purchase {
            kind,
            target: Target::new(text).unwrap(),
            ..purchase()
        };
        assert_eq!(only(&adapter.send(&bill).await).claim, Claim::NotSent);
        let question = Question {
            asked: Asked::Bill,
            supplier_ref: bill.supplier_ref,
            sku: bill.sku,
            target: bill.target,
        };
        assert!(adapter.inquire(&question).await.is_err());
    }
    assert_eq!(told(&server).await, [] as [Value; 0]);
}
