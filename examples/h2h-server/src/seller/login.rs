//! With what a buyer proves who it is: a member id, and a PIN and a password that belong to no person.

use std::fmt;

use eraflazz_core::text::{KeyId, TextError};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

/// The `memberID` of a buyer: 3 to 32 characters of `A-Z 0-9`, starting with a letter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BuyerId(String);

/// Keeps the ids of buyers apart from those of keys that sign requests.
const PREFIX: &str = "otomax-";

impl BuyerId {
    /// The rule in words.
    pub const RULE: &'static str = "3 to 32 characters of A-Z 0-9, starting with a letter";

    /// The id, if it keeps the rule.
    pub fn new(text: &str) -> Result<Self, TextError> {
        let is_one = (3..=32).contains(&text.len())
            && text.as_bytes()[0].is_ascii_uppercase()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_one {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError { rule: Self::RULE })
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of its key in the store.
    pub fn key(&self) -> Result<KeyId, TextError> {
        KeyId::new(&format!("{PREFIX}{}", self.0))
    }

    /// The buyer whose key this is; `None` for a key that signs requests.
    pub fn of_key(key: &KeyId) -> Option<Self> {
        Self::new(key.as_str().strip_prefix(PREFIX)?).ok()
    }
}

impl TryFrom<String> for BuyerId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        Self::new(&text)
    }
}

impl From<BuyerId> for String {
    fn from(id: BuyerId) -> Self {
        id.0
    }
}

impl std::str::FromStr for BuyerId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::new(text)
    }
}

impl fmt::Display for BuyerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a buyer signs with. Prints nothing.
#[derive(Clone, Debug)]
pub struct Login {
    /// The PIN: digits, as this family's programs want it.
    pub pin: SecretString,
    /// The password, in which the strength lies.
    pub password: SecretString,
}

/// Stands between the two in the store and in the signature; neither holds it.
const BORDER: char = '|';
const PIN_DIGITS: usize = 6;
/// Five bits each.
const PASSWORD_CHARACTERS: usize = 24;
/// Thirty-two characters that nobody takes for each other.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl Login {
    /// A login out of 32 bytes that nobody can guess.
    pub fn mint(random: &[u8; 32]) -> Self {
        let (head, tail) = random.split_at(PASSWORD_CHARACTERS);
        let password: String = head
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]))
            .collect();
        let number = tail
            .iter()
            .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        let pin = format!("{:0PIN_DIGITS$}", number % 1_000_000);
        Self {
            pin: pin.into(),
            password: password.into(),
        }
    }

    /// As one secret, for the vault.
    pub fn secret(&self) -> SecretString {
        let (pin, password) = (self.pin.expose_secret(), self.password.expose_secret());
        SecretString::from(format!("{pin}{BORDER}{password}"))
    }

    /// The login in a secret of the vault; `None` if there is none.
    pub fn of_secret(secret: &SecretString) -> Option<Self> {
        let (pin, password) = secret.expose_secret().split_once(BORDER)?;
        let is_whole = !pin.is_empty() && !password.is_empty() && !password.contains(BORDER);
        is_whole.then(|| Self {
            pin: pin.into(),
            password: password.into(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use eraflazz_core::member::ApiKey;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ERZ001", true)]
    #[case("AB1", true)]
    #[case("AB", false)]
    #[case("1ERZ", false)]
    #[case("erz001", false)]
    #[case("ERZ-001", false)]
    #[case("ERZ|01", false)]
    #[case("", false)]
    fn a_buyers_id_is_capital_letters_and_digits(#[case] text: &str, #[case] is_one: bool) {
        assert_eq!(BuyerId::new(text).is_ok(), is_one);
    }

    #[test]
    fn a_buyer_and_its_key_name_each_other() {
        let id = BuyerId::new("ERZ001").unwrap();
        let key = id.key().unwrap();
        assert_eq!(key.as_str(), "otomax-ERZ001");
        assert_eq!(BuyerId::of_key(&key), Some(id));
        assert_eq!(BuyerId::of_key(&KeyId::new("ek_live_0001").unwrap()), None);
    }

    #[test]
    fn t_14_a_login_is_long_and_signs_without_a_border_in_it() {
        let login = Login::mint(&[0xab; 32]);
        let (pin, password) = (login.pin.expose_secret(), login.password.expose_secret());
        assert_eq!((pin.len(), password.len()), (PIN_DIGITS, 24));
        assert!(pin.bytes().all(|byte| byte.is_ascii_digit()));
        assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        assert!(login.secret().expose_secret().len() >= ApiKey::SECRET_MIN);
        let back = Login::of_secret(&login.secret()).unwrap();
        assert_eq!(back.pin.expose_secret(), pin);
        assert_eq!(back.password.expose_secret(), password);
        for byte in 0..32 {
            let mut random = [0; 32];
            random[byte] = 1;
            let other = Login::mint(&random).secret();
            assert_ne!(
                other.expose_secret(),
                Login::mint(&[0; 32]).secret().expose_secret(),
                "byte {byte} counts"
            );
        }
    }

    #[rstest]
    #[case("")]
    #[case("|")]
    #[case("1234|")]
    #[case("|rahasia")]
    #[case("1234|raha|sia")]
    #[case("sk_sample_0123456789")]
    fn t_07_half_a_login_is_none(#[case] secret: &str) {
        assert!(Login::of_secret(&SecretString::from(secret)).is_none());
    }

    #[test]
    fn inv_37_a_printed_login_says_nothing() {
        let login = Login::mint(&[7; 32]);
        let printed = format!("{login:?}");
        assert!(!printed.contains(login.pin.expose_secret()), "{printed}");
    }
}
