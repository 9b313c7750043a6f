//! The real bytes of real suppliers: what a vendor says is written as its provider writes it, and read by the adapter's own pure reading.
//!
//! So a table that takes a code for what it is not sends the engine where the world knows better, and the auditor finds it. Nothing here knows what a
//! byte means: it knows only how a provider says a thing.

use std::sync::LazyLock;

use bytes::Bytes;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{AttemptView, Claim, Formed, RawRequest, Reason, Sighting};
use eraflazz_core::time::Timestamp;
use eraflazz_suppliers::digiflazz::Digiflazz;
use eraflazz_suppliers::otomax::{Config, Otomax};
use eraflazz_suppliers::vip::{self, Vip};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{Kind, Say};
use crate::scene::sn_text;

/// In whose words a vendor speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tongue {
    /// Digiflazz: JSON with a response code.
    Digiflazz,
    /// A server of the `OtomaX` family: a line of text.
    Otomax,
    /// VIP Reseller: JSON with a status word.
    Vip,
}

/// A server of the `OtomaX` family with the usual settings; it is read with and never called.
static OTOMAX: LazyLock<Option<Otomax>> = LazyLock::new(|| {
    let profile = Config::silent_profile();
    let config = Config::new(
        "http://127.0.0.1:9",
        "SAMPLE",
        "9999",
        "never-used",
        profile,
    );
    Otomax::new(config).ok()
});

/// An account at VIP Reseller that asks for no signature: whether one is there is looked at before anything is read.
static VIP: LazyLock<Option<Vip>> = LazyLock::new(|| {
    let config = vip::Config {
        base_url: "http://127.0.0.1:9".to_owned(),
        callback_signature: false,
        ..vip::Config::new("SAMPLE", "a-sample-never-used")
    };
    Vip::new(config).ok()
});

impl Tongue {
    /// Who among the real suppliers is of this kind.
    pub const fn of(kind: Kind) -> Self {
        match kind {
            Kind::Resubmit => Self::Digiflazz,
            Kind::Dedicated | Kind::Text => Self::Otomax,
            Kind::NoReference => Self::Vip,
        }
    }

    /// What of it can be said in these words: texts refuse without having formed anything only for want of money, and the status words of VIP know no doubt.
    pub const fn sayable(self, say: Say) -> Say {
        match (self, say) {
            (Self::Otomax, Say::Failed(Formed::No, reason)) if !is_of_funds(reason) => {
                Say::Failed(Formed::Yes, reason)
            }
            (Self::Vip, Say::Failed(Formed::Doubtful, reason)) => Say::Failed(Formed::Yes, reason),
            (Self::Digiflazz | Self::Otomax | Self::Vip, say) => say,
        }
    }

    /// What is said of a purchase, as bytes: the answer to its first send, or another.
    pub fn writes(
        self,
        about: &AttemptView,
        formed_at: Timestamp,
        say: Say,
        is_first: bool,
    ) -> Bytes {
        match self {
            Self::Digiflazz => json!({ "data": digiflazz(about, say) }).to_string().into(),
            Self::Otomax => otomax(about, say).into(),
            Self::Vip => vip_answer(about, formed_at, say, is_first).into(),
        }
    }

    /// What the adapter reads in them.
    pub fn reads(self, about: &AttemptView, is_first: bool, body: &[u8]) -> Vec<Sighting> {
        match self {
            Self::Digiflazz => vec![Digiflazz::read_reply(body)],
            Self::Otomax => OTOMAX
                .iter()
                .map(|adapter| adapter.read_reply(about, is_first, body))
                .collect(),
            Self::Vip => Vip::read_reply(about, is_first, body),
        }
    }

    /// How it calls back about a purchase.
    pub fn calls_back(self, about: &AttemptView, formed_at: Timestamp, say: Say) -> RawRequest {
        let (method, path, body) = match self {
            Self::Digiflazz => {
                let body = self.writes(about, formed_at, say, false);
                ("POST", "/callback".to_owned(), body)
            }
            Self::Otomax => ("GET", otomax_report(about, say), Bytes::new()),
            Self::Vip => {
                let body = json!({"data": vip_row(about, formed_at, say)}).to_string();
                ("POST", "/callback".to_owned(), body.into())
            }
        };
        RawRequest {
            method: method.to_owned(),
            path,
            headers: [].into(),
            body,
            source: None,
        }
    }

