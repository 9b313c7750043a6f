//! Signatures, both ways: MD5 in what we send, HMAC-SHA1 over what we receive. Pure.
//!
//! Source: Digiflazz developer pages, "Persiapan" (signature formula) and "Webhook" (`X-Hub-Signature`).

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;

/// Suffix of a balance request. Not `deposit`: that one belongs to deposit tickets.
pub(super) const BALANCE: &str = "depo";
/// Suffix of a request for a deposit ticket.
pub(super) const TICKET: &str = "deposit";
/// Suffix of a price-list request.
pub(super) const PRICE_LIST: &str = "pricelist";

const MAC_BYTES: usize = 20;

/// `md5(username + key + suffix)` in lower-case hex. For a purchase the suffix is its reference.
pub(super) fn request(username: &str, api_key: &SecretString, suffix: &str) -> String {
    let mut hash = Md5::new();
    hash.update(username);
    hash.update(api_key.expose_secret());
    hash.update(suffix);
    base16ct::lower::encode_string(&hash.finalize())
}

/// True if `header` is `sha1=` and the hex HMAC-SHA1 of `body` under `secret`.
///
/// A missing or malformed header costs the same work as a wrong one, so its sender cannot time which it was (T-8).
pub(super) fn is_genuine(secret: &SecretString, body: &[u8], header: Option<&str>) -> bool {
    let claimed = header.and_then(decode);
    let Ok(mut mac) = <Hmac<Sha1> as KeyInit>::new_from_slice(secret.expose_secret().as_bytes())
    else {
        return false;
    };
    mac.update(body);
    let equal = mac.verify_slice(&claimed.unwrap_or_default()).is_ok();
    equal && claimed.is_some()
}

