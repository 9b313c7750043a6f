//! Bills: `inq-pasca`, `pay-pasca`, `status-pasca`, and who a PLN customer is.
//!
//! The rules, from the developer pages: a bill is looked up under a fresh `ref_id` and paid under the same one, for the same product and customer, on the same
//! calendar day. Asking moves no money. What a second payment does is not documented; here it is a violation and pays again, because a caller must never find out.

use std::{net::IpAddr, sync::Arc};

use serde_json::{Map, Value, json};

use crate::{
    bills::{self, BillRow},
    clock,
    counter::Counter,
    ledger::{Order, Purchase, ViolationKind, new_sn},
    rc::{self, Status},
    script::Plan,
    shop::{Endpoint, Shop, Told, UnderWay},
    wire::{self, BillRequest, Command},
};

/// A bill that was looked up.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    sku: String,
    customer_no: String,
    day: i64,
}

impl Shop {
    /// `POST /transaction` with `commands`.
    pub(crate) fn bill(self: &Arc<Self>, body: &[u8], caller: IpAddr) -> (Told, Option<UnderWay>) {
        let Some(request) = BillRequest::read(body) else {
            return (self.refuse("40", caller, None), None);
        };
        if let Some(code) = self.stranger(&request.username, &request.sign, &request.ref_id) {
            return (self.refuse(code, caller, None), None);
        }
        let now_ms = self.premises.clock.now_ms();
        let mut counter = self.counter();
        if request.command == Command::Inquire {
            let mut told = match looked_up(&mut counter, &request, now_ms) {
                Ok(data) => Told::well(data),
                Err(code) => self.refused_bill(code, caller, &request),
            };
            told.faults = counter.queued(Endpoint::Inquiry);
            return (told, None);
        }
        counter.begin_call(&self.config, &request.ref_id, now_ms);
        let told = match request.command {
            Command::Pay => self.pay(&mut counter, &request, caller, now_ms),
            Command::Status | Command::Inquire => self.status(&mut counter, &request, now_ms),
        };
        let under_way = self.under_way(&request.ref_id);
        (told, Some(under_way))
    }

    fn refused_bill(&self, code: &str, caller: IpAddr, request: &BillRequest) -> Told {
        let echo = request.as_purchase();
        self.refuse(code, caller, Some(&echo))
    }

    fn pay(
        &self,
        counter: &mut Counter,
        request: &BillRequest,
        caller: IpAddr,
        now_ms: i64,
    ) -> Told {
        if let Some(id) = counter.books.id_of(&request.ref_id) {
            counter
                .books
                .violate(ViolationKind::SentAgain, &request.ref_id, now_ms);
            counter.books.execute_again(id, now_ms);
            return Told::well(counter.state_of(id));
        }
        let (row, price) = match payable(counter, request, now_ms) {
            Ok(payable) => payable,
            Err(code) => return self.refused_bill(code, caller, request),
        };
        let plan = counter
            .rules
            .take(&request.ref_id, &request.customer_no, &request.sku)
            .unwrap_or_else(|| self.usual_payment(request));
        let faults = plan.on_call(1);
        let code = plan.rc.clone();
        if !rc::find_or_unknown(&code).formed {
            let told = self.refused_bill(&code, caller, request);
            return Told { faults, ..told };
        }
        let told_of = told_of(&row, request, price);
        let mut purchase = Purchase::begun(
            &request.ref_id,
            &request.sku,
            &request.customer_no,
            price,
            now_ms,
        );
        purchase.bill = Some(told_of);
        let order = Order {
            row: purchase,
            plan,
            callback_url: None,
        };
        let id = counter.books.form(order, &code, new_sn(now_ms), now_ms);
        Told {
            faults,
            born: Some(id),
            ..Told::well(counter.state_of(id))
        }
    }

    fn usual_payment(&self, request: &BillRequest) -> Plan {
        bills::payment(
            &request.sku,
            &request.customer_no,
            self.config.webhook_delay,
        )
    }

