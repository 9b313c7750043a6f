//! What the provider decides: who may order, what an order becomes, and what it lists.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

use super::{
    Encoding, Settings,
    telling::{Telling, spoilt},
    words::{self, Word},
};
use crate::{
    clock,
    config::ProductRow,
    fault::Fault,
    ledger::{Books, Order, Purchase, State, ViolationKind, new_sn},
    premises::Premises,
    script::{Plan, Rules},
};

/// A part of the catalog with calls of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Prepaid,
    Game,
}

/// One account and everything behind its desk.
#[derive(Debug)]
pub(super) struct Seller {
    pub(super) settings: Settings,
    pub(super) premises: Arc<Premises>,
    desk: Mutex<Desk>,
}

/// Everything that changes, behind one lock that is never held across a wait.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) books: Books,
    pub(super) rules: Rules,
    pub(super) is_locked_out: bool,
    pub(super) encoding: Encoding,
    /// Whether each row of a list stands in it twice.
    pub(super) rows_twice: bool,
    /// Whether rows that are no orders stand between those of a list.
    pub(super) rows_of_junk: bool,
    pub(super) called_by_form: HashSet<usize>,
    games: HashSet<usize>,
    /// Orders that came, formed or not, by target.
    orders: HashMap<String, u32>,
    calls: HashMap<usize, u32>,
}

impl Desk {
    pub(super) fn orders_for(&self, target: &str) -> u32 {
        self.orders.get(target).copied().unwrap_or_default()
    }
}

/// What is to be answered.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) body: Value,
    pub(super) faults: Vec<Fault>,
    /// The order formed by this very call.
    pub(super) born: Option<usize>,
}

