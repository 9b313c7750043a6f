//! Members (agen, reseller): who orders, on which terms, with which keys.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::catalog::TierId;
use crate::ids::MemberId;
use crate::money::Money;
use crate::text::{KeyId, Slug};

/// A member and the terms it orders on. Its money is in its wallet, which belongs to the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its identity for ever.
    pub id: MemberId,
    /// What people call it, unique.
    pub code: Slug,
    /// Its name for people.
    pub name: String,
    /// Whose prices it pays.
    pub tier: TierId,
    /// Person or program.
    pub kind: MemberKind,
    /// Who brought it in.
    pub upline: Option<MemberId>,
    /// How far below zero its `available` may go (INV-4); zero or more.
    pub credit_limit: Money,
    /// Whether it may order. Orders already open finish either way (E-34).
    pub status: MemberStatus,
    /// How a purchase repeated by mistake is recognised.
    pub guard_policy: GuardPolicy,
    /// Who bears a success that comes after the money went back.
    pub late_success: LateSuccess,
    /// How often it may call.
    pub limits: MemberLimits,
    /// Whether a number of another operator is refused rather than warned about.
    pub strict_operator: bool,
}

impl Member {
    /// An active member of this kind on its kind's usual terms: no credit, late successes reclaimed.
    pub fn new(id: MemberId, code: Slug, tier: TierId, kind: MemberKind) -> Self {
        Self {
            id,
            name: code.as_str().to_owned(),
            code,
            tier,
            kind,
            upline: None,
            credit_limit: Money::ZERO,
            status: MemberStatus::Active,
            guard_policy: kind.guard_policy(),
            late_success: LateSuccess::Reclaim,
            limits: kind.limits(),
            strict_operator: false,
        }
    }
}

/// What kind of customer a member is; decides the defaults only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberKind {
    /// A person at a counter.
    Shop,
    /// Another server (host-to-host).
    H2h,
}

impl MemberKind {
    /// A person may press twice; a program's new reference is its intent (INV-19).
    pub const fn guard_policy(self) -> GuardPolicy {
        match self {
            Self::Shop => GuardPolicy::ByDayCounter,
            Self::H2h => GuardPolicy::ByRef,
        }
    }

    /// The call limits that a member of this kind starts with.
    pub const fn limits(self) -> MemberLimits {
        let (orders, reads) = match self {
            Self::Shop => (60, 120),
            Self::H2h => (12_000, 12_000),
        };
        MemberLimits {
            orders_per_minute: Some(orders),
            reads_per_minute: Some(reads),
            price_lists_per_minute: Some(6),
        }
    }
}

/// Whether a member may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemberStatus {
    /// It may.
    Active,
    /// It may not.
    Suspended,
}

/// How a purchase repeated by mistake is recognised (INV-19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardPolicy {
    /// Same day, product, destination and counter: the same purchase.
    ByDayCounter,
    /// Only the same reference is the same purchase.
    ByRef,
}

/// Who bears a success that comes after the money went back (D36, E-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateSuccess {
    /// The member: charged up to what is available, the rest is owed.
    Reclaim,
    /// The house.
    Absorb,
}

/// How often a member may call, per minute; `None` for as often as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberLimits {
    /// Orders.
    pub orders_per_minute: Option<u32>,
    /// Reads of orders, balance and mutations.
    pub reads_per_minute: Option<u32>,
    /// Reads of the price list.
    pub price_lists_per_minute: Option<u32>,
}

impl MemberLimits {
    /// No limits: for demonstrations, benches and sandboxes.
    pub const UNLIMITED: Self = Self {
        orders_per_minute: None,
        reads_per_minute: None,
        price_lists_per_minute: None,
    };
}

