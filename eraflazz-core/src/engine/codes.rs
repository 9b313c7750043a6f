//! The codes by which people know members, for the log: learnt from the orders that this process was asked for, so that no line costs a read.

use std::collections::BTreeMap;
use std::sync::{PoisonError, RwLock};

use crate::ids::MemberId;
use crate::member::Member;
use crate::text::Slug;

/// A code never changes, so what was learnt once stays right.
#[derive(Default)]
pub(super) struct Codes(RwLock<BTreeMap<MemberId, Slug>>);

impl Codes {
    pub(super) fn learn(&self, member: &Member) {
        if self.known(member.id).is_none() {
            let mut codes = self.0.write().unwrap_or_else(PoisonError::into_inner);
            codes.insert(member.id, member.code.clone());
        }
    }

    /// The code; of a member that has asked for nothing since the start, its id.
    pub(super) fn of(&self, member: MemberId) -> String {
        let known = self.known(member);
        known.map_or_else(|| member.to_string(), |code| code.to_string())
    }

    fn known(&self, member: MemberId) -> Option<Slug> {
        let codes = self.0.read().unwrap_or_else(PoisonError::into_inner);
        codes.get(&member).cloned()
    }
}
