//! What the provider decides: who may buy, what a repeated call means, and what a purchase becomes.
//!
//! The rules, from the developer pages: a known `ref_id` answers its current state and costs nothing; a formed
//! failure is replayed for ever; an id that formed nothing, or that was forgotten after 90 days, buys afresh.

use std::{
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    bills::BillRow,
    config::{ChangedPayload, Config, TooSoon},
    counter::Counter,
    fault::Fault,
    ledger::{Order, Purchase, ViolationKind, new_sn},
    premises::Premises,
    rc::{self, Status},
    script::Plan,
    sign,
    wire::{self, PurchaseRequest},
};

/// One account and everything behind its counter.
#[derive(Debug)]
pub(crate) struct Shop {
    pub(crate) config: Config,
    pub(crate) premises: Arc<Premises>,
    counter: Mutex<Counter>,
}

/// The reading endpoints, for which faults can be queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `POST /cek-saldo`.
    Balance,
    /// `POST /price-list`.
    PriceList,
    /// `POST /deposit`.
    Ticket,
    /// `inq-pasca`.
    Inquiry,
    /// `POST /inquiry-pln`.
    PlnCustomer,
}

/// Where a ticket can be paid to.
const BANKS: [&str; 6] = ["Flip", "ShopeePay", "BCA", "MANDIRI", "BRI", "BNI"];

/// What is to be answered.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) data: Value,
    pub(crate) http: u16,
    pub(crate) faults: Vec<Fault>,
    /// The transaction formed by this very call.
    pub(crate) born: Option<usize>,
}

/// A call under way; dropping it is its end, also when the caller hangs up.
#[derive(Debug)]
pub(crate) struct UnderWay {
    shop: Arc<Shop>,
    ref_id: String,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let now_ms = self.shop.premises.clock.now_ms();
        self.shop.counter().end_call(&self.ref_id, now_ms);
    }
}

impl Shop {
    pub(crate) fn new(config: Config, premises: Arc<Premises>) -> Self {
        Self {
            premises,
            counter: Mutex::new(Counter::new(&config)),
            config,
        }
    }

    pub(crate) fn counter(&self) -> MutexGuard<'_, Counter> {
        self.counter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn posts_of(&self, ref_id: &str) -> u32 {
        self.counter().posts_of(ref_id)
    }

    /// A call about this id, until what it gives is dropped.
    pub(crate) fn under_way(self: &Arc<Self>, ref_id: &str) -> UnderWay {
        UnderWay {
            shop: Arc::clone(self),
            ref_id: ref_id.to_owned(),
        }
    }

    pub(crate) fn refuse(
        &self,
        code: &str,
        caller: IpAddr,
        echo: Option<&PurchaseRequest>,
    ) -> Told {
        let echo = echo.filter(|_| !self.config.bare_refusals);
        Told {
            data: wire::refusal(code, caller, echo),
            http: self.config.refusal_http_status,
            faults: Vec::new(),
            born: None,
        }
    }

