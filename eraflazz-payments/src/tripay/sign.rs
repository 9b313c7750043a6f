//! Signatures, both ways: HMAC-SHA256 in lower-case hex under the private key. Pure.
//!
//! Source: Tripay developer pages, "Signature" and "Callback". Requests are signed over their fields without anything between, so a field's boundary is kept
//! by its own shape (T-5): our references have one length and end in a letter.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const MAC_BYTES: usize = 32;

/// The signature of a request: over these fields, one after the other.
///
/// A closed payment signs merchant code, our reference and amount; an open one merchant code, channel and our reference.
pub(super) fn request(private_key: &SecretString, fields: [&str; 3]) -> Option<String> {
    let mut mac = mac(private_key)?;
    for field in fields {
        mac.update(field.as_bytes());
    }
    Some(base16ct::lower::encode_string(&mac.finalize().into_bytes()))
}

/// True if `header` is the hex HMAC of these very bytes.
///
/// A missing or malformed header costs the same work as a wrong one, so its sender cannot time which it was (T-8).
pub(super) fn is_genuine(private_key: &SecretString, body: &[u8], header: Option<&str>) -> bool {
    let claimed = header.and_then(decode);
    let Some(mut mac) = mac(private_key) else {
        return false;
    };
    mac.update(body);
    let equal = mac.verify_slice(&claimed.unwrap_or_default()).is_ok();
    equal && claimed.is_some()
}

fn mac(private_key: &SecretString) -> Option<Hmac<Sha256>> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(private_key.expose_secret().as_bytes()).ok()
}

