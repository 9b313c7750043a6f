//! Notifications of gateways: verified, stored, answered, and then asked about. By themselves they move nothing (INV-35).
//!
//! The log is where they wait: one that names a deposit of ours is in the deposit's log, and the deposit due, in one commit, before the answer is given; so a process
//! that dies then has it in the sweep of the next one (C7). The same one again is kept once, for ever, by what it says (money-safety 8.6).

use std::sync::Arc;

use crate::commit::{
    Case, CaseKey, CaseKind, CaseWrite, Changes, Nonce, Refused, Unavailable, Verdict,
};
use crate::ids::{GatewayId, PaymentId};
use crate::order::{Entry, LogRow};
use crate::payment::{
    self, DepositEntry, Payment, PaymentCode, PaymentReading, PaymentSighting, PaymentState, Seen,
};
use crate::supplier::RawRequest;

use super::Engine;
use super::callback::{BODY_MAX, CallbackError, CallbackTaken};
use super::gateways::Gateway;
use super::written::subject_of;

/// Fresh looks at a row that keeps changing.
const TRIES: usize = 64;

/// A notification that is from whom it says, as far as its gateway signs; not stored yet. Drop it to refuse it: nothing happened.
#[derive(Debug)]
#[must_use = "a notification that is not taken is lost"]
pub struct VerifiedNotification {
    gateway: GatewayId,
    reading: PaymentReading,
    request: RawRequest,
}

impl Engine {
    /// Takes a gateway's notification: verifies it over the raw bytes, stores it, and gives the answer to send. What it says is asked of the gateway at once. The
    /// same notification again is answered alike and changes nothing.
    pub async fn payment_callback(
        &self,
        gateway: &str,
        request: RawRequest,
    ) -> Result<CallbackTaken, CallbackError> {
        let verified = self.verify_notification(gateway, request).await?;
        self.take_notification(verified).await
    }

    /// The first half of [`payment_callback`](Engine::payment_callback): who sent it is known, and nothing is stored. Between the halves the caller may count it.
    /// An unknown gateway and a notification that proves nothing look the same.
    pub async fn verify_notification(
        &self,
        gateway: &str,
        request: RawRequest,
    ) -> Result<VerifiedNotification, CallbackError> {
        if request.body.len() > BODY_MAX {
            return Err(CallbackError::TooLarge);
        }
        let gateway = self.inner.gateways.named(gateway);
        let gateway = gateway.ok_or(CallbackError::Unauthenticated)?.clone();
        let (adapter, read) = (Arc::clone(&gateway.adapter), request.clone());
        let read = move || adapter.read_callback(&read);
        let says = |reading: &PaymentReading| reading.sightings.len();
        let reading = self.read_sent(&gateway, read, says).await?;
        Ok(VerifiedNotification {
            gateway: gateway.rules.id,
            reading,
            request,
        })
    }

    /// The second half: stores it, begins the look that it asks for, and gives the answer to send.
    pub async fn take_notification(
        &self,
        verified: VerifiedNotification,
    ) -> Result<CallbackTaken, CallbackError> {
        let VerifiedNotification {
            gateway,
            reading,
            request,
        } = verified;
        let gateway = self.inner.gateways.numbered(gateway);
        let gateway = gateway.ok_or(CallbackError::Unauthenticated)?.clone();
        if !reading.sightings.is_empty() {
            let news = self.keep_notification(&gateway, &reading, &request).await?;
            if let Some(id) = news {
                self.look_soon(id);
            }
        }
        Ok(CallbackTaken {
            answer: reading.answer,
        })
    }

    /// Stores it, once. Gives the deposit that it may be news of.
    async fn keep_notification(
        &self,
        gateway: &Gateway,
        reading: &PaymentReading,
        request: &RawRequest,
    ) -> Result<Option<PaymentId>, CallbackError> {
        let nonce = Nonce::of_notification(gateway.rules.id, &request.body);
        for _ in 0..TRIES {
            let found = self.named_by(gateway, &reading.sightings).await?;
            let now = self.inner.clock.now();
            let mut unit = Changes::at(now);
            unit.nonces.push(nonce.clone());
            let mut news = None;
            let (subject, version) = if let Some((row, sighting)) = &found {
                if payment::noticed(row, sighting, gateway.profile()) {
                    let mut next = row.clone();
                    next.next_check_at = Some(now);
                    unit = payment::moved(row, next, now);
                    unit.nonces.push(nonce.clone());
                    news = Some(row.id);
                }
                (row.id.into(), row.version.saturating_add(1))
            } else {
                let name = gateway.rules.id.to_string();
                let subject = subject_of("notification", &name, &nonce.nonce);
                unit.cases.extend(stray(reading).map(|sighting| {
                    CaseWrite::Open(Case {
                        key: CaseKey {
                            subject,
                            version: 1,
                            kind: CaseKind::DepositAmount,
                        },
                        amount: sighting.amount,
                        opened_at: now,
                        deadline: now.plus(self.inner.settings.policy.case_deadline),
                    })
                }));
                (subject, 1)
            };
            let entry = Entry::Deposit(DepositEntry::Notified {
                gateway: gateway.rules.id,
                seen: reading.sightings.iter().map(Seen::from).collect(),
            });
            let row = LogRow::new(subject, version, now, entry).with_raw(request.body.clone());
            unit.log.push(row);
            match self.inner.store.commit(vec![unit]).await?.pop() {
                Some(Verdict::Done(_)) => {
                    if found.is_none() {
                        self.tell_stray(gateway);
                    }
                    return Ok(news);
                }
                Some(Verdict::Refused(Refused::NonceUsed)) => return Ok(None),
                Some(Verdict::Refused(Refused::Stale { .. })) => {}
                refused => {
                    tracing::error!(?refused, "a notification was not kept");
                    break;
                }
            }
        }
        Err(CallbackError::Unavailable(Unavailable {
            may_have_committed: false,
            why: "the deposit keeps changing".to_owned(),
        }))
    }

    /// The deposit that it names: by our reference, else by theirs.
    async fn named_by<'a>(
        &self,
        gateway: &Gateway,
        sightings: &'a [PaymentSighting],
    ) -> Result<Option<(Payment, &'a PaymentSighting)>, Unavailable> {
        for sighting in sightings {
            let ours = sighting.our_ref.as_ref();
            let ours = ours.and_then(|echo| PaymentCode::parse(echo.as_str()).ok());
            let found = match (ours, &sighting.their_ref) {
                (Some(code), _) => self.inner.store.payment_coded(&code).await?,
                (None, Some(theirs)) if sighting.our_ref.is_none() => {
                    let id = gateway.rules.id;
                    self.inner.store.payment_of(id, theirs).await?
                }
                (None, _) => None,
            };
            if let Some(row) = found.filter(|row| row.gateway == gateway.rules.id) {
                return Ok(Some((row, sighting)));
            }
        }
        Ok(None)
    }

    fn tell_stray(&self, gateway: &Gateway) {
        tracing::error!(
            gateway = %gateway.name,
            alert = "a gateway tells of a payment that is nobody's",
            "it is kept, and moves nothing"
        );
        self.inner.meter.alert("callback");
    }
}

/// What of a notification that names no deposit of ours speaks of money.
fn stray(reading: &PaymentReading) -> Option<&PaymentSighting> {
    reading.sightings.iter().find(|sighting| {
        sighting
            .state()
            .is_some_and(|state| state.rank() >= PaymentState::Captured.rank())
    })
}
