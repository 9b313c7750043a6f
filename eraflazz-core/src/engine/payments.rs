//! Looking at deposits: when they are due, when a notification says so, when somebody asks. What is heard is committed against the row as it is by then.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::gateways::{Gateway, GatewayCall};
use crate::commit::{Case, CaseKey, CaseKind, CaseWrite, Refused, Unavailable, Verdict};
use crate::ids::PaymentId;
use crate::payment::{self, HeardPayment, Method, Payment, Through};

/// How many deposits one sweep looks at.
const SWEEP_MAX: usize = 50;
/// Fresh looks at a row that keeps changing.
const TRIES: usize = 16;
/// When what cannot be looked at now is tried again.
const PUT_OFF: Duration = Duration::from_hours(1);

impl Engine {
    /// Looks at what is due until told to stop: the same at start-up, after a crash and after a lost notification (INV-26). One process does it for all.
    pub(super) async fn check_payments_until(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            let looked = if self.inner.is_on_duty() {
                self.check_payments().await
            } else {
                0
            };
            if looked == SWEEP_MAX {
                continue;
            }
            tokio::select! {
                biased;
                () = shutdown.cancelled() => return,
                () = self.inner.clock.sleep(self.inner.settings.sweep_interval) => {}
            }
        }
    }

    /// Looks at what is due now. Gives how many of them need no other look at once.
    async fn check_payments(&self) -> usize {
        let now = self.inner.clock.now();
        let due = match self.inner.store.due_payments(now, SWEEP_MAX).await {
            Ok(due) => due,
            Err(error) => {
                self.warn_seldom("deposits could not be swept", &error);
                return 0;
            }
        };
        let mut looks = JoinSet::new();
        for row in due {
            let engine = self.clone();
            looks.spawn(async move { engine.look_when_due(row).await });
        }
        let mut looked = 0;
        while let Some(done) = looks.join_next().await {
            match done {
                Ok(Ok(_)) => looked += 1,
                Ok(Err(error)) => self.warn_seldom("a deposit could not be looked at", &error),
                Err(_) => {}
            }
        }
        looked
    }

    /// Begins a look that nobody waits for.
    pub(super) fn look_soon(&self, id: PaymentId) {
        let engine = self.clone();
        let task = async move {
            let looked = match engine.inner.store.payment(id).await {
                Ok(Some(row)) => engine.look_at(row).await.map(drop),
                Ok(None) => Ok(()),
                Err(error) => Err(error),
            };
            if let Err(error) = looked {
                // It stays due.
                engine.warn_seldom("a deposit could not be looked at", &error);
            }
        };
        self.inner.calls.spawn_on(task, &self.inner.io);
    }

    /// Asks the gateway what has become of it, and gives it as it is then.
    pub(super) async fn look_at(&self, row: Payment) -> Result<Payment, Unavailable> {
        let Some(gateway) = self.inner.gateways.numbered(row.gateway).cloned() else {
            return self.put_off(row).await;
        };
        let Some(heard) = self.ask_about(&row, &gateway).await else {
            return Ok(row);
        };
        let heard = self.hear_payment(row.id, heard, &gateway).await?;
        Ok(heard.unwrap_or(row))
    }

    /// What its gateway answers about it; `None` while no gateway is asked.
    pub(super) async fn ask_about(&self, row: &Payment, gateway: &Gateway) -> Option<HeardPayment> {
        // Nobody can be asked about a transfer: its time alone tells, and looks before that would bring the end of its amount nearer.
        let now = self.inner.clock.now();
        let is_due = row.next_check_at.is_some_and(|at| at <= now);
        if self.asks_nobody() || (row.method == Method::Transfer && !is_due) {
            return None;
        }
        let place = Arc::clone(&gateway.places).acquire_owned().await.ok()?;
        let call = GatewayCall::Look(row.reference());
        let exchange = self.call_gateway(gateway, call).await;
        drop(place);
        Some(HeardPayment {
            through: Through::Look,
            sightings: exchange.sightings,
            raw: exchange.raw,
        })
    }

    /// A look of the schedule. What can still be paid although its time was over long ago is ended at its gateway.
    async fn look_when_due(&self, row: Payment) -> Result<Payment, Unavailable> {
        let is_tidied = row.next_check_at.is_some_and(|due| row.is_over_at(due));
        let seen = self.look_at(row).await?;
        if is_tidied {
            return self.end_deposit(seen).await;
        }
        Ok(seen)
    }

    /// Nobody can be asked about it: its gateway is not in the settings. It stays, and does not stand in the way of others.
    async fn put_off(&self, row: Payment) -> Result<Payment, Unavailable> {
        tracing::error!(
            deposit = %row.id,
            gateway = row.gateway.0,
            alert = "a deposit's gateway has no adapter",
            "nobody looks at it until the gateway is back in the settings"
        );
        self.inner.meter.alert("adapter");
        self.later(row, false).await
    }

    /// It is looked at an hour later; a person gets a case if one is needed and there is none.
    async fn later(&self, row: Payment, needs_person: bool) -> Result<Payment, Unavailable> {
        let now = self.inner.clock.now();
        let mut next = row.clone();
        next.next_check_at = Some(now.plus(PUT_OFF));
        let opens = needs_person && !row.doubted;
        next.doubted |= needs_person;
        let mut unit = payment::moved(&row, next, now);
        if opens {
            unit.cases.push(CaseWrite::Open(Case {
                key: CaseKey {
                    subject: row.id.into(),
                    version: row.version.saturating_add(1),
                    kind: CaseKind::DepositAmount,
                },
                amount: None,
                opened_at: now,
                deadline: now.plus(self.inner.settings.policy.case_deadline),
            }));
        }
        self.inner.store.commit(vec![unit]).await?;
        Ok(row)
    }

    /// Commits what was heard, against the row as it is now, however often others change it meanwhile (INV-8, INV-27). Gives the row after it; `None` if it is not
    /// there or could not be written for its own sake, which is told.
    pub(super) async fn hear_payment(
        &self,
        id: PaymentId,
        heard: HeardPayment,
        gateway: &Gateway,
    ) -> Result<Option<Payment>, Unavailable> {
        for _ in 0..TRIES {
            let Some(row) = self.inner.store.payment(id).await? else {
                return Ok(None);
            };
            let now = self.inner.clock.now();
            let ruled_by = self.inner.settings.policy.case_deadline;
            let unit = payment::hear(&row, heard.clone(), gateway.profile(), ruled_by, now);
            let next = unit.payments.first().map(|write| write.payment.clone());
            let cases = unit.cases.len();
            match self.inner.store.commit(vec![unit]).await?.pop() {
                Some(Verdict::Done(_)) => {
                    if let Some(next) = &next {
                        self.tell_heard(&row, next, cases);
                    }
                    return Ok(next);
                }
                Some(Verdict::Refused(Refused::Stale { .. })) => {}
                Some(Verdict::Refused(Refused::Broken { invariant })) => {
                    self.stop_wallet(row.member, id.into(), invariant).await;
                    return Ok(Some(row));
                }
                refused => {
                    tracing::error!(
                        deposit = %id,
                        ?refused,
                        alert = "a deposit was not booked",
                        "what its gateway says cannot be written"
                    );
                    self.inner.meter.alert("books");
                    return self.later(row, true).await.map(Some);
                }
            }
        }
        self.inner.store.payment(id).await
    }

    fn tell_heard(&self, row: &Payment, next: &Payment, cases: usize) {
        if row.state != next.state || row.stage != next.stage {
            tracing::info!(
                deposit = %row.id,
                from = row.state.word(),
                to = next.state.word(),
                stage = ?next.stage,
                credited = %next.credited(),
                "a deposit moved"
            );
        }
        if cases > 0 {
            tracing::error!(
                deposit = %row.id,
                state = next.state.word(),
                alert = "a deposit needs a person",
                "its case says why"
            );
            self.inner.meter.alert("books");
        }
    }
}
