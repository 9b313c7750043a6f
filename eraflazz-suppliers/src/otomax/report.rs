//! Reports (callbacks): what a server calls to tell a result. Nothing in them is authenticated, so each is a hint (INV-35). Pure.

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{
    Answer, Claim, Formed, RawRequest, Reading, Reason, Sighting, Unauthenticated,
};
use eraflazz_core::text::{Sku, Sn, Target, TheirRef};
use ipnet::IpNet;
use serde::Deserialize;

use super::bank;
use super::fields::{Fields, Told};
use super::number::exact;
use super::repeat::Phase;
use super::text::{self, Asked};

/// How a server writes its reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReportForm {
    /// `refid`, `message`, `status` with `OtomaX`'s numbers.
    Otomax,
    /// `clientid`, `msg`, `statuscode`: 1 delivered, 2 failed. IRS, ST24.
    Irs,
}

/// Reads a report that came from one of `sources` (from anywhere, if none is listed).
pub(super) fn read(
    form: ReportForm,
    sources: &[IpNet],
    request: &RawRequest,
) -> Result<Reading, Unauthenticated> {
    let is_listed = sources.is_empty()
        || request.source.is_some_and(|source| {
            let source = source.to_canonical();
            sources.iter().any(|network| network.contains(&source))
        });
    if !is_listed {
        return Err(Unauthenticated);
    }
    Ok(Reading {
        sightings: vec![sighting(form, request)],
        answer: Answer::ok(),
    })
}

/// The fields of a report: in its query, and in its body if it was posted. `None` if a name is given twice.
fn fields(request: &RawRequest) -> Option<Fields> {
    let query = request.path.split_once('?').map_or("", |(_, query)| query);
    let body: &[u8] = if request.method == "POST" {
        &request.body
    } else {
        &[]
    };
    let pairs = url::form_urlencoded::parse(query.as_bytes())
        .chain(url::form_urlencoded::parse(body))
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    Fields::of_pairs(pairs)
}

fn sighting(form: ReportForm, request: &RawRequest) -> Sighting {
    let unreadable = Sighting::new(Claim::Unclear, Reason::Unreadable);
    let Some(fields) = fields(request) else {
        return unreadable;
    };
    let names = [
        Told::Reference,
        Told::Product,
        Told::Destination,
        Told::Status,
    ];
    if names.into_iter().any(|told| fields.disagree(told)) {
        return unreadable;
    }
    let message = fields.of(Told::Message).unwrap_or_default();
    let goods = bank::GOODS.captures(message);
    let name = |told: Told, group: &str| {
        fields
            .of(told)
            .or_else(|| {
                goods
                    .as_ref()
                    .map(|found| found.name(group).map_or("", |m| m.as_str()))
            })
            .map(str::to_owned)
    };
    let (Ok(our_ref), Ok(sku), Ok(target)) = (
        readable(fields.of(Told::Reference), SupplierRef::parse),
        readable(name(Told::Product, "code").as_deref(), |text| {
            Sku::new(text).ok()
        }),
        readable(name(Told::Destination, "target").as_deref(), |text| {
            Target::new(text).ok()
        }),
    ) else {
        return unreadable;
    };
    let by_text = match (&our_ref, &sku, &target) {
        (Some(supplier_ref), Some(sku), Some(target)) if !message.is_empty() => {
            let asked = Asked {
                supplier_ref,
                sku,
                target,
                phase: Phase::Again,
                sent: None,
            };
            // The fields are believed beside a text that says nothing, not beside one about another purchase.
            if text::names_another(&asked, message) {
                return unreadable;
            }
            Some(text::read(&asked, &[], message))
        }
        _ => None,
    };
    let by_status = fields.of(Told::Status).map(|status| match form {
        ReportForm::Otomax => otomax(status),
        ReportForm::Irs => irs(status),
    });
    let (claim, reason) = agreed(
        by_text.as_ref().map(|seen| (seen.claim, seen.reason)),
        by_status,
    );
    let price = fields
        .of(Told::Price)
        .map(|text| exact(text).filter(|price| *price >= Money::ZERO));
    let their_ref = fields
        .of(Told::Number)
        .and_then(|number| TheirRef::new(number).ok());
    let by_text = by_text.unwrap_or(unreadable);
    Sighting {
        our_ref,
        their_ref: their_ref.or(by_text.their_ref),
        sku,
        target,
        sn: fields
            .of(Told::Serial)
            .and_then(Sn::read)
            .or(by_text.sn)
            .filter(|_| claim == Claim::Delivered),
        price: price
            .flatten()
            .filter(|price| *price > Money::ZERO)
            .or(by_text.price),
        price_unread: price == Some(None) || by_text.price_unread,
        balance: by_text.balance,
        code: fields.code(),
        ..Sighting::new(claim, reason)
    }
}

