//! Ports: what the engine needs from the outside, one trait a file.

mod accounts;
mod catalog;
mod clock;
mod duty;
mod feed;
mod gateway;
mod ledger;
mod members;
mod notifier;
mod outbox;
mod pace;
mod queue;
mod store;
mod supplier;
mod vault;

pub use accounts::{AccountError, Accounts, OpenedAccount};
pub use catalog::{Catalog, ChangeError};
pub use clock::{Clock, Dice, Sleep};
pub use duty::Duty;
pub use feed::BankFeed;
pub use gateway::PaymentGateway;
pub use ledger::{Ledger, OrderFilter, Page, PaymentFilter, TrialBalance};
pub use members::{KnownKey, Members};
pub use notifier::{Message, Notifier};
pub use outbox::{Outbox, OutboxDepth};
pub use pace::Pace;
pub use queue::Queue;
pub use store::{Depth, Due, INQUIRY_KEPT, InboxRow, InboxState, Store, SupplierFunds};
pub use supplier::Supplier;
pub use vault::{Vault, VaultError};
