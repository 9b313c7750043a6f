//! `order`, `resolve`, `cancel`, `pending` and `orphans`: looking at orders, and ruling about them.

use clap::{Args, Subcommand};
use eraflazz_core::commit::CaseKind;
use eraflazz_core::ids::SubjectId;
use eraflazz_core::money::Money;
use eraflazz_core::order::{PublicStatus, RulingKind};
use eraflazz_core::text::{RefId, Slug, Sn};
use serde::Serialize;
use url::form_urlencoded;

use super::desk::{Desk, DeskError};
use super::show::{Show, facts, moment, or_dash, remark, rupiah, table};
use super::words::{amount, order as order_name, word};
use crate::admin::{
    Amount, Cancel, CaseToClaim, CaseToClose, ChoiceTold, MoneyMoved, NewRefund, OrderRow,
    OrderSearch, OrderTold, OrphanTold, PendingTold, Ruling,
};
use crate::wording;

/// `order …`.
#[derive(Debug, Subcommand)]
pub enum OrderCommand {
    /// Orders of one day that fit, newest first
    Find {
        /// The member's reference; with --member on whatever day
        #[arg(long)]
        ref_id: Option<RefId>,
        /// The code of the member
        #[arg(long)]
        member: Option<Slug>,
        /// The code that people read aloud: TRX-20260131-…
        #[arg(long)]
        trx_code: Option<String>,
        /// The number it is for, or its end
        #[arg(long)]
        destination: Option<String>,
        /// PENDING, PROCESSING, SUCCESS, FAILED or REFUND
        #[arg(long, value_parser = word::<PublicStatus>)]
        status: Option<PublicStatus>,
        /// The day in Jakarta, like 2026-01-31; today if not given
        #[arg(long)]
        on: Option<String>,
        /// How many at most; if there are more, it is said
        #[arg(long, default_value_t = 50)]
        limit: u16,
        /// Every one
        #[arg(long, conflicts_with = "limit")]
        all: bool,
    },
    /// One order: its attempts, why this supplier, and all that was heard
    Show {
        /// Its id or its code
        #[arg(value_parser = order_name)]
        order: String,
    },
}

/// `resolve ORDER --version N …`.
#[derive(Debug, Args)]
pub struct ResolveArgs {
    /// Its id or its code
    #[arg(value_parser = order_name)]
    order: String,
    /// The version that you looked at (`pending`, `order show`); if it changed since, nothing is done
    #[arg(long)]
    version: u32,
    /// Which attempt it speaks of (`order show` counts them); may be left out where only one can be meant
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..))]
    attempt: Option<u16>,
    #[command(subcommand)]
    ruling: RulingCommand,
}

/// What is ruled: the words in which `pending` and the API say what may be.
#[derive(Debug, Subcommand)]
#[command(rename_all = "snake_case")]
pub enum RulingCommand {
    /// The supplier's text or statement proves that the attempt delivered
    Delivered {
        /// The serial number, if there is one
        #[arg(long)]
        sn: Option<Sn>,
        /// What it cost, if it differs from the catalog's
        #[arg(long)]
        cost: Option<Money>,
    },
    /// The supplier's text or statement proves that the attempt did not deliver: the next route is tried, or the money goes back
    #[command(alias = "not-delivered")]
    NotDelivered {
        /// That text or line
        #[arg(long)]
        proof: String,
    },
    /// Delivered after the money went back: the member pays again
    Reclaim {
        /// The serial number, if it is not known yet
        #[arg(long)]
        sn: Option<Sn>,
        /// What it cost, if it differs from what was billed or is in the catalog
        #[arg(long)]
        cost: Option<Money>,
    },
    /// Delivered after the money went back: the house pays
    Absorb {
        /// The serial number, if it is not known yet
        #[arg(long)]
        sn: Option<Sn>,
        /// What it cost, if it differs from what was billed or is in the catalog
        #[arg(long)]
        cost: Option<Money>,
    },
    /// Give it more time
    #[command(alias = "keep-waiting")]
    KeepWaiting {
        /// Until when, like 2026-01-31T17:00:00+07:00
        #[arg(long)]
        until: String,
    },
}

