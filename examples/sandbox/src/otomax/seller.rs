//! What the server decides: who may buy, what a repeated order means, and what a purchase becomes.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    Settings,
    faults::spoilt,
    sign::sign,
    words::{self, Number, Telling},
};
use crate::{
    clock,
    fault::Fault,
    form::Form,
    ledger::{Books, Order, Purchase, State, ViolationKind, new_sn},
    premises::Premises,
    script::{Plan, Rules},
};

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
    calls: HashMap<String, Calls>,
}

/// The calls for one reference, formed or not.
#[derive(Debug, Default)]
struct Calls {
    orders: u32,
    all: u32,
}

impl Desk {
    pub(super) fn orders_of(&self, ref_id: &str) -> u32 {
        self.calls.get(ref_id).map_or(0, |calls| calls.orders)
    }
}

/// What the same order again is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeating {
    /// A careless repetition: there is a question that only asks.
    IsNoQuestion,
    /// The question.
    Asks,
}

/// What is to be answered.
#[derive(Debug, Default)]
pub(super) struct Reply {
    pub(super) text: String,
    pub(super) faults: Vec<Fault>,
    /// The purchase formed by this very call.
    pub(super) born: Option<usize>,
}

impl From<String> for Reply {
    fn from(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
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
                calls: HashMap::new(),
            }),
            settings,
        }
    }

    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the caller is the account: by the signature over one of `texts`, or in clear where that is allowed.
    fn knows(&self, request: &Form, texts: &[String]) -> bool {
        let Settings {
            member,
            pin,
            password,
            ..
        } = &self.settings;
        if self.desk().is_locked_out || !request.of("memberid").eq_ignore_ascii_case(member) {
            return false;
        }
        if request.has("sign") {
            return texts.iter().any(|text| sign(text) == request.of("sign"));
        }
        self.settings.without_sign && request.of("pin") == pin && request.of("password") == password
    }

    /// `/trx`: an order, or with `check=1` a question about one.
    pub(super) fn trx(&self, query: &[u8]) -> Reply {
        let Some(request) = Form::read(query) else {
            return words::STRANGER.to_owned().into();
        };
        let (sku, target, ref_id) = (
            request.of("product"),
            request.of("dest"),
            request.of("refid"),
        );
        let Settings { pin, password, .. } = &self.settings;
        let member = request.of("memberid");
        let signed = format!("OtomaX|{member}|{sku}|{target}|{ref_id}|{pin}|{password}");
        if !self.knows(&request, &[signed]) {
            return words::STRANGER.to_owned().into();
        }
        if sku.is_empty() || target.is_empty() || ref_id.is_empty() {
            return "Format salah".to_owned().into();
        }
        if request.of("check") == "1" {
            self.tell(sku, target, ref_id)
        } else {
            self.order(sku, target, ref_id, Repeating::IsNoQuestion)
        }
    }

    /// `/api/h2h`, as IRS servers take orders: in clear, and the same order again is the question about it.
    pub(super) fn irs(&self, query: &[u8]) -> Reply {
        let Some(request) = Form::read(query) else {
            return words::STRANGER.to_owned().into();
        };
        let Settings {
            member,
            pin,
            password,
            without_sign,
            ..
        } = &self.settings;
        let is_known = request.of("id").eq_ignore_ascii_case(member)
            && request.of("pin") == pin
            && request.of("pass") == password
            && !request.of("user").is_empty();
        if !is_known || !without_sign || self.desk().is_locked_out {
            return words::STRANGER.to_owned().into();
        }
        self.order(
            request.of("kodeproduk"),
            request.of("tujuan"),
            request.of("idtrx"),
            Repeating::Asks,
        )
    }

    /// `/balance`, signed in either of the forms that sellers use.
    pub(super) fn balance(&self, query: &[u8]) -> Reply {
        let Some(request) = Form::read(query) else {
            return words::STRANGER.to_owned().into();
        };
        let Settings { pin, password, .. } = &self.settings;
        let member = request.of("memberid");
        let texts = [
            format!("OtomaX|CheckBalance|{member}|{pin}|{password}"),
            format!("OtomaX|{member}||||{pin}|{password}"),
        ];
        if !self.knows(&request, &texts) {
            return words::STRANGER.to_owned().into();
        }
        words::balance(&self.settings.member, self.desk().books.balance()).into()
    }

    /// `/ticket`: what to transfer, with the last three digits that tell it from others.
    pub(super) fn ticket(&self, query: &[u8]) -> Reply {
        let Some(request) = Form::read(query) else {
            return words::STRANGER.to_owned().into();
        };
        let Settings { pin, password, .. } = &self.settings;
        let (member, amount) = (request.of("memberid"), request.of("amount"));
        let signed = format!("OtomaX|ticket|{member}|{pin}|{password}|{amount}");
        match amount.parse::<i64>() {
            _ if !self.knows(&request, &[signed]) => words::STRANGER.to_owned().into(),
            Ok(amount) if amount > 0 => words::ticket(amount + 417).into(),
            _ => "Format salah".to_owned().into(),
        }
    }

    /// `check=1`: nothing is bought.
    fn tell(&self, sku: &str, target: &str, ref_id: &str) -> Reply {
        let now_ms = self.premises.clock.now_ms();
        let mut desk = self.desk();
        let calls = desk.calls.entry(ref_id.to_owned()).or_default();
        calls.all += 1;
        let call = calls.all;
        let known = desk.books.id_of(ref_id).filter(|id| {
            let is_same = |order: &Order| order.row.customer_no == target;
            desk.books.order(*id).is_some_and(is_same)
        });
        let shown = known.or_else(|| {
            let day = clock::day(now_ms);
            desk.books
                .newest(sku, target, day)
                .filter(|_| self.settings.asks_by_goods)
        });
        let Some((telling, faults)) = shown.and_then(|id| {
            let faults = desk.books.order(id)?.plan.on_call(call);
            Some((self.telling(&desk, id, now_ms)?, faults))
        }) else {
            return words::not_found(target).into();
        };
        let telling = Telling {
            ref_id: ref_id.to_owned(),
            ..telling
        };
        Reply {
            text: spoilt(telling, &faults).again(),
            faults,
            born: None,
        }
    }

    fn order(&self, sku: &str, target: &str, ref_id: &str, repeating: Repeating) -> Reply {
        let now_ms = self.premises.clock.now_ms();
        let mut desk = self.desk();
        let calls = desk.calls.entry(ref_id.to_owned()).or_default();
        (calls.orders, calls.all) = (calls.orders + 1, calls.all + 1);
        let call = calls.all;
        if let Some(id) = desk.books.id_of(ref_id) {
            if repeating == Repeating::IsNoQuestion {
                desk.books.violate(ViolationKind::SentAgain, ref_id, now_ms);
            }
            let runs_again = self.settings.failed_ref_runs_again
                && desk
                    .books
                    .order(id)
                    .is_some_and(|order| order.row.state == State::Gagal);
            if !runs_again {
                return self.known(&mut desk, id, call, now_ms);
            }
        }
        let product = self
            .settings
            .products
            .iter()
            .find(|row| row.buyer_sku_code.eq_ignore_ascii_case(sku));
        let refuse = |desk: &Desk, words: &str| {
            let now = clock::time_of_day(now_ms);
            let balance = desk.books.balance();
            Reply::from(words::refusal(ref_id, sku, target, words, balance, &now))
        };
        let Some(product) = product else {
            return refuse(&desk, "GAGAL. Kode produk salah");
        };
        let older = desk.books.newest(sku, target, clock::day(now_ms));
        if let Some(older) = older.filter(|_| !product.multi) {
            // The trap: the older one's state in the name of the new reference.
            let telling = self.telling(&desk, older, now_ms).map(|telling| Telling {
                ref_id: ref_id.to_owned(),
                ..telling
            });
            return telling.map_or_else(Reply::default, |telling| telling.again().into());
        }
        let plan = desk.rules.take(ref_id, target, sku);
        let plan = plan.unwrap_or_else(|| Plan::rc("20"));
        let Some(number) = words::find(&plan.rc) else {
            return Reply::default();
        };
        let faults = plan.on_call(call);
        if !number.formed || desk.books.balance() < product.price {
            let words = if number.formed {
                "GAGAL. Saldo tidak cukup"
            } else {
                number.words
            };
            return Reply {
                faults,
                ..refuse(&desk, words)
            };
        }
        let order = Order {
            row: Purchase::begun(ref_id, sku, target, product.price, now_ms),
            plan,
            callback_url: None,
        };
        let fate = (number.code, number.status);
        let id = desk.books.form_as(order, fate, text_sn(now_ms), now_ms);
        let telling = self.telling(&desk, id, now_ms);
        Reply {
            text: telling.map_or_else(String::new, |telling| spoilt(telling, &faults).first()),
            faults,
            born: Some(id),
        }
    }

    /// An order under a reference that is known: its state, and no money moves.
    fn known(&self, desk: &mut Desk, id: usize, call: u32, now_ms: i64) -> Reply {
        let mut faults = Vec::new();
        if let Some(order) = desk.books.order_mut(id) {
            order.row.posts += 1;
            faults = order.plan.on_call(call);
        }
        let telling = self.telling(desk, id, now_ms);
        Reply {
            text: telling.map_or_else(String::new, |telling| spoilt(telling, &faults).again()),
            faults,
            born: None,
        }
    }

    /// A purchase as it stands.
    pub(super) fn telling(&self, desk: &Desk, id: usize, now_ms: i64) -> Option<Telling> {
        let row = &desk.books.order(id)?.row;
        let number = words::find(&row.rc)?;
        let product = self
            .settings
            .products
            .iter()
            .find(|product| product.buyer_sku_code.eq_ignore_ascii_case(&row.sku));
        Some(Telling {
            number: (7_700_000 + id).to_string(),
            ref_id: row.ref_id.clone(),
            name: product.map_or_else(String::new, |product| product.product_name.clone()),
            sku: row.sku.clone(),
            target: row.customer_no.clone(),
            words: number.words,
            status: number.status,
            sn: row.sn.clone().unwrap_or_default(),
            before: row.balance_after + row.charged,
            charged: row.charged,
            after: row.balance_after,
            made: clock::time_of_day(row.created_ms),
            now: clock::time_of_day(now_ms),
        })
    }

    /// Gives a purchase another status, as an operator's or a module's word arriving later.
    pub(super) fn settle(&self, id: usize, number: &Number) {
        let now_ms = self.premises.clock.now_ms();
        let fate = (number.code, number.status);
        self.desk()
            .books
            .settle_as(id, fate, text_sn(now_ms), now_ms);
    }
}

fn text_sn(now_ms: i64) -> String {
    format!("T{}", new_sn(now_ms))
}
