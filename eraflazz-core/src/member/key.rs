//! Keys: with them programs speak for a member or for an operator, never for both. What a server of the `OtomaX` family signs with is a key of a kind of its own.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::scope::{Scope, Scopes};
use crate::ids::MemberId;
use crate::text::{KeyId, Operator};

/// A key with which a program speaks for a member or an operator. It cannot be serialised: stores seal the secret on their own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// Whom it speaks for.
    pub holder: KeyHolder,
    /// What requests are signed with.
    pub secret: SecretString,
    /// What it may do.
    pub scopes: Scopes,
    /// Where it may be used from; empty for anywhere, which a buyer's never is.
    pub networks: Vec<IpNet>,
    /// Whether it is still good.
    pub state: KeyState,
}

/// Whom a key speaks for. A member's key never administers, an operator's key never orders (T-3).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyHolder {
    /// A member, with `trx` scopes.
    Member(MemberId),
    /// A person or program that runs this server, with `admin` scopes; its name stands in the log of what it does.
    Operator(Operator),
    /// A server of the `OtomaX` family that orders for a member in its own dialect, by a PIN and a password under its sign. Neither is a person's, and
    /// neither opens anything else.
    Buyer(MemberId),
}

impl KeyHolder {
    /// The member, if it is one.
    pub const fn member(&self) -> Option<MemberId> {
        match self {
            Self::Member(member) | Self::Buyer(member) => Some(*member),
            Self::Operator(_) => None,
        }
    }

    /// Whether its keys sign requests of the API; a buyer's open the door for servers of the `OtomaX` family alone.
    pub const fn signs_requests(&self) -> bool {
        match self {
            Self::Member(_) | Self::Operator(_) => true,
            Self::Buyer(_) => false,
        }
    }
}

impl fmt::Display for KeyHolder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Member(member) => write!(f, "member {member}"),
            Self::Operator(operator) => write!(f, "operator {operator}"),
            Self::Buyer(member) => write!(f, "buyer for member {member}"),
        }
    }
}

/// Whether a key is still good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It is.
    Active,
    /// It is not, for ever.
    Revoked,
}

impl ApiKey {
    /// Fewest bytes of a secret (T-7).
    pub const SECRET_MIN: usize = 16;
    /// Most active keys of a holder at once: the old one and the new one while it changes over.
    pub const ACTIVE_MAX: usize = 2;

    /// True if the key is good for `scope`.
    pub fn allows(&self, scope: Scope) -> bool {
        self.state == KeyState::Active && self.scopes.contains(scope)
    }

    /// True if the key may be used from `address`. An IPv4 address counts the same however the socket wrapped it.
    pub fn allows_from(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let mapped = match address {
            IpAddr::V4(v4) => IpAddr::V6(Ipv4Addr::to_ipv6_mapped(&v4)),
            IpAddr::V6(_) => address,
        };
        self.networks.is_empty()
            || self
                .networks
                .iter()
                .any(|net| net.contains(&address) || net.contains(&mapped))
    }

    /// Whether this key may join the `existing` ones, those of everybody or of its own holder. A key that is among them already, by
    /// its id, is replaced and not counted twice.
    pub fn admit<'a>(&self, existing: impl IntoIterator<Item = &'a Self>) -> Result<(), KeyError> {
        let secret = self.secret.expose_secret();
        if secret.len() < Self::SECRET_MIN || secret.trim().len() < Self::SECRET_MIN {
            return Err(KeyError::WeakSecret);
        }
        let administers = self.holder.member().is_none();
        if self
            .scopes
            .iter()
            .any(|scope| scope.is_admin() != administers)
        {
            return Err(KeyError::ForeignScope);
        }
        if self.scopes.contains(Scope::TrxPlain) && self.holder.signs_requests() {
            return Err(KeyError::ForeignScope);
        }
        if self.networks.is_empty() && !self.holder.signs_requests() {
            return Err(KeyError::Anywhere);
        }
        let mut active = usize::from(self.state == KeyState::Active);
        for key in existing {
            if key.id == self.id {
                if key.holder != self.holder {
                    return Err(KeyError::Taken);
                }
                if key.state == KeyState::Revoked && self.state == KeyState::Active {
                    return Err(KeyError::Revoked);
                }
            } else if key.holder == self.holder && key.state == KeyState::Active {
                active += 1;
            }
        }
        if self.state == KeyState::Active && active > Self::ACTIVE_MAX {
            return Err(KeyError::TooMany);
        }
        Ok(())
    }
}

