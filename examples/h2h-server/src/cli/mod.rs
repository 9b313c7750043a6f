//! The commands of administration. Each is one request to `/api/v1/admin`, asked of a running server or, without one, of the handlers
//! of this program over the store that it holds; see [`desk`].

pub mod backup;
pub mod buyer;
pub mod catalog;
pub mod check;
pub mod compact;
pub mod csv;
#[cfg(feature = "postgres")]
pub mod database;
#[cfg(not(feature = "postgres"))]
#[path = "no_database.rs"]
pub mod database;
pub mod desk;
pub mod entry;
pub mod init;
pub mod key;
pub mod member;
pub mod money;
pub mod open;
pub mod order;
pub mod payments;
pub mod read;
pub mod show;
pub mod sync;
pub mod webhook;
pub mod words;

use std::path::PathBuf;

use clap::Subcommand;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Month;
use serde_json::Value;

use desk::{Desk, DeskError};
use show::Show;

/// What operators do.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Members: create, change, suspend, freeze
    #[command(subcommand)]
    Member(member::MemberCommand),
    /// Keys of members and operators: issue, revoke
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Logins of servers of the `OtomaX` family that buy from this one: issue, revoke
    #[command(subcommand)]
    Buyer(buyer::BuyerCommand),
    /// Where members are told about their orders: set, redeliver, replay
    #[command(subcommand)]
    Webhook(webhook::WebhookCommand),
    /// What is sold and through whom: import, open, close
    #[command(subcommand)]
    Catalog(catalog::CatalogCommand),
    /// Groups of products, one by one: create, change
    #[command(subcommand)]
    Category(entry::EntryCommand),
    /// Products, one by one: create, change, open, close
    #[command(subcommand)]
    Product(entry::EntryCommand),
    /// Through whom products are bought, one by one
    #[command(subcommand)]
    Mapping(entry::EntryCommand),
    /// Who we buy from, and how they are
    #[command(subcommand)]
    Supplier(entry::EntryCommand),
    /// For how much it is sold
    #[command(subcommand)]
    Price(catalog::PriceCommand),
    /// Brings the catalog to what a supplier's price list says: new products, costs, what is sold; all of it or nothing
    SyncProducts(sync::SyncArgs),
    /// What syncs did not do alone: prices that would move too far, routes that a list has no more
    #[command(subcommand)]
    Approval(sync::ApprovalCommand),
    /// Books money that a member paid in
    Deposit(money::DepositArgs),
    /// Members' deposits through payment gateways: list, check, tidy up
    #[command(subcommand)]
    Payments(payments::PaymentsCommand),
    /// Books our deposit at a supplier: bought, corrected, credited
    Float(money::FloatArgs),
    /// Asks a supplier for a deposit ticket: how much exactly to transfer, and where to; book it with float once it is paid
    Ticket(money::TicketArgs),
    /// What a member has; without one, the accounts of the house
    Balance {
        /// The code of the member
        member: Option<Slug>,
    },
    /// Finds orders and shows them whole
    #[command(subcommand)]
    Order(order::OrderCommand),
    /// What waits for a person: since when, why, and what may be done
    Pending {
        /// Lists, if not given
        #[command(subcommand)]
        command: Option<order::PendingCommand>,
    },
    /// Callbacks that settled nothing: quarantined, or naming no attempt of ours (after a restore, purchases that the books have lost)
    Orphans,
    /// Rules about an order that only a person can settle
    Resolve(order::ResolveArgs),
    /// Gives back a part or all of the price of a delivery
    Refund(order::RefundArgs),
    /// Takes an order back before anything was sent for it
    Cancel(order::CancelArgs),
    /// Recounts every transfer from the first one; fails if the books do not close
    Books,
}

impl AdminCommand {
    /// Whether it only looks.
    pub const fn reads(&self) -> bool {
        match self {
            Self::Member(command) => command.reads(),
            Self::Webhook(command) => matches!(command, webhook::WebhookCommand::Show { .. }),
            Self::Key(command) => matches!(command, key::KeyCommand::List),
            Self::Buyer(command) => matches!(command, buyer::BuyerCommand::List),
            Self::Catalog(command) => command.reads(),
            Self::Category(command)
            | Self::Product(command)
            | Self::Mapping(command)
            | Self::Supplier(command) => command.reads(),
            Self::SyncProducts(args) => args.reads(),
            Self::Approval(command) => matches!(command, sync::ApprovalCommand::List),
            Self::Price(command) => matches!(command, catalog::PriceCommand::List),
            Self::Pending { command } => {
                matches!(command, None | Some(order::PendingCommand::List))
            }
            Self::Payments(command) => command.reads(),
            Self::Order(_) | Self::Balance { .. } | Self::Books | Self::Orphans => true,
            Self::Deposit(_)
            | Self::Float(_)
            | Self::Ticket(_)
            | Self::Resolve(_)
            | Self::Refund(_)
            | Self::Cancel(_) => false,
        }
    }
}

