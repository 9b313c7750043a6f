//! Bills that members asked about, until they are over for good.

use std::collections::{BTreeMap, BTreeSet};

use eraflazz_core::ids::InquiryId;
use eraflazz_core::inquiry::Inquiry;
use eraflazz_core::ports::INQUIRY_KEPT;
use eraflazz_core::time::Timestamp;

/// How many are kept at most: what is beyond makes room from the end that is over first.
const INQUIRIES_MAX: usize = 100_000;

/// All of them, by id and by when they may be forgotten.
#[derive(Debug, Default)]
pub(crate) struct Inquiries {
    rows: BTreeMap<InquiryId, Inquiry>,
    ends: BTreeSet<(Timestamp, InquiryId)>,
}

impl Inquiries {
    pub(crate) fn get(&self, id: InquiryId) -> Option<&Inquiry> {
        self.rows.get(&id)
    }

    /// Whether one more has room: of those that can still be paid none is ever forgotten.
    pub(crate) fn have_room(&self, now: Timestamp) -> bool {
        let first = self.ends.first();
        self.rows.len() < INQUIRIES_MAX || first.is_some_and(|(end, _)| *end <= now)
    }

    /// Stores one, unless its id is taken, and forgets what was over long before it was asked.
    pub(crate) fn put(&mut self, inquiry: Inquiry) {
        if self.rows.contains_key(&inquiry.id) {
            return;
        }
        while let Some((end, id)) = self.ends.first().copied()
            && (end.plus(INQUIRY_KEPT) <= inquiry.asked_at
                || (self.rows.len() >= INQUIRIES_MAX && end <= inquiry.asked_at))
        {
            self.ends.pop_first();
            self.rows.remove(&id);
        }
        self.ends.insert((inquiry.expires_at, inquiry.id));
        self.rows.insert(inquiry.id, inquiry);
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &Inquiry> {
        self.rows.values()
    }
}