fn decode(header: &str) -> Option<[u8; MAC_BYTES]> {
    let hex = header.strip_prefix("sha1=")?;
    let mut bytes = [0; MAC_BYTES];
    // What was decoded, not the buffer: a shorter text leaves zeros behind it.
    base16ct::mixed::decode(hex, &mut bytes)
        .ok()?
        .try_into()
        .ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    const DEMO: (&str, &str) = ("eraflazz_demo", "dev-0a1b2c3d-1111-2222-3333-444455556666");
    const BUDI: (&str, &str) = ("Budi_01", "b7f0c0de-aaaa-bbbb-cccc-0123456789ab");
    const SELLER: (&str, &str) = ("sellerdemo", "s3ller-key");

    #[rstest]
    #[case(DEMO, BALANCE, "6a82b0394fe7852e52da9cd8e5c26c46")]
    #[case(DEMO, PRICE_LIST, "6c0e23d5ae3e53d53737eff87b1ca96e")]
    #[case(DEMO, "deposit", "de78e902bc9a242c1cceebee8669b3a7")]
    #[case(DEMO, "EF-20260101-000001", "6cefc0587178b4e35c152cd5883e607b")]
    #[case(DEMO, "EF-INQ-0007", "9ced7a8e8bafaf7414cd9be5d426c4e4")]
    #[case(DEMO, "123456789012", "ed3450f93571baa6bea85b26ad86990d")]
    #[case(BUDI, BALANCE, "cd7b88d784af9e5c312c32ffee0011df")]
    #[case(BUDI, PRICE_LIST, "326ebc8d08774383d5931add9ad7ab00")]
    #[case(BUDI, "some1d", "39c3d923aa9f5045beff45165c79583e")]
    #[case(SELLER, "dfj026mt04zxal20", "5ab84b82b3297cb3d4a27ebcbdb0bd68")]
    fn requests_are_signed_as_the_vectors_say(
        #[case] (username, key): (&str, &str),
        #[case] suffix: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(request(username, &key.into(), suffix), expected);
    }

    const V1: &str = r#"{"data":{"ref_id":"EF-20260101-000001","customer_no":"087800001233","buyer_sku_code":"xld10","message":"Transaksi Sukses","status":"Sukses","rc":"00","buyer_last_saldo":990000,"sn":"1234567890","price":10000,"tele":"@telegram","wa":"081234512345"}}"#;
    const V2: &str = r#"{"data":{"ref_id":"EF-20260101-000002","customer_no":"087800001234","buyer_sku_code":"xld10","message":"Transaksi Gagal","status":"Gagal","rc":"02","buyer_last_saldo":1000000,"sn":"","price":10000}}"#;
    const V3: &str = r#"{"data":{"ref_id":"EF-INQ-0007","customer_no":"630000000001","customer_name":"Nama Pelanggan Pertama","buyer_sku_code":"pln","admin":2500,"message":"Transaksi Sukses","status":"Sukses","rc":"00","sn":"S1234554321N","periode":"201901","buyer_last_saldo":90000,"price":10000,"selling_price":11000,"desc":{"tarif":"R1","daya":1300,"lembar_tagihan":1,"detail":[{"periode":"201901","nilai_tagihan":"8000","admin":"2500","denda":"500","meter_awal":"00080000","meter_akhir":"00090000"}]}}}"#;
    const V4: &str = r#"{"sed":"AgXXtVAHp","hook_id":"11aaabbb","hook":{"url":"https://example.test/hook","secret":"eraflazz-hook-secret","type":"application/json","status":1}}"#;

    fn secret() -> SecretString {
        "eraflazz-hook-secret".into()
    }

    #[rstest]
    #[case(V1, "sha1=1203c6090f42435ed9e5960108ca2d8e8f74d280")]
    #[case(V2, "sha1=133f17286a02312c703d64b344ce4832ad551e5f")]
    #[case(V3, "sha1=04b8426a14e622711715f72485045439ea15eeb0")]
    #[case(V4, "sha1=e0180db2d1809301bff78d5b6fce1fb5375230a3")]
    fn callbacks_verify_as_the_vectors_say(#[case] body: &str, #[case] header: &str) {
        assert!(is_genuine(&secret(), body.as_bytes(), Some(header)));
        assert!(
            !is_genuine(&secret(), format!("{body}\n").as_bytes(), Some(header)),
            "the signature covers the raw bytes"
        );
        assert!(!is_genuine(
            &"another-hook-secret".into(),
            body.as_bytes(),
            Some(header)
        ));
    }

    #[test]
    fn a_trailing_newline_is_part_of_what_is_signed() {
        assert!(is_genuine(
            &secret(),
            format!("{V1}\n").as_bytes(),
            Some("sha1=5c1ca169251f9cbd497bd55afc4e99df87d4284e")
        ));
    }

    #[rstest]
    #[case::missing(None)]
    #[case::empty(Some(""))]
    #[case::no_algorithm(Some("1203c6090f42435ed9e5960108ca2d8e8f74d280"))]
    #[case::other_algorithm(Some("sha256=1203c6090f42435ed9e5960108ca2d8e8f74d280"))]
    #[case::truncated(Some("sha1=1203c6090f42435ed9e5960108ca2d8e8f74d2"))]
    #[case::too_long(Some("sha1=1203c6090f42435ed9e5960108ca2d8e8f74d28000"))]
    #[case::odd_length(Some("sha1=1203c6090f42435ed9e5960108ca2d8e8f74d28"))]
    #[case::not_hex(Some("sha1=1203c6090f42435ed9e5960108ca2d8e8f74d28g"))]
    #[case::blank_in_front(Some(" sha1=1203c6090f42435ed9e5960108ca2d8e8f74d280"))]
    #[case::zeros(Some("sha1=0000000000000000000000000000000000000000"))]
    fn t_08_a_signature_in_another_form_is_refused(#[case] header: Option<&str>) {
        assert!(!is_genuine(&secret(), V1.as_bytes(), header));
    }

    #[test]
    fn t_08_a_signature_without_its_last_zeros_is_refused() {
        let (body, header) = (0..10_000)
            .map(|n| {
                let body = format!(r#"{{"data":{n}}}"#);
                let mut mac =
                    <Hmac<Sha1> as KeyInit>::new_from_slice(b"eraflazz-hook-secret").unwrap();
                mac.update(body.as_bytes());
                let hex = base16ct::lower::encode_string(&mac.finalize().into_bytes());
                (body, format!("sha1={hex}"))
            })
            .find(|(_, header)| header.ends_with("00"))
            .unwrap();
        assert!(is_genuine(&secret(), body.as_bytes(), Some(&header)));
        let short = &header[..header.len() - 2];
        assert!(!is_genuine(&secret(), body.as_bytes(), Some(short)));
    }

    #[test]
    fn t_08_hex_in_upper_case_is_the_same_signature() {
        assert!(is_genuine(
            &secret(),
            V1.as_bytes(),
            Some("sha1=1203C6090F42435ED9E5960108CA2D8E8F74D280")
        ));
    }
}
