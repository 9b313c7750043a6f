//! Replies in JSON or XML: named fields and often a text besides. Both are read, and where they differ nothing is proven. Pure.

use std::collections::BTreeMap;

use eraflazz_core::ids::SupplierRef;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Claim, Reason, Sighting};
use eraflazz_core::text::{Sku, Sn, Target, TheirRef};
use serde::Deserialize;

use super::bank;
use super::fields::{Fields, Told};
use super::number::{exact, rupiah};
use super::pattern::{Pattern, Says};
use super::repeat::{Phase, is_this_one};
use super::report::{agreed, otomax};
use super::text::{self, Asked};

/// How a server writes its replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyForm {
    /// Free text.
    #[default]
    Text,
    /// A JSON object, or one with the object `data`.
    Json,
    /// Flat XML, or an XML-RPC struct.
    Xml,
}

/// How a server's replies are read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a> {
    pub(super) form: ReplyForm,
    pub(super) patterns: &'a [Pattern],
    /// What the response codes of this server mean, a closed list. Without one only `00` and `68` mean something.
    pub(super) codes: &'a BTreeMap<String, Says>,
}

impl Reader<'_> {
    /// What `body` says about what was asked.
    pub(super) fn read(&self, asked: &Asked<'_>, body: &str) -> Sighting {
        let fields = match self.form {
            ReplyForm::Text => return text::read(asked, self.patterns, body),
            ReplyForm::Json => Fields::of_json(body),
            ReplyForm::Xml => Fields::of_xml(body),
        };
        let told = fields.and_then(|fields| self.told(asked, &fields));
        told.unwrap_or(Sighting::new(Claim::Unclear, Reason::Unreadable))
    }

    /// `None` if it cannot be read, or is not about what was asked.
    fn told(&self, asked: &Asked<'_>, fields: &Fields) -> Option<Sighting> {
        let names = Names::read(fields)?;
        let message = fields.of(Told::Message).unwrap_or_default();
        if text::names_another(asked, message) {
            return None;
        }
        let by_text = text::read(asked, self.patterns, message);
        let is_ref = match names.our_ref {
            Some(named) => {
                if named != *asked.supplier_ref {
                    return None;
                }
                true
            }
            None => by_text.our_ref.is_some(),
        };
        let is_ours = |named: Option<bool>, told: bool| match named {
            Some(true) => Some(true),
            Some(false) => None,
            None => Some(told),
        };
        let named = names.sku.as_ref().map(|sku| sku.same_as(asked.sku));
        let is_sku = is_ours(named, by_text.sku.is_some())?;
        let named = names.target.as_ref().map(|one| one.same_as(asked.target));
        let is_target = is_ours(named, by_text.target.is_some())?;
        let is_bound = is_ref || (is_sku && is_target);
        if !is_bound {
            // Only our account can be refused without a name; by code, or by words.
            let refused = by_text.reason == Reason::AccountFault;
            return refused.then_some(by_text);
        }
        let code = fields.of(Told::Code);
        let is_refused_twice = code.or(fields.of(Told::Status)) == Some("46");
        let tells_of_an_earlier_one = bank::ALREADY.is_match(message) || is_refused_twice;
        let is_unknown = match asked.phase {
            Phase::First { .. } if is_refused_twice => true,
            Phase::First { .. } | Phase::Again => {
                tells_of_an_earlier_one && !is_this_one(asked.phase, is_ref, asked.sent, message)
            }
        };
        let their_ref = fields
            .of(Told::Number)
            .filter(|number| !number.eq_ignore_ascii_case(asked.supplier_ref.as_str()))
            .and_then(|number| TheirRef::new(number).ok());
        let bound = Sighting {
            our_ref: is_ref.then_some(*asked.supplier_ref),
            sku: is_sku.then(|| asked.sku.clone()),
            target: is_target.then(|| asked.target.clone()),
            code: fields.code(),
            balance: fields
                .of(Told::Balance)
                .and_then(rupiah)
                .or(by_text.balance),
            ..Sighting::new(Claim::Unclear, Reason::Duplicate)
        };
        if is_unknown {
            return Some(bound);
        }
        let (claim, reason) = self.said(fields, message, &by_text);
        let is_delivery = claim == Claim::Delivered;
        if is_delivery && !is_target {
            return Some(Sighting {
                reason: Reason::Unreadable,
                ..bound
            });
        }
        let price = fields
            .of(Told::Price)
            .filter(|_| is_delivery)
            .map(|text| exact(text).filter(|price| *price >= Money::ZERO));
        let sn = fields.of(Told::Serial).and_then(Sn::read).or(by_text.sn);
        Some(Sighting {
            claim,
            reason,
            their_ref: their_ref.or(by_text.their_ref),
            sn: sn.filter(|_| is_delivery),
            price: match price {
                Some(price) => price.filter(|price| !price.is_zero()),
                None => by_text.price.filter(|_| is_delivery),
            },
            price_unread: price == Some(None) || (is_delivery && by_text.price_unread),
            ..bound
        })
    }

    /// Status, code and text together: exactly one thing, or nothing.
    fn said(&self, fields: &Fields, message: &str, by_text: &Sighting) -> (Claim, Reason) {
        let is_silent = by_text.claim == Claim::Unclear && by_text.reason == Reason::Unreadable;
        // A text without names is bound by the fields beside it.
        let by_words = if is_silent {
            text::words(message)
        } else {
            Some((by_text.claim, by_text.reason))
        };
        let by_status = fields
            .of(Told::Status)
            .map(|status| by_status(status, message));
        let by_code = match fields.of(Told::Code) {
            None => None,
            Some(code) => self.by_code(code).or_else(|| {
                // A code that is not listed takes no success and no refusal back; it only cannot make one.
                let is_failure =
                    matches!(by_status, Some((Claim::Refused { .. } | Claim::Pending, _)));
                (!is_failure).then_some((Claim::Unclear, Reason::Other))
            }),
        };
        let structured = match (by_status, by_code) {
            (None, None) => None,
            both => Some(agreed(both.0, both.1)),
        };
        match (by_words, structured) {
            // Nothing that a reply calls by no status is more than its words.
            (words, None) => words.unwrap_or((Claim::Unclear, Reason::Unreadable)),
            (words, structured) => agreed(words, structured),
        }
    }

    fn by_code(&self, code: &str) -> Option<(Claim, Reason)> {
        if let Some(says) = self.codes.get(code) {
            return Some(says.claim());
        }
        match code {
            _ if !self.codes.is_empty() => None,
            "00" => Some((Claim::Delivered, Reason::None)),
            "68" | "0068" => Some((Claim::Pending, Reason::None)),
            _ => None,
        }
    }
}

