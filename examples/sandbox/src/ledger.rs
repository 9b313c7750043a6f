//! The sandbox's own books: what was bought, what was handed out, what it cost, and what the caller did wrong.
//!
//! An independent witness. Nothing here is shared with the engine under test, so agreement between the two
//! means something. [`Ledger::closes`] recounts the deposit from the purchases.

use std::{
    collections::HashMap,
    sync::atomic::{AtomicU64, Ordering},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    clock,
    rc::{self, Status},
    script::Plan,
};

/// A copy of the books at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The sandbox's name.
    pub name: String,
    /// What the deposit started with, whole rupiah.
    pub opening_balance: i64,
    /// What was added since; negative if taken out.
    pub topped_up: i64,
    /// The deposit now, whole rupiah.
    pub balance: i64,
    /// Every transaction formed, oldest first.
    pub purchases: Vec<Purchase>,
    /// What a careful caller never does.
    pub violations: Vec<Violation>,
}

impl Ledger {
    /// The latest transaction under this id.
    pub fn purchase(&self, ref_id: &str) -> Option<&Purchase> {
        self.purchases.iter().rev().find(|row| row.ref_id == ref_id)
    }

    /// How many times goods were handed out to a number, a success that was later taken back included.
    pub fn deliveries_to(&self, customer_no: &str) -> u32 {
        self.purchases
            .iter()
            .filter(|row| row.customer_no == customer_no)
            .map(|row| row.deliveries)
            .sum()
    }

    /// Whether the deposit is what was put in less what the purchases cost.
    pub fn closes(&self) -> bool {
        let charged: i64 = self.purchases.iter().map(|row| row.charged).sum();
        self.balance == self.opening_balance + self.topped_up - charged
    }
}

/// A transaction formed at the provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The caller's id.
    pub ref_id: String,
    /// The product, spelled as it was ordered.
    pub sku: String,
    /// The destination.
    pub customer_no: String,
    /// Price of one execution, whole rupiah.
    pub price: i64,
    /// Where it stands.
    pub state: State,
    /// The code that goes with it.
    pub rc: String,
    /// The serial number of a delivery; kept after a reversal.
    pub sn: Option<String>,
    /// How many times the caller sent it.
    pub posts: u32,
    /// How many times it was asked about without buying.
    #[serde(default)]
    pub asks: u32,
    /// What the bill tells of itself, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Value>,
    /// How many times it was handed to the seller: more than once is a double purchase.
    pub executions: u32,
    /// How many times goods were handed out.
    pub deliveries: u32,
    /// What it takes from the deposit now, whole rupiah.
    pub charged: i64,
    /// The deposit after its last change; what answers about it say.
    pub balance_after: i64,
    /// First call, milliseconds since 1970 on the sandbox's clock.
    pub created_ms: i64,
    /// Last change, on the same clock.
    pub changed_ms: i64,
}

impl Purchase {
    /// Sent once, charged nothing yet; its code comes when it is filed.
    pub(crate) fn begun(
        ref_id: &str,
        sku: &str,
        customer_no: &str,
        price: i64,
        now_ms: i64,
    ) -> Self {
        Self {
            ref_id: ref_id.to_owned(),
            sku: sku.to_owned(),
            customer_no: customer_no.to_owned(),
            price,
            state: State::Pending,
            rc: String::new(),
            sn: None,
            posts: 1,
            asks: 0,
            bill: None,
            executions: 1,
            deliveries: 0,
            charged: 0,
            balance_after: 0,
            created_ms: now_ms,
            changed_ms: now_ms,
        }
    }
}

/// A serial number that no sandbox of this process gives twice.
pub(crate) fn new_sn(now_ms: i64) -> String {
    static GIVEN: AtomicU64 = AtomicU64::new(0);
    format!("{now_ms}{:06}", GIVEN.fetch_add(1, Ordering::Relaxed))
}

/// Where a formed transaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Charged, not yet delivered.
    Pending,
    /// Charged and delivered.
    Sukses,
    /// Not charged, nothing delivered (unless it was delivered before and failed afterwards).
    Gagal,
    /// The money was given back by rc 74.
    Refunded,
}

/// Something a careful caller never does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// What it did.
    pub kind: ViolationKind,
    /// For which id.
    pub ref_id: String,
    /// On the sandbox's clock, milliseconds since 1970.
    pub at_ms: i64,
}

/// Kinds of [`Violation`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ViolationKind {
    /// A call began while another for the same id was under way.
    Concurrent,
    /// A call began sooner than `min_interval` after the end of the one before it.
    TooSoon,
    /// A known id with another SKU or number.
    ChangedPayload,
    /// An id was sent again after the provider had forgotten it, which buys anew.
    Forgotten,
    /// An id was sent again after a refusal that formed nothing and reached the caller unspoilt, which buys anew.
    AfterRefusal,
    /// An id was sent again to a provider that can be asked without buying.
    SentAgain,
}

/// A formed transaction with what its future holds.
#[derive(Debug)]
pub(crate) struct Order {
    pub(crate) row: Purchase,
    pub(crate) plan: Plan,
    pub(crate) callback_url: Option<String>,
}

/// Money and transactions; every change to either goes through here.
#[derive(Debug)]
pub(crate) struct Books {
    opening_balance: i64,
    topped_up: i64,
    balance: i64,
    orders: Vec<Order>,
    by_ref: HashMap<String, usize>,
    by_number: HashMap<String, Vec<usize>>,
    pub(crate) violations: Vec<Violation>,
}