    /// Why the credentials of a request are no good, if so.
    pub(crate) fn stranger(
        &self,
        username: &str,
        sign: &str,
        suffix: &str,
    ) -> Option<&'static str> {
        if username != self.config.username {
            return Some("42");
        }
        let due = sign::request_sign(username, &self.config.api_key, suffix);
        (sign != due).then_some("41")
    }

    /// `POST /cek-saldo`.
    pub(crate) fn balance(&self, body: &[u8], caller: IpAddr) -> Told {
        let read =
            wire::object(body).filter(|request| wire::text(request, "cmd") == Some("deposit"));
        let mut told = match self.admit(read.as_ref(), "depo") {
            Err(code) => self.refuse(code, caller, None),
            Ok(_) => Told::well(json!({"deposit": self.counter().books.balance()})),
        };
        told.faults = self.queued(Endpoint::Balance);
        told
    }

    /// `POST /price-list`. Prepaid and pasca share the window.
    pub(crate) fn price_list(&self, body: &[u8], caller: IpAddr) -> Told {
        let read = wire::object(body);
        let mut told = match self.admit(read.as_ref(), "pricelist") {
            Err(code) => self.refuse(code, caller, None),
            Ok(request) => match wire::text(request, "cmd") {
                Some(list @ ("prepaid" | "pasca")) => {
                    let now_ms = self.premises.clock.now_ms();
                    let mut counter = self.counter();
                    if counter.list_too_soon(&self.config, request.contains_key("code"), now_ms) {
                        self.refuse("83", caller, None)
                    } else if list == "prepaid" {
                        Told::well(wire::price_list(&counter.products, request))
                    } else {
                        let rows = counter.bills.iter().map(BillRow::listed);
                        Told::well(rows.collect())
                    }
                }
                _ => self.refuse("40", caller, None),
            },
        };
        told.faults = self.queued(Endpoint::PriceList);
        told
    }

    /// `POST /deposit`: what to transfer, with a tail that tells it from others.
    pub(crate) fn ticket(&self, body: &[u8], caller: IpAddr) -> Told {
        let read = wire::object(body);
        let mut told = match self.admit(read.as_ref(), "deposit") {
            Err(code) => self.refuse(code, caller, None),
            Ok(request) => {
                // The table of fields says one, the example the other.
                let bank = ["bank", "Bank"]
                    .into_iter()
                    .find_map(|name| wire::text(request, name));
                let known = bank.filter(|bank| BANKS.contains(bank));
                let amount = request.get("amount").and_then(Value::as_i64);
                let owner = wire::text(request, "owner_name");
                match (amount, known, owner) {
                    (Some(amount), Some(bank), Some(_)) if amount > 0 => Told::well(json!({
                        "rc": "00", "bank": bank, "payment_method": "Bank Transfer",
                        "account_no": "0123 4567 89", "notes": "A6R5UPV", "amount": amount + 1,
                    })),
                    _ => self.refuse("64", caller, None),
                }
            }
        };
        told.faults = self.queued(Endpoint::Ticket);
        told
    }

    pub(crate) fn admit<'a>(
        &self,
        request: Option<&'a serde_json::Map<String, Value>>,
        suffix: &str,
    ) -> Result<&'a serde_json::Map<String, Value>, &'static str> {
        let request = request.ok_or("40")?;
        let username = wire::text(request, "username").ok_or("40")?;
        let sign = wire::text(request, "sign").ok_or("40")?;
        self.stranger(username, sign, suffix)
            .map_or(Ok(request), Err)
    }

    fn queued(&self, endpoint: Endpoint) -> Vec<Fault> {
        self.counter().queued(endpoint)
    }

    /// `POST /transaction`, prepaid.
    pub(crate) fn purchase(
        self: &Arc<Self>,
        body: &[u8],
        caller: IpAddr,
    ) -> (Told, Option<UnderWay>) {
        let Some(request) = PurchaseRequest::read(body) else {
            return (self.refuse("40", caller, None), None);
        };
        if let Some(code) = self.stranger(&request.username, &request.sign, &request.ref_id) {
            return (self.refuse(code, caller, None), None);
        }
        let now_ms = self.premises.clock.now_ms();
        let mut counter = self.counter();
        let hasty = counter.begin_call(&self.config, &request.ref_id, now_ms);
        let known = counter.books.id_of(&request.ref_id);
        let told = match known {
            Some(id) if counter.remembers(&self.config, id, now_ms) => {
                self.again(&mut counter, id, &request, caller, hasty, now_ms)
            }
            Some(_) => {
                counter
                    .books
                    .violate(ViolationKind::Forgotten, &request.ref_id, now_ms);
                self.afresh(&mut counter, &request, caller, now_ms)
            }
            None => self.afresh(&mut counter, &request, caller, now_ms),
        };
        let under_way = self.under_way(&request.ref_id);
        (told, Some(under_way))
    }

    /// A call for a transaction that exists: its current state, and no money moves.
    fn again(
        &self,
        counter: &mut Counter,
        id: usize,
        request: &PurchaseRequest,
        caller: IpAddr,
        hasty: bool,
        now_ms: i64,
    ) -> Told {
        let Some(order) = counter.books.order_mut(id) else {
            return self.refuse("50", caller, Some(request));
        };
        order.row.posts += 1;
        let faults = order.plan.on_call(order.row.posts);
        let same = order.row.customer_no == request.customer_no
            && order.row.sku.eq_ignore_ascii_case(&request.sku);
        if !same {
            counter
                .books
                .violate(ViolationKind::ChangedPayload, &request.ref_id, now_ms);
            if self.config.changed_payload == ChangedPayload::Refuse {
                return self.refuse("49", caller, Some(request));
            }
        }
        if let Some(code) = refused_by(&faults) {
            let told = self.refuse(code, caller, Some(request));
            return Told { faults, ..told };
        }
        if hasty && self.config.too_soon == TooSoon::BuyAgain {
            counter.books.execute_again(id, now_ms);
        }
        Told {
            faults,
            ..Told::well(counter.state_of(id))
        }
    }

    /// A call for an id nobody knows: a purchase.
    fn afresh(
        &self,
        counter: &mut Counter,
        request: &PurchaseRequest,
        caller: IpAddr,
        now_ms: i64,
    ) -> Told {
        let product = counter.product(&request.sku).cloned();
        let plan = match counter.objection(request, product.as_ref(), now_ms) {
            Some(code) => Plan::rc(code),
            None => counter
                .rules
                .take(&request.ref_id, &request.customer_no, &request.sku)
                .unwrap_or_else(|| documented(request, self.config.webhook_delay)),
        };
        let faults = plan.on_call(1);
        let code = refused_by(&faults).unwrap_or(&plan.rc).to_owned();
        if refused_by(&faults).is_some() || !rc::find_or_unknown(&code).formed {
            // rc 49 is the one refusal after which asking again is no mistake: something exists.
            if faults.is_empty() && code != "49" {
                counter.remember_refusal(&request.ref_id);
            }
            let told = self.refuse(&code, caller, Some(request));
            return Told { faults, ..told };
        }
        let order = Order {
            row: Purchase::begun(
                &request.ref_id,
                &request.sku,
                &request.customer_no,
                product.map_or(0, |row| row.price),
                now_ms,
            ),
            plan,
            callback_url: request.callback_url.clone(),
        };
        if rc::find_or_unknown(&code).status != Status::Gagal {
            counter.take_from_stock(&request.sku);
        }
        let id = counter.books.form(order, &code, new_sn(now_ms), now_ms);
        Told {
            faults,
            born: Some(id),
            ..Told::well(counter.state_of(id))
        }
    }

    /// Gives a transaction another code, as the seller's word arriving later.
    pub(crate) fn settle(&self, id: usize, code: &str) {
        let now_ms = self.premises.clock.now_ms();
        self.counter()
            .books
            .settle(id, code, new_sn(now_ms), now_ms);
    }
}

impl Told {
    pub(crate) fn well(data: Value) -> Self {
        Self {
            data,
            http: 200,
            faults: Vec::new(),
            born: None,
        }
    }
}

fn refused_by(faults: &[Fault]) -> Option<&str> {
    faults.iter().find_map(|fault| {
        if let Fault::RefusePost(code) = fault {
            Some(code.as_str())
        } else {
            None
        }
    })
}

/// What happens when nothing was scripted: the documented test numbers, and a success for all others.
fn documented(request: &PurchaseRequest, delay: Duration) -> Plan {
    if !request.sku.eq_ignore_ascii_case("xld10") {
        return Plan::sukses();
    }
    match request.customer_no.as_str() {
        "087800001230" => Plan::sukses().sn("1234567890"),
        "087800001232" => Plan::gagal(),
        "087800001233" => Plan::pending().then(delay, "00").sn("1234567890"),
        "087800001234" => Plan::pending().then(delay, "02"),
        _ => Plan::sukses(),
    }
}