    /// What the adapter reads in a callback.
    pub fn hears(self, request: &RawRequest) -> Vec<Sighting> {
        let reading = match self {
            Self::Digiflazz => return vec![Digiflazz::read_reply(&request.body)],
            Self::Otomax => OTOMAX
                .as_ref()
                .map(|adapter| adapter.read_callback(request)),
            Self::Vip => VIP.as_ref().map(|adapter| adapter.read_callback(request)),
        };
        match reading {
            Some(Ok(reading)) => reading.sightings,
            Some(Err(_)) | None => vec![Sighting::new(Claim::Unclear, Reason::Unreadable)],
        }
    }

    /// Whether it names the goods when it calls back; their code is of one section only at VIP, so it does not.
    pub const fn names_goods(self) -> bool {
        matches!(self, Self::Digiflazz | Self::Otomax)
    }
}

const fn is_of_funds(reason: Reason) -> bool {
    matches!(reason, Reason::SupplierFunds)
}

/// An amount of hundredths, with a point where it has any.
fn amount(hundredths: i64, point: char) -> String {
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => whole.to_string(),
        (whole, part) => format!("{whole}{point}{part:02}"),
    }
}

fn digiflazz(about: &AttemptView, say: Say) -> Value {
    let (status, rc) = match say {
        Say::Delivered { .. } => ("Sukses", "00"),
        Say::Pending => ("Pending", "03"),
        Say::Failed(formed, reason) => ("Gagal", code(formed, reason)),
        Say::NotFound => ("Gagal", "50"),
    };
    let mut data = json!({
        "ref_id": about.supplier_ref.as_str(), "customer_no": about.target.as_str(), "buyer_sku_code": about.sku.as_str(),
        "message": say.word(), "status": status, "rc": rc, "sn": "",
    });
    if let Say::Delivered { sn, price } = say {
        data["sn"] = sn.map(sn_text).unwrap_or_default().into();
        data["price"] = price
            .map_or_else(|| "9.8OO".to_owned(), |price| amount(price, '.'))
            .into();
    }
    data
}

/// The response code of a failure, after the provider's list.
const fn code(formed: Formed, reason: Reason) -> &'static str {
    match (formed, reason) {
        (Formed::No, Reason::SupplierFunds) => "44",
        (Formed::No, Reason::AccountFault) => "41",
        (Formed::No, Reason::ProductClosed) => "43",
        (Formed::No, Reason::CutOff) => "66",
        (Formed::No, Reason::OutOfStock) => "68",
        (Formed::No, Reason::Price) => "69",
        (Formed::No, Reason::Duplicate) => "47",
        (Formed::No, Reason::SellerTrouble) => "62",
        (Formed::No, _) => "63",
        (Formed::Yes, Reason::BadDestination) => "52",
        (Formed::Yes, Reason::ProductClosed) => "53",
        (Formed::Yes, Reason::SellerTrouble) => "55",
        (Formed::Yes, Reason::CutOff) => "58",
        (Formed::Yes, Reason::Unstable) => "71",
        (Formed::Yes, _) => "02",
        (Formed::Doubtful, Reason::Timeout) => "01",
        (Formed::Doubtful, _) => "74",
    }
}

fn otomax(about: &AttemptView, say: Say) -> String {
    let says = match say {
        Say::Pending => "akan diproses".to_owned(),
        Say::NotFound => return "Transaksi tidak ditemukan".to_owned(),
        Say::Delivered { sn, price } => {
            let sn = sn.map_or_else(String::new, |sn| format!(" SN: {}.", sn_text(sn)));
            let price = price.map_or_else(|| "9.8OO".to_owned(), |price| amount(price, ','));
            format!("SUKSES.{sn} Hrg {price}")
        }
        Say::Failed(formed, reason) => failure(formed, reason).to_owned(),
    };
    let AttemptView {
        supplier_ref,
        sku,
        target,
        ..
    } = about;
    format!("R#{supplier_ref} {sku}.{target} {says}. Saldo 1.500.000 @20:39")
}

