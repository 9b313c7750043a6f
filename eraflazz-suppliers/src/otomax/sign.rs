//! The signature of a request: a digest over fields that both sides know. Pure.
//!
//! Source: sellers' manuals, several of which agree: base64url of the SHA-1 of `OtomaX|member|product|dest|ref|pin|password`, without padding. Others
//! have another prefix, digest or encoding, so all three are settings. It holds no time and no nonce: what protects a purchase from being
//! sent again by a stranger is its reference.

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use md5::Md5;
use serde::Deserialize;
use sha1::Sha1;
use sha2::{Digest as _, Sha256};

use super::template::{Field, Template};

/// How what a template says becomes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SignForm {
    /// Over the text.
    pub digest: Digest,
    /// What of the digest is encoded.
    pub form: Form,
    /// How.
    pub encode: Encode,
}

impl Default for SignForm {
    /// As `OtomaX` does it.
    fn default() -> Self {
        Self {
            digest: Digest::Sha1,
            form: Form::Raw,
            encode: Encode::Base64UrlNoPad,
        }
    }
}

/// A digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Digest {
    /// SHA-1.
    Sha1,
    /// MD5.
    Md5,
    /// SHA-256.
    Sha256,
}

/// What of a digest is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Its bytes.
    Raw,
    /// Its text in lower-case hex.
    Hex,
}

/// An encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Encode {
    /// Base64 with `-` and `_`, without padding.
    #[serde(rename = "base64url_nopad")]
    Base64UrlNoPad,
    /// Standard base64 with padding.
    #[serde(rename = "base64")]
    Base64,
    /// Lower-case hex.
    #[serde(rename = "hex")]
    Hex,
}

/// The signature over `template`; `None` if a field has no value, or one that would shift the boundaries of the fields (T-5): `|`, a control
/// character, anything beyond ASCII.
pub(super) fn sign<'v>(
    template: &Template,
    form: SignForm,
    value: impl Fn(Field) -> Option<&'v str>,
) -> Option<String> {
    let text = template.fill(|field| value(field).filter(|value| is_signable(value)))?;
    let digest = match form.digest {
        Digest::Sha1 => Sha1::digest(&text).to_vec(),
        Digest::Md5 => Md5::digest(&text).to_vec(),
        Digest::Sha256 => Sha256::digest(&text).to_vec(),
    };
    let bytes = match form.form {
        Form::Raw => digest,
        Form::Hex => base16ct::lower::encode_string(&digest).into_bytes(),
    };
    Some(match form.encode {
        Encode::Base64UrlNoPad => Base64UrlUnpadded::encode_string(&bytes),
        Encode::Base64 => Base64::encode_string(&bytes),
        Encode::Hex => base16ct::lower::encode_string(&bytes),
    })
}

