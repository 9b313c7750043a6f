//! The write is a value (D2): everything one step writes. A store applies all of it or none of it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::{Quota, QuotaKey};
use crate::ids::{GatewayId, InboxId, InquiryId, MemberId, OrderId, SubjectId};
use crate::ledger::Transfer;
use crate::money::Money;
use crate::order::{Attempt, LogRow, Order};
use crate::payment::Payment;
use crate::text::{KeyId, TheirRef};
use crate::time::Timestamp;
use crate::webhook::EndpointState;

/// One unit of work. All of it is committed, or none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// When it was decided, by the engine's clock; the time of its transfers.
    pub at: Timestamp,
    /// Orders, each new or replacing the version it names.
    pub orders: Vec<OrderWrite>,
    /// Attempts, new or replaced; guarded by the version of their order.
    pub attempts: Vec<Attempt>,
    /// What was heard or decided.
    pub log: Vec<LogRow>,
    /// Money that moves.
    pub transfers: Vec<Transfer>,
    /// Callbacks that this unit applies: they leave the inbox for the log.
    pub inbox_done: Vec<InboxId>,
    /// Callbacks that could not be read: one more try is counted.
    pub inbox_tries: Vec<InboxId>,
    /// Cases opened or closed.
    pub cases: Vec<CaseWrite>,
    /// Wallets frozen or thawed.
    pub wallet_flags: Vec<WalletFlag>,
    /// Nonces of changing calls, and inquiries that orders pay: each is used once.
    pub nonces: Vec<Nonce>,
    /// What others must learn, and tries of it that failed.
    pub outbox: Vec<OutboxRow>,
    /// What was delivered, or need not be.
    pub outbox_done: Vec<OutboxKey>,
    /// Endpoints as delivery left them.
    pub endpoint_states: Vec<EndpointStateWrite>,
    /// Deposits through gateways, each new or replacing the version it names.
    pub payments: Vec<PaymentWrite>,
    /// The quotas that its new attempts take of, as they were when the routes were chosen: one of them that is reached refuses the unit.
    pub quotas: Vec<QuotaLimit>,
}

impl Changes {
    /// A unit of `now` that writes nothing yet.
    pub const fn at(now: Timestamp) -> Self {
        Self {
            at: now,
            orders: Vec::new(),
            attempts: Vec::new(),
            log: Vec::new(),
            transfers: Vec::new(),
            inbox_done: Vec::new(),
            inbox_tries: Vec::new(),
            cases: Vec::new(),
            wallet_flags: Vec::new(),
            nonces: Vec::new(),
            outbox: Vec::new(),
            outbox_done: Vec::new(),
            endpoint_states: Vec::new(),
            payments: Vec::new(),
            quotas: Vec::new(),
        }
    }
}

/// A quota, and how much it allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuotaLimit {
    /// Which.
    pub key: QuotaKey,
    /// At most this.
    pub quota: Quota,
}

/// An order to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderWrite {
    /// The order after the step; its version is the new one.
    pub order: Order,
    /// The version it replaces; `None` for a new order.
    pub replaces: Option<u32>,
}

/// A deposit through a gateway to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentWrite {
    /// The deposit after the step; its version is the new one.
    pub payment: Payment,
    /// The version it replaces; `None` for a new one.
    pub replaces: Option<u32>,
}

/// What a person must look at (kasus).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// Which.
    pub key: CaseKey,
    /// The amount in question, if there is one.
    pub amount: Option<Money>,
    /// Since when.
    pub opened_at: Timestamp,
    /// By when a person should have ruled (INV-33).
    pub deadline: Timestamp,
}

/// A case is named by its subject, the version of it that opened the case, and what it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CaseKey {
    /// The order, deposit or other subject.
    pub subject: SubjectId,
    /// The version that opened it.
    pub version: u32,
    /// What it is about: one step can open several.
    pub kind: CaseKind,
}

/// What a case is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseKind {
    /// Checks are used up, or it waits too long.
    Escalated,
    /// Contradictory signals.
    Disputed,
    /// Delivered after the money went back.
    LateSuccess,
    /// Delivered, then reversed; the supplier owes us.
    Reversed,
    /// A second delivery for one order.
    Surplus,
    /// Billed above the cap; without an amount, billed something that cannot be read.
    OverCap,
    /// An invariant of the books would have broken; the wallet is frozen (D29).
    Broken,
    /// A callback could not be read or applied three times (INV-28): of the order that it names, else of its supplier.
    Unreadable,
    /// A purchase that a restore had lost was delivered; without an amount, at a cost that the supplier did not say (INV-31).
    Orphan,
    /// A message that is no proof speaks against how the order was settled, and its supplier cannot be asked or does not say (INV-33, INV-35).
    Hinted,
    /// A deposit came in as another amount than was asked for and lies in suspense (E-28); without an amount, or beside one that was booked, the gateway tells
    /// of money that fits no deposit, which is not booked.
    DepositAmount,
    /// A deposit turned: paid after its end and credited (E-29), or taken back (E-32).
    DepositTurned,
}

