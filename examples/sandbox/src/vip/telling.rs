//! An order as answers, lists and callbacks tell it, and what a fault makes of that.

use serde_json::{Map, Value, json};

use super::{Settings, Unplayable, words};
use crate::{clock, fault::Fault, script::Plan};

/// An order as it stands.
#[derive(Debug, Clone)]
pub(super) struct Telling {
    pub(super) id: String,
    pub(super) number: String,
    /// Of a game, perhaps empty; prepaid goods have none.
    pub(super) zone: Option<String>,
    pub(super) code: String,
    pub(super) title: String,
    pub(super) word: &'static str,
    pub(super) note: String,
    pub(super) price: Value,
    pub(super) balance: i64,
    pub(super) created_ms: i64,
    pub(super) changed_ms: i64,
}

impl Telling {
    /// What every telling of an order has. One of a game has a zone, and no code unless `settings` say so.
    pub(super) fn fields(&self, settings: &Settings) -> Map<String, Value> {
        let mut fields = Map::new();
        fields.insert("trxid".to_owned(), json!(self.id));
        fields.insert("data".to_owned(), json!(self.number));
        if let Some(zone) = &self.zone {
            fields.insert("zone".to_owned(), json!(zone));
        }
        if self.zone.is_none() || settings.games_have_codes {
            fields.insert("code".to_owned(), json!(self.code));
        }
        fields.insert("service".to_owned(), json!(self.title));
        fields.insert("status".to_owned(), json!(self.word));
        fields.insert("note".to_owned(), json!(self.note));
        fields.insert("price".to_owned(), self.price.clone());
        fields
    }

    /// The answer to the order.
    pub(super) fn answer(&self, settings: &Settings) -> Value {
        let mut fields = self.fields(settings);
        fields.insert("balance".to_owned(), json!(self.balance));
        Value::Object(fields)
    }

    /// A row of the list.
    pub(super) fn row(&self, settings: &Settings) -> Value {
        let mut fields = self.fields(settings);
        if settings.rows_have_times {
            let shown = |at_ms| json!(clock::local(at_ms));
            fields.insert("created_date".to_owned(), shown(self.created_ms));
            fields.insert("last_update".to_owned(), shown(self.changed_ms));
        }
        Value::Object(fields)
    }
}

/// Whether this provider can do what `plan` says.
pub(super) fn playable(plan: &Plan) -> Result<(), Unplayable> {
    let said = plan.faults.iter().filter_map(|spoilt| {
        if let Fault::SayRc(code) = &spoilt.fault {
            Some(code)
        } else {
            None
        }
    });
    let later = plan.later.iter().map(|later| &later.rc);
    let is_order = |code: &str| words::find(code).is_some_and(|word| word.formed);
    for code in later.chain(said) {
        if !is_order(code) {
            return Err(Unplayable::Word(code.clone()));
        }
    }
    if words::find(&plan.rc).is_none() {
        return Err(Unplayable::Word(plan.rc.clone()));
    }
    let mut faults = plan.faults.iter().map(|spoilt| &spoilt.fault);
    let strange = faults.find(|fault| {
        !matches!(
            fault,
            Fault::Late { .. }
                | Fault::Lost
                | Fault::CutBody
                | Fault::HtmlPage(_)
                | Fault::EmptyBody(_)
                | Fault::HttpStatus(_)
                | Fault::WrongRef
                | Fault::WrongDestination
                | Fault::LowercaseSku
                | Fault::SayRc(_)
                | Fault::SnMissing
                | Fault::SnEmpty
                | Fault::PriceAsText
                | Fault::WebhookBeforeAnswer
                | Fault::WebhookRepeated(_)
                | Fault::WebhookWrongSignature
                | Fault::WebhookUnsigned
                | Fault::WebhookWrongDestination
                | Fault::WebhookUnknownRef
                | Fault::WebhookNever
        )
    });
    strange.map_or(Ok(()), |fault| Err(Unplayable::Fault(fault.clone())))
}

/// What the faults of an answer make of what it tells.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the others change no field, or are not played here"
)]
pub(super) fn spoilt(mut telling: Telling, faults: &[Fault]) -> Telling {
    for fault in faults {
        match fault {
            Fault::WrongRef => "NOT-YOUR-ORDER".clone_into(&mut telling.id),
            Fault::WrongDestination | Fault::WebhookWrongDestination => {
                "089999999999".clone_into(&mut telling.number);
            }
            Fault::LowercaseSku => telling.code = telling.code.to_lowercase(),
            Fault::SayRc(code) => {
                if let Some(word) = words::find(code) {
                    telling.word = word.says;
                    if word.code != "success" {
                        word.note.clone_into(&mut telling.note);
                    }
                }
            }
            Fault::SnMissing | Fault::SnEmpty => telling.note.clear(),
            Fault::PriceAsText => telling.price = json!(telling.price.to_string()),
            _ => {}
        }
    }
    telling
}
