//! `member`: who may order, and on which terms.

use clap::{Args, Subcommand};
use eraflazz_core::member::{GuardPolicy, LateSuccess, MemberKind, MemberStatus};
use eraflazz_core::text::Slug;
use serde::Serialize;
use serde_json::Value;

use super::desk::{Desk, DeskError};
use super::show::{Show, facts, or_dash, rupiah, table};
use super::words::word;
use crate::admin::{CreditLimit, LimitsChange, MemberChange, MemberTold, NewMember, WalletNote};

/// `member …`.
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// Every member, with what it has
    List,
    /// One member
    Show {
        /// Its code
        code: Slug,
    },
    /// A new member with an empty wallet; the same again changes nothing
    Create {
        /// What people call it: a-z, 0-9, _ and -
        code: Slug,
        /// The slug of the tier whose prices it pays
        #[arg(long)]
        tier: Slug,
        /// shop (a person at a counter) or h2h (another server)
        #[arg(long, value_parser = word::<MemberKind>)]
        kind: MemberKind,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
        /// The code of the member who brought it in
        #[arg(long)]
        upline: Option<Slug>,
        /// How far below zero it may go, whole rupiah
        #[arg(long, value_parser = credit)]
        credit_limit: Option<CreditLimit>,
        /// How often it may call
        #[command(flatten)]
        limits: LimitWords,
        /// How a repeated purchase is recognised: `by_day_counter` (product, number and day) or `by_ref`
        #[arg(long, value_parser = word::<GuardPolicy>)]
        guard_policy: Option<GuardPolicy>,
    },
    /// Sets what is given; the rest stays
    Change {
        /// Its code
        code: Slug,
        /// Its name for people
        #[arg(long)]
        name: Option<String>,
        /// The slug of the tier whose prices it pays
        #[arg(long)]
        tier: Option<Slug>,
        /// How far below zero it may go, whole rupiah
        #[arg(long, value_parser = credit)]
        credit_limit: Option<CreditLimit>,
        /// How often it may call
        #[command(flatten)]
        limits: LimitWords,
        /// How a repeated purchase is recognised: `by_day_counter` (product, number and day) or `by_ref`
        #[arg(long, value_parser = word::<GuardPolicy>)]
        guard_policy: Option<GuardPolicy>,
        /// Who bears a success that comes after the money went back: reclaim or absorb
        #[arg(long, value_parser = word::<LateSuccess>)]
        late_success: Option<LateSuccess>,
        /// Whether another operator's number is refused rather than warned about
        #[arg(long)]
        strict_operator: Option<bool>,
    },
    /// It may not order any more; its open orders finish
    Suspend {
        /// Its code
        code: Slug,
    },
    /// It may order again
    Activate {
        /// Its code
        code: Slug,
    },
    /// Its wallet takes no new orders; what is open settles
    Freeze {
        /// Its code
        code: Slug,
        /// Why, for the log
        #[arg(long)]
        note: String,
    },
    /// Its wallet takes orders again
    Thaw {
        /// Its code
        code: Slug,
        /// Why, for the log
        #[arg(long)]
        note: String,
    },
}

/// How often a member may call; what is not given stays as it is, or as is usual.
#[expect(
    clippy::struct_field_names,
    reason = "the flags are called as the API calls them"
)]
#[derive(Clone, Copy, Debug, Args)]
pub struct LimitWords {
    /// Orders a minute; none for as often as it likes
    #[arg(long, value_parser = per_minute)]
    orders_per_minute: Option<PerMinute>,
    /// Reads a minute; none for as often as it likes
    #[arg(long, value_parser = per_minute)]
    reads_per_minute: Option<PerMinute>,
    /// Reads of the price list a minute; none for as often as it likes
    #[arg(long, value_parser = per_minute)]
    price_lists_per_minute: Option<PerMinute>,
}

impl LimitWords {
    fn given(self) -> Option<LimitsChange> {
        let wanted = |limit: Option<PerMinute>| limit.map(|PerMinute(limit)| limit);
        let limits = LimitsChange {
            orders_per_minute: wanted(self.orders_per_minute),
            reads_per_minute: wanted(self.reads_per_minute),
            price_lists_per_minute: wanted(self.price_lists_per_minute),
        };
        (limits != LimitsChange::default()).then_some(limits)
    }
}

/// A limit of calls; `None` for no limit.
#[derive(Clone, Copy, Debug)]
pub struct PerMinute(Option<u32>);