/// A report: the same line of text, beside the number of how the transaction stands.
fn otomax_report(about: &AttemptView, say: Say) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("refid", about.supplier_ref.as_str())
        .append_pair("message", &otomax(about, say))
        .append_pair("status", &status(say).to_string())
        .finish();
    format!("/callback?{query}")
}

/// How a transaction stands, after the list of the `OtomaX` family.
const fn status(say: Say) -> u8 {
    match say {
        Say::Pending | Say::NotFound => 2,
        Say::Delivered { .. } => 20,
        Say::Failed(Formed::Doubtful, _) => 55,
        Say::Failed(_, Reason::OutOfStock) => 45,
        Say::Failed(_, Reason::BadDestination) => 52,
        Say::Failed(_, Reason::SellerTrouble | Reason::ProductClosed) => 47,
        Say::Failed(_, Reason::CutOff) => 69,
        Say::Failed(..) => 40,
    }
}

/// Of a purchase that was made before a text proves nothing, so none is said to be.
const fn failure(formed: Formed, reason: Reason) -> &'static str {
    match (formed, reason) {
        (Formed::No, _) => "GAGAL. Saldo tidak cukup",
        (Formed::Doubtful, _) => "GAGAL Timeout",
        (Formed::Yes, Reason::OutOfStock) => "GAGAL. Stok kosong",
        (Formed::Yes, Reason::BadDestination) => "GAGAL. Nomor tujuan salah",
        (Formed::Yes, Reason::SellerTrouble | Reason::ProductClosed) => {
            "GAGAL. Produk sedang gangguan"
        }
        (Formed::Yes, Reason::CutOff) => "GAGAL. Cut off",
        (Formed::Yes, _) => "GAGAL",
    }
}

fn vip_answer(about: &AttemptView, formed_at: Timestamp, say: Say, is_first: bool) -> String {
    if let Say::Failed(Formed::No, reason) = say {
        let closed = [Reason::OutOfStock, Reason::ProductClosed, Reason::CutOff];
        let message = if reason == Reason::SupplierFunds {
            "Saldo tidak mencukupi"
        } else if reason == Reason::BadDestination {
            "Nomor tujuan tidak valid"
        } else if closed.contains(&reason) {
            "Layanan tidak tersedia"
        } else {
            "Permintaan ditolak"
        };
        return json!({"result": false, "data": null, "message": message}).to_string();
    }
    let row = vip_row(about, formed_at, say);
    let data = if is_first { row } else { json!([row]) };
    json!({"result": true, "data": data, "message": "ok"}).to_string()
}

