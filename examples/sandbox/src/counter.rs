//! Behind the counter: the state of one account, and the checks that look at it before a sale.

use std::collections::HashMap;

use serde_json::Value;

use crate::{
    biller::Asked,
    bills::BillRow,
    clock::{self, millis},
    config::{Config, ProductRow},
    fault::Fault,
    ledger::{Books, State, ViolationKind},
    script::Rules,
    shop::Endpoint,
    wire::{self, PurchaseRequest},
};

/// Everything that changes, behind one lock that is never held across a wait.
#[derive(Debug)]
pub(crate) struct Counter {
    pub(crate) books: Books,
    pub(crate) rules: Rules,
    pub(crate) products: Vec<ProductRow>,
    pub(crate) bills: Vec<BillRow>,
    /// Bills that were looked up, by the id they are paid under.
    pub(crate) asked: HashMap<String, Asked>,
    /// What customers owe that is not what the kind of bill says.
    pub(crate) debts: HashMap<String, i64>,
    pub(crate) faults: HashMap<Endpoint, Vec<Fault>>,
    calls: HashMap<String, Calls>,
    list_at_ms: Option<i64>,
    code_at_ms: Option<i64>,
}

/// The calls made for one `ref_id`, formed or not.
#[derive(Debug, Default)]
struct Calls {
    count: u32,
    under_way: u32,
    ended_ms: Option<i64>,
    refused: bool,
}

impl Counter {
    pub(crate) fn new(config: &Config) -> Self {
        Self {
            books: Books::new(config.opening_balance),
            rules: Rules::default(),
            products: config.products.clone(),
            bills: config.bills.clone(),
            asked: HashMap::new(),
            debts: HashMap::new(),
            faults: HashMap::new(),
            calls: HashMap::new(),
            list_at_ms: None,
            code_at_ms: None,
        }
    }

    pub(crate) fn posts_of(&self, ref_id: &str) -> u32 {
        self.calls.get(ref_id).map_or(0, |calls| calls.count)
    }

    /// The caller was told that nothing exists under this id.
    pub(crate) fn remember_refusal(&mut self, ref_id: &str) {
        if let Some(calls) = self.calls.get_mut(ref_id) {
            calls.refused = true;
        }
    }

    pub(crate) fn end_call(&mut self, ref_id: &str, now_ms: i64) {
        if let Some(calls) = self.calls.get_mut(ref_id) {
            calls.under_way = calls.under_way.saturating_sub(1);
            calls.ended_ms = Some(now_ms);
        }
    }

    /// A transaction as an answer tells it.
    pub(crate) fn state_of(&self, id: usize) -> Value {
        self.books
            .order(id)
            .map_or(Value::Null, |order| wire::transaction(&order.row))
    }

    pub(crate) fn product(&self, sku: &str) -> Option<&ProductRow> {
        self.products
            .iter()
            .find(|row| row.buyer_sku_code.eq_ignore_ascii_case(sku))
    }

    pub(crate) fn bill(&self, sku: &str) -> Option<&BillRow> {
        let mut rows = self.bills.iter();
        rows.find(|row| row.sku.eq_ignore_ascii_case(sku))
    }

    /// Whether the transaction under this id pays a bill.
    pub(crate) fn is_bill(&self, ref_id: &str) -> bool {
        let order = self.books.id_of(ref_id).and_then(|id| self.books.order(id));
        order.is_some_and(|order| order.row.bill.is_some())
    }

    /// What this customer's bill takes from the deposit.
    pub(crate) fn owed(&self, row: &BillRow, customer_no: &str) -> i64 {
        self.debts.get(customer_no).copied().unwrap_or(row.price)
    }

    /// The next fault that waits for this endpoint.
    pub(crate) fn queued(&mut self, endpoint: Endpoint) -> Vec<Fault> {
        match self.faults.get_mut(&endpoint) {
            Some(queue) if !queue.is_empty() => vec![queue.remove(0)],
            _ => Vec::new(),
        }
    }

