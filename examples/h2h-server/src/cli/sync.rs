//! `sync-products` and `approval`: the catalog keeps itself, and what it does not do alone people decide.

use std::time::Duration;

use clap::{Args, Subcommand};
use eraflazz_core::text::Slug;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use super::desk::{Desk, DeskError};
use super::pages;
use super::show::{Show, moment, or_dash, remark, table};
use crate::admin::{ApprovalTold, Decision, NewSync, StatisticsTold, SyncTold};

/// A list of ten thousand rows is megabytes, and providers take their time.
const PATIENCE: Duration = Duration::from_mins(3);
/// More than this is read in the JSON.
const REMARKS_MAX: usize = 20;

/// `sync-products`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// The slug of the supplier
    #[arg(long)]
    supplier: Slug,
    /// Asks the supplier, even if its list was read within the last hour; the provider's own limit stays
    #[arg(long)]
    force: bool,
    /// The list of bills (pascabayar) in place of that of prepaid goods
    #[arg(long)]
    bills: bool,
    /// One category alone, as the list or as we call it
    #[arg(long)]
    category: Option<String>,
    /// Says what would be done, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

/// `approval …`.
#[derive(Debug, Subcommand)]
pub enum ApprovalCommand {
    /// What waits for a person's word, and what was rejected
    List,
    /// Does it
    Approve(Decided),
    /// Does not, and is not asked again by the same list
    Reject(Decided),
}

/// What is decided.
#[derive(Debug, Args)]
pub struct Decided {
    /// Its name, as `approval list` has it
    id: String,
    /// The version that was seen there
    #[arg(long)]
    version: String,
    /// Why, for the audit
    #[arg(long)]
    note: Option<String>,
}

impl SyncArgs {
    /// Whether it only looks.
    pub(super) const fn reads(&self) -> bool {
        self.dry_run
    }
}

pub(super) async fn run(args: SyncArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let wanted = NewSync {
        supplier: args.supplier,
        force: args.force,
        category: args.category,
        bills: args.bills,
        dry_run: args.dry_run,
    };
    let bar = waiting(show, &format!("the price list of {}", wanted.supplier));
    let told = desk
        .post_patiently("/catalog/sync", &wanted, PATIENCE)
        .await;
    match &told {
        Ok(told) => {
            let rows = told["statistics"]["total"].as_u64().unwrap_or_default();
            bar.set_length(rows);
            bar.set_position(rows);
            bar.finish_with_message(format!("{rows} rows"));
        }
        Err(_) => bar.abandon(),
    }
    show.answer(told?, |told: &SyncTold| {
        tell_remarks(told);
        statistics(told)
    })
}

/// Nothing is drawn where no person watches.
fn waiting(show: Show, what: &str) -> ProgressBar {
    if show.json {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(what.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} [{bar:30}] {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn tell_remarks(told: &SyncTold) {
    for said in told.remarks.iter().take(REMARKS_MAX) {
        remark(&format!("{}: {}", or_dash(said.sku.as_deref()), said.text));
    }
    let more = told.remarks.len().saturating_sub(REMARKS_MAX);
    if more > 0 {
        remark(&format!("and {more} more; --json has all"));
    }
}

fn statistics(told: &SyncTold) -> String {
    let StatisticsTold {
        total,
        created,
        updated,
        unchanged,
        skipped_inactive,
        passed_over,
        categories_created,
        approvals,
    } = told.statistics;
    let rows = [
        ("total", total),
        ("created", created),
        ("updated", updated),
        ("unchanged", unchanged),
        ("skipped (inactive)", skipped_inactive),
        ("passed over", passed_over),
        ("categories created", categories_created),
        ("to be approved", approvals),
    ];
    let rows = rows.map(|(name, count)| [name.to_owned(), count.to_string()]);
    let head = if told.dry_run {
        format!("would be done, over catalog version {}", told.version)
    } else {
        format!("synced, catalog version {}", told.version)
    };
    let last = told.last_synced_at.as_deref().map(moment);
    format!(
        "{head}\n{}\nlist read {}, last synced {}",
        table(["", "count"], rows),
        moment(&told.read_at),
        or_dash(last.as_deref())
    )
}

pub(super) async fn approval(
    command: ApprovalCommand,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    let (decided, approve) = match command {
        ApprovalCommand::List => {
            let all = pages(desk, "/approvals", "approvals").await?;
            return show.answer(all, |all: &Vec<ApprovalTold>| approvals(all));
        }
        ApprovalCommand::Approve(decided) => (decided, true),
        ApprovalCommand::Reject(decided) => (decided, false),
    };
    let decision = Decision {
        version: decided.version,
        approve,
        note: decided.note,
    };
    let path = format!("/approvals/{}", decided.id);
    let told = desk.post(&path, &decision).await?;
    show.answer(told, |_: &Value| {
        if approve { "done" } else { "rejected" }.to_owned()
    })
}

fn approvals(all: &[ApprovalTold]) -> String {
    let rows = all.iter().map(|one| {
        let what = match (one.from, one.to) {
            (Some(from), Some(to)) => format!("base price {from} -> {to}"),
            _ => format!(
                "close {}/{}",
                or_dash(one.supplier.as_deref()),
                or_dash(one.sku.as_deref())
            ),
        };
        let state = if one.rejected { "rejected" } else { "waits" };
        [
            one.id.clone(),
            one.version.clone(),
            one.product.clone(),
            what,
            moment(&one.since),
            state.to_owned(),
        ]
    });
    table(["id", "version", "product", "what", "since", ""], rows)
}
