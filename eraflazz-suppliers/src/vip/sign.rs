//! The one signature, of requests and of callbacks: `md5(api_id + api_key)`. Pure.
//!
//! It is constant for the life of the key, so it is as secret as the key: never in a log, never in an address.

use md5::{Digest, Md5};
use secrecy::{ExposeSecret, SecretString};

const BYTES: usize = 16;

/// `md5(api_id + api_key)` in lower-case hex, of both without the blanks around them.
pub(super) fn sign(api_id: &SecretString, api_key: &SecretString) -> SecretString {
    base16ct::lower::encode_string(&digest(api_id, api_key)).into()
}

/// True if `header` is the signature. A missing or malformed one costs the same work as a wrong one (T-8).
pub(super) fn is_genuine(
    api_id: &SecretString,
    api_key: &SecretString,
    header: Option<&str>,
) -> bool {
    let claimed = header.and_then(decode);
    let ours = digest(api_id, api_key);
    let differing = ours
        .iter()
        .zip(claimed.unwrap_or_default())
        .fold(0, |bits, (ours, theirs)| bits | (ours ^ theirs));
    // Or the loop could be left at the first difference.
    let equal = std::hint::black_box(differing) == 0;
    equal && claimed.is_some()
}

fn digest(api_id: &SecretString, api_key: &SecretString) -> [u8; BYTES] {
    let mut hash = Md5::new();
    hash.update(api_id.expose_secret().trim());
    hash.update(api_key.expose_secret().trim());
    hash.finalize().into()
}

fn decode(header: &str) -> Option<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    // What was decoded, not the buffer: a shorter text leaves zeros behind it.
    base16ct::mixed::decode(header, &mut bytes)
        .ok()?
        .try_into()
        .ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const SIGN: &str = "7001b3a1c7c69e3d198daf27a69f477a";

    fn account() -> (SecretString, SecretString) {
        ("APIID123".into(), "APIKEY456".into())
    }

    #[test]
    fn requests_are_signed_as_the_vector_says() {
        let (id, key) = account();
        assert_eq!(sign(&id, &key).expose_secret(), SIGN);
        assert_ne!(sign(&key, &id).expose_secret(), SIGN, "the id comes first");
        let blanks = (" APIID123\n".into(), "\tAPIKEY456 ".into());
        assert_eq!(sign(&blanks.0, &blanks.1).expose_secret(), SIGN);
    }

    #[test]
    fn t_08_the_signature_is_known_in_either_case() {
        let (id, key) = account();
        assert!(is_genuine(&id, &key, Some(SIGN)));
        assert!(is_genuine(&id, &key, Some(&SIGN.to_uppercase())));
        assert!(!is_genuine(&id, &"APIKEY457".into(), Some(SIGN)));
    }

    #[rstest]
    #[case::missing(None)]
    #[case::empty(Some(""))]
    #[case::changed(Some("7001b3a1c7c69e3d198daf27a69f477b"))]
    #[case::truncated(Some("7001b3a1c7c69e3d198daf27a69f47"))]
    #[case::too_long(Some("7001b3a1c7c69e3d198daf27a69f477a00"))]
    #[case::odd_length(Some("7001b3a1c7c69e3d198daf27a69f477"))]
    #[case::not_hex(Some("7001b3a1c7c69e3d198daf27a69f477g"))]
    #[case::blank_in_front(Some(" 7001b3a1c7c69e3d198daf27a69f477a"))]
    #[case::zeros(Some("00000000000000000000000000000000"))]
    #[case::key_in_clear(Some("APIKEY456"))]
    fn t_08_what_is_not_the_signature_is_refused(#[case] header: Option<&str>) {
        let (id, key) = account();
        assert!(!is_genuine(&id, &key, header));
    }

    /// Sixteen zero bytes of nothing decoded must not pass for a digest that happens to begin with them.
    #[test]
    fn t_08_a_signature_without_its_last_zeros_is_refused() {
        let mut ids = (0..10_000).map(|n| SecretString::from(format!("ID{n}")));
        let key = SecretString::from("APIKEY456");
        let found = ids.find(|id| sign(id, &key).expose_secret().ends_with("00"));
        let id = found.unwrap_or_default();
        let signed = sign(&id, &key);
        let short = &signed.expose_secret()[..30];
        assert!(is_genuine(&id, &key, Some(signed.expose_secret())));
        assert!(!is_genuine(&id, &key, Some(short)));
    }
}
