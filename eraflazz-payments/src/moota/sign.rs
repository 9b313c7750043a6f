//! The signature of a push: HMAC-SHA256 over its bytes in lower-case hex, under the webhook's secret. Pure.

use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

const MAC_BYTES: usize = 32;

/// True if `header` is the hex HMAC of these very bytes.
///
/// A missing or malformed header costs the same work as a wrong one, so its sender cannot time which it was (T-8).
pub(super) fn is_genuine(secret: &SecretString, body: &[u8], header: Option<&str>) -> bool {
    let claimed = header.and_then(decode);
    let key = secret.expose_secret().as_bytes();
    let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(key) else {
        return false;
    };
    mac.update(body);
    let equal = mac.verify_slice(&claimed.unwrap_or_default()).is_ok();
    equal && claimed.is_some()
}

fn decode(hex: &str) -> Option<[u8; MAC_BYTES]> {
    let mut bytes = [0; MAC_BYTES];
    // What was decoded, not the buffer: a shorter text leaves zeros behind it.
    base16ct::lower::decode(hex, &mut bytes)
        .ok()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const KEY: &str = "FcZnoVBN";
    const BODY: &str = r#"[{"account_number":"1234567890","date":"2026-01-01 10:15:00","description":"TRSF E-BANKING CR 01/01 BUDI","note":"","amount":100437,"type":"CR","balance":5100437,"updated_at":"2026-01-01 10:15:30","created_at":"2026-01-01 10:15:30","mutation_id":"MUTAtest001","token":"MUTAtest001","bank_id":"BANKtest01","taggings":[]}]"#;
    const SIGNATURE: &str = "4611c28a9654393b5268ed53d6be7e01c6d7d61b2eaf3f438ef1a0b8c99e8793";

    #[test]
    fn a_push_verifies_as_the_vector_says() {
        assert_eq!(BODY.len(), 320);
        let genuine =
            |key: &str, body: &str| is_genuine(&key.into(), body.as_bytes(), Some(SIGNATURE));
        assert!(genuine(KEY, BODY));
        assert!(!genuine("FcZnoVBM", BODY));
        assert!(!genuine(KEY, &BODY.replace(':', ": ")), "written anew");
        assert!(!genuine(KEY, &BODY.replace("100437", "100438")));
        assert!(!genuine(KEY, &format!("{BODY}\n")));
    }

    #[rstest]
    #[case::missing(None)]
    #[case::empty(Some(""))]
    #[case::cut(Some(&SIGNATURE[..62]))]
    #[case::upper(Some("4611C28A9654393B5268ED53D6BE7E01C6D7D61B2EAF3F438EF1A0B8C99E8793"))]
    #[case::prefixed(Some(
        "sha256=4611c28a9654393b5268ed53d6be7e01c6d7d61b2eaf3f438ef1a0b8c99e8793"
    ))]
    fn t_08_a_signature_in_another_form_is_refused(#[case] header: Option<&str>) {
        assert!(!is_genuine(&KEY.into(), BODY.as_bytes(), header));
    }
}
