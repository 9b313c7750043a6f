//! `deposit`, `float`, `ticket`, `balance` and `books`: money that belongs to no order, and whether it all adds up.

use clap::{Args, ValueEnum};
use eraflazz_core::money::Money;
use eraflazz_core::text::Slug;

use super::desk::{Desk, DeskError};
use super::member::words as member_words;
use super::show::{Show, facts, moment, rupiah};
use super::words::amount;
use crate::admin::{
    Amount, BalancesTold, BooksTold, DepositKind, FloatKind, MoneyMoved, NewDeposit, NewFloat,
    NewTicket, TicketTold,
};
use crate::wording;

/// Where the movement is written down. The same source and reference again book nothing twice.
#[derive(Debug, Args)]
pub struct Written {
    /// The reference of the movement, like the number on the bank statement
    #[arg(long)]
    reference: String,
    /// Who keeps the references: a bank, a cash book
    #[arg(long, default_value = "manual")]
    source: String,
    /// The number of the house's bank account
    #[arg(long, default_value_t = 0)]
    bank: u16,
}

/// `deposit`.
#[derive(Debug, Args)]
pub struct DepositArgs {
    /// The code of the member
    member: Slug,
    /// Whole rupiah
    #[arg(value_parser = amount)]
    amount: Amount,
    /// What happened
    #[arg(long, value_enum, default_value_t = DepositWord::Deposit)]
    kind: DepositWord,
    #[command(flatten)]
    written: Written,
}

/// [`DepositKind`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum DepositWord {
    /// Money came in; what the member owes is netted from it
    Deposit,
    /// A deposit is taken back; what is spent already is owed
    Correction,
    /// It was there when the books were opened
    Opening,
}

/// `float`.
#[derive(Debug, Args)]
pub struct FloatArgs {
    /// The slug of the supplier
    supplier: Slug,
    /// Rupiah, at most two decimals
    amount: Money,
    /// What happened
    #[arg(long, value_enum)]
    kind: FloatWord,
    /// Books it although more is credited than the supplier owes us, or more is taken back than lies there
    #[arg(long)]
    beyond: bool,
    #[command(flatten)]
    written: Written,
}

/// `ticket`.
#[derive(Debug, Args)]
pub struct TicketArgs {
    /// The slug of the supplier
    supplier: Slug,
    /// Whole rupiah
    amount: Money,
    /// From which bank, as the supplier calls it, where it asks
    #[arg(long)]
    bank: Option<String>,
    /// In whose name the transfer comes, where the supplier asks
    #[arg(long)]
    owner: Option<String>,
}

/// [`FloatKind`] on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum FloatWord {
    /// More was bought from the bank account
    Bought,
    /// A purchase was taken back to the bank account
    Corrected,
    /// The supplier credited a reversed delivery
    #[value(alias = "dispute-credited")]
    DisputeCredited,
    /// It was there when the books were opened
    Opening,
}

pub(super) async fn deposit(args: DepositArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let new = NewDeposit {
        member: args.member,
        amount: args.amount,
        source: args.written.source,
        reference: args.written.reference,
        bank: args.written.bank,
        kind: match args.kind {
            DepositWord::Deposit => DepositKind::Deposit,
            DepositWord::Correction => DepositKind::Correction,
            DepositWord::Opening => DepositKind::Opening,
        },
    };
    let moved = desk.post("/deposits", &new).await?;
    show.answer(moved, |moved: &MoneyMoved| {
        let balance = moved.wallet.map_or(0, |wallet| wallet.balance);
        facts(&[
            ("booked", wording::rupiah(moved.amount)),
            ("at", moment(&moved.at)),
            ("subject", moved.subject.clone()),
            ("balance", rupiah(balance)),
        ])
    })
}

pub(super) async fn float(args: FloatArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let new = NewFloat {
        supplier: args.supplier,
        amount: args.amount,
        source: args.written.source,
        reference: args.written.reference,
        bank: args.written.bank,
        kind: match args.kind {
            FloatWord::Bought => FloatKind::Bought,
            FloatWord::Corrected => FloatKind::Corrected,
            FloatWord::DisputeCredited => FloatKind::DisputeCredited,
            FloatWord::Opening => FloatKind::Opening,
        },
        beyond: args.beyond,
    };
    let moved = desk.post("/floats", &new).await?;
    show.answer(moved, |moved: &MoneyMoved| {
        let there = moved.supplier.as_ref().map(|there| there.prepaid);
        facts(&[
            ("booked", wording::rupiah(moved.amount)),
            ("at", moment(&moved.at)),
            ("subject", moved.subject.clone()),
            ("at supplier", wording::rupiah(there.unwrap_or_default())),
        ])
    })
}

pub(super) async fn ticket(args: TicketArgs, desk: &Desk, show: Show) -> Result<(), DeskError> {
    let new = NewTicket {
        supplier: args.supplier,
        amount: args.amount,
        bank: args.bank,
        owner: args.owner,
    };
    let told = desk.post("/tickets", &new).await?;
    show.answer(told, |told: &TicketTold| {
        let text = |told: &Option<String>| told.clone().unwrap_or_default();
        facts(&[
            ("transfer", wording::rupiah(told.amount)),
            ("bank", text(&told.bank)),
            ("account", text(&told.account)),
            ("note", text(&told.note)),
            ("it says", text(&told.told)),
        ])
    })
}

pub(super) async fn balance(
    member: Option<Slug>,
    desk: &Desk,
    show: Show,
) -> Result<(), DeskError> {
    if let Some(code) = member {
        let told = desk.get(&format!("/members/{code}")).await?;
        return show.answer(told, member_words);
    }
    let told = desk.get("/balances").await?;
    show.answer(told, |told: &BalancesTold| {
        let mut lines = vec![
            ("members can spend", wording::rupiah(told.members_available)),
            ("held for open orders", wording::rupiah(told.members_held)),
            ("members owe", wording::rupiah(told.members_receivable)),
            ("sales", wording::rupiah(told.revenue)),
            ("cost of goods", wording::rupiah(told.cogs)),
            ("lost deliveries", wording::rupiah(told.loss_delivery)),
            ("margin", wording::rupiah(told.margin)),
        ];
        for at in &told.suppliers {
            let owed = wording::rupiah(at.dispute);
            let text = format!("{} (owes us {owed})", wording::rupiah(at.prepaid));
            lines.push((&at.supplier, text));
        }
        facts(&lines)
    })
}

/// Recounts; `false` if the books do not close.
pub(super) async fn books(desk: &Desk, show: Show) -> Result<bool, DeskError> {
    let told = desk.get("/books").await?;
    let closes = told["closes"] == true;
    show.answer(told, |told: &BooksTold| {
        if told.closes {
            "books close".to_owned()
        } else {
            format!("BOOKS DO NOT CLOSE\n{}", told.differences.join("\n"))
        }
    })?;
    Ok(closes)
}
