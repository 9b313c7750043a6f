//! What buyers remember: which orders they sent, and the last thing they were told about each.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::watch;

/// The products of the seed, each with a fate of its own at the supplier; see the house.
pub(crate) const PRODUCTS: [&str; 8] = [
    "NOW", "SLOW", "LOST", "LATER", "MUTE", "TWICE", "FAIL", "BACK",
];

/// The n-th order of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(pub(crate) u32);

impl Number {
    pub(crate) fn ref_id(self) -> String {
        format!("K-{:06}", self.0)
    }

    /// Nobody else's: what the supplier delivered there it delivered for this order.
    pub(crate) fn destination(self) -> String {
        format!("0878{:08}", self.0)
    }

    pub(crate) fn product(self) -> &'static str {
        PRODUCTS[usize::try_from(self.0).unwrap() % PRODUCTS.len()]
    }
}

/// What a member was told about an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: String,
    pub(crate) price: i64,
    trx_id: String,
    revision: u64,
    sn: Option<String>,
}

impl Told {
    /// The `data` of an answer.
    pub(crate) fn read(data: &Value) -> Self {
        let text = |field: &str| data[field].as_str().map(str::to_owned);
        Self {
            status: text("status").unwrap(),
            price: data["price"].as_i64().unwrap(),
            trx_id: text("trx_id").unwrap(),
            revision: data["revision"].as_u64().unwrap(),
            sn: text("sn"),
        }
    }

    pub(crate) fn is_final(&self) -> bool {
        self.status == "SUCCESS" || self.status == "FAILED"
    }

    /// What may not be said after `self` was. No supplier of this house changes its mind, so what is final stays as it is.
    fn contradiction(&self, later: &Self) -> Option<&'static str> {
        if later.trx_id != self.trx_id || later.price != self.price {
            Some("another order under the same ref_id (INV-18)")
        } else if later.revision < self.revision {
            Some("an acknowledged revision is gone")
        } else if later.revision == self.revision && later != self {
            Some("two states under one revision")
        } else if self.is_final() && later != self {
            Some("a final state changed (INV-8)")
        } else {
            None
        }
    }
}

/// The orders of a run.
#[derive(Default)]
pub(crate) struct Orders {
    book: Mutex<Book>,
    /// How many answers there were to orders.
    count: watch::Sender<usize>,
}

#[derive(Default)]
struct Book {
    sent: u32,
    /// Sent, but not heard of: a member sends them again under the same reference.
    unanswered: Vec<Number>,
    /// Heard of, and nobody is asking about them just now.
    known: BTreeMap<Number, Told>,
}

impl Orders {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An order to send: one that was not answered, or a new one.
    pub(crate) fn to_send(&self) -> Number {
        let mut book = self.book();
        if let Some(number) = book.unanswered.pop() {
            return number;
        }
        book.sent += 1;
        Number(book.sent)
    }

    /// Only one that was not answered.
    pub(crate) fn to_repeat(&self) -> Option<Number> {
        self.book().unanswered.pop()
    }

    pub(crate) fn not_answered(&self, number: Number) {
        self.book().unanswered.push(number);
    }

    pub(crate) fn acknowledged(&self, number: Number, told: Told) {
        let before = self.book().known.insert(number, told);
        assert!(before.is_none(), "{number:?} was in two hands");
        self.count.send_modify(|count| *count += 1);
    }

    /// Waits until `more` orders are acknowledged. Returns with the last of them, not a moment later.
    pub(crate) async fn grow_by(&self, more: usize) {
        let mut count = self.count.subscribe();
        let enough = *count.borrow() + more;
        count.wait_for(|count| *count >= enough).await.unwrap();
    }

    /// Takes the `n`-th of those that were heard of, for looking at it; hand it back with [`Orders::looked_at`].
    pub(crate) fn take(&self, n: usize) -> Option<(Number, Told)> {
        let mut book = self.book();
        let at = n.checked_rem(book.known.len())?;
        let number = *book.known.keys().nth(at)?;
        Some((number, book.known.remove(&number)?))
    }

    /// Those that may still change and the `latest` ones, or all of them.
    pub(crate) fn to_check(&self, latest: Option<usize>) -> Vec<Number> {
        let book = self.book();
        let all = book.known.iter();
        let from = latest.map_or(0, |latest| book.known.len().saturating_sub(latest));
        let chosen = all
            .enumerate()
            .filter(|(n, (_, told))| *n >= from || !told.is_final());
        chosen.map(|(_, (number, _))| *number).collect()
    }

    /// Takes this one, for looking at it.
    pub(crate) fn take_this(&self, number: Number) -> Told {
        self.book().known.remove(&number).unwrap()
    }

    /// What is told of it now; `None` if there was no answer. Fails if that cannot follow on what was told before.
    pub(crate) fn looked_at(&self, number: Number, before: Told, now: Option<Told>) {
        let wrong = now.as_ref().and_then(|now| before.contradiction(now));
        assert!(
            wrong.is_none(),
            "{number:?}: {wrong:?}: {before:?}, {now:?}"
        );
        self.book().known.insert(number, now.unwrap_or(before));
    }

    /// What is remembered of every order.
    pub(crate) fn all(&self) -> BTreeMap<Number, Told> {
        let book = self.book();
        assert!(book.unanswered.is_empty(), "{:?}", book.unanswered);
        assert_eq!(book.known.len(), usize::try_from(book.sent).unwrap());
        book.known.clone()
    }
}
