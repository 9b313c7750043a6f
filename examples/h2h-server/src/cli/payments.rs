//! `payments`: members' deposits through payment gateways. The server does the same by itself: what can be paid is looked at every few minutes, and what is over
//! is ended at 03:00 in Jakarta.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Subcommand;
use eraflazz_core::payment::{DepositStatus, PaymentCode};
use eraflazz_core::text::Slug;
use serde::Serialize;
use serde_json::{Value, json};

use super::csv;
use super::desk::{Desk, DeskError};
use super::order::query;
use super::show::{Show, facts, moment, or_dash, remark, rupiah, table};
use super::words::word;
use crate::admin::{
    DepositAction, DepositChecked, DepositRow, DepositSearch, DepositsToCheck, DepositsToEnd,
    LinesTaken, NewLines,
};

/// As long as the slowest gateway may take for a part of the list.
const PATIENCE: Duration = Duration::from_mins(5);
/// So many lines are brought at once.
const PART: usize = 100;

/// `payments …`.
#[derive(Debug, Subcommand)]
pub enum PaymentsCommand {
    /// Deposits that fit, newest first
    List {
        /// The code of the member
        #[arg(long)]
        member: Option<Slug>,
        /// PENDING, PAID, EXPIRED, CANCELLED, FAILED, REVIEW or REVERSED
        #[arg(long, value_parser = word::<DepositStatus>)]
        status: Option<DepositStatus>,
        /// How many at most; if there are more, it is said
        #[arg(long, default_value_t = 50)]
        limit: u16,
        /// Every one
        #[arg(long, conflicts_with = "limit")]
        all: bool,
    },
    /// Asks the gateways about every deposit that can still be paid
    CheckAll {
        /// Books what they say; without it nothing changes
        #[arg(long)]
        fix: bool,
    },
    /// Asks its gateway about one deposit, and books what it says
    CheckStatus {
        /// Its code at the gateway, as `payments list` shows it
        #[arg(value_parser = code)]
        code: PaymentCode,
    },
    /// Ends at their gateways the deposits that can still be paid although their time is over
    CleanupExpired,
    /// Brings the statement of a bank account: each line credits the ticket of exactly its amount, or waits for a person; the same file again changes nothing
    Import {
        /// The name of the account's gateway
        bank: Slug,
        /// Comma-separated, with the header date,amount,text,balance; whole days, money that came in alone
        file: PathBuf,
    },
}

impl PaymentsCommand {
    /// Whether it only looks.
    pub const fn reads(&self) -> bool {
        match self {
            Self::List { .. } => true,
            Self::CheckAll { .. }
            | Self::CheckStatus { .. }
            | Self::CleanupExpired
            | Self::Import { .. } => false,
        }
    }
}

fn code(text: &str) -> Result<PaymentCode, String> {
    PaymentCode::parse(&text.to_ascii_uppercase()).map_err(|error| error.rule.to_owned())
}

pub(super) async fn run(
    command: PaymentsCommand,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    match command {
        PaymentsCommand::List {
            member,
            status,
            limit,
            all,
        } => {
            let search = DepositSearch {
                member,
                status,
                cursor: None,
                limit: (!all).then_some(limit),
            };
            list(&search, all, desk, show).await
        }
        PaymentsCommand::CheckAll { fix } => {
            let part = |cursor| DepositsToCheck { fix, cursor };
            let all = parts("/deposits/check", part, desk).await?;
            show.answer(all, |all: &Vec<DepositChecked>| checks(all))
        }
        PaymentsCommand::CheckStatus { code } => {
            let path = format!("/deposits/{code}/check");
            let told = desk.post_patiently(&path, &json!({}), PATIENCE).await?;
            show.answer(told, |told: &DepositChecked| {
                checks(std::slice::from_ref(told))
            })
        }
        PaymentsCommand::CleanupExpired => {
            let part = |cursor| DepositsToEnd { cursor };
            let all = parts("/deposits/cleanup", part, desk).await?;
            show.answer(all, |all: &Vec<DepositChecked>| checks(all))
        }
        PaymentsCommand::Import { bank, file } => import(bank, &file, desk, show).await,
    }
}

