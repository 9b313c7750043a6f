//! The signature over what a buyer asks: SHA-1 of a text that ends in PIN and password, in base64. Pure.
//!
//! Source: sellers' manuals, several of which agree; there is no official specification. Nothing in it is fresh and the quantity is not covered, so
//! it proves who speaks and what is meant, never that it is meant again.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use secrecy::ExposeSecret;

use super::login::Login;

/// Bytes of the digest.
const BYTES: usize = 20;

/// What is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed<'a> {
    /// An order, or a question about one.
    Order {
        /// The buyer's id, as it was sent.
        member: &'a str,
        /// The product's code, as it was sent.
        product: &'a str,
        /// The destination, as it was sent.
        dest: &'a str,
        /// The buyer's reference.
        ref_id: &'a str,
    },
    /// A question about the deposit.
    Balance {
        /// The buyer's id, as it was sent.
        member: &'a str,
    },
    /// A deposit ticket.
    Ticket {
        /// The buyer's id, as it was sent.
        member: &'a str,
        /// The amount, as it was sent.
        amount: &'a str,
    },
}

impl Signed<'_> {
    /// Every text that may have been signed: as it was sent and with the codes in capitals, since some programs change them before they sign and others
    /// after; and the two forms of a question about the deposit.
    fn texts(self, login: &Login) -> Vec<String> {
        let (pin, password) = (login.pin.expose_secret(), login.password.expose_secret());
        match self {
            Self::Order {
                member,
                product,
                dest,
                ref_id,
            } => {
                let text = |member: &str, product: &str| {
                    format!("OtomaX|{member}|{product}|{dest}|{ref_id}|{pin}|{password}")
                };
                vec![
                    text(member, product),
                    text(&member.to_ascii_uppercase(), &product.to_ascii_uppercase()),
                ]
            }
            Self::Balance { member } => [member.to_owned(), member.to_ascii_uppercase()]
                .iter()
                .flat_map(|member| {
                    [
                        format!("OtomaX|CheckBalance|{member}|{pin}|{password}"),
                        format!("OtomaX|{member}||||{pin}|{password}"),
                    ]
                })
                .collect(),
            Self::Ticket { member, amount } => [member.to_owned(), member.to_ascii_uppercase()]
                .iter()
                .map(|member| format!("OtomaX|ticket|{member}|{pin}|{password}|{amount}"))
                .collect(),
        }
    }

    /// Whether every field keeps its boundaries: a `|` in one would be the end of it in another reading (T-5).
    fn is_plain(&self) -> bool {
        let fields: &[&str] = match self {
            Self::Order {
                member,
                product,
                dest,
                ref_id,
            } => &[member, product, dest, ref_id],
            Self::Balance { member } => &[member],
            Self::Ticket { member, amount } => &[member, amount],
        };
        fields.iter().all(|field| {
            field
                .bytes()
                .all(|byte| (0x20..0x7F).contains(&byte) && byte != b'|')
        })
    }
}

/// Whether `sign` is this login's over what is asked. Every text is tried whatever the ones before it gave, and a signature of a wrong form costs what a
/// wrong one does (T-8, T-28).
pub fn is_signed(signed: Signed<'_>, login: &Login, sign: &str) -> bool {
    let (given, has_form) = match decode(sign) {
        Some(bytes) => (bytes, true),
        None => ([0; BYTES], false),
    };
    let mut is_right = false;
    for text in signed.texts(login) {
        let ours = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        is_right |= verify_slices_are_equal(ours.as_ref(), &given).is_ok();
    }
    is_right & has_form & signed.is_plain()
}

/// Whether PIN and password are this login's, said in clear. Both are compared whatever the first one gave.
pub fn is_login(login: &Login, pin: &str, password: &str) -> bool {
    let same = |ours: &str, theirs: &str| {
        // By their digests: so their lengths are equal, and nothing is told by how long it takes.
        let ours = digest(&aws_lc_rs::digest::SHA256, ours.as_bytes());
        let theirs = digest(&aws_lc_rs::digest::SHA256, theirs.as_bytes());
        verify_slices_are_equal(ours.as_ref(), theirs.as_ref()).is_ok()
    };
    same(login.pin.expose_secret(), pin) & same(login.password.expose_secret(), password)
}

