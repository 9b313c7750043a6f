//! What is told of an order: on which occasion, why it failed, and by which number of this family. Pure.

use eraflazz_core::money::Money;
use eraflazz_core::order::{Order, OrderState, Refusal, Returned};
use eraflazz_core::supplier::Reason;
use eraflazz_core::time::Timestamp;

use super::texts::{Field, Occasion, Texts};
use crate::wording::whole;

/// Why an order was not delivered or not taken, as buyers are told it. Closed: what a supplier says never leaves the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The number is wrong.
    Destination,
    /// Nothing in stock.
    Stock,
    /// The product is closed or in trouble.
    Trouble,
    /// The deposit does not reach.
    Funds,
    /// There is no such product.
    Product,
    /// Closed hours.
    CutOff,
    /// The price moved.
    Price,
    /// The same goods for the same number on the same day; with the counter of the next one.
    Double(u8),
    /// Taken back before anything was sent.
    Cancelled,
    /// Nothing more is told.
    Other,
}

impl Why {
    /// Every one of them, to hold templates against.
    pub const ALL: [Self; 10] = [
        Self::Destination,
        Self::Stock,
        Self::Trouble,
        Self::Funds,
        Self::Product,
        Self::CutOff,
        Self::Price,
        Self::Double(2),
        Self::Cancelled,
        Self::Other,
    ];

    /// In words.
    pub fn words(self) -> String {
        let words = match self {
            Self::Destination => "Nomor tujuan salah",
            Self::Stock => "Stok kosong",
            Self::Trouble => "Produk gangguan",
            Self::Funds => "Saldo tidak cukup",
            Self::Product => "Kode produk salah",
            Self::CutOff => "Cut off",
            Self::Price => "Harga tidak sesuai",
            Self::Double(next) => {
                return format!("Transaksi dobel, ulangi dengan counter={next}");
            }
            Self::Cancelled => "Dibatalkan",
            Self::Other => "Transaksi gagal",
        };
        words.to_owned()
    }

    /// The number that stands for it in a report.
    pub const fn number(self) -> &'static str {
        match self {
            Self::Destination => "52",
            Self::Stock => "45",
            Self::Trouble => "47",
            Self::Funds => "43",
            Self::Product => "44",
            Self::CutOff => "69",
            Self::Price => "59",
            Self::Double(_) => "46",
            Self::Cancelled => "50",
            Self::Other => "40",
        }
    }
}

/// How an order stands, in this family's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is not known how it ends.
    Open,
    /// The goods are the buyer's.
    Delivered,
    /// Nothing was delivered, and nothing will be under this reference but by a correction that is reported.
    Failed(Why),
    /// It was never taken.
    Refused(Why),
    /// It was delivered and taken back.
    Reversed,
}

impl Standing {
    /// How `order` stands.
    pub fn of(order: &Order) -> Self {
        match order.state {
            OrderState::Held | OrderState::InFlight(_) => Self::Open,
            OrderState::Succeeded | OrderState::LateDelivered => Self::Delivered,
            OrderState::Reversed => Self::Reversed,
            OrderState::Returned(Returned::Rejected(reason)) => Self::Failed(rejected(reason)),
            OrderState::Returned(Returned::Deadline) => Self::Failed(Why::Trouble),
            OrderState::Returned(Returned::Cancelled) => Self::Failed(Why::Cancelled),
            OrderState::Refused(refusal) => Self::Refused(refused(refusal, order)),
        }
    }

    /// The number that stands for it in a report; `None` while nothing is known, which is not reported.
    pub const fn number(self) -> Option<&'static str> {
        match self {
            Self::Open => None,
            Self::Delivered => Some("20"),
            Self::Failed(why) | Self::Refused(why) => Some(why.number()),
            Self::Reversed => Some("50"),
        }
    }

    const fn why(self) -> Option<Why> {
        match self {
            Self::Failed(why) | Self::Refused(why) => Some(why),
            Self::Open | Self::Delivered | Self::Reversed => None,
        }
    }

    /// What is said of it to whoever has just ordered it, and in a report.
    const fn news(self) -> Occasion {
        match self {
            Self::Open => Occasion::Accepted,
            Self::Delivered => Occasion::Delivered,
            Self::Failed(_) => Occasion::Failed,
            Self::Refused(_) => Occasion::Refused,
            Self::Reversed => Occasion::Reversed,
        }
    }

    /// What is said of it to whoever asks.
    const fn state(self) -> Occasion {
        match self {
            Self::Open => Occasion::Open,
            Self::Delivered => Occasion::WasDelivered,
            Self::Failed(_) | Self::Refused(_) => Occasion::HasFailed,
            Self::Reversed => Occasion::Reversed,
        }
    }
}