/// There, but not to be read.
struct Unreadable;

fn readable<T>(
    text: Option<&str>,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Unreadable> {
    match text {
        None => Ok(None),
        Some(text) => read(text).map(Some).ok_or(Unreadable),
    }
}

/// What text and number say together: a report that contradicts itself proves nothing.
pub(super) fn agreed(
    by_text: Option<(Claim, Reason)>,
    by_status: Option<(Claim, Reason)>,
) -> (Claim, Reason) {
    let kind = |claim| std::mem::discriminant::<Claim>(&claim);
    match (by_text, by_status) {
        (None, None) => (Claim::Unclear, Reason::Unreadable),
        (Some(one), None) | (None, Some(one)) => one,
        (Some((Claim::Unclear, Reason::Unreadable)), Some(status)) => status,
        (Some((text, reason)), Some((status, by_number))) if kind(text) == kind(status) => {
            // The number is from a closed table, the words are from a template.
            (
                status,
                if by_number == Reason::None {
                    reason
                } else {
                    by_number
                },
            )
        }
        _ => (Claim::Unclear, Reason::Contradiction),
    }
}

const REFUSED: Claim = Claim::Refused { formed: Formed::No };
const FAILED: Claim = Claim::Refused {
    formed: Formed::Yes,
};
const DOUBTFUL: Claim = Claim::Refused {
    formed: Formed::Doubtful,
};

/// `OtomaX`'s status numbers. Those whose label nobody could confirm are unclear.
pub(super) fn otomax(status: &str) -> (Claim, Reason) {
    match status.parse::<u16>() {
        Ok(0..20 | 200 | 201) => (Claim::Pending, Reason::None),
        Ok(20) => (Claim::Delivered, Reason::None),
        Ok(40 | 50 | 64) => (FAILED, Reason::None),
        Ok(44) => (REFUSED, Reason::ProductClosed),
        Ok(45) => (FAILED, Reason::OutOfStock),
        Ok(46) => (REFUSED, Reason::Duplicate),
        Ok(47) => (FAILED, Reason::SellerTrouble),
        Ok(52 | 56 | 58 | 61) => (FAILED, Reason::BadDestination),
        Ok(53 | 54) => (FAILED, Reason::Other),
        Ok(55) => (DOUBTFUL, Reason::Timeout),
        Ok(59) => (FAILED, Reason::Price),
        Ok(69) => (FAILED, Reason::CutOff),
        Ok(_) | Err(_) => (Claim::Unclear, Reason::Other),
    }
}

fn irs(status: &str) -> (Claim, Reason) {
    match status {
        "1" => (Claim::Delivered, Reason::None),
        "2" => (FAILED, Reason::None),
        _ => (Claim::Unclear, Reason::Other),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use bytes::Bytes;
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn request(path: &str) -> RawRequest {
        RawRequest {
            method: "GET".to_owned(),
            path: path.to_owned(),
            headers: [].into(),
            body: Bytes::new(),
            source: Some("127.0.0.1".parse().unwrap()),
        }
    }

    fn seen(path: &str) -> Sighting {
        let reading = read(ReportForm::Otomax, &[], &request(path)).unwrap();
        assert_eq!(reading.answer, Answer::ok());
        reading.sightings.into_iter().next().unwrap()
    }

    #[test]
    fn a_report_names_its_goods_in_its_message() {
        let seen = seen(
            "/report?refid=900001&message=S10.081234567890%20SUKSES.%20SN%2FRef%3A%200041002387165532.%20Saldo%2010.000",
        );
        assert_eq!(seen.claim, Claim::Delivered);
        assert_eq!(seen.our_ref, SupplierRef::parse("900001"));
        assert_eq!(seen.sku.unwrap().as_str(), "S10");
        assert_eq!(seen.target.unwrap().as_str(), "081234567890");
        assert_eq!(seen.sn.unwrap().as_str(), "0041002387165532");
    }

    #[test]
    fn number_and_text_are_read_together() {
        let seen = seen(
            "/report?t=7700123&refid=900001&status=20&price=10850&message=S10.081234567890%20SUKSES.%20SN/Ref:%2041.%20Saldo%201.000",
        );
        assert_eq!(seen.claim, Claim::Delivered);
        assert_eq!(seen.their_ref.unwrap().as_str(), "7700123");
        assert_eq!(seen.price, Money::rupiah(10_850));
    }

    #[rstest]
    #[case::failed_and_success("status=40", "SUKSES. SN: 41")]
    #[case::success_and_failed("status=20", "GAGAL. Stok kosong")]
    #[case::pending_and_success("status=2", "SUKSES. SN: 41")]
    fn a_report_that_contradicts_itself_proves_nothing(#[case] status: &str, #[case] words: &str) {
        let path = format!("/report?refid=900001&{status}&message=S10.081234567890 {words}");
        let seen = seen(&path.replace(' ', "%20"));
        assert_eq!(
            (seen.claim, seen.reason),
            (Claim::Unclear, Reason::Contradiction)
        );
    }

    #[test]
    fn what_a_manual_shows_with_code_2_and_a_success_proves_nothing() {
        let path = "/report?clientid=900001&statuscode=2&kp=S10&msisdn=081234567890&msg=TRX%20S10.081234567890%20BERHASIL,%20SN:41";
        let reading = read(ReportForm::Irs, &[], &request(path)).unwrap();
        assert_eq!(reading.sightings[0].claim, Claim::Unclear);
        let code = reading.sightings[0].code.as_ref();
        assert_eq!(code.map(ToString::to_string).as_deref(), Some("2"));
    }

    #[rstest]
    #[case("/report")]
    #[case("/report?refid=[refid]&status=20")]
    #[case("/report?refid=900001&REFID=900001&status=20")]
    #[case("/report?refid=900001&refid=900002&status=20")]
    #[case("/report?refid=900001&status=43")]
    #[case("/report?refid=900001&status=sukses")]
    fn what_cannot_be_read_is_unclear(#[case] path: &str) {
        assert_eq!(seen(path).claim, Claim::Unclear);
    }

    #[rstest]
    #[case::reference("R#900009 S10.081234567890 SUKSES. SN: 41")]
    #[case::destination("S10.085566667777 SUKSES. SN: 41")]
    #[case::product("S5.081234567890 SUKSES. SN: 41")]
    fn e_09_a_report_whose_text_is_about_another_purchase_proves_nothing(#[case] message: &str) {
        let path =
            format!("/report?refid=900001&kp=S10&msisdn=081234567890&status=20&message={message}");
        let seen = seen(&path.replace(' ', "%20").replace('#', "%23"));
        assert_eq!(
            (seen.claim, seen.our_ref),
            (Claim::Unclear, None),
            "{message}"
        );
    }

    #[test]
    fn a_report_may_be_posted() {
        let mut posted = request("/report");
        posted.method = "POST".to_owned();
        posted.body =
            Bytes::from_static(b"clientid=900001&statuscode=1&kp=S10&msisdn=081234567890&sn=41");
        let reading = read(ReportForm::Irs, &[], &posted).unwrap();
        assert_eq!(reading.sightings[0].claim, Claim::Delivered);
        assert_eq!(reading.sightings[0].sn, Sn::read("41"));
    }

    #[test]
    fn a_report_from_an_address_that_is_not_listed_is_not_read() {
        let listed: Vec<IpNet> = vec!["203.0.113.0/28".parse().unwrap()];
        let report = request("/report?refid=900001&status=20");
        assert!(read(ReportForm::Otomax, &listed, &report).is_err());
        let mut nowhere = report.clone();
        nowhere.source = None;
        assert!(read(ReportForm::Otomax, &listed, &nowhere).is_err());
        let mut mapped = report;
        mapped.source = Some("::ffff:203.0.113.7".parse().unwrap());
        assert!(read(ReportForm::Otomax, &listed, &mapped).is_ok());
    }

    proptest! {
        #[test]
        fn no_report_makes_it_panic(query in ".{0,300}", body in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut report = request(&format!("/report?{query}"));
            report.method = "POST".to_owned();
            report.body = body.into();
            for form in [ReportForm::Otomax, ReportForm::Irs] {
                prop_assert!(read(form, &[], &report).is_ok());
            }
        }
    }
}