fn decode(hex: &str) -> Option<[u8; MAC_BYTES]> {
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

    const P1: &str = "eraflazz-private-key-0001";
    const P2: &str = "Zz9-prod-private-key-0002";
    const PUBLISHED: &str = "ytf6ooi2gmlNPfpchd94jDOk8hRWOu";

    #[rstest]
    #[case(PUBLISHED, ["T0001", "INV55567", "1500000"], "9f167eba844d1fcb369404e2bda53702e2f78f7aa12e91da6715414e65b8c86a")]
    #[case(P1, ["T12345", "ERA-20260101-0001", "44000"], "cfc030be31f194ff8fa2329e1e24fe694b23b30b0ec9425fed67a5b1ca09b504")]
    #[case(P1, ["T12345", "ERA-20260101-0001", "44001"], "ecb1d2969f43be0ee8051c49bcd002ebb1de079b1eee2b9ecc89605ea5d47a8c")]
    #[case(P2, ["T99999", "", "1250500"], "982cdf36a2df6fc82df6d36bcf4ce733804685628f5126d7485e63a27ea31194")]
    #[case(P2, ["T99999", "TOPUP/777 A", "10000"], "7c418760ae4ea0933620076edfdfa63c6925856282508978826ab0884100a54a")]
    #[case(P1, ["T12345", "BCAVAOP", "MEMBER-77"], "d61a5a500d6f9ae6b2ba1002434137d82edc6c03dc7d6207aa40a5a09f454c3f")]
    #[case(P1, ["T12345", "QRISOP", "MEMBER-77"], "fd2071ecd31b4a727f76a3521bfe4fdaeee3e885e1104f3b56828e7010cecd22")]
    #[case(P2, ["T99999", "BRIVAOP", ""], "06bbc36da42975a4a9285a8f32aed7f6aa277a30725d92f203e6f9738d8b1edb")]
    #[case(P1, ["T12345", "DANA", "081234567890"], "af0f959d08404412dcf5c5659c59d481f117d2fc138929b8658622d882939ffb")]
    #[case(P1, ["T12345", "DANA", "6281234567890"], "fbb416eafc6e6a55d6305e4b05c8230f7f1c4a83968ad43511475d9d40336111")]
    #[case(P2, ["T99999", "DANA", "089900001111"], "8f1b305fa9980d369c566886e31f9251e9c0c99078a3e6da86193c71172dde53")]
    fn requests_are_signed_as_the_vectors_say(
        #[case] key: &str,
        #[case] fields: [&str; 3],
        #[case] expected: &str,
    ) {
        assert_eq!(request(&key.into(), fields).unwrap(), expected);
    }

    const SAMPLE: &str = r#"{"reference":"DEV-T12345000000001ABCD","merchant_ref":"ERA-20260101-0001","payment_method":"BCA Virtual Account","payment_method_code":"BCAVA","total_amount":44000,"fee_merchant":5500,"fee_customer":0,"total_fee":5500,"amount_received":38500,"is_closed_payment":1,"status":"PAID","paid_at":1767225600,"note":null}"#;
    const SAMPLE_SIGNATURE: &str =
        "8634146eeac7c0fe9f1e9533d5a14a52b92618b1da3ded6c0596cf10d0ec95f7";
    const PLAIN_SLASHES: &str = r#"{"reference":"DEV-T12345000000002ABCD","merchant_ref":"ERA/2026/2","payment_method":"QRIS","payment_method_code":"QRIS2","total_amount":10000,"fee_merchant":820,"fee_customer":0,"total_fee":820,"amount_received":9180,"is_closed_payment":1,"status":"EXPIRED","paid_at":null,"note":"a/b"}"#;
    const ESCAPED_SLASHES: &str = r#"{"reference":"DEV-T12345000000002ABCD","merchant_ref":"ERA\/2026\/2","payment_method":"QRIS","payment_method_code":"QRIS2","total_amount":10000,"fee_merchant":820,"fee_customer":0,"total_fee":820,"amount_received":9180,"is_closed_payment":1,"status":"EXPIRED","paid_at":null,"note":"a\/b"}"#;
    const SPACED: &str = r#"{"reference": "DEV-T12345000000003ABCD", "merchant_ref": null, "status": "PAID", "total_amount": 0}"#;

    #[rstest]
    #[case(SAMPLE, SAMPLE_SIGNATURE)]
    #[case(
        PLAIN_SLASHES,
        "90bce3fe61958cdacadf832fde583a3600e3f619fd447631f9456bd6dc97bd53"
    )]
    #[case(
        ESCAPED_SLASHES,
        "10c4bd1bf529d9fe930903c1c1d54f77504a15e18cbb534eef6636a381dd789e"
    )]
    #[case(
        SPACED,
        "277574b217c5a805d4fad6105781f6e2e544128b0f6f921de326ed4b11d5eb25"
    )]
    fn callbacks_verify_as_the_vectors_say(#[case] body: &str, #[case] header: &str) {
        let (key, bytes) = (P1.into(), body.as_bytes());
        assert!(is_genuine(&key, bytes, Some(header)));
        assert!(is_genuine(&key, bytes, Some(&header.to_ascii_uppercase())));
        assert!(!is_genuine(&P2.into(), bytes, Some(header)));
        assert!(!is_genuine(
            &key,
            body.replacen('1', "2", 1).as_bytes(),
            Some(header)
        ));
    }

    #[test]
    fn a_newline_more_is_another_body() {
        let body = format!("{SAMPLE}\n");
        let other = "dd9aa2384cd170f29c9dad5f6396d96daf7f3a4bd47e56ca177b74e026e0768e";
        assert!(is_genuine(&P1.into(), body.as_bytes(), Some(other)));
        assert!(!is_genuine(
            &P1.into(),
            body.as_bytes(),
            Some(SAMPLE_SIGNATURE)
        ));
    }

    #[rstest]
    #[case::missing(None)]
    #[case::empty(Some(""))]
    #[case::cut(Some(&SAMPLE_SIGNATURE[..62]))]
    #[case::prefixed(Some(
        "sha256=8634146eeac7c0fe9f1e9533d5a14a52b92618b1da3ded6c0596cf10d0ec95f7"
    ))]
    #[case::blank(Some(" 8634146eeac7c0fe9f1e9533d5a14a52b92618b1da3ded6c0596cf10d0ec95f7"))]
    fn t_08_a_signature_in_another_form_is_refused(#[case] header: Option<&str>) {
        assert!(!is_genuine(&P1.into(), SAMPLE.as_bytes(), header));
    }

    #[test]
    fn t_05_two_payments_whose_fields_run_together_sign_alike_and_our_references_cannot() {
        let key = P1.into();
        let shifted = request(&key, ["T12345", "INV12", "10000"]);
        assert_eq!(request(&key, ["T12345", "INV1", "210000"]), shifted);
        assert!(eraflazz_core::payment::PaymentCode::parse("INV1").is_err());
        assert!(eraflazz_core::payment::PaymentCode::parse("E0001KDVDYMR00G70R72").is_err());
    }
}