/// The twenty bytes that `sign` spells: base64 of either alphabet, padded or not; a plus that a query has turned into a blank is a plus.
fn decode(sign: &str) -> Option<[u8; BYTES]> {
    let sign = sign.replace(' ', "+");
    let bare = sign.strip_suffix('=').unwrap_or(&sign);
    if bare.len() != 27 {
        return None;
    }
    let standard = format!("{bare}=");
    let bytes = Base64UrlUnpadded::decode_vec(bare)
        .or_else(|_| Base64::decode_vec(&standard))
        .ok()?;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn login(pin: &str, password: &str) -> Login {
        Login {
            pin: pin.into(),
            password: password.into(),
        }
    }

    fn order([member, product, dest, ref_id]: [&str; 4]) -> Signed<'_> {
        Signed::Order {
            member,
            product,
            dest,
            ref_id,
        }
    }

    const ERZ: [&str; 4] = ["ERZ001", "S10", "081234567890", "900001"];
    const SIGN: &str = "rC-4UZIwBDV8qXOWT0_ni_UDqtY";

    fn erz() -> Login {
        login("1234", "rahasia")
    }

    #[rstest]
    #[case::v00(["YUSUF", "X10", "08123456789", "2140669"], "1144", "abcd", "Cp9NLVuKWBt5Sey_uMlYsvnKvJI")]
    #[case::v01(ERZ, "1234", "rahasia", SIGN)]
    #[case::v02_as_sent(["erz001", "s10", "081234567890", "900001"], "1234", "rahasia", "32hz_wR0va1DG_9Mqf7rEfck9Do")]
    #[case::v01_of_small_letters(["erz001", "s10", "081234567890", "900001"], "1234", "rahasia", SIGN)]
    #[case::v03(["ERZ001", "S10", "081234567890", "900010"], "1234", "rahasia", "yCDIi6gRdi7zRSn_t-vKhg1oCXM")]
    #[case::v04(["ERZ001", "S10", "081234567890", "900055"], "1234", "rahasia", "_IIyoWVf-HNH_TwgK0EUmdw59fA")]
    #[case::v05(["ERZ001", "BBSDN", "081234567890", "900002"], "1234", "rahasia", "nDgiAntO6lQsaweQpMwxKO5OL3U")]
    #[case::v06(["OX0003", "PLN20", "530012345678", "A-77"], "4321", "S3cr3t#9&=%", "6FicT6EkdZC73USf2nu7U9Hn664")]
    #[case::v07(["ERZ001", "S10", "6281234567890", "900001"], "1234", "rahasia", "i3sGcJU9xz3pnf6CKu623Z2FP-A")]
    #[case::v08(ERZ, "1234", "Rahasia", "zRHyC6HQxbU8zQyERVk-dhOkWck")]
    fn orders_are_verified_as_the_vectors_say(
        #[case] fields: [&str; 4],
        #[case] pin: &str,
        #[case] password: &str,
        #[case] sign: &str,
    ) {
        assert!(is_signed(order(fields), &login(pin, password), sign));
    }

    #[rstest]
    #[case::v09("lLXcFWXNIdf7_yYExxOZ20kUOCg", true)]
    #[case::v10_other_case("loy80tircBhaIezUIXLUDAHwuUY", false)]
    #[case::v11("KVKwJFWhP3ZHDzEa_pWdvdlDYhA", true)]
    #[case::v14_other_prefix("Hi3w0KYpljgqdfUYkRX-82eT-BQ", false)]
    fn the_deposit_is_asked_for_in_two_forms(#[case] sign: &str, #[case] is_right: bool) {
        let asked = Signed::Balance { member: "ERZ001" };
        assert_eq!(is_signed(asked, &erz(), sign), is_right);
        let asked = Signed::Balance { member: "erz001" };
        assert_eq!(is_signed(asked, &erz(), sign), is_right);
    }

    #[test]
    fn v12_a_ticket_is_signed_with_its_amount() {
        let ticket = |amount| Signed::Ticket {
            member: "ERZ001",
            amount,
        };
        let sign = "XPi19ZDNdOTPdCtspjFxktaT-Uk";
        assert!(is_signed(ticket("1000000"), &erz(), sign));
        assert!(!is_signed(ticket("1000001"), &erz(), sign));
    }

    #[rstest]
    #[case::v13_other_prefix("0FOw67P1yqwiW9oOLplH12owQLM")]
    #[case::v15_other_spelling("OLcLHhDV0W5gkhL9nNv-tpSq2x0")]
    #[case::v16_of_the_hex_text("YWMyZmI4NTE5MjMwMDQzNTdjYTk3Mzk2NGY0ZmU3OGJmNTAzYWFkNg")]
    #[case::the_balances("lLXcFWXNIdf7_yYExxOZ20kUOCg")]
    #[case::of_another_ref("yCDIi6gRdi7zRSn_t-vKhg1oCXM")]
    #[case::hex("ac2fb851923004357ca973964f4fe78bf503aad6")]
    #[case::cut_off("rC-4UZIwBDV8qXOWT0_ni_UDqt")]
    #[case::longer("rC-4UZIwBDV8qXOWT0_ni_UDqtYA")]
    #[case::twice_padded("rC-4UZIwBDV8qXOWT0_ni_UDqtY==")]
    #[case::wrong_case("RC-4UZIwBDV8qXOWT0_ni_UDqtY")]
    #[case::no_base64("rC-4UZIwBDV8qXOWT0_ni_UDqt!")]
    #[case::mixed_alphabets("rC+4UZIwBDV8qXOWT0_ni_UDqtY")]
    #[case::zeros("AAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    #[case::fullwidth("ｒC-4UZIwBDV8qXOWT0_ni_UDqtY")]
    #[case::nothing("")]
    fn t_08_no_other_signature_is_right(#[case] sign: &str) {
        assert!(!is_signed(order(ERZ), &erz(), sign));
    }

    /// One page prints this in a comment beside the right one. It is no SHA-1 of that input.
    #[test]
    fn the_misprint_that_everybody_copies_is_refused() {
        let fields = ["YUSUF", "X10", "08123456789", "2140669"];
        let sign = "vlrN9Yuu4xHAT8_bXIUHKw2NjHo";
        assert!(!is_signed(order(fields), &login("1144", "abcd"), sign));
    }

    #[rstest]
    #[case::padded("rC-4UZIwBDV8qXOWT0_ni_UDqtY=")]
    #[case::standard("rC+4UZIwBDV8qXOWT0/ni/UDqtY")]
    #[case::standard_padded("rC+4UZIwBDV8qXOWT0/ni/UDqtY=")]
    #[case::plus_as_a_blank("rC 4UZIwBDV8qXOWT0/ni/UDqtY=")]
    fn the_alphabet_and_the_padding_do_not_matter(#[case] sign: &str) {
        assert!(is_signed(order(ERZ), &erz(), sign));
    }

    /// `dest=0812|345` with one reference reads like `dest=0812` with another: the same text, the same signature.
    #[rstest]
    #[case(["ERZ001", "S10", "0812|34", "5"], ["ERZ001", "S10", "0812", "34|5"])]
    #[case(["ERZ001|S10", "0812", "3", "4"], ["ERZ001", "S10|0812", "3", "4"])]
    fn t_05_a_border_in_a_field_is_never_signed(#[case] one: [&str; 4], #[case] other: [&str; 4]) {
        let text = order(one).texts(&erz()).remove(0);
        assert_eq!(text, order(other).texts(&erz()).remove(0));
        let bytes = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        let sign = Base64UrlUnpadded::encode_string(bytes.as_ref());
        assert!(!is_signed(order(one), &erz(), &sign));
        assert!(!is_signed(order(other), &erz(), &sign));
    }

    #[test]
    fn in_clear_both_must_be_right() {
        let login = erz();
        assert!(is_login(&login, "1234", "rahasia"));
        for (pin, password) in [
            ("1234", "Rahasia"),
            ("1234", "rahasi"),
            ("1235", "rahasia"),
            ("123", "rahasia"),
            ("", ""),
            ("rahasia", "1234"),
            ("1234|rahasia", ""),
        ] {
            assert!(!is_login(&login, pin, password), "{pin} {password}");
        }
    }
}