/// `cancel ORDER --version N`.
#[derive(Debug, Args)]
pub struct CancelArgs {
    /// Its id or its code
    #[arg(value_parser = order_name)]
    order: String,
    /// The version that you looked at
    #[arg(long)]
    version: u32,
}

/// `refund ORDER AMOUNT --version N --reference R --note WHY`.
#[derive(Debug, Args)]
pub struct RefundArgs {
    /// Its id or its code
    #[arg(value_parser = order_name)]
    order: String,
    /// Whole rupiah, at most what `order show` says is left
    #[arg(value_parser = amount)]
    amount: Amount,
    /// The version that you looked at
    #[arg(long)]
    version: u32,
    /// Your reference of it: the same one again pays nothing more
    #[arg(long)]
    reference: RefId,
    /// Why, for the log of the order
    #[arg(long)]
    note: String,
}

/// `pending …`.
#[derive(Debug, Subcommand)]
pub enum PendingCommand {
    /// What waits for a person, oldest first (this is what `pending` alone does)
    List,
    /// Gives money that came to a bank account, and that no ticket awaited, to the member whose it is
    Claim {
        /// What it is about, as `pending` shows it
        #[arg(value_parser = word::<SubjectId>)]
        subject: SubjectId,
        /// The version of the case, as `pending` shows it
        version: u32,
        /// The code of the member
        member: Slug,
        /// How it is known to be the member's, for the log
        #[arg(long)]
        note: String,
    },
    /// Closes a case that no ruling ends
    Close {
        /// What it is about: the order's code or id, as `pending` shows it
        #[arg(value_parser = order_name)]
        subject: String,
        /// The version of the case, as `pending` shows it
        version: u32,
        /// The kind, as `pending` shows it
        #[arg(value_parser = word::<CaseKind>)]
        kind: CaseKind,
        /// What came of it, for the log
        #[arg(long)]
        note: String,
    },
}

pub(super) async fn run(command: OrderCommand, desk: &Desk, show: Show) -> Result<(), DeskError> {
    match command {
        OrderCommand::Show { order } => {
            let told = desk.get(&format!("/orders/{order}")).await?;
            show.answer(told, order_words)
        }
        OrderCommand::Find {
            ref_id,
            member,
            trx_code,
            destination,
            status,
            on,
            limit,
            all,
        } => {
            let search = OrderSearch {
                trx_code,
                member,
                ref_id,
                destination,
                status,
                on,
                cursor: None,
                limit: (!all).then_some(limit),
            };
            let path = match query(&search)?.as_str() {
                "" => "/orders".to_owned(),
                query => format!("/orders?{query}"),
            };
            let orders = if all {
                super::pages(desk, &path, "orders").await?
            } else {
                let mut page = desk.get(&path).await?;
                if page["next_cursor"].is_string() {
                    remark("there are more: --all shows every one");
                }
                page["orders"].take()
            };
            show.answer(orders, |orders: &Vec<OrderRow>| {
                let columns = [
                    "code", "ref_id", "member", "product", "for", "price", "is", "at",
                ];
                table(columns, orders.iter().map(row))
            })
        }
    }
}

pub(super) fn query(search: &impl Serialize) -> Result<String, DeskError> {
    let value = serde_json::to_value(search).map_err(|e| DeskError::Strange(e.to_string()))?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in value.as_object().into_iter().flatten() {
        let text = value.as_str();
        let text = text.map_or_else(|| value.to_string(), str::to_owned);
        query.append_pair(name, &text);
    }
    Ok(query.finish())
}

pub(super) async fn resolve(args: ResolveArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let mut ruling = Ruling {
        version: args.version,
        resolution: RulingKind::Absorb,
        attempt: args.attempt,
        sn: None,
        cost: None,
        proof: None,
        until: None,
    };
    match args.ruling {
        RulingCommand::Delivered { sn, cost } => {
            ruling.resolution = RulingKind::Delivered;
            (ruling.sn, ruling.cost) = (sn, cost);
        }
        RulingCommand::NotDelivered { proof } => {
            ruling.resolution = RulingKind::NotDelivered;
            ruling.proof = Some(proof);
        }
        RulingCommand::Reclaim { sn, cost } => {
            ruling.resolution = RulingKind::Reclaim;
            (ruling.sn, ruling.cost) = (sn, cost);
        }
        RulingCommand::Absorb { sn, cost } => {
            ruling.resolution = RulingKind::Absorb;
            (ruling.sn, ruling.cost) = (sn, cost);
        }
        RulingCommand::KeepWaiting { until } => {
            ruling.resolution = RulingKind::KeepWaiting;
            ruling.until = Some(until);
        }
    }
    let path = format!("/orders/{}/resolve", args.order);
    let told = desk.post(&path, &ruling).await?;
    show.answer(told, order_words)
}

