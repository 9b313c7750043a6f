//! The Basic authorization of requests and the signature of notifications: plain SHA-512, no HMAC. Pure.
//!
//! Source: docs.midtrans.com, "API Authorization & Headers" and "HTTP(S) Notification". The signature covers order id, status code and amount, nothing else, and
//! without anything between them (T-5): our references have one length and end in a letter, and a status code has three digits.

use base64ct::{Base64, Encoding};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha512};
use subtle::ConstantTimeEq;

const HASH_BYTES: usize = 64;

/// What follows `Basic ` in the header: the key as user name, and no password.
pub(super) fn authorization(server_key: &SecretString) -> String {
    Base64::encode_string(format!("{}:", server_key.expose_secret()).as_bytes())
}

/// What is signed, as it stands in the body.
pub(super) struct Signed<'a> {
    pub(super) order_id: &'a str,
    pub(super) status_code: &'a str,
    pub(super) gross_amount: &'a str,
}

fn hash(signed: &Signed<'_>, key: &SecretString) -> [u8; HASH_BYTES] {
    let mut hash = Sha512::new();
    hash.update(signed.order_id);
    hash.update(signed.status_code);
    hash.update(signed.gross_amount);
    hash.update(key.expose_secret());
    hash.finalize().into()
}

/// True if `claimed` is the hex signature of these fields under one of the keys; a wrong one costs what a right one does.
pub(super) fn is_genuine(
    keys: &[SecretString],
    signed: &Signed<'_>,
    claimed: Option<&str>,
) -> bool {
    let mut bytes = [0; HASH_BYTES];
    let decoded = claimed
        .and_then(|hex| base16ct::mixed::decode(hex, &mut bytes).ok())
        .and_then(|decoded| <[u8; HASH_BYTES]>::try_from(decoded).ok());
    let has_code =
        signed.status_code.len() == 3 && signed.status_code.bytes().all(|b| b.is_ascii_digit());
    let mut is_equal = subtle::Choice::from(0);
    for key in keys {
        is_equal |= hash(signed, key).ct_eq(&decoded.unwrap_or([0; HASH_BYTES]));
    }
    bool::from(is_equal) && decoded.is_some() && has_code
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    const K1: &str = "SB-Mid-server-EraflazzDemoKey01";
    const K2: &str = "Mid-server-EraflazzProdFake0002";

    #[rstest]
    #[case("SB-Mid-server-abc123cde456", "U0ItTWlkLXNlcnZlci1hYmMxMjNjZGU0NTY6")]
    #[case(K1, "U0ItTWlkLXNlcnZlci1FcmFmbGF6ekRlbW9LZXkwMTo=")]
    #[case(K2, "TWlkLXNlcnZlci1FcmFmbGF6elByb2RGYWtlMDAwMjo=")]
    fn requests_are_authorized_as_the_vectors_say(#[case] key: &str, #[case] expected: &str) {
        assert_eq!(authorization(&key.into()), expected);
    }

    #[rstest]
    #[case(["ERA-20260101-0001", "200", "44000.00"], K1, "5a0a3d57ef15f61745089716a83c091c726ac9da6fedb1302bbaa8f8cb4d4b0dede331c36cf71dc82f1a259879fd6dc51fbe74f0c015b1933a3be452e8fd0c33")]
    #[case(["ERA-20260101-0001", "201", "44000.00"], K1, "1e784c2b35a970aec29f24e139e2b3ca827b9c7adcfa5008e5b3061d81bc08bcd64b46658a2077827211f767c3c41f27935a4cc6cf27fead6fc7280e8401097b")]
    #[case(["ERA-20260101-0001", "202", "44000.00"], K1, "3b32238aa113d405879fc26a5efec207f6d20eda0d381f55501c796c971eafe13c9832401fa6f9b984ec147af0f520de5ccefd201821111438e0c0e7e4fc29c0")]
    #[case(["ERA-20260101-0001", "407", "44000.00"], K1, "c0d12b2c904127f4a17fd9c7a98abab9cba6ed49808e637244209b43ec9939873cc72b7b9628de2062ed395e8d857c81ad710ad6377f3d088a9cdc780477bb2f")]
    #[case(["topup~777.A_b", "200", "1250500.00"], K2, "c5450e8aaaf7eb6e82ddce50bf17b421683a03d834f33cdae60819dff883715b926345e85634db4acf74f1f2689cce9d9f26b7dab836794cbfa4d1442b72081f")]
    #[case(["1111", "200", "100000.00"], "askvnoibnosifnboseofinbofinfgbiufglnbfg", "edc076b21793ebe3e17926350f5b8ae67d902fe657b3d0aa31b932d5c127e2375d308a2bc94f3265ac2d80a1f181a79b997ac178a236fcff35af263fc4d4c231")]
    #[case(["ERA-20260101-0001", "200", "44000"], K1, "e8496cc9564b9b317f7bb794affb32d07985a3ee516752a736ef04fd9e0e855247454a0d4821471a97e900b0a5b5261cc4a2f04ace208ec7b1b35befa55fc1ec")]
    fn notifications_verify_as_the_vectors_say(
        #[case] fields: [&str; 3],
        #[case] key: &str,
        #[case] signature: &str,
    ) {
        let [order_id, status_code, gross_amount] = fields;
        let signed = Signed {
            order_id,
            status_code,
            gross_amount,
        };
        let keys = [key.into()];
        assert!(is_genuine(&keys, &signed, Some(signature)));
        assert!(is_genuine(&keys, &signed, Some(&signature.to_uppercase())));
        assert!(!is_genuine(
            &["another-key-of-nobody".into()],
            &signed,
            Some(signature)
        ));
        assert!(!is_genuine(&[], &signed, Some(signature)));
        let other = Signed {
            gross_amount: "44000.0",
            ..signed
        };
        assert!(!is_genuine(&keys, &other, Some(signature)));
        for spoilt in [None, Some(""), signature.get(..126), signature.get(1..)] {
            assert!(!is_genuine(&keys, &signed, spoilt), "{spoilt:?}");
        }
    }

    #[test]
    fn while_keys_change_both_are_good() {
        let signature = "5a0a3d57ef15f61745089716a83c091c726ac9da6fedb1302bbaa8f8cb4d4b0dede331c36cf71dc82f1a259879fd6dc51fbe74f0c015b1933a3be452e8fd0c33";
        let signed = Signed {
            order_id: "ERA-20260101-0001",
            status_code: "200",
            gross_amount: "44000.00",
        };
        assert!(is_genuine(
            &[K2.into(), K1.into()],
            &signed,
            Some(signature)
        ));
    }

    #[test]
    fn t_05_payments_whose_fields_run_together_sign_alike_and_our_references_cannot() {
        let short = Signed {
            order_id: "INV-1",
            status_code: "200",
            gross_amount: "20010000.00",
        };
        let long = Signed {
            order_id: "INV-1200",
            status_code: "200",
            gross_amount: "10000.00",
        };
        assert_eq!(hash(&short, &K1.into()), hash(&long, &K1.into()));
        for order_id in ["INV-1", "INV-1200"] {
            assert!(eraflazz_core::payment::PaymentCode::parse(order_id).is_err());
        }
        let shifted = Signed {
            order_id: "ERA-20260101-00012",
            status_code: "00",
            gross_amount: "44000.00",
        };
        let signature = base16ct::lower::encode_string(&hash(&shifted, &K1.into()));
        assert!(!is_genuine(&[K1.into()], &shifted, Some(&signature)));
    }
}