/// Why a key was not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Too short to keep anybody out.
    #[error("a secret has at least {} characters", ApiKey::SECRET_MIN)]
    WeakSecret,
    /// A member's key would administer, or an operator's key would order (T-3).
    #[error(
        "a member's key has trx scopes only, an operator's key admin scopes only, and trx:plain is for buyers alone"
    )]
    ForeignScope,
    /// Somebody else has a key with this id.
    #[error("the key id is taken")]
    Taken,
    /// A revoked key stays revoked.
    #[error("the key was revoked and cannot be active again")]
    Revoked,
    /// There are two active ones already.
    #[error("a holder has at most {} active keys at once", ApiKey::ACTIVE_MAX)]
    TooMany,
    /// A signature of a buyer holds no time and can be sent again for ever, so it counts only where it comes from.
    #[error("a buyer's key is good at named addresses only")]
    Anywhere,
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn member(number: u128) -> KeyHolder {
        KeyHolder::Member(MemberId(uuid::Uuid::from_u128(number)))
    }

    fn key(id: &str, owner: u128, state: KeyState) -> ApiKey {
        ApiKey {
            id: KeyId::new(id).unwrap(),
            holder: member(owner),
            secret: SecretString::from("sample-secret-of-32-characters!!"),
            scopes: Scopes::of(&[Scope::TrxRead, Scope::TrxWrite]),
            networks: Vec::new(),
            state,
        }
    }

    #[test]
    fn t_03_revoked_keys_may_nothing() {
        let mut key = key("ek_test_a", 1, KeyState::Active);
        assert!(key.allows(Scope::TrxRead) && key.allows(Scope::TrxWrite));
        assert!(!key.allows(Scope::Admin) && !key.allows(Scope::AdminRead));
        key.state = KeyState::Revoked;
        assert!(!key.allows(Scope::TrxRead));
    }

    #[test]
    fn t_03_a_key_speaks_for_a_member_or_for_an_operator() {
        let operator = KeyHolder::Operator(Operator::new("budi").unwrap());
        for (holder, scope, admitted) in [
            (member(1), Scope::TrxWrite, true),
            (member(1), Scope::Admin, false),
            (member(1), Scope::AdminRead, false),
            (operator.clone(), Scope::AdminRead, true),
            (operator.clone(), Scope::Admin, true),
            (operator, Scope::TrxRead, false),
        ] {
            let key = ApiKey {
                holder,
                scopes: Scopes::of(&[scope]),
                ..key("ek_test_a", 1, KeyState::Active)
            };
            let expected = if admitted {
                Ok(())
            } else {
                Err(KeyError::ForeignScope)
            };
            assert_eq!(key.admit([]), expected, "{key:?}");
        }
    }

    #[test]
    fn t_03_a_buyers_key_has_addresses_and_signs_nothing_else() {
        let buyer = KeyHolder::Buyer(MemberId(uuid::Uuid::from_u128(1)));
        let with = |scopes: &[Scope], networks: &[&str], holder: &KeyHolder| ApiKey {
            holder: holder.clone(),
            scopes: Scopes::of(scopes),
            networks: networks.iter().map(|net| net.parse().unwrap()).collect(),
            ..key("ek_test_a", 1, KeyState::Active)
        };
        let plain = [Scope::TrxWrite, Scope::TrxRead, Scope::TrxPlain];
        assert_eq!(with(&plain, &["10.0.0.1/32"], &buyer).admit([]), Ok(()));
        assert_eq!(with(&plain, &[], &buyer).admit([]), Err(KeyError::Anywhere));
        assert_eq!(
            with(&plain, &["10.0.0.1/32"], &member(1)).admit([]),
            Err(KeyError::ForeignScope)
        );
        assert_eq!(
            with(&[Scope::Admin], &["10.0.0.1/32"], &buyer).admit([]),
            Err(KeyError::ForeignScope)
        );
        assert_eq!(buyer.member(), member(1).member());
        assert!(!buyer.signs_requests() && member(1).signs_requests());
    }

    /// They are counted apart: a member that changes over from one door to the other keeps what it has.
    #[test]
    fn a_members_keys_and_its_buyers_are_counted_apart() {
        let all = ["ek_test_a", "ek_test_b"].map(|id| key(id, 1, KeyState::Active));
        let mut buyer = key("otomax-ERZ001", 1, KeyState::Active);
        buyer.holder = KeyHolder::Buyer(MemberId(uuid::Uuid::from_u128(1)));
        buyer.networks = vec!["10.0.0.1/32".parse().unwrap()];
        assert_eq!(buyer.admit(&all), Ok(()));
    }

    #[rstest]
    #[case(&[], "203.0.113.9", true)]
    #[case(&["10.0.0.0/8"], "10.1.2.3", true)]
    #[case(&["10.0.0.0/8"], "::ffff:10.1.2.3", true)]
    #[case(&["::ffff:10.0.0.0/104"], "10.1.2.3", true)]
    #[case(&["10.0.0.0/8"], "11.1.2.3", false)]
    #[case(&["10.0.0.0/8"], "::ffff:11.1.2.3", false)]
    #[case(&["10.0.0.0/8"], "::1", false)]
    #[case(&["2001:db8::/32", "10.0.0.0/8"], "2001:db8::1", true)]
    #[case(&["2001:db8::/32"], "2001:db9::1", false)]
    fn a_key_is_good_where_its_networks_say(
        #[case] networks: &[&str],
        #[case] address: &str,
        #[case] allowed: bool,
    ) {
        let mut key = key("ek_test_a", 1, KeyState::Active);
        key.networks = networks.iter().map(|net| net.parse().unwrap()).collect();
        assert_eq!(key.allows_from(address.parse().unwrap()), allowed);
    }

    #[test]
    fn a_member_has_at_most_two_active_keys() {
        let a = key("ek_test_a", 1, KeyState::Active);
        let b = key("ek_test_b", 1, KeyState::Active);
        let old = key("ek_test_c", 1, KeyState::Revoked);
        let other = key("ek_test_d", 2, KeyState::Active);
        let all = [a.clone(), b, old.clone(), other.clone()];

        let third = key("ek_test_e", 1, KeyState::Active);
        assert_eq!(third.admit(&all), Err(KeyError::TooMany));
        assert_eq!(third.admit(&all[1..]), Ok(()));
        assert_eq!(a.admit(&all), Ok(()), "replaced, not counted twice");
        let back = ApiKey {
            state: KeyState::Active,
            ..old
        };
        assert_eq!(back.admit(&all[2..]), Err(KeyError::Revoked));
        let stolen = ApiKey {
            holder: member(1),
            ..other
        };
        assert_eq!(stolen.admit(&all[3..]), Err(KeyError::Taken));
    }

    #[rstest]
    #[case("")]
    #[case("null")]
    #[case("123456789012345")]
    #[case("                                ")]
    fn t_07_weak_secrets_are_refused(#[case] secret: &str) {
        let mut key = key("ek_test_a", 1, KeyState::Active);
        key.secret = SecretString::from(secret);
        assert_eq!(key.admit([]), Err(KeyError::WeakSecret));
    }

    #[test]
    fn inv_37_a_printed_key_keeps_its_secret() {
        let printed = format!("{:?}", key("ek_test_a", 1, KeyState::Active));
        assert!(!printed.contains("sample-secret"), "{printed}");
    }

    #[test]
    fn keys_are_read_from_settings() {
        let text = r#"{"id":"ek_test_abc","holder":{"member":"00000000-0000-0000-0000-000000000001"},
            "secret":"sample-secret-0000","scopes":["trx:read"],"networks":["10.0.0.0/8"],"state":"active"}"#;
        let key: ApiKey = serde_json::from_str(text).unwrap();
        assert!(key.allows(Scope::TrxRead) && !key.allows(Scope::TrxWrite));
        assert_eq!(key.holder, member(1));
        assert!(serde_json::from_str::<ApiKey>(&text.replace("trx:read", "trx:*")).is_err());
    }
}