/// A status as a number of the family, or as a word.
fn by_status(status: &str, message: &str) -> (Claim, Reason) {
    if status.bytes().all(|byte| byte.is_ascii_digit()) {
        return otomax(status);
    }
    match status.to_ascii_lowercase().as_str() {
        "sukses" | "success" | "berhasil" | "successful" => (Claim::Delivered, Reason::None),
        "pending" | "proses" | "process" | "processing" | "in progress" | "menunggu" => {
            (Claim::Pending, Reason::None)
        }
        "gagal" | "failed" | "failure" => text::failure(message),
        _ => (Claim::Unclear, Reason::Other),
    }
}

/// The names in a reply.
struct Names {
    our_ref: Option<SupplierRef>,
    sku: Option<Sku>,
    target: Option<Target>,
}

impl Names {
    /// `None` if one cannot be read, or is told twice and differently.
    fn read(fields: &Fields) -> Option<Self> {
        let told = [Told::Reference, Told::Product, Told::Destination];
        if told.into_iter().any(|one| fields.disagree(one)) {
            return None;
        }
        let reference = fields.of(Told::Reference).map(SupplierRef::parse);
        let sku = fields.of(Told::Product).map(|text| Sku::new(text).ok());
        let target = fields
            .of(Told::Destination)
            .map(|text| Target::new(text).ok());
        if matches!(reference, Some(None)) || sku == Some(None) || target == Some(None) {
            return None;
        }
        Some(Self {
            our_ref: reference.flatten(),
            sku: sku.flatten(),
            target: target.flatten(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::supplier::Formed;
    use rstest::rstest;

    use super::*;
    use crate::otomax::repeat::ServerClock;

    fn read_as(form: ReplyForm, phase: Phase, codes: &[(&str, Says)], body: &str) -> Sighting {
        let codes = codes
            .iter()
            .map(|(code, says)| ((*code).to_owned(), *says))
            .collect();
        let reader = Reader {
            form,
            patterns: &[],
            codes: &codes,
        };
        let asked = Asked {
            supplier_ref: &SupplierRef::parse("900001").unwrap(),
            sku: &Sku::new("S10").unwrap(),
            target: &Target::new("081234567890").unwrap(),
            phase,
            sent: Some(ServerClock::any_time()),
        };
        reader.read(&asked, body)
    }

    const FIRST: Phase = Phase::First { by_ref: false };
    const FAILED: Claim = Claim::Refused {
        formed: Formed::Yes,
    };

    fn json(body: &str) -> (Claim, Reason) {
        let seen = read_as(ReplyForm::Json, FIRST, &[], body);
        (seen.claim, seen.reason)
    }

    #[test]
    fn a_whole_reply_in_json_is_read_whole() {
        let body = r#"{"ref_id":"900001","product":"S10","dest":"081234567890","price":60000,"status":"sukses","message":"Transaksi berhasil","sn":"0041","rc":"00","saldo_ahir":271800}"#;
        let seen = read_as(ReplyForm::Json, FIRST, &[], body);
        assert_eq!(seen.claim, Claim::Delivered);
        assert_eq!(seen.sn.unwrap().as_str(), "0041");
        assert_eq!(seen.price, Money::rupiah(60_000));
        assert_eq!(seen.balance, Money::rupiah(271_800));
        assert_eq!(seen.code.unwrap().as_str(), "00");
        assert!(seen.our_ref.is_some() && seen.sku.is_some() && seen.target.is_some());
    }

    #[test]
    fn an_xml_rpc_struct_is_read_by_its_members() {
        let member = |name: &str, value: &str| {
            format!("<member><name>{name}</name><value><string>{value}</string></value></member>")
        };
        let body = format!(
            "<?xml version=\"1.0\"?><methodResponse><params><param><value><struct>{}{}{}{}</struct></value></param></params></methodResponse>",
            member("RESPONSECODE", "00"),
            member("REQUESTID", "900001"),
            member("MESSAGE", "S10.081234567890 SUKSES. SN: 0041"),
            member("PRICE", "10850"),
        );
        let seen = read_as(ReplyForm::Xml, FIRST, &[], &body);
        assert_eq!(seen.claim, Claim::Delivered);
        assert_eq!(seen.sn.unwrap().as_str(), "0041");
        assert_eq!(seen.price, Money::rupiah(10_850));
    }

    #[rstest]
    #[case::pending(
        r#"{"refID":"900001","status":"PROSES","message":"","buy_price":0}"#,
        Claim::Pending
    )]
    #[case::failed(
        r#"{"refID":"900001","status":"GAGAL","message":"Nomor tujuan salah"}"#,
        FAILED
    )]
    #[case::a_number(
        r#"{"refid":"900001","status":40,"message":"S10.081234567890 GAGAL. Stok kosong"}"#,
        FAILED
    )]
    #[case::by_code(r#"{"success":true,"produk":"S10","tujuan":"081234567890","reffid":"900001","rc":"0068","msg":"x"}"#, Claim::Pending)]
    #[case::in_data(r#"{"data":{"refid":"900001","status":"pending"}}"#, Claim::Pending)]
    fn what_was_asked_about_is_told(#[case] body: &str, #[case] claim: Claim) {
        assert_eq!(json(body).0, claim, "{body}");
    }

    #[test]
    fn why_it_failed_is_read_from_the_text() {
        let body = r#"{"refID":"900001","status":"GAGAL","message":"Nomor tujuan salah"}"#;
        assert_eq!(json(body).1, Reason::BadDestination);
    }

    #[rstest]
    #[case::nothing("")]
    #[case::text("R#900001 S10.081234567890 SUKSES. SN: 1")]
    #[case::a_list(r#"[{"refid":"900001","status":"sukses"}]"#)]
    #[case::other_ref(
        r#"{"ref_id":"900009","product":"S10","dest":"081234567890","status":"sukses"}"#
    )]
    #[case::other_target(
        r#"{"ref_id":"900001","product":"S10","dest":"0812345678901","status":"sukses"}"#
    )]
    #[case::other_product(
        r#"{"ref_id":"900001","product":"S5","dest":"081234567890","status":"sukses"}"#
    )]
    #[case::other_ref_in_text(r#"{"dest":"081234567890","product":"S10","status":"sukses","message":"R#900009 S10.081234567890 SUKSES"}"#)]
    #[case::other_target_in_text(r#"{"ref_id":"900001","dest":"081234567890","status":"sukses","message":"S10.081299999999 SUKSES"}"#)]
    #[case::no_target(r#"{"ref_id":"900001","status":"sukses","sn":"41"}"#)]
    #[case::twice(
        r#"{"ref_id":"900001","dest":"081234567890","status":"sukses","status":"gagal"}"#
    )]
    #[case::status_and_text(r#"{"ref_id":"900001","dest":"081234567890","status":"gagal","message":"transaksi sukses"}"#)]
    #[case::status_and_code(
        r#"{"ref_id":"900001","dest":"081234567890","status":"sukses","rc":"68"}"#
    )]
    #[case::code_not_listed(
        r#"{"ref_id":"900001","dest":"081234567890","status":"sukses","rc":"17"}"#
    )]
    #[case::unknown_word(r#"{"ref_id":"900001","dest":"081234567890","status":"mungkin"}"#)]
    #[case::label_43(r#"{"ref_id":"900001","dest":"081234567890","status":"43"}"#)]
    #[case::partly(r#"{"ref_id":"900001","dest":"081234567890","status":"sukses","message":"SUKSES SEBAGIAN"}"#)]
    fn what_is_not_about_it_or_not_one_thing_proves_nothing(#[case] body: &str) {
        assert_eq!(json(body).0, Claim::Unclear, "{body}");
    }

    #[test]
    fn a_closed_list_of_codes_takes_the_place_of_the_usual_ones() {
        let codes = [
            ("1", Says::Delivered),
            ("00", Says::Failed),
            ("04", Says::Unclear),
        ];
        let read = |rc: &str| {
            let body = format!(
                r#"{{"reffid":"900001","produk":"S10","tujuan":"081234567890","rc":"{rc}","sn":"41"}}"#
            );
            read_as(ReplyForm::Json, FIRST, &codes, &body).claim
        };
        assert_eq!(read("1"), Claim::Delivered);
        assert_eq!(read("00"), FAILED);
        assert_eq!(read("04"), Claim::Unclear);
        assert_eq!(read("68"), Claim::Unclear);
    }

    #[test]
    fn the_table_of_duplicates_holds_here_as_well() {
        let body = r#"{"ref_id":"900001","dest":"081234567890","product":"S10","status":"sukses","sn":"41","message":"sudah pernah jam 18:46"}"#;
        let first = read_as(ReplyForm::Json, FIRST, &[], body);
        assert_eq!(
            (first.claim, first.reason),
            (Claim::Unclear, Reason::Duplicate)
        );
        assert_eq!(first.sn, None);
        let asked = read_as(ReplyForm::Json, Phase::Again, &[], body);
        assert_eq!(asked.claim, Claim::Delivered);
        let refused = r#"{"ref_id":"900001","dest":"081234567890","product":"S10","status":"46"}"#;
        let first = read_as(ReplyForm::Json, FIRST, &[], refused);
        assert_eq!(
            (first.claim, first.reason),
            (Claim::Unclear, Reason::Duplicate)
        );
    }

    #[test]
    fn a_refusal_of_our_account_needs_no_name() {
        let body = r#"{"success":false,"msg":"IP 203.0.113.9 tidak terdaftar"}"#;
        assert_eq!(json(body).1, Reason::AccountFault);
    }
}
