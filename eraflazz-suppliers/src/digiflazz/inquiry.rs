//! Reading what an inquiry answers: a bill (`inq-pasca`) or the customer of a PLN meter (`inquiry-pln`).
//!
//! Source: Digiflazz developer pages, "Cek Tagihan", "Inquiry PLN". Neither moves money, so a code that would leave a purchase in doubt is here just a no. What
//! `desc` holds differs from product to product, and grows: every text and number in it is told under its own key, in the order in which it came.

use eraflazz_core::money::Money;
use eraflazz_core::supplier::{
    Claim, Finding, InquiryError, Line, Question, ReadError, Reason, Sighting,
};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::classify;
use super::wire::{self, Contents, Transaction};
use crate::json::{self, Scalar, amount};

/// Sheets of a bill that are told, at most.
const SHEETS_MAX: usize = 24;

/// The `data` of a bill, besides what every transaction has.
#[derive(Deserialize)]
struct Bill<'a> {
    #[serde(borrow, default)]
    customer_name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    admin: Option<&'a RawValue>,
    #[serde(borrow, default)]
    periode: Option<&'a RawValue>,
    #[serde(borrow, default)]
    price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    selling_price: Option<&'a RawValue>,
    #[serde(borrow, default)]
    desc: Option<&'a RawValue>,
}

/// The `data` of a PLN customer.
#[derive(Deserialize)]
struct Pln<'a> {
    #[serde(borrow, default)]
    customer_no: Option<&'a RawValue>,
    #[serde(borrow, default)]
    meter_no: Option<&'a RawValue>,
    #[serde(borrow, default)]
    subscriber_id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    name: Option<&'a RawValue>,
    #[serde(borrow, default)]
    segment_power: Option<&'a RawValue>,
}

/// What an answer to `inq-pasca` says.
pub(super) fn bill(body: &[u8], question: &Question) -> Result<Finding, InquiryError> {
    let data = found(body, question)?;
    let bill: Bill<'_> =
        json::object(data.get().as_bytes()).ok_or_else(|| unreadable("a field twice"))?;
    let cost = sum("price", bill.price)?;
    let Some(cost) = cost.filter(|cost| cost.is_transferable()) else {
        return Err(unreadable("price: a bill without an amount above zero"));
    };
    let mut finding = Finding::of_bill(cost);
    finding.customer = line(bill.customer_name);
    finding.total = sum("selling_price", bill.selling_price)?;
    finding.admin = sum("admin", bill.admin)?;
    tell(&mut finding, "periode", bill.periode);
    if let Some(desc) = bill.desc {
        describe(&mut finding, desc);
    }
    Ok(finding)
}

/// What an answer to `inquiry-pln` says. Of a meter that nobody has, an object of empty texts has been seen.
pub(super) fn customer(body: &[u8], question: &Question) -> Result<Finding, InquiryError> {
    let data = found(body, question)?;
    let customer: Pln<'_> =
        json::object(data.get().as_bytes()).ok_or_else(|| unreadable("a field twice"))?;
    let mut finding = Finding::of_customer(line(customer.name));
    tell(&mut finding, "meter_no", customer.meter_no);
    tell(&mut finding, "subscriber_id", customer.subscriber_id);
    tell(&mut finding, "segment_power", customer.segment_power);
    let is_told = line(customer.customer_no).is_some() || !finding.details().is_empty();
    if finding.customer.is_none() || !is_told {
        return Err(refused(Reason::BadDestination, data));
    }
    Ok(finding)
}