fn is_signable(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| (0x20..0x7F).contains(&byte) && byte != b'|')
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    const ORDER: &str = "OtomaX|{member}|{product}|{dest}|{ref}|{pin}|{password}";

    /// Fills `template` with member, product, destination, reference, PIN, password and amount.
    fn signed(template: &str, values: [&str; 6], form: SignForm) -> Option<String> {
        let [member, product, dest, supplier_ref, pin, password] = values;
        sign(&Template::read(template).unwrap(), form, |field| {
            Some(match field {
                Field::Member => member,
                Field::Product => product,
                Field::Dest => dest,
                Field::Ref => supplier_ref,
                Field::Pin => pin,
                Field::Password => password,
                Field::Amount => "1000000",
                Field::Qty | Field::User | Field::Sign => return None,
            })
        })
    }

    const ERZ: [&str; 6] = ["ERZ001", "S10", "081234567890", "900001", "1234", "rahasia"];

    fn with(place: usize, value: &'static str) -> [&'static str; 6] {
        let mut values = ERZ;
        values[place] = value;
        values
    }

    #[rstest]
    #[case::v00(["YUSUF", "X10", "08123456789", "2140669", "1144", "abcd"], "Cp9NLVuKWBt5Sey_uMlYsvnKvJI")]
    #[case::v01(ERZ, "rC-4UZIwBDV8qXOWT0_ni_UDqtY")]
    #[case::v02(["erz001", "s10", "081234567890", "900001", "1234", "rahasia"], "32hz_wR0va1DG_9Mqf7rEfck9Do")]
    #[case::v03(with(3, "900010"), "yCDIi6gRdi7zRSn_t-vKhg1oCXM")]
    #[case::v04(with(3, "900055"), "_IIyoWVf-HNH_TwgK0EUmdw59fA")]
    #[case::v05(["ERZ001", "BBSDN", "081234567890", "900002", "1234", "rahasia"], "nDgiAntO6lQsaweQpMwxKO5OL3U")]
    #[case::v06(["OX0003", "PLN20", "530012345678", "A-77", "4321", "S3cr3t#9&=%"], "6FicT6EkdZC73USf2nu7U9Hn664")]
    #[case::v07(with(2, "6281234567890"), "i3sGcJU9xz3pnf6CKu623Z2FP-A")]
    #[case::v08(with(5, "Rahasia"), "zRHyC6HQxbU8zQyERVk-dhOkWck")]
    fn purchases_are_signed_as_the_vectors_say(#[case] values: [&str; 6], #[case] expected: &str) {
        assert_eq!(
            signed(ORDER, values, SignForm::default()).unwrap(),
            expected
        );
    }

    #[rstest]
    #[case::v09(
        "OtomaX|CheckBalance|{member}|{pin}|{password}",
        "lLXcFWXNIdf7_yYExxOZ20kUOCg"
    )]
    #[case::v10(
        "OtomaX|checkbalance|{member}|{pin}|{password}",
        "loy80tircBhaIezUIXLUDAHwuUY"
    )]
    #[case::v11("OtomaX|{member}||||{pin}|{password}", "KVKwJFWhP3ZHDzEa_pWdvdlDYhA")]
    #[case::v12(
        "OtomaX|ticket|{member}|{pin}|{password}|{amount}",
        "XPi19ZDNdOTPdCtspjFxktaT-Uk"
    )]
    #[case::v13(
        "R-ONE|{member}|{product}|{dest}|{ref}|{pin}|{password}",
        "0FOw67P1yqwiW9oOLplH12owQLM"
    )]
    #[case::v14("ENGINE|{member}|{pin}|{password}", "Hi3w0KYpljgqdfUYkRX-82eT-BQ")]
    #[case::v15(
        "Otomax|{member}|{product}|{dest}|{ref}|{pin}|{password}",
        "OLcLHhDV0W5gkhL9nNv-tpSq2x0"
    )]
    fn other_templates_are_signed_as_the_vectors_say(
        #[case] template: &str,
        #[case] expected: &str,
    ) {
        assert_eq!(
            signed(template, ERZ, SignForm::default()).unwrap(),
            expected
        );
    }

    #[test]
    fn other_forms_are_signed_as_the_vectors_say() {
        let hex = SignForm {
            form: Form::Hex,
            ..SignForm::default()
        };
        assert_eq!(
            signed(ORDER, ERZ, hex).unwrap(),
            "YWMyZmI4NTE5MjMwMDQzNTdjYTk3Mzk2NGY0ZmU3OGJmNTAzYWFkNg"
        );
        let standard = SignForm {
            encode: Encode::Base64,
            ..SignForm::default()
        };
        assert_eq!(
            signed(ORDER, ERZ, standard).unwrap(),
            "rC+4UZIwBDV8qXOWT0/ni/UDqtY="
        );
        let md5 = SignForm {
            digest: Digest::Md5,
            encode: Encode::Hex,
            ..SignForm::default()
        };
        assert_eq!(
            signed("{product}{dest}{password}", ERZ, md5).unwrap(),
            "9e3f38ef91944fce96ddd968543d5533"
        );
    }

    #[test]
    fn the_wrong_signature_that_everybody_copies_is_not_ours() {
        let values = ["YUSUF", "X10", "08123456789", "2140669", "1144", "abcd"];
        let ours = signed(ORDER, values, SignForm::default()).unwrap();
        assert_ne!(ours, "vlrN9Yuu4xHAT8_bXIUHKw2NjHo");
    }

    #[rstest]
    #[case("0812|345")]
    #[case("0812\n345")]
    #[case("0812\u{e9}")]
    fn t_05_what_would_shift_a_boundary_is_not_signed(#[case] odd: &'static str) {
        for place in 0..6 {
            assert_eq!(signed(ORDER, with(place, odd), SignForm::default()), None);
        }
    }
}
