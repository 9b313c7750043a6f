//! What a key may do.

use serde::{Deserialize, Serialize};

/// One thing that a key may do (D41). The `trx` scopes are a member's, the `admin` scopes an operator's (T-3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// Place and cancel orders.
    #[serde(rename = "trx:write")]
    TrxWrite,
    /// Read orders, balance, products and mutations.
    #[serde(rename = "trx:read")]
    TrxRead,
    /// Everything that an operator may do, issuing keys of operators included.
    #[serde(rename = "admin:*")]
    Admin,
    /// Look at everything.
    #[serde(rename = "admin:read")]
    AdminRead,
    /// Move money: deposits, supplier floats, rulings about orders, frozen wallets, credit.
    #[serde(rename = "admin:money")]
    AdminMoney,
    /// Change what is sold, through whom and for how much.
    #[serde(rename = "admin:catalog")]
    AdminCatalog,
    /// Change members and their keys.
    #[serde(rename = "admin:members")]
    AdminMembers,
    /// Say a PIN and a password in clear instead of signing with them: for buyers whose server cannot sign.
    #[serde(rename = "trx:plain")]
    TrxPlain,
}

impl Scope {
    const ALL: [Self; 8] = [
        Self::TrxWrite,
        Self::TrxRead,
        Self::Admin,
        Self::AdminRead,
        Self::AdminMoney,
        Self::AdminCatalog,
        Self::AdminMembers,
        Self::TrxPlain,
    ];

    const fn bit(self) -> u8 {
        match self {
            Self::TrxWrite => 1,
            Self::TrxRead => 2,
            Self::Admin => 4,
            Self::AdminRead => 8,
            Self::AdminMoney => 16,
            Self::AdminCatalog => 32,
            Self::AdminMembers => 64,
            Self::TrxPlain => 128,
        }
    }

    /// Whether it is an operator's scope, never a member's.
    pub const fn is_admin(self) -> bool {
        match self {
            Self::TrxWrite | Self::TrxRead | Self::TrxPlain => false,
            Self::Admin
            | Self::AdminRead
            | Self::AdminMoney
            | Self::AdminCatalog
            | Self::AdminMembers => true,
        }
    }

    /// Its name in files and answers.
    pub const fn word(self) -> &'static str {
        match self {
            Self::TrxWrite => "trx:write",
            Self::TrxRead => "trx:read",
            Self::Admin => "admin:*",
            Self::AdminRead => "admin:read",
            Self::AdminMoney => "admin:money",
            Self::AdminCatalog => "admin:catalog",
            Self::AdminMembers => "admin:members",
            Self::TrxPlain => "trx:plain",
        }
    }
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

    /// True if `scope` is one of them. `admin:*` stands for every scope of operators; nothing else implies another.
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0 || (scope.is_admin() && self.0 & Scope::Admin.bit() != 0)
    }

    /// The scopes as they were given, in one order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL
            .into_iter()
            .filter(move |scope| self.0 & scope.bit() != 0)
    }
}

impl From<Vec<Scope>> for Scopes {
    fn from(scopes: Vec<Scope>) -> Self {
        Self::of(&scopes)
    }
}

impl From<Scopes> for Vec<Scope> {
    fn from(scopes: Scopes) -> Self {
        scopes.iter().collect()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn t_03_only_the_whole_of_administration_implies_a_part_of_it() {
        for given in Scope::ALL {
            let scopes = Scopes::of(&[given]);
            for asked in Scope::ALL {
                let expected = given == asked || (given == Scope::Admin && asked.is_admin());
                assert_eq!(scopes.contains(asked), expected, "{given:?} {asked:?}");
            }
        }
    }

    #[test]
    fn a_set_is_written_as_it_was_given() {
        for scope in Scope::ALL {
            let text = serde_json::to_string(&Scopes::of(&[scope])).unwrap();
            assert_eq!(text, format!("[\"{}\"]", scope.word()));
            let back: Scopes = serde_json::from_str(&text).unwrap();
            assert_eq!(back, Scopes::of(&[scope]));
        }
        assert!(serde_json::from_str::<Scopes>(r#"["trx:*"]"#).is_err());
    }
}
