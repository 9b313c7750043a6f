//! What a restore lost: purchases of an earlier epoch that suppliers deliver and the books do not have (INV-31, C14).

use super::Engine;
use super::written::subject_of;
use crate::commit::{Case, CaseKey, CaseKind, CaseWrite, Changes, Refused, Unavailable, Verdict};
use crate::ids::{SupplierId, SupplierRef};
use crate::ledger::{Account, rules};
use crate::money::Money;
use crate::order::{Entry, LogRow};
use crate::ports::InboxRow;
use crate::supplier::{Claim, Sighting};

/// The source under which a lost purchase is booked, with our reference at the supplier: by a person with [`Engine::float`], or here. Once (D37).
pub(super) const SOURCE: &str = "restore";

/// A delivery that the books have lost.
struct Lost {
    our_ref: SupplierRef,
    /// What it cost, if that was said.
    cost: Option<Money>,
}

impl Engine {
    /// A signed callback that names no attempt says that one of an earlier epoch was delivered: its cost is booked once, as the house's, and a person
    /// gets a case. Whether it is dealt with; without a cost the callback is the only evidence, and stays an orphan.
    pub(super) async fn book_lost(
        &self,
        row: &InboxRow,
        sightings: &[Sighting],
    ) -> Result<bool, Unavailable> {
        let Some(lost) = self.lost(sightings) else {
            return Ok(false);
        };
        let (supplier, our_ref) = (row.supplier, lost.our_ref);
        let subject = subject_of("float_correction", SOURCE, our_ref.as_str());
        let now = self.inner.clock.now();
        let mut unit = Changes::at(now);
        unit.cases.push(CaseWrite::Open(Case {
            key: CaseKey {
                subject,
                version: 1,
                kind: CaseKind::Orphan,
            },
            amount: lost.cost,
            opened_at: now,
            deadline: now.plus(self.inner.settings.policy.case_deadline),
        }));
        if let Some(cost) = lost.cost {
            unit.transfers = rules::lost(subject, supplier, cost);
            unit.inbox_done.push(row.id);
            let entry = Entry::Orphan {
                supplier,
                our_ref,
                sightings: sightings.to_vec(),
            };
            let evidence = LogRow::new(subject, 1, now, entry).with_raw(row.raw());
            unit.log.push(evidence);
        }
        match self.inner.store.commit(vec![unit]).await?.pop() {
            Some(Verdict::Done(done)) => {
                self.inner.board.paid(&done.receipt);
                self.tell_lost(supplier, &lost);
                Ok(lost.cost.is_some())
            }
            Some(Verdict::Refused(Refused::EffectDone { receipt })) => {
                let mut debits = receipt.rows.iter().map(|row| row.debit);
                if !debits.any(|debit| debit == Account::LossDelivery) {
                    // A person has booked it; this is evidence.
                    return Ok(false);
                }
                let mut heard = Changes::at(now);
                heard.inbox_done.push(row.id);
                self.inner.store.commit(vec![heard]).await?;
                Ok(true)
            }
            Some(Verdict::Refused(Refused::InboxGone)) => Ok(true),
            refused => {
                tracing::error!(?refused, %our_ref, "a lost delivery was not booked");
                Ok(false)
            }
        }
    }

    /// The one delivery that it speaks of, if it is surely of this installation and of an epoch before this one.
    fn lost(&self, sightings: &[Sighting]) -> Option<Lost> {
        let settings = &self.inner.settings;
        let [said] = sightings else {
            return None;
        };
        let our_ref = said.our_ref.filter(|_| said.claim == Claim::Delivered)?;
        let epoch = our_ref.epoch_at(settings.installation)?;
        let cost = said.price.filter(|price| price.is_transferable());
        let is_lost = epoch < settings.epoch && said.target.is_some();
        is_lost.then_some(Lost { our_ref, cost })
    }

    fn tell_lost(&self, supplier: SupplierId, lost: &Lost) {
        let our_ref = lost.our_ref.as_str();
        let cost = lost.cost.map(tracing::field::display);
        let supplier = self.named(supplier);
        tracing::error!(
            supplier,
            our_ref,
            cost,
            alert = "a purchase that the books had lost was delivered",
            "its member was not charged"
        );
        self.inner.meter.alert("books");
    }
}