impl Reply {
    pub(super) fn brings(data: Value, message: &str) -> Self {
        let fields = [
            ("result", Value::Bool(true)),
            ("data", data),
            ("message", Value::from(message)),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        Self {
            body: Value::Object(fields.into_iter().collect()),
            faults: Vec::new(),
            born: None,
        }
    }

    pub(super) fn refuses(message: &str) -> Self {
        Self {
            body: json!({"result": false, "data": null, "message": message}),
            faults: Vec::new(),
            born: None,
        }
    }
}

/// What comes of an order for this number without a plan: as the numbers of the provider's page.
fn usual(number: &str, late: Duration) -> Plan {
    let second = Duration::from_secs(1);
    match number.get(number.len().saturating_sub(4)..) {
        Some("0001") => Plan::rc("waiting")
            .then(second, "process")
            .then(second, "success"),
        Some("0002") => Plan::rc("waiting").then(second, "error-tujuan"),
        Some("0003") => Plan::rc("process"),
        Some("0004") => Plan::rc("success").fault(Fault::late(late)),
        Some("0005") => Plan::rc(words::GATEWAY),
        Some("0006") => Plan::rc("success")
            .fault(Fault::WebhookBeforeAnswer)
            .fault(Fault::WebhookRepeated(4)),
        _ => Plan::rc("success"),
    }
}

impl Seller {
    pub(super) fn new(settings: Settings, premises: Arc<Premises>) -> Self {
        Self {
            premises,
            desk: Mutex::new(Desk {
                books: Books::new(settings.opening_balance),
                rules: Rules::default(),
                is_locked_out: false,
                encoding: settings.callback_encoding,
                rows_twice: false,
                rows_of_junk: false,
                called_by_form: HashSet::new(),
                games: HashSet::new(),
                orders: HashMap::new(),
                calls: HashMap::new(),
            }),
            settings,
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Why this caller is sent away.
    pub(super) fn objection(&self, key: &str, sign: &str, from: IpAddr) -> Option<&'static str> {
        let Settings { allowed, .. } = &self.settings;
        if key != self.settings.api_key || sign != self.settings.sign() || self.desk().is_locked_out
        {
            return Some(words::STRANGER);
        }
        let is_listed = allowed.is_empty() || allowed.contains(&from);
        (!is_listed).then_some(words::ELSEWHERE)
    }

    pub(super) fn shelf(&self, section: Section) -> &[ProductRow] {
        match section {
            Section::Prepaid => &self.settings.prepaid,
            Section::Game => &self.settings.games,
        }
    }

    pub(super) fn profile(&self) -> Reply {
        let balance = self.desk().books.balance();
        let data = json!({
            "full_name": "Akun Contoh",
            "username": self.settings.name,
            "balance": balance,
            "point": 0,
            "level": "Special",
            "registered": "2023-01-23 17:56:45",
        });
        Reply::brings(data, "Successfully got your account details.")
    }

    /// An order. Nothing names it, so the same one again is another.
    pub(super) fn order(&self, section: Section, code: &str, number: &str, zone: &str) -> Reply {
        let now_ms = self.premises.clock.now_ms();
        let target = if zone.is_empty() {
            number.to_owned()
        } else {
            format!("{number}({zone})")
        };
        let mut desk = self.desk();
        *desk.orders.entry(target.clone()).or_default() += 1;
        if number.is_empty() {
            return Reply::refuses(words::NO_TARGET);
        }
        let mut shelf = self.shelf(section).iter();
        let product = shelf.find(|row| row.buyer_sku_code.eq_ignore_ascii_case(code));
        let Some(product) = product.filter(|row| row.seller_product_status) else {
            return Reply::refuses(words::NO_SERVICE);
        };
        if clock::in_window(now_ms, &product.start_cut_off, &product.end_cut_off) {
            return Reply::refuses(words::CLOSED);
        }
        let plan = desk.rules.take("", &target, code);
        let is_planned = plan.is_some();
        let plan = plan.unwrap_or_else(|| usual(number, self.settings.late));
        let Some(word) = words::find(&plan.rc) else {
            return Reply::refuses(words::NO_SERVICE);
        };
        let mut faults = plan.on_call(1);
        if word.code == words::GATEWAY {
            faults.push(Fault::HtmlPage(502));
        }
        if !word.formed || desk.books.balance() < product.price {
            let says = if word.formed {
                words::NO_FUNDS
            } else {
                word.says
            };
            return Reply {
                faults,
                ..Reply::refuses(says)
            };
        }
        let is_same =
            |row: &Purchase| row.sku.eq_ignore_ascii_case(code) && row.state == State::Pending;
        let is_under_way = desk.books.orders_for(&target).any(is_same);
        let trxid = format!("VP{}", new_sn(now_ms));
        if is_under_way {
            desk.books.violate(ViolationKind::SentAgain, &trxid, now_ms);
        }
        let is_by_form = !is_planned && number.ends_with("0006");
        let order = Order {
            row: Purchase::begun(
                &trxid,
                &product.buyer_sku_code,
                &target,
                product.price,
                now_ms,
            ),
            plan,
            callback_url: None,
        };
        let fate = (word.code, word.status);
        let id = desk.books.form_as(order, fate, new_sn(now_ms), now_ms);
        if section == Section::Game {
            desk.games.insert(id);
        }
        if is_by_form {
            desk.called_by_form.insert(id);
        }
        desk.calls.insert(id, 1);
        let telling = self.telling(&desk, id);
        let data = telling.map(|telling| spoilt(telling, &faults).answer(&self.settings));
        Reply {
            faults,
            born: Some(id),
            ..Reply::brings(data.unwrap_or_default(), "Pesanan diterima")
        }
    }

    /// What became of the order with this id; without one, of the newest of this section.
    pub(super) fn status(&self, section: Section, trxid: &str, limit: usize) -> Reply {
        let mut desk = self.desk();
        let is_here =
            |desk: &Desk, id: usize| desk.games.contains(&id) == (section == Section::Game);
        if !trxid.is_empty() {
            let found = desk.books.id_of(trxid).filter(|id| is_here(&desk, *id));
            let Some(id) = found else {
                return Reply::refuses("Transaksi tidak ditemukan");
            };
            let call = desk.calls.entry(id).or_default();
            *call += 1;
            let call = *call;
            let faults = desk.books.order(id).map(|order| order.plan.on_call(call));
            let faults = faults.unwrap_or_default();
            let telling = self.telling(&desk, id);
            let row = telling.map(|telling| spoilt(telling, &faults).row(&self.settings));
            return Reply {
                faults,
                ..Reply::brings(json!([row]), "ok")
            };
        }
        let mut rows = Vec::new();
        let newest = (0..desk.books.len()).rev().filter(|id| is_here(&desk, *id));
        for id in newest.take(limit) {
            // Only what is always told badly is so in a list.
            let faults = desk
                .books
                .order(id)
                .map(|order| order.plan.on_call(u32::MAX));
            let telling = self.telling(&desk, id);
            let Some((telling, faults)) = telling.zip(faults) else {
                continue;
            };
            let row = spoilt(telling, &faults).row(&self.settings);
            if desk.rows_of_junk {
                rows.push(json!({"trxid": "", "data": "", "code": "", "service": "", "status": "", "note": null}));
                rows.push(json!("-"));
            }
            if desk.rows_twice {
                rows.push(row.clone());
            }
            rows.push(row);
        }
        Reply::brings(Value::Array(rows), "ok")
    }

    /// An order as it stands.
    pub(super) fn telling(&self, desk: &Desk, id: usize) -> Option<Telling> {
        let row = &desk.books.order(id)?.row;
        let word = words::find(&row.rc)?;
        let is_game = desk.games.contains(&id);
        let section = if is_game {
            Section::Game
        } else {
            Section::Prepaid
        };
        let mut shelf = self.shelf(section).iter();
        let product = shelf.find(|product| product.buyer_sku_code == row.sku);
        let parted = row.customer_no.strip_suffix(')');
        let parted = parted.and_then(|target| target.split_once('('));
        let (number, zone) = parted.unwrap_or((&row.customer_no, ""));
        let note = match &row.sn {
            Some(sn) if word.code == "success" => sn.clone(),
            _ => word.note.to_owned(),
        };
        Some(Telling {
            id: row.ref_id.clone(),
            number: number.to_owned(),
            zone: is_game.then(|| zone.to_owned()),
            code: row.sku.clone(),
            title: product.map_or_else(String::new, |product| product.product_name.clone()),
            word: word.says,
            note,
            price: json!(row.price),
            balance: row.balance_after,
            created_ms: row.created_ms,
            changed_ms: row.changed_ms,
        })
    }

    /// Gives an order another status.
    pub(super) fn settle(&self, id: usize, word: &Word) {
        let now_ms = self.premises.clock.now_ms();
        let fate = (word.code, word.status);
        self.desk()
            .books
            .settle_as(id, fate, new_sn(now_ms), now_ms);
    }
}