/// A key with which a program speaks for a member. It cannot be serialised: stores seal the secret on their own.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// Whom it speaks for.
    pub member: MemberId,
    /// What requests are signed with.
    pub secret: SecretString,
    /// What it may do.
    pub scopes: Scopes,
    /// Where it may be used from; empty for anywhere.
    pub networks: Vec<IpNet>,
    /// Whether it is still good.
    pub state: KeyState,
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
    /// Most active keys of a member at once: the old one and the new one while it changes over.
    pub const ACTIVE_MAX: usize = 2;

    /// True if the key is good for `scope`. No scope implies another.
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

    /// Whether this key may join the `existing` ones, those of all members or of its own. A key that is among them already, by
    /// its id, is replaced and not counted twice.
    pub fn admit<'a>(&self, existing: impl IntoIterator<Item = &'a Self>) -> Result<(), KeyError> {
        let secret = self.secret.expose_secret();
        if secret.len() < Self::SECRET_MIN || secret.trim().len() < Self::SECRET_MIN {
            return Err(KeyError::WeakSecret);
        }
        let mut active = usize::from(self.state == KeyState::Active);
        for key in existing {
            if key.id == self.id {
                if key.member != self.member {
                    return Err(KeyError::Taken);
                }
                if key.state == KeyState::Revoked && self.state == KeyState::Active {
                    return Err(KeyError::Revoked);
                }
            } else if key.member == self.member && key.state == KeyState::Active {
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
    /// Another member has a key with this id.
    #[error("the key id is taken")]
    Taken,
    /// A revoked key stays revoked.
    #[error("the key was revoked and cannot be active again")]
    Revoked,
    /// There are two active ones already.
    #[error("a member has at most {} active keys at once", ApiKey::ACTIVE_MAX)]
    TooMany,
}

/// One thing that a key may do (D41).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Place and cancel orders.
    #[serde(rename = "trx:write")]
    TrxWrite,
    /// Read orders, balance, products and mutations.
    #[serde(rename = "trx:read")]
    TrxRead,
    /// Act as an operator.
    #[serde(rename = "admin:*")]
    Admin,
}

/// What a key may do, as a set. In files a list: `["trx:write", "trx:read"]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Scope>", into = "Vec<Scope>")]
pub struct Scopes(u8);

impl Scopes {
    /// These scopes.
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |set, scope| set | scope.bit()))
    }

    /// True if `scope` is one of them.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }
}

impl Scope {
    const ALL: [Self; 3] = [Self::TrxWrite, Self::TrxRead, Self::Admin];

    const fn bit(self) -> u8 {
        match self {
            Self::TrxWrite => 1,
            Self::TrxRead => 2,
            Self::Admin => 4,
        }
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        Self::of(&scopes)
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        Scope::ALL
            .into_iter()
            .filter(|scope| scopes.contains(*scope))
            .collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use rstest::rstest;

    use super::*;

    fn member(number: u128) -> MemberId {
        MemberId(uuid::Uuid::from_u128(number))
    }

    fn key(id: &str, owner: u128, state: KeyState) -> ApiKey {
        ApiKey {
            id: KeyId::new(id).unwrap(),
            member: member(owner),
            secret: SecretString::from("sample-secret-of-32-characters!!"),
            scopes: Scopes::of(&[Scope::TrxRead, Scope::TrxWrite]),
            networks: Vec::new(),
            state,
        }
    }

    #[test]
    fn the_kind_of_member_decides_the_defaults() {
        let new = |kind| Member::new(member(1), Slug::new("shop1").unwrap(), TierId(0), kind);
        let shop = new(MemberKind::Shop);
        assert_eq!(shop.guard_policy, GuardPolicy::ByDayCounter);
        assert_eq!(shop.limits.orders_per_minute, Some(60));
        assert_eq!(shop.limits.reads_per_minute, Some(120));
        let h2h = new(MemberKind::H2h);
        assert_eq!(h2h.guard_policy, GuardPolicy::ByRef);
        assert_eq!(h2h.limits.orders_per_minute, Some(12_000));
        assert_eq!(h2h.limits.price_lists_per_minute, Some(6));
    }

    #[test]
    fn t_03_no_scope_implies_another_and_revoked_keys_have_none() {
        let mut key = key("ek_test_a", 1, KeyState::Active);
        assert!(key.allows(Scope::TrxRead) && key.allows(Scope::TrxWrite));
        assert!(!key.allows(Scope::Admin));
        key.scopes = Scopes::of(&[Scope::Admin]);
        assert!(!key.allows(Scope::TrxRead) && !key.allows(Scope::TrxWrite));
        key.state = KeyState::Revoked;
        assert!(!key.allows(Scope::Admin));
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
            member: member(1),
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
        let text = r#"{"id":"ek_test_abc","member":"00000000-0000-0000-0000-000000000001",
            "secret":"sample-secret-0000","scopes":["trx:read","admin:*"],"networks":["10.0.0.0/8"],"state":"active"}"#;
        let key: ApiKey = serde_json::from_str(text).unwrap();
        assert!(key.allows(Scope::Admin) && !key.allows(Scope::TrxWrite));
        assert_eq!(
            serde_json::to_string(&key.scopes).unwrap(),
            r#"["trx:read","admin:*"]"#
        );
        assert!(serde_json::from_str::<ApiKey>(&text.replace("trx:read", "trx:*")).is_err());
    }
}