/// Brings the file, part by part.
async fn import(bank: Slug, file: &Path, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let unread = |why: String| DeskError::NotReady(format!("{}: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| unread(error.to_string()))?;
    let lines = csv::lines(&text).map_err(unread)?;
    let mut all = LinesTaken::default();
    for part in lines.chunks(PART) {
        let new = NewLines {
            bank: bank.clone(),
            lines: part.to_vec(),
        };
        let told = desk.post_patiently("/lines", &new, PATIENCE).await?;
        let told: LinesTaken =
            serde_json::from_value(told).map_err(|error| DeskError::Strange(error.to_string()))?;
        all.credited += told.credited;
        all.suspended += told.suspended;
        all.known += told.known;
    }
    show.answer(json!(all), |all: &LinesTaken| {
        facts(&[
            ("credited", all.credited.to_string()),
            ("in suspense", all.suspended.to_string()),
            ("known", all.known.to_string()),
        ])
    })
}

async fn list(search: &DepositSearch, all: bool, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let path = match query(search)?.as_str() {
        "" => "/deposits".to_owned(),
        query => format!("/deposits?{query}"),
    };
    let deposits = if all {
        super::pages(desk, &path, "deposits").await?
    } else {
        let mut page = desk.get(&path).await?;
        if page["next_cursor"].is_string() {
            remark("there are more: --all shows every one");
        }
        page["deposits"].take()
    };
    show.answer(deposits, |deposits: &Vec<DepositRow>| {
        let columns = [
            "code", "ref_id", "member", "gateway", "method", "amount", "credited", "is", "at",
        ];
        table(columns, deposits.iter().map(row))
    })
}

/// Every part of the list, one after the other.
async fn parts<T: Serialize>(
    path: &str,
    part: impl Fn(Option<String>) -> T,
    desk: &Desk,
) -> Result<Value, DeskError> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let mut told = desk.post_patiently(path, &part(cursor), PATIENCE).await?;
        if let Value::Array(rows) = told["deposits"].take() {
            all.extend(rows);
        }
        match told["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(Value::Array(all)),
        }
    }
}

fn row(deposit: &DepositRow) -> [String; 9] {
    [
        deposit.code.clone(),
        deposit.ref_id.clone(),
        deposit.member.clone(),
        deposit.gateway.clone(),
        deposit.method.clone(),
        rupiah(deposit.amount),
        rupiah(deposit.credited),
        deposit.status.word().to_owned(),
        moment(&deposit.created_at),
    ]
}

fn checks(all: &[DepositChecked]) -> String {
    let columns = [
        "deposit",
        "member",
        "amount",
        "status",
        "gateway says",
        "action",
    ];
    let rows = all.iter().map(|checked| {
        [
            checked.code.clone(),
            checked.member.clone(),
            rupiah(checked.amount),
            checked.before.word().to_owned(),
            or_dash(checked.gateway_says.as_deref()),
            done(checked),
        ]
    });
    table(columns, rows)
}

fn done(checked: &DepositChecked) -> String {
    let after = checked.after.word();
    match (checked.action, checked.done) {
        (DepositAction::None, _) => "-".to_owned(),
        (DepositAction::Credit, true) => "credited".to_owned(),
        (DepositAction::Credit, false) => "would be credited (--fix)".to_owned(),
        (DepositAction::Suspend, true) => "in suspense, see `pending`".to_owned(),
        (DepositAction::Suspend, false) => "would go to suspense (--fix)".to_owned(),
        (DepositAction::TakeBack, true) => "taken back, see `pending`".to_owned(),
        (DepositAction::TakeBack, false) => "would be taken back (--fix)".to_owned(),
        (DepositAction::Update, true) => format!("{after} now"),
        (DepositAction::Update, false) => format!("would be {after} (--fix)"),
    }
}