pub(super) async fn cancel(args: CancelArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let CancelArgs { order, version } = args;
    let path = format!("/orders/{order}/cancel");
    let told = desk.post(&path, &Cancel { version }).await?;
    show.answer(told, order_words)
}

pub(super) async fn refund(args: RefundArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let path = format!("/orders/{}/refunds", args.order);
    let wanted = NewRefund {
        version: args.version,
        amount: args.amount,
        reference: args.reference,
        note: args.note,
    };
    let told = desk.post(&path, &wanted).await?;
    show.answer(told, order_words)
}

pub(super) async fn pending(
    command: PendingCommand,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    match command {
        PendingCommand::List => {
            let cases = super::pages(desk, "/pending", "pending").await?;
            show.answer(cases, |cases: &Vec<PendingTold>| {
                let columns = ["what", "order", "version", "since", "until", "why", "may"];
                table(columns, cases.iter().map(case_row))
            })
        }
        PendingCommand::Claim {
            subject,
            version,
            member,
            note,
        } => {
            let case = CaseToClaim {
                subject,
                version,
                member,
                note,
            };
            let moved = desk.post("/cases/claim", &case).await?;
            show.answer(moved, |moved: &MoneyMoved| {
                let balance = moved.wallet.as_ref().map_or(0, |wallet| wallet.balance);
                facts(&[
                    ("booked", wording::rupiah(moved.amount)),
                    ("balance", rupiah(balance)),
                ])
            })
        }
        PendingCommand::Close {
            subject,
            version,
            kind,
            note,
        } => {
            let case = CaseToClose {
                subject: subject_of(desk, &subject).await?,
                version,
                kind,
                note,
            };
            let told = desk.post("/cases/close", &case).await?;
            show.answer(told, |_: &CaseToClose| "closed".to_owned())
        }
    }
}

pub(super) async fn orphans(desk: &Desk, show: Show) -> Result<(), DeskError> {
    let orphans = super::pages(desk, "/orphans", "orphans").await?;
    show.answer(orphans, |orphans: &Vec<OrphanTold>| {
        let columns = [
            "at",
            "supplier",
            "our ref",
            "their ref",
            "product",
            "for",
            "is",
            "price",
            "SN",
        ];
        table(columns, orphans.iter().flat_map(orphan_rows))
    })
}

/// A row for each transaction that it speaks of; one without, if it cannot be read.
fn orphan_rows(orphan: &OrphanTold) -> Vec<[String; 9]> {
    let at = moment(&orphan.received_at);
    let supplier = orphan.supplier.clone();
    let status = |said: &str| {
        let aside = if orphan.quarantined {
            "quarantined: "
        } else {
            ""
        };
        format!("{aside}{said}")
    };
    if orphan.said.is_empty() {
        let unread = std::array::from_fn(|column| match column {
            0 => at.clone(),
            1 => supplier.clone(),
            6 => status("unread"),
            _ => "-".to_owned(),
        });
        return vec![unread];
    }
    let rows = orphan.said.iter().map(|said| {
        [
            at.clone(),
            supplier.clone(),
            or_dash(said.our_ref.as_deref()),
            or_dash(said.their_ref.as_deref()),
            or_dash(said.sku.as_deref()),
            or_dash(said.destination.as_deref()),
            status(&said.status),
            said.price.map_or_else(|| "-".to_owned(), wording::rupiah),
            or_dash(said.sn.as_deref()),
        ]
    });
    rows.collect()
}

/// The subject of a case by its id, or by the code of its order, which is what `pending` shows.
async fn subject_of(desk: &Desk, name: &str) -> Result<SubjectId, DeskError> {
    if let Ok(subject) = word(name) {
        return Ok(subject);
    }
    let order = desk.get(&format!("/orders/{name}")).await?;
    word(order["id"].as_str().unwrap_or_default()).map_err(DeskError::Strange)
}