/// A case opened or closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CaseWrite {
    /// A new case. Opening it again changes nothing.
    Open(Case),
    /// A person's deadline moved.
    Extend {
        /// Which.
        key: CaseKey,
        /// The new deadline.
        deadline: Timestamp,
    },
    /// It is settled. Closing it again changes nothing.
    Close(CaseKey),
}

/// A wallet frozen or thawed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletFlag {
    /// Whose.
    pub member: MemberId,
    /// Whether holds are refused from now on.
    pub frozen: bool,
}

/// A nonce of a changing call, or an inquiry that an order pays.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Nonce {
    /// The key whose call it was.
    pub key: KeyId,
    /// The text.
    pub nonce: String,
}

impl Nonce {
    /// What an order that pays this inquiry spends: an inquiry is paid once (E-35). No API key has that name.
    pub fn of_inquiry(inquiry: InquiryId) -> Self {
        Self {
            key: KeyId::of_inquiries(),
            nonce: inquiry.to_string(),
        }
    }

    /// What keeping a notification of a gateway spends: the same one is kept once (money-safety 8.6). No API key has that name.
    pub fn of_notification(gateway: GatewayId, body: &[u8]) -> Self {
        let mut text = format!("{gateway}:");
        for byte in Sha256::digest(body) {
            // Writing into a text never fails.
            let _ = write!(text, "{byte:02x}");
        }
        Self {
            key: KeyId::of_notifications(),
            nonce: text,
        }
    }

    /// What consuming this line of a bank's statement spends: it is one deposit's, or lies in suspense once (INV-23). No API key has that name.
    pub fn of_line(bank: GatewayId, key: &TheirRef) -> Self {
        Self {
            key: KeyId::of_lines(),
            nonce: format!("{bank}:{key}"),
        }
    }

    /// The same by the id that its feed has given it.
    pub(crate) fn of_line_id(bank: GatewayId, id: &TheirRef) -> Self {
        Self {
            key: KeyId::of_lines(),
            nonce: format!("{bank}#{id}"),
        }
    }

    /// The subject in the books of the line that this is.
    pub(crate) fn subject(&self) -> SubjectId {
        let digest: [u8; 32] = Sha256::new()
            .chain_update(b"bank line")
            .chain_update(&self.nonce)
            .finalize()
            .into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        SubjectId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Whether it is of a line of a bank's statement.
    pub(crate) fn is_of_line(&self) -> bool {
        self.key == KeyId::of_lines()
    }
}

/// What a member must learn of an order; rendered when it is sent (INV-29). One row an order: a newer revision takes its place. Written only
/// for members whose endpoint is active.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRow {
    /// Of which order.
    pub order: OrderId,
    /// Who must learn it.
    pub member: MemberId,
    /// Which change of it.
    pub revision: u32,
    /// When to deliver; `None` once it is parked: all its tries failed.
    pub due: Option<Timestamp>,
    /// Tries so far. With tries it is bookkeeping: it replaces a row of the same revision and says nothing without one.
    pub tries: u16,
}

impl OutboxRow {
    /// What its member must learn of `order`, as soon as possible.
    pub const fn now(order: &Order, now: Timestamp) -> Self {
        Self {
            order: order.id,
            member: order.member,
            revision: order.revision,
            due: Some(now),
            tries: 0,
        }
    }

    /// Its key.
    pub const fn key(&self) -> OutboxKey {
        OutboxKey {
            order: self.order,
            revision: self.revision,
        }
    }
}

/// What was delivered: the row of this order leaves unless a newer revision took its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxKey {
    /// Of which order.
    pub order: OrderId,
    /// The revision that was sent.
    pub revision: u32,
}

/// An endpoint as delivery left it. Says nothing of an endpoint that was set again since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointStateWrite {
    /// Whose.
    pub member: MemberId,
    /// The version of the endpoint that was called.
    pub version: u32,
    /// What came of it.
    pub state: EndpointState,
}