/// Only what concerns the buyer; how we stand with a supplier is nobody's business.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "few reasons are told; a new one is not, until it is named"
)]
const fn rejected(reason: Reason) -> Why {
    match reason {
        Reason::BadDestination => Why::Destination,
        Reason::OutOfStock => Why::Stock,
        Reason::CutOff => Why::CutOff,
        Reason::SellerTrouble | Reason::Unstable | Reason::ProductClosed => Why::Trouble,
        _ => Why::Other,
    }
}

fn refused(refusal: Refusal, order: &Order) -> Why {
    match refusal {
        Refusal::InsufficientBalance { .. } => Why::Funds,
        Refusal::ProductUnavailable | Refusal::ProductClosed => Why::Trouble,
        Refusal::ProductCutOff => Why::CutOff,
        Refusal::InvalidDestination => Why::Destination,
        Refusal::PriceChanged { .. } => Why::Price,
        Refusal::DuplicateOrder { .. } => {
            let counter = order.guard.as_ref().map_or(1, |guard| guard.counter);
            Why::Double(counter.saturating_add(1))
        }
        Refusal::MemberFrozen => Why::Other,
    }
}

/// Whether what is told is news or an answer to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// To whoever has just ordered, and in a report.
    News,
    /// To whoever asks.
    State,
}

/// An order to be told of.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// The order.
    pub order: &'a Order,
    /// Its product's code.
    pub product: &'a str,
    /// Its destination, as the buyer wrote it.
    pub dest: &'a str,
    /// The buyer's deposit now.
    pub balance: Money,
    /// When this is said.
    pub now: Timestamp,
}

impl Told<'_> {
    /// The sentence.
    pub fn sentence(&self, texts: &Texts, tone: Tone) -> String {
        let standing = Standing::of(self.order);
        let occasion = match tone {
            Tone::News => standing.news(),
            Tone::State => standing.state(),
        };
        texts.say(occasion, |field| self.value(standing, field))
    }

    fn value(&self, standing: Standing, field: Field) -> String {
        let order = self.order;
        match field {
            Field::Trx => order.trx_code.to_string(),
            Field::Ref => order.ref_id.to_string(),
            Field::Product => self.product.to_owned(),
            Field::Dest => self.dest.to_owned(),
            Field::Sn => serial(order),
            Field::Reason => standing.why().unwrap_or(Why::Other).words(),
            Field::Price => whole(order.quote.sell),
            Field::Balance => whole(self.balance),
            Field::Before => whole(self.sum(standing).0),
            Field::After => whole(self.sum(standing).1),
            Field::Made => order.created_at.wib().format("%H:%M").to_string(),
            Field::Changed => order.updated_at.wib().format("%d/%m %H:%M").to_string(),
            Field::Time => self.now.wib().format("%H:%M").to_string(),
            Field::Moment => self.now.wib().format("%d/%m %H:%M:%S").to_string(),
            Field::Rule => String::new(),
        }
    }

    /// The deposit before and after the price was taken, as the hold left it; once it came back, before and after that, as it is now.
    fn sum(&self, standing: Standing) -> (Money, Money) {
        let price = self.order.quote.sell;
        match standing {
            Standing::Open | Standing::Delivered => {
                let after = self.order.balance_after.unwrap_or(self.balance);
                (after.checked_add(price).unwrap_or(after), after)
            }
            Standing::Failed(_) | Standing::Refused(_) | Standing::Reversed => {
                let after = self.balance;
                (after.checked_sub(price).unwrap_or(after), after)
            }
        }
    }
}

/// The serial number in one line; whatever in it could end it early for a reader loses its full stop.
pub fn serial(order: &Order) -> String {
    let sn = order
        .delivery
        .as_ref()
        .and_then(|delivery| delivery.sn.as_ref());
    let sn = sn.map(ToString::to_string).unwrap_or_default();
    let mut rest = sn.as_str();
    let mut said = String::with_capacity(sn.len());
    while let Some(at) = rest.to_ascii_lowercase().find(". saldo") {
        said.push_str(&rest[..at]);
        said.push(' ');
        rest = &rest[at + 2..];
    }
    said.push_str(rest);
    said
}