/// A row of a list, or the only one.
fn vip_row(about: &AttemptView, formed_at: Timestamp, say: Say) -> Value {
    let (status, note) = match say {
        Say::Delivered { sn, .. } => ("success", sn.map(sn_text).unwrap_or_default()),
        Say::Pending | Say::NotFound => ("waiting", String::new()),
        Say::Failed(_, Reason::BadDestination) => ("error", "Nomor tujuan salah".to_owned()),
        Say::Failed(_, Reason::OutOfStock | Reason::ProductClosed) => {
            ("error", "Layanan gangguan".to_owned())
        }
        Say::Failed(..) => ("error", "Saldo dikembalikan".to_owned()),
    };
    let price = match say {
        Say::Delivered { price, .. } => {
            price.map_or_else(|| "9.8OO".to_owned(), |price| amount(price, '.'))
        }
        Say::Failed(..) | Say::Pending | Say::NotFound => "0".to_owned(),
    };
    // Its clock is Jakarta's, to the second.
    let at = formed_at.to_string();
    let created = at.get(..19).unwrap_or_default().replace('T', " ");
    json!({
        "trxid": about.their_ref.as_ref().map(ToString::to_string), "data": about.target.as_str(), "zone": "", "code": about.sku.as_str(),
        "status": status, "note": note, "price": price, "created_date": created,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::catalog::ProductKind;
    use std::time::Duration;

    use eraflazz_core::ids::SupplierRef;
    use eraflazz_core::money::Money;
    use eraflazz_core::text::{Sku, Target, TheirRef};

    use super::*;
    use crate::scene::destination_of;

    const AT: Timestamp = Timestamp::from_micros(1_767_243_600_000_000);

    fn about() -> AttemptView {
        AttemptView {
            kind: ProductKind::Prepaid,
            supplier_ref: SupplierRef::parse("E00AB12CD34EF56GH7JZ").unwrap(),
            their_ref: TheirRef::new("T0-17").ok(),
            sku: Sku::new("s0k3").unwrap(),
            target: Target::new(&destination_of(17)).unwrap(),
            sends: 1,
            age: Duration::ZERO,
        }
    }

    fn every_word() -> Vec<Say> {
        let reasons = [
            Reason::Other,
            Reason::OutOfStock,
            Reason::BadDestination,
            Reason::ProductClosed,
            Reason::SupplierFunds,
            Reason::CutOff,
            Reason::RateLimited,
            Reason::Duplicate,
            Reason::Timeout,
            Reason::SellerTrouble,
        ];
        let formed = [Formed::No, Formed::Yes, Formed::Doubtful];
        let failures = formed
            .iter()
            .flat_map(|formed| reasons.map(|reason| Say::Failed(*formed, reason)));
        let delivered = |sn, price| Say::Delivered { sn, price };
        let others = [
            Say::Pending,
            delivered(Some(7), Some(980_000)),
            delivered(Some(7), Some(980_050)),
            delivered(None, Some(980_000)),
            delivered(Some(7), None),
        ];
        others.into_iter().chain(failures).collect()
    }

    #[test]
    fn every_word_is_read_as_it_was_meant() {
        let about = about();
        for tongue in [Tongue::Digiflazz, Tongue::Otomax, Tongue::Vip] {
            for say in every_word().into_iter().map(|say| tongue.sayable(say)) {
                // Nobody refuses a purchase in the answer to a later question.
                let is_refusal = matches!(say, Say::Failed(Formed::No, _));
                for is_first in [true, false] {
                    if is_refusal && !is_first {
                        continue;
                    }
                    let body = tongue.writes(&about, AT, say, is_first);
                    let seen = tongue.reads(&about, is_first, &body);
                    assert_meant(&about, say, &seen, &format!("{tongue:?} {body:?}"));
                }
            }
        }
    }

    #[test]
    fn every_callback_is_read_as_it_was_meant() {
        let about = about();
        for tongue in [Tongue::Digiflazz, Tongue::Otomax, Tongue::Vip] {
            for say in every_word().into_iter().map(|say| tongue.sayable(say)) {
                // Nobody calls back about a purchase that was refused.
                if matches!(say, Say::Failed(Formed::No, _)) {
                    continue;
                }
                let request = tongue.calls_back(&about, AT, say);
                let seen = tongue.hears(&request);
                assert_meant(&about, say, &seen, &format!("{tongue:?} {request:?}"));
                let [seen] = seen.as_slice() else { continue };
                if tongue == Tongue::Vip {
                    assert_eq!(seen.their_ref, about.their_ref, "{request:?}");
                } else {
                    assert_eq!(seen.our_ref, Some(about.supplier_ref), "{request:?}");
                }
                assert_eq!(seen.sku.is_some(), tongue.names_goods(), "{request:?}");
            }
        }
    }

    fn assert_meant(about: &AttemptView, say: Say, seen: &[Sighting], what: &str) {
        let [seen] = seen else {
            panic!("{what}: {seen:?}");
        };
        let claim = match say {
            Say::Delivered { .. } => Claim::Delivered,
            Say::Failed(formed, _) => Claim::Refused { formed },
            Say::Pending => Claim::Pending,
            Say::NotFound => Claim::Unclear,
        };
        assert_eq!(seen.claim, claim, "{what}: {seen:?}");
        if let Say::Delivered { sn, price } = say {
            let read = seen.sn.as_ref().map(ToString::to_string);
            assert_eq!(read, sn.map(sn_text), "{what}");
            assert_eq!(seen.price, price.map(Money::from_hundredths), "{what}");
            assert_eq!(seen.price_unread, price.is_none(), "{what}");
            assert_eq!(seen.target, Some(about.target.clone()), "{what}");
        }
    }
}
