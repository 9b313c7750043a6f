//! The one rule by which every store commits (D7): a unit of [`Changes`] is checked against the rows it touches and written, or
//! refused without a trace.

mod apply;
mod attempts;
mod changes;
mod money;
mod orders;
mod outbox;
mod payments;
mod quotas;
mod touch;
mod verdict;
mod view;

pub use apply::{apply, apply_one};
pub use changes::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, EndpointStateWrite, Nonce, OrderWrite, OutboxKey,
    OutboxRow, PaymentWrite, QuotaLimit, WalletFlag,
};
pub use touch::{Guarded, Touch, touched};
pub use verdict::{Done, Refused, Unavailable, Verdict};
pub use view::{GuardKey, View};