/// The `data` of an answer that says yes, to this question and no other.
fn found<'a>(body: &'a [u8], question: &Question) -> Result<&'a RawValue, InquiryError> {
    let Contents::Data(data) = wire::open(body) else {
        return Err(unreadable("not an object with data"));
    };
    let Some(transaction) = Transaction::read(data) else {
        return Err(unreadable("data is not one object"));
    };
    let seen = classify::sighting(&transaction);
    match seen.claim {
        Claim::Delivered if is_about(&seen, question) => Ok(data),
        Claim::Delivered => Err(unreadable("it is about another question")),
        Claim::Refused { .. } => Err(refused(seen.reason, data)),
        // Codes that would leave a purchase in doubt, but are a plain no to a question.
        Claim::Unclear if seen.reason == Reason::NotFound => {
            Err(refused(Reason::BadDestination, data))
        }
        Claim::Unclear if matches!(seen.reason, Reason::Duplicate | Reason::RateLimited) => {
            Err(refused(seen.reason, data))
        }
        Claim::Unclear | Claim::Pending | Claim::NotSent => {
            Err(unreadable("neither a yes nor a no"))
        }
    }
}

/// Whether everything that it echoes is the question's own.
fn is_about(seen: &Sighting, question: &Question) -> bool {
    let (sku, target) = (seen.sku.as_ref(), seen.target.as_ref());
    seen.our_ref.is_none_or(|it| it == question.supplier_ref)
        && sku.is_none_or(|it| it.same_as(&question.sku))
        && target.is_none_or(|it| question.target.is_named_by(it))
}

/// Tells what `desc` has: its own fields, then those of each sheet.
fn describe(finding: &mut Finding, desc: &RawValue) {
    for (key, value) in json::fields(desc.get()).unwrap_or_default() {
        if key != "detail" {
            tell(finding, &key, Some(value));
            continue;
        }
        let sheets = json::list(value.get(), SHEETS_MAX).unwrap_or_default();
        for (number, sheet) in (1..).zip(sheets) {
            for (key, value) in json::fields(sheet.get()).unwrap_or_default() {
                tell(finding, &format!("detail.{number}.{key}"), Some(value));
            }
        }
    }
}

fn tell(finding: &mut Finding, label: &str, raw: Option<&RawValue>) {
    if let Scalar::Text(text) = Scalar::read(raw) {
        finding.tell(label, &text);
    }
}

fn line(raw: Option<&RawValue>) -> Option<Line> {
    Scalar::read(raw).text().and_then(Line::read)
}

fn sum(field: &str, raw: Option<&RawValue>) -> Result<Option<Money>, InquiryError> {
    amount(raw).map_err(|error| unreadable(&format!("{field}: {error}")))
}

fn refused(reason: Reason, data: &RawValue) -> InquiryError {
    let rc = Transaction::read(data).and_then(|told| wire::rc(told.rc).map(String::from));
    InquiryError::Refused {
        reason,
        code: rc.unwrap_or_default(),
    }
}

