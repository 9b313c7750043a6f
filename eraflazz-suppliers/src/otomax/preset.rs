//! Ready settings for the common flavours of this family.
//!
//! Source: sellers' manuals and open clients. What a flavour's servers have in common is here; what differs between two of them (addresses, accounts,
//! what they promise) is not.

use eraflazz_core::supplier::{Profile, Status};
use secrecy::SecretString;
use serde::Deserialize;

use super::Config;
use super::report::ReportForm;

/// A flavour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// `OtomaX` with a signature; asks with `check=1`.
    #[default]
    OtomaxSign,
    /// The same with another signature over the question about the deposit.
    OtomaxBalance2,
    /// `OtomaX` with PIN and password in clear.
    OtomaxPlain,
    /// `OkeConnect`: as [`OtomaxPlain`](Self::OtomaxPlain), behind an address that ends in `/trx`.
    Okeconnect,
    /// Serpul without a signature: with a user name, and no question that does not buy.
    Serpul,
    /// IRS: with a user name, and no question that does not buy.
    Irs,
    /// R-ONE: its own prefix in the signature, and no question that does not buy.
    ROne,
}

impl Preset {
    /// Settings of a server of this flavour. Where it has no question that does not buy, `profile.status` becomes [`Status::None`], unless it says
    /// [`Status::Resubmit`].
    pub fn config(
        self,
        base: impl Into<String>,
        member: impl Into<String>,
        pin: impl Into<SecretString>,
        password: impl Into<SecretString>,
        profile: Profile,
    ) -> Config {
        let usual = Config::new(base, member, pin, password, profile);
        let plain = |path: &str, balance: &str| {
            let order = format!(
                "GET {path}?product={{product}}&qty={{qty}}&dest={{dest}}&refID={{ref}}&memberID={{member}}&pin={{pin}}&password={{password}}"
            );
            Config {
                status: Some(format!("{order}&check=1")),
                order,
                balance: Some(format!(
                    "GET {balance}?memberID={{member}}&pin={{pin}}&password={{password}}"
                )),
                ..unsigned(usual.clone())
            }
        };
        match self {
            Self::OtomaxSign => usual,
            Self::OtomaxBalance2 => Config {
                sign_balance: Some("OtomaX|{member}||||{pin}|{password}".to_owned()),
                ..usual
            },
            Self::OtomaxPlain => plain("/trx", "/balance"),
            Self::Okeconnect => plain("", "/balance"),
            Self::Serpul => without_question(Config {
                order: "GET /without-sign/trx?memberID={member}&pin={pin}&user={user}&password={password}&product={product}&dest={dest}&refID={ref}&counter=1".to_owned(),
                balance: None,
                ..unsigned(usual)
            }),
            Self::Irs => without_question(Config {
                order: "GET /api/h2h?id={member}&pin={pin}&user={user}&pass={password}&kodeproduk={product}&tujuan={dest}&counter=1&idtrx={ref}".to_owned(),
                balance: None,
                report: ReportForm::Irs,
                ..unsigned(usual)
            }),
            Self::ROne => without_question(Config {
                order: "GET /V1/http-get-sign?product={product}&dest={dest}&refID={ref}&memberID={member}&qty={qty}&sign={sign}".to_owned(),
                sign_order: Some(
                    "R-ONE|{member}|{product}|{dest}|{ref}|{pin}|{password}".to_owned(),
                ),
                balance: None,
                ticket: None,
                sign_balance: None,
                sign_ticket: None,
                ..usual
            }),
        }
    }
}

fn unsigned(config: Config) -> Config {
    Config {
        sign_order: None,
        ticket: None,
        sign_balance: None,
        sign_ticket: None,
        ..config
    }
}

fn without_question(mut config: Config) -> Config {
    config.status = None;
    if config.profile.status == Status::Dedicated {
        config.profile.status = Status::None;
    }
    config
}