fn case_row(case: &PendingTold) -> [String; 7] {
    let kind = serde_json::to_value(case.kind).ok();
    let kind = kind.and_then(|kind| kind.as_str().map(str::to_owned));
    let order = case.order.as_ref();
    let rulings = case.may.iter().map(|kind| kind.word());
    let may: Vec<&str> = rulings.chain(case.may_close.then_some("close")).collect();
    let late = if case.overdue { " OVERDUE" } else { "" };
    [
        kind.unwrap_or_default(),
        order.map_or_else(|| case.subject.clone(), |order| order.trx_code.clone()),
        versions(case),
        moment(&case.since),
        format!("{}{late}", moment(&case.deadline)),
        case.why.clone(),
        may.join(", "),
    ]
}

/// The ruling names the order's version; closing names the case's. Where both may be done, both stand here, each with what it is for.
fn versions(case: &PendingTold) -> String {
    let ruled = case.order.as_ref().filter(|_| !case.may.is_empty());
    match (ruled, case.may_close) {
        (Some(order), false) => order.version.to_string(),
        (Some(order), true) => format!("{} (to close: {})", order.version, case.version),
        (None, _) => case.version.to_string(),
    }
}

fn row(order: &OrderRow) -> [String; 8] {
    let review = order.review.as_deref().map(|review| format!(", {review}"));
    [
        order.trx_code.clone(),
        order.ref_id.clone(),
        order.member.clone(),
        order.product.clone(),
        order.destination.clone(),
        rupiah(order.price),
        format!("{}{}", order.status, review.unwrap_or_default()),
        moment(&order.created_at),
    ]
}

fn kinds(may: &[RulingKind]) -> String {
    let words: Vec<&str> = may.iter().map(|kind| kind.word()).collect();
    or_dash(Some(words.join(", ").as_str()).filter(|words| !words.is_empty()))
}

fn order_words(order: &OrderTold) -> String {
    let OrderTold { row, .. } = order;
    let head = facts(&[
        ("code", row.trx_code.clone()),
        ("id", row.id.clone()),
        ("member", format!("{} {}", row.member, row.ref_id)),
        ("goods", format!("{} for {}", row.product, row.destination)),
        ("price", rupiah(row.price)),
        ("refunded", wording::rupiah(order.refunded)),
        ("is", format!("{} ({})", row.status, row.state)),
        ("review", or_dash(row.review.as_deref())),
        ("sn", or_dash(order.sn.as_deref())),
        ("version", row.version.to_string()),
        ("you may", kinds(&order.may)),
    ]);
    let attempts = order.attempts.iter().map(|attempt| {
        [
            attempt.no.to_string(),
            attempt.supplier.clone(),
            attempt.supplier_ref.clone(),
            attempt.state.clone(),
            format!("{} / {}", attempt.sends, attempt.checks),
            attempt.cost.to_string(),
            kinds(&attempt.may),
            attempt.why.clone(),
        ]
    });
    let columns = [
        "no",
        "supplier",
        "our ref",
        "is",
        "sent / asked",
        "cost",
        "you may",
        "why this one",
    ];
    let log = order
        .log
        .iter()
        .map(|row| [row.version.to_string(), moment(&row.at), row.what.clone()]);
    let log = match &order.log_missing {
        None => table(["version", "at", "what"], log),
        Some(why) => format!("what happened cannot be shown: {why}"),
    };
    format!(
        "{head}\n{}\n{}\n{log}",
        table(columns, attempts),
        choices(&order.choices)
    )
}

/// Why this supplier and not another: a line for each route of each choice.
fn choices(choices: &[ChoiceTold]) -> String {
    let rows = choices.iter().flat_map(|choice| {
        let led_to = choice.attempt.map_or_else(
            || "no route".to_owned(),
            |no| format!("attempt {no}, by {}", choice.by),
        );
        choice.routes.iter().map(move |route| {
            [
                choice.version.to_string(),
                led_to.clone(),
                or_dash(route.supplier.as_deref()),
                or_dash(route.sku.as_deref()),
                route.found.clone(),
            ]
        })
    });
    table(["version", "led to", "supplier", "its code", "found"], rows)
}