fn unreadable(why: &str) -> InquiryError {
    ReadError::Unreadable(why.to_owned()).into()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::ids::SupplierRef;
    use eraflazz_core::supplier::Asked;
    use eraflazz_core::text::{Sku, Target};
    use rstest::rstest;
    use serde_json::{Value, json};

    use super::*;

    fn question(asked: Asked) -> Question {
        Question {
            asked,
            supplier_ref: SupplierRef::parse("EF0001").unwrap(),
            sku: Sku::new("pln").unwrap(),
            target: Target::new("530000000001").unwrap(),
        }
    }

    /// The sample of the page, asked about under another reference.
    fn sample() -> Value {
        json!({"ref_id": "EF0001", "customer_no": "530000000001", "customer_name": "Nama Pelanggan Pertama", "buyer_sku_code": "pln",
            "admin": 2_500, "message": "Transaksi Sukses", "status": "Sukses", "rc": "00", "periode": "201901", "buyer_last_saldo": 90_000,
            "price": 10_000, "selling_price": 11_000, "desc": {"tarif": "R1", "daya": 1_300, "lembar_tagihan": 1,
            "detail": [{"periode": "201901", "nilai_tagihan": "8000", "admin": "2500", "denda": "500"}]}})
    }

    fn read(data: &Value) -> Result<Finding, InquiryError> {
        let body = json!({ "data": data }).to_string();
        bill(body.as_bytes(), &question(Asked::Bill))
    }

    #[test]
    fn a_bill_is_read_with_everything_it_tells() {
        let finding = read(&sample()).unwrap();
        assert_eq!(finding.customer.unwrap().as_str(), "Nama Pelanggan Pertama");
        assert_eq!(finding.cost.unwrap().floor_rupiah(), 10_000);
        assert_eq!(finding.total.unwrap().floor_rupiah(), 11_000);
        assert_eq!(finding.admin.unwrap().floor_rupiah(), 2_500);
        let told: Vec<String> = read(&sample())
            .unwrap()
            .details()
            .iter()
            .map(|it| format!("{}={}", it.label.as_str(), it.value.as_str()))
            .collect();
        assert_eq!(
            told.join(" "),
            "periode=201901 daya=1300 detail.1.admin=2500 detail.1.denda=500 detail.1.nilai_tagihan=8000 detail.1.periode=201901 lembar_tagihan=1 tarif=R1"
        );
    }

    /// Somebody else's bill is never shown, and never paid.
    #[rstest]
    #[case("ref_id", json!("EF0002"))]
    #[case("customer_no", json!("530000000002"))]
    #[case("buyer_sku_code", json!("pdam"))]
    #[case("ref_id", json!(["EF0001"]))]
    #[case("price", json!(0))]
    #[case("price", json!(-1))]
    #[case("price", json!(null))]
    #[case("price", json!("1e4"))]
    #[case("admin", json!("Rp 2.500"))]
    #[case("rc", json!("90"))]
    #[case("rc", json!("03"))]
    #[case("status", json!("Gagal"))]
    #[case("status", json!(null))]
    fn e_09_what_is_not_wholly_ours_and_readable_is_no_bill(
        #[case] field: &str,
        #[case] value: Value,
    ) {
        let mut data = sample();
        data[field] = value;
        let answer = read(&data);
        assert!(matches!(answer, Err(InquiryError::Unread(_))), "{answer:?}");
    }

    #[rstest]
    #[case("60", Reason::BadDestination)]
    #[case("54", Reason::BadDestination)]
    #[case("50", Reason::BadDestination)]
    #[case("02", Reason::Other)]
    #[case("49", Reason::Duplicate)]
    #[case("85", Reason::RateLimited)]
    #[case("41", Reason::AccountFault)]
    #[case("70", Reason::Timeout)]
    fn a_no_is_a_no(#[case] rc: &str, #[case] reason: Reason) {
        let data = json!({"ref_id": "EF0001", "message": "Gagal", "status": "Gagal", "rc": rc});
        let code = rc.to_owned();
        assert_eq!(read(&data), Err(InquiryError::Refused { reason, code }));
    }

    #[test]
    fn the_customer_of_a_meter_is_read() {
        let asked = |data: Value| {
            let body = json!({ "data": data }).to_string();
            customer(body.as_bytes(), &question(Asked::PlnCustomer))
        };
        let sample = json!({"message": "Transaksi Sukses", "status": "Sukses", "rc": "00", "customer_no": "530000000001",
            "meter_no": "1234554321", "subscriber_id": "523300817840", "name": "DAVID", "segment_power": "R1 /000001300"});
        let finding = asked(sample.clone()).unwrap();
        assert_eq!(finding.customer.as_ref().unwrap().as_str(), "DAVID");
        assert_eq!(finding.cost, None);
        assert_eq!(finding.details()[2].value.as_str(), "R1 /000001300");
        let empty = json!({"message": "", "status": "Sukses", "rc": "00", "customer_no": "", "meter_no": "", "subscriber_id": "", "name": "", "segment_power": ""});
        let wrong = InquiryError::Refused {
            reason: Reason::BadDestination,
            code: "00".to_owned(),
        };
        assert_eq!(asked(empty), Err(wrong));
        let mut other = sample;
        other["customer_no"] = json!("530000000002");
        assert!(matches!(asked(other), Err(InquiryError::Unread(_))));
    }
}