/// Who may do what with a database, besides its owner.
#[derive(Clone, Debug, clap::Args)]
pub struct MigrateArgs {
    /// A role of the database server that servers run as: it gets what a server needs, and cannot rewrite history. May be given several times
    #[arg(long, value_name = "ROLE")]
    pub server_role: Vec<String>,
    /// One that makes reports: it reads the views of the schema `eraflazz_report`. May be given several times
    #[arg(long, value_name = "ROLE")]
    pub report_role: Vec<String>,
}

/// Which logs are moved out of a database, and where to.
#[derive(Clone, Debug, clap::Args)]
pub struct ArchiveArgs {
    /// Of orders that were accepted before this month in Jakarta, as 2026-05
    #[arg(long, value_name = "MONTH", required_unless_present = "check")]
    pub before: Option<Month>,
    /// The folder for the files; it goes before store.archive of the settings
    #[arg(long, value_name = "DIR")]
    pub into: Option<PathBuf>,
    /// Moves nothing: reads every file that the database names
    #[arg(long, conflicts_with = "before")]
    pub check: bool,
}

/// What is done about the epoch of a database (INV-31).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum EpochCommand {
    /// The epoch of the database and of the file, and what suppliers say that they have of ours
    Show,
    /// Raises both after a restore, once the balances were compared; no server may run
    Raise {
        /// Somebody has compared them
        #[arg(long)]
        checked: bool,
    },
}

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As asked.
    Well,
    /// The books do not close.
    BooksOpen,
}

/// Does what is asked.
pub async fn run(command: AdminCommand, desk: &Desk, show: Show) -> Result<Ended, DeskError> {
    match command {
        AdminCommand::Member(command) => member::run(command, desk, show).await,
        AdminCommand::Key(command) => key::run(command, desk, show).await,
        AdminCommand::Buyer(command) => buyer::run(command, desk, show).await,
        AdminCommand::Webhook(command) => webhook::run(command, desk, show).await,
        AdminCommand::Catalog(command) => catalog::run(command, desk, show).await,
        AdminCommand::Price(command) => catalog::run_price(command, desk, show).await,
        AdminCommand::Category(command) => {
            entry::run(entry::Kind::Category, command, desk, show).await
        }
        AdminCommand::Product(command) => {
            entry::run(entry::Kind::Product, command, desk, show).await
        }
        AdminCommand::Mapping(command) => {
            entry::run(entry::Kind::Mapping, command, desk, show).await
        }
        AdminCommand::Supplier(command) => {
            entry::run(entry::Kind::Supplier, command, desk, show).await
        }
        AdminCommand::SyncProducts(args) => sync::run(args, desk, show).await,
        AdminCommand::Approval(command) => sync::approval(command, desk, show).await,
        AdminCommand::Deposit(args) => money::deposit(args, desk, show).await,
        AdminCommand::Payments(command) => payments::run(command, desk, show).await,
        AdminCommand::Float(args) => money::float(args, desk, show).await,
        AdminCommand::Ticket(args) => money::ticket(args, desk, show).await,
        AdminCommand::Balance { member } => money::balance(member, desk, show).await,
        AdminCommand::Order(command) => order::run(command, desk, show).await,
        AdminCommand::Pending { command } => {
            let command = command.unwrap_or(order::PendingCommand::List);
            order::pending(command, desk, show).await
        }
        AdminCommand::Orphans => order::orphans(desk, show).await,
        AdminCommand::Resolve(args) => order::resolve(args, desk, show).await,
        AdminCommand::Refund(args) => order::refund(args, desk, show).await,
        AdminCommand::Cancel(args) => order::cancel(args, desk, show).await,
        AdminCommand::Books => {
            let closes = money::books(desk, show).await?;
            return Ok(if closes {
                Ended::Well
            } else {
                Ended::BooksOpen
            });
        }
    }?;
    Ok(Ended::Well)
}

/// Every entry of a list, page by page. `path` may narrow the list down by a query.
async fn pages(desk: &Desk, path: &str, name: &str) -> Result<Value, DeskError> {
    let mut all = Vec::new();
    let joint = if path.contains('?') { '&' } else { '?' };
    let first = format!("{path}{joint}limit=200");
    let mut next = first.clone();
    loop {
        let mut page = desk.get(&next).await?;
        if let Value::Array(rows) = page[name].take() {
            all.extend(rows);
        }
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{first}&cursor={cursor}"),
            None => return Ok(Value::Array(all)),
        }
    }
}