    /// Asking never moves money; of an id nobody knows only a message is told.
    fn status(&self, counter: &mut Counter, request: &BillRequest, now_ms: i64) -> Told {
        let known = counter.books.id_of(&request.ref_id);
        let remembered = known.filter(|id| counter.remembers(&self.config, *id, now_ms));
        let Some(order) = remembered.and_then(|id| counter.books.order_mut(id)) else {
            return Told::well(json!({"message": "Data belum ada"}));
        };
        order.row.asks += 1;
        let faults = order.plan.on_call(order.row.posts + order.row.asks);
        Told {
            faults,
            ..Told::well(wire::transaction(&order.row))
        }
    }

    /// `POST /inquiry-pln`.
    pub(crate) fn pln_customer(&self, body: &[u8], caller: IpAddr) -> Told {
        let request = wire::object(body);
        let number = request
            .as_ref()
            .and_then(|request| wire::text(request, "customer_no"));
        let mut told = match (&request, number) {
            (Some(request), Some(number)) => self.pln_customer_of(request, number, caller),
            _ => self.refuse("40", caller, None),
        };
        told.faults = self.counter().queued(Endpoint::PlnCustomer);
        told
    }

    fn pln_customer_of(&self, request: &Map<String, Value>, number: &str, caller: IpAddr) -> Told {
        if let Err(code) = self.admit(Some(request), number) {
            return self.refuse(code, caller, None);
        }
        // A meter that nobody has is an object of empty texts.
        let is_known = matches!(number.len(), 11 | 12) && !number.ends_with("999");
        let text = |text: &str| json!(if is_known { text } else { "" });
        Told::well(json!({
            "message": "Transaksi Sukses", "status": Status::Sukses.word(), "rc": "00", "customer_no": text(number), "meter_no": text(number),
            "subscriber_id": text("523300817840"), "name": text("DAVID"), "segment_power": text("R1 /000001300"),
        }))
    }
}

/// Looks a bill up under a fresh id.
fn looked_up(
    counter: &mut Counter,
    request: &BillRequest,
    now_ms: i64,
) -> Result<Value, &'static str> {
    let row = counter.bill(&request.sku).cloned().ok_or("43")?;
    let is_used = counter.asked.contains_key(&request.ref_id)
        || counter.books.id_of(&request.ref_id).is_some();
    if is_used {
        return Err("49");
    }
    if bills::inquiry_fails(&request.sku, &request.customer_no) {
        return Err("02");
    }
    let price = counter.owed(&row, &request.customer_no);
    if price <= 0 {
        return Err("60");
    }
    let asked = Asked {
        sku: request.sku.clone(),
        customer_no: request.customer_no.clone(),
        day: clock::day(now_ms),
    };
    counter.asked.insert(request.ref_id.clone(), asked);
    let mut data = told_of(&row, request, price);
    data["buyer_last_saldo"] = json!(counter.books.balance());
    data["message"] = json!("Transaksi Sukses");
    data["status"] = json!(Status::Sukses.word());
    data["rc"] = json!("00");
    Ok(data)
}

/// What a bill tells of itself, in an inquiry and in its payment alike.
fn told_of(row: &BillRow, request: &BillRequest, price: i64) -> Value {
    json!({
        "ref_id": request.ref_id, "customer_no": request.customer_no, "customer_name": "Nama Pelanggan Pertama", "buyer_sku_code": request.sku,
        "admin": row.admin, "periode": "201901", "price": price, "selling_price": row.selling_price(price), "desc": row.desc,
    })
}

/// What is paid, and for how much; or the code that refuses it.
fn payable(
    counter: &Counter,
    request: &BillRequest,
    now_ms: i64,
) -> Result<(BillRow, i64), &'static str> {
    let row = counter.bill(&request.sku).cloned().ok_or("43")?;
    let asked = counter.asked.get(&request.ref_id).ok_or("02")?;
    let is_its =
        asked.customer_no == request.customer_no && asked.sku.eq_ignore_ascii_case(&request.sku);
    if !is_its || asked.day != clock::day(now_ms) {
        return Err("60");
    }
    let price = counter.owed(&row, &request.customer_no);
    if counter.books.balance() < price {
        return Err("44");
    }
    Ok((row, price))
}