fn per_minute(text: &str) -> Result<PerMinute, String> {
    if text == "none" {
        return Ok(PerMinute(None));
    }
    let rule = |_| "a whole number, or none".to_owned();
    text.parse()
        .map(|limit| PerMinute(Some(limit)))
        .map_err(rule)
}

impl MemberCommand {
    /// Whether it only looks.
    pub(super) const fn reads(&self) -> bool {
        matches!(self, Self::List | Self::Show { .. })
    }
}

fn credit(text: &str) -> Result<CreditLimit, String> {
    serde_json::from_str(text).map_err(|_| "whole rupiah in plain digits, 0 to 10^12".to_owned())
}

pub(super) async fn run(command: MemberCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let told = match command {
        MemberCommand::List => return list(desk, show).await,
        MemberCommand::Show { code } => desk.get(&format!("/members/{code}")).await?,
        MemberCommand::Create {
            code,
            tier,
            kind,
            name,
            upline,
            credit_limit,
            limits,
            guard_policy,
        } => {
            let new = NewMember {
                code,
                name,
                tier,
                kind,
                upline,
                credit_limit,
                limits: limits.given(),
                guard_policy,
            };
            desk.post("/members", &new).await?
        }
        MemberCommand::Change {
            code,
            name,
            tier,
            credit_limit,
            limits,
            guard_policy,
            late_success,
            strict_operator,
        } => {
            let change = MemberChange {
                name,
                tier,
                credit_limit,
                limits: limits.given(),
                guard_policy,
                late_success,
                strict_operator,
                ..MemberChange::default()
            };
            desk.post(&format!("/members/{code}"), &change).await?
        }
        MemberCommand::Suspend { code } => set(desk, &code, MemberStatus::Suspended).await?,
        MemberCommand::Activate { code } => set(desk, &code, MemberStatus::Active).await?,
        MemberCommand::Freeze { code, note } => {
            let path = format!("/members/{code}/freeze");
            desk.post(&path, &WalletNote { note }).await?
        }
        MemberCommand::Thaw { code, note } => {
            let path = format!("/members/{code}/thaw");
            desk.post(&path, &WalletNote { note }).await?
        }
    };
    show.answer(told, words)
}

async fn set(desk: &Desk, code: &Slug, status: MemberStatus) -> Result<Value, DeskError> {
    let change = MemberChange {
        status: Some(status),
        ..MemberChange::default()
    };
    desk.post(&format!("/members/{code}"), &change).await
}

async fn list(desk: &Desk, show: Show) -> Result<(), DeskError> {
    let members = super::pages(desk, "/members", "members").await?;
    show.answer(members, |members: &Vec<MemberTold>| {
        let rows = members.iter().map(|member| {
            let wallet = &member.wallet;
            [
                member.code.clone(),
                member.name.clone(),
                member.tier.clone(),
                format!("{:?}", member.status).to_lowercase(),
                rupiah(wallet.balance),
                rupiah(wallet.held),
                if wallet.frozen { "frozen" } else { "" }.to_owned(),
            ]
        });
        let columns = ["code", "name", "tier", "status", "balance", "held", ""];
        table(columns, rows)
    })
}

pub(super) fn words(member: &MemberTold) -> String {
    let wallet = &member.wallet;
    facts(&[
        ("code", member.code.clone()),
        ("name", member.name.clone()),
        ("id", member.id.clone()),
        ("tier", member.tier.clone()),
        ("kind", format!("{:?}", member.kind).to_lowercase()),
        ("upline", or_dash(member.upline.as_deref())),
        ("status", format!("{:?}", member.status).to_lowercase()),
        ("late success", told(&member.late_success)),
        ("repeated by", told(&member.guard_policy)),
        ("orders", per(member.limits.orders_per_minute)),
        ("reads", per(member.limits.reads_per_minute)),
        ("price lists", per(member.limits.price_lists_per_minute)),
        ("balance", rupiah(wallet.balance)),
        ("held", rupiah(wallet.held)),
        ("owes", rupiah(wallet.receivable)),
        ("credit", rupiah(wallet.credit_limit)),
        (
            "wallet",
            if wallet.frozen { "frozen" } else { "open" }.to_owned(),
        ),
    ])
}

/// The word of the API for it.
fn told(of: &impl Serialize) -> String {
    let word = serde_json::to_value(of).ok();
    let word = word.as_ref().and_then(Value::as_str);
    word.unwrap_or_default().to_owned()
}

fn per(minute: Option<u32>) -> String {
    minute.map_or_else(
        || "as often as it likes".to_owned(),
        |limit| format!("{limit} a minute"),
    )
}
