//! What a commit touches is brought back from the archive before it is decided, so that the rule itself never waits for the disk.
//!
//! Almost every unit of a new order is told from memory that the archive has nothing of it.

use eraflazz_core::commit::{Changes, GuardKey, Nonce, Unavailable, View};
use eraflazz_core::ids::{OrderId, SubjectId, TrxCode};
use eraflazz_core::ledger::TransferRow;

use crate::archive::{Archive, ArchiveError, Loaded, Result};
use crate::state::State;

/// What the archive has of what some units touch, and memory has not.
#[derive(Debug, Default)]
pub(crate) struct Fetched {
    orders: Vec<Loaded>,
    subjects: Vec<(SubjectId, Vec<TransferRow>)>,
    codes: Vec<(TrxCode, OrderId)>,
    nonces: Vec<Nonce>,
}

impl Fetched {
    /// Looks for everything that the unit touches.
    pub(crate) fn of_unit(
        &mut self,
        unit: &Changes,
        state: &State,
        archive: &Archive,
    ) -> Result<()> {
        for write in &unit.orders {
            let order = &write.order;
            if write.replaces.is_some() {
                self.order(order.id, state, archive)?;
                continue;
            }
            let known = state.by_ref(order.member, &order.ref_id);
            if known.is_none()
                && let Some(id) = archive.by_ref(order.member, &order.ref_id)?
            {
                self.order(id, state, archive)?;
            }
            self.subject(order.id.into(), state, archive)?;
            if let Some(id) = archive.by_trx_code(&order.trx_code)? {
                self.codes.push((order.trx_code, id));
            }
            if let Some(guard) = order.guard.as_ref().filter(|guard| guard.live) {
                let key = GuardKey {
                    day: guard.day,
                    member: order.member,
                    product: order.product,
                    destination: &order.destination,
                    counter: guard.counter,
                };
                if let Some(id) = archive.by_guard(&key)? {
                    self.order(id, state, archive)?;
                }
            }
        }
        for attempt in &unit.attempts {
            let (supplier, supplier_ref) = (attempt.supplier, &attempt.supplier_ref);
            if state.by_supplier_ref(supplier, supplier_ref).is_none()
                && let Some((id, _)) = archive.by_supplier_ref(supplier, supplier_ref)?
            {
                self.order(id, state, archive)?;
            }
            if let Some(theirs) = attempt.their_ref.as_ref().filter(|_| attempt.exclusive)
                && state.by_their_ref(supplier, theirs).is_none()
                && let Some(id) = archive.by_their_ref(supplier, theirs)?
            {
                self.order(id, state, archive)?;
            }
        }
        let of_money = unit.transfers.iter().map(|transfer| transfer.key.subject);
        let of_log = unit.log.iter().map(|row| row.subject);
        for subject in of_money.chain(of_log) {
            self.subject(subject, state, archive)?;
        }
        for nonce in &unit.nonces {
            if archive.has_nonce(nonce)? {
                self.nonces.push(nonce.clone());
            }
        }
        Ok(())
    }

    /// Looks for an order, unless memory has it.
    pub(crate) fn order(&mut self, id: OrderId, state: &State, archive: &Archive) -> Result<()> {
        if !state.orders.contains_key(&id) {
            self.orders.extend(archive.load(id)?);
        }
        Ok(())
    }

    /// Looks for an order, or for money and log without one, unless memory has it.
    fn subject(&mut self, subject: SubjectId, state: &State, archive: &Archive) -> Result<()> {
        if state.history(subject).is_some() || !archive.has_subject(subject)? {
            return Ok(());
        }
        match archive.load(OrderId(subject.0))? {
            Some(loaded) => self.orders.push(loaded),
            None => self
                .subjects
                .push((subject, archive.transfers_of(subject)?)),
        }
        Ok(())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.orders.is_empty()
            && self.subjects.is_empty()
            && self.codes.is_empty()
            && self.nonces.is_empty()
    }

    /// Brings all of it back. What memory has by now stays as it is.
    pub(crate) fn put(self, state: &mut State) {
        for loaded in self.orders {
            state.take_back(loaded);
        }
        for (subject, transfers) in self.subjects {
            state.take_back_subject(subject, transfers);
        }
        state.trx_codes.extend(self.codes);
        state.nonces.extend(self.nonces);
    }
}

/// The archive could not be read: what was asked is as if it had never been.
impl From<ArchiveError> for Unavailable {
    fn from(error: ArchiveError) -> Self {
        // Whoever asked is told to come again, which mends nothing: a person has to know.
        tracing::error!(
            alert = "the archive could not be read",
            %error,
            "an answer was not given"
        );
        Self {
            may_have_committed: false,
            why: format!("the archive could not be read ({error})"),
        }
    }
}