    /// Replaces the product with the same SKU, or adds one.
    pub(crate) fn put_product(&mut self, row: ProductRow) {
        self.products
            .retain(|old| !old.buyer_sku_code.eq_ignore_ascii_case(&row.buyer_sku_code));
        self.products.push(row);
    }

    /// Takes the product with this SKU off the list.
    pub(crate) fn remove_product(&mut self, sku: &str) {
        self.products
            .retain(|old| !old.buyer_sku_code.eq_ignore_ascii_case(sku));
    }

    pub(crate) fn take_from_stock(&mut self, sku: &str) {
        let shelf = self
            .products
            .iter_mut()
            .find(|row| row.buyer_sku_code.eq_ignore_ascii_case(sku));
        if let Some(row) = shelf
            && !row.unlimited_stock
        {
            row.stock = row.stock.saturating_sub(1);
        }
    }

    /// Counts a call and says whether it came too soon after the one before.
    pub(crate) fn begin_call(&mut self, config: &Config, ref_id: &str, now_ms: i64) -> bool {
        let calls = self.calls.entry(ref_id.to_owned()).or_default();
        calls.count += 1;
        calls.under_way += 1;
        let wait_ms = millis(config.min_interval);
        // The end of a call is seen here a moment after the caller saw it when it was the caller who hung up.
        let slack_ms = (wait_ms / 10).min(100);
        let kind = if calls.under_way > 1 {
            Some(ViolationKind::Concurrent)
        } else if calls
            .ended_ms
            .is_some_and(|ended_ms| now_ms - ended_ms < wait_ms - slack_ms)
        {
            Some(ViolationKind::TooSoon)
        } else {
            None
        };
        if std::mem::take(&mut calls.refused) {
            self.books
                .violate(ViolationKind::AfterRefusal, ref_id, now_ms);
        }
        if let Some(kind) = kind {
            self.books.violate(kind, ref_id, now_ms);
        }
        kind.is_some()
    }

    pub(crate) fn remembers(&self, config: &Config, id: usize, now_ms: i64) -> bool {
        self.books
            .order(id)
            .is_some_and(|order| now_ms - order.row.created_ms <= millis(config.ref_id_memory))
    }

    /// What the provider itself has against a purchase, before any seller is asked.
    pub(crate) fn objection(
        &self,
        request: &PurchaseRequest,
        product: Option<&ProductRow>,
        now_ms: i64,
    ) -> Option<&'static str> {
        let Some(product) = product.filter(|row| row.buyer_product_status) else {
            return Some("43");
        };
        if !product.seller_product_status {
            return Some("53");
        }
        if clock::in_window(now_ms, &product.start_cut_off, &product.end_cut_off) {
            return Some("58");
        }
        if !product.unlimited_stock && product.stock == 0 {
            return Some("68");
        }
        if request.max_price.is_some_and(|cap| product.price > cap) {
            return Some("69");
        }
        let repeated = self.books.orders_for(&request.customer_no).any(|row| {
            row.sku.eq_ignore_ascii_case(&request.sku)
                && matches!(row.state, State::Pending | State::Sukses)
                && clock::day(row.created_ms) == clock::day(now_ms)
        });
        if repeated && !product.multi {
            return Some("63");
        }
        (self.books.balance() < product.price).then_some("44")
    }

    pub(crate) fn list_too_soon(&mut self, config: &Config, one_code: bool, now_ms: i64) -> bool {
        let (last, interval) = if one_code {
            (&mut self.code_at_ms, config.price_list_code_interval)
        } else {
            (&mut self.list_at_ms, config.price_list_interval)
        };
        let too_soon = last.is_some_and(|at_ms| now_ms - at_ms < millis(interval));
        if !too_soon {
            *last = Some(now_ms);
        }
        too_soon
    }
}