impl Books {
    pub(crate) fn new(opening_balance: i64) -> Self {
        Self {
            opening_balance,
            topped_up: 0,
            balance: opening_balance,
            orders: Vec::new(),
            by_ref: HashMap::new(),
            by_number: HashMap::new(),
            violations: Vec::new(),
        }
    }

    /// The newest transaction for these goods and this destination on a WIB calendar day.
    pub(crate) fn newest(&self, sku: &str, customer_no: &str, day: i64) -> Option<usize> {
        let ids = self.by_number.get(customer_no)?;
        ids.iter().rev().copied().find(|id| {
            self.orders.get(*id).is_some_and(|order| {
                order.row.sku.eq_ignore_ascii_case(sku) && clock::day(order.row.created_ms) == day
            })
        })
    }

    pub(crate) fn balance(&self) -> i64 {
        self.balance
    }

    pub(crate) fn top_up(&mut self, amount: i64) {
        self.topped_up += amount;
        self.balance += amount;
    }

    pub(crate) fn id_of(&self, ref_id: &str) -> Option<usize> {
        self.by_ref.get(ref_id).copied()
    }

    /// How many transactions were formed; their ids are below it, oldest first.
    pub(crate) fn len(&self) -> usize {
        self.orders.len()
    }

    pub(crate) fn order(&self, id: usize) -> Option<&Order> {
        self.orders.get(id)
    }

    pub(crate) fn order_mut(&mut self, id: usize) -> Option<&mut Order> {
        self.orders.get_mut(id)
    }

    pub(crate) fn orders_for(&self, customer_no: &str) -> impl Iterator<Item = &Purchase> {
        self.by_number
            .get(customer_no)
            .into_iter()
            .flatten()
            .filter_map(|id| self.orders.get(*id))
            .map(|order| &order.row)
    }

    /// [`Ledger::deliveries_to`] of the books as they stand.
    pub(crate) fn deliveries_to(&self, customer_no: &str) -> u32 {
        let orders = self.orders_for(customer_no);
        orders.map(|row| row.deliveries).sum()
    }

    /// Files a new transaction and gives it its first code.
    pub(crate) fn form(&mut self, order: Order, rc: &str, sn: String, now_ms: i64) -> usize {
        let status = rc::find_or_unknown(rc).status;
        self.form_as(order, (rc, status), sn, now_ms)
    }

    /// The same with a code of another table, and what that says of it.
    pub(crate) fn form_as(
        &mut self,
        order: Order,
        fate: (&str, Status),
        sn: String,
        now_ms: i64,
    ) -> usize {
        let id = self.orders.len();
        self.by_ref.insert(order.row.ref_id.clone(), id);
        self.by_number
            .entry(order.row.customer_no.clone())
            .or_default()
            .push(id);
        self.orders.push(order);
        self.settle_as(id, fate, sn, now_ms);
        id
    }

    /// Gives a transaction another code and moves the money that goes with it.
    ///
    /// Said again, it changes nothing: a delivered transaction is neither charged nor delivered twice.
    pub(crate) fn settle(&mut self, id: usize, code: &str, sn: String, now_ms: i64) {
        let status = rc::find_or_unknown(code).status;
        self.settle_as(id, (code, status), sn, now_ms);
    }

    /// The same with a code of another table, and what that says of it.
    pub(crate) fn settle_as(
        &mut self,
        id: usize,
        (code, status): (&str, Status),
        sn: String,
        now_ms: i64,
    ) {
        let Some(Order { row, plan, .. }) = self.orders.get_mut(id) else {
            return;
        };
        let due = match status {
            Status::Sukses | Status::Pending => row.price * i64::from(row.executions),
            Status::Gagal => 0,
        };
        self.balance -= due - row.charged;
        row.charged = due;
        row.state = match status {
            Status::Sukses => State::Sukses,
            Status::Pending => State::Pending,
            Status::Gagal if code == "74" => State::Refunded,
            Status::Gagal => State::Gagal,
        };
        if status == Status::Sukses {
            row.deliveries = row.executions;
            row.sn.get_or_insert_with(|| plan.sn.clone().unwrap_or(sn));
        }
        code.clone_into(&mut row.rc);
        row.balance_after = self.balance;
        row.changed_ms = now_ms;
    }

    /// Hands a live transaction to the seller once more: the accident of two calls close together.
    pub(crate) fn execute_again(&mut self, id: usize, now_ms: i64) {
        let Some(Order { row, .. }) = self.orders.get_mut(id) else {
            return;
        };
        if row.charged == 0 {
            return;
        }
        row.executions += 1;
        let (rc, sn) = (row.rc.clone(), row.sn.clone().unwrap_or_default());
        self.settle(id, &rc, sn, now_ms);
    }

    pub(crate) fn violate(&mut self, kind: ViolationKind, ref_id: &str, at_ms: i64) {
        self.violations.push(Violation {
            kind,
            ref_id: ref_id.to_owned(),
            at_ms,
        });
    }

    pub(crate) fn copy(&self, name: &str) -> Ledger {
        Ledger {
            name: name.to_owned(),
            opening_balance: self.opening_balance,
            topped_up: self.topped_up,
            balance: self.balance,
            purchases: self.orders.iter().map(|order| order.row.clone()).collect(),
            violations: self.violations.clone(),
        }
    }
}
