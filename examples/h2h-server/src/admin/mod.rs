//! What operators ask and are told: the types of `/api/v1/admin`, one file a subject, for both ends. The routes read the requests and
//! write the answers; the command line writes the requests and reads the answers, so neither can drift from the other.
//!
//! Names stand for things as people write them: a member's code, a supplier's slug, a product's code. Amounts that members see are
//! whole rupiah; costs may have two decimals.

mod account;
mod amount;
mod backup;
mod books;
mod buyer;
mod catalog;
mod deposit;
mod entry;
mod key;
mod line;
mod member;
mod money;
mod order;
mod orphan;
mod pending;
mod sync;
mod ticket;
mod webhook;

pub use account::{AccountSettings, json};
pub use amount::{Amount, CreditLimit};
pub use backup::{BackupTold, NewBackup};
pub use books::BooksTold;
pub use buyer::{BuyerIssued, BuyerTold, NewBuyer};
pub use catalog::{
    BasePrice, CatalogTold, Imported, PriceNamed, ProductTold, RouteTold, Switch, Switched,
    SwitchedRoute,
};
pub use deposit::{
    DepositAction, DepositChecked, DepositRow, DepositSearch, DepositsToCheck, DepositsToEnd,
};
pub use entry::{
    BalanceTold, CategoryChange, CategoryTold, GoodsTold, KeptIn, MappingChange, MappingTold,
    NewCategory, NewMapping, NewProduct, NewSupplier, ProductChange, SupplierChange, SupplierTold,
};
pub use key::{HolderTold, KeyIssued, KeyTold, NewKey};
pub use line::{LinesTaken, NewLine, NewLines};
pub use member::{LimitsChange, MemberChange, MemberTold, NewMember, WalletNote, WalletTold};
pub use money::{
    BalancesTold, DepositKind, FloatKind, MoneyMoved, NewDeposit, NewFloat, SupplierMoney,
};
pub use order::{
    AttemptTold, Cancel, ChoiceTold, LogTold, NewRefund, OrderRow, OrderSearch, OrderTold,
    RouteFound, Ruling,
};
pub use orphan::{OrphanTold, SightingTold};
pub use pending::{CaseToClaim, CaseToClose, PendingTold};
pub use sync::{ApprovalTold, Decision, NewSync, RemarkTold, StatisticsTold, SyncTold};
pub use ticket::{NewTicket, TicketTold};
pub use webhook::{NewWebhook, Replay, ToldAgain, WebhookFormat, WebhookTold};
