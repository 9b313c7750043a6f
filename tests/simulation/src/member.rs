//! Members: they order, lose patience, ask again, take back, and believe what they are told.

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::engine::{NewOrder, SubmitError, Submitted};
use eraflazz_core::ids::MemberId;
use eraflazz_core::order::{OrderState, Refusal};

use crate::chance::Chance;
use crate::door::{Door, PATIENCE};
use crate::fault::Fault;
use crate::scene::{Scene, destination_of};
use crate::trace::Event;

/// An order that a member wants.
#[derive(Clone, Debug)]
pub struct Wish {
    /// The order's number in this world.
    pub number: u32,
    /// Its parcel.
    pub parcel: u32,
    /// What the parcel holds.
    pub product: String,
    /// Whose it is.
    pub member: MemberId,
    /// Under which number, if the member says that it means to buy the same again.
    pub counter: Option<u8>,
}

/// How many times longer than at first a member waits at last where there is too much to do.
const LONGEST: u32 = 16;

/// Members as a whole.
#[derive(Debug)]
pub struct Members {
    pub(crate) scene: Arc<Scene>,
    pub(crate) door: Arc<Door>,
    pub(crate) chance: Chance,
}

impl Wish {
    /// As a request.
    pub fn request(&self, parcel: u32) -> Option<NewOrder> {
        let ref_id = format!("r{}", self.number).parse().ok()?;
        let product = self.product.parse().ok()?;
        let order = NewOrder::prepaid(self.member, ref_id, product, destination_of(parcel));
        Some(match self.counter {
            Some(counter) => order.counter(counter),
            None => order,
        })
    }
}

impl Members {
    /// A member orders, until it has an answer; then it looks again later, or takes the order back.
    pub async fn order(self: Arc<Self>, wish: Wish) {
        let parcel = Some(wish.parcel);
        let twin = self.scene.strikes(Fault::MemberRepeats, parcel);
        let twin = twin.then(|| {
            let (members, wish) = (Arc::clone(&self), wish.clone());
            tokio::spawn(async move { members.insist(&wish).await.is_some() })
        });
        let Some(taken) = self.insist(&wish).await else {
            return;
        };
        if let Some(twin) = twin {
            let _ = twin.await;
        }
        if self.scene.strikes(Fault::MemberReusesRef, parcel) {
            self.reuse(&wish).await;
        }
        if taken.order.state == OrderState::Held && self.chance.percent(5) {
            self.take_back(&wish, &taken).await;
        }
        if self.chance.percent(15) {
            tokio::time::sleep(self.chance.millis(1, 900_000)).await;
            self.look(&wish).await;
        }
    }

    /// Submits it again and again until there is an answer. Who hears that there is too much to do comes back later each time, up to four minutes: else a full
    /// house would be mostly members who ask whether it is still full.
    async fn insist(&self, wish: &Wish) -> Option<Submitted> {
        let request = wish.request(wish.parcel)?;
        let mut longer = 1;
        loop {
            if let Some(engine) = self.door.engine() {
                let answer = tokio::time::timeout(PATIENCE, engine.submit(request.clone())).await;
                match answer {
                    Ok(Ok(taken)) => {
                        if let OrderState::Refused(why) = taken.order.state {
                            self.refused(wish, why);
                        }
                        self.scene.tell(&taken.order, "answer");
                        return Some(taken);
                    }
                    Ok(Err(error)) => {
                        self.not_taken(wish, &error);
                        match error {
                            SubmitError::Stopped(_) => return None,
                            SubmitError::Overloaded { .. } => longer = (longer * 2).min(LONGEST),
                            SubmitError::Conflict
                            | SubmitError::NotReady(_)
                            | SubmitError::Unavailable(_)
                            | SubmitError::UnknownMember
                            | SubmitError::MemberSuspended
                            | SubmitError::UnknownProduct
                            | SubmitError::Field { .. }
                            | SubmitError::RefMismatch
                            | SubmitError::Inquiry(_)
                            | SubmitError::Quote(_)
                            | SubmitError::Internal(_) => {}
                        }
                    }
                    Err(_) => self.scene.note(Event::NotTaken {
                        order: wish.number,
                        why: "no answer",
                    }),
                }
            }
            tokio::time::sleep(self.chance.millis(500, 60_000) * longer).await;
        }
    }

    fn refused(&self, wish: &Wish, why: Refusal) {
        let mut auditor = self.scene.auditor();
        auditor.refused(wish.number);
        match why {
            Refusal::DuplicateOrder { earlier } => {
                auditor.refused_as_repetition(wish.number, earlier.0.as_u128());
            }
            Refusal::InsufficientBalance { .. } => auditor.refused_as_too_poor(wish.number),
            Refusal::ProductUnavailable
            | Refusal::ProductClosed
            | Refusal::ProductCutOff
            | Refusal::InvalidDestination
            | Refusal::PriceChanged { .. }
            | Refusal::MemberFrozen => auditor.refused_unsold(),
        }
    }

    fn not_taken(&self, wish: &Wish, error: &SubmitError) {
        let why = match error {
            SubmitError::Unavailable(_) => "unavailable",
            SubmitError::Overloaded { .. } => "too much to do",
            SubmitError::Conflict => "something changed",
            SubmitError::Stopped(_) => "stopped",
            SubmitError::NotReady(_) => "not ready",
            SubmitError::UnknownMember
            | SubmitError::MemberSuspended
            | SubmitError::UnknownProduct
            | SubmitError::Field { .. }
            | SubmitError::RefMismatch
            | SubmitError::Inquiry(_)
            | SubmitError::Quote(_)
            | SubmitError::Internal(_) => {
                self.scene.object(
                    Some(wish.parcel),
                    format!("r{} was not taken: {error}", wish.number),
                );
                "an error"
            }
        };
        if matches!(error, SubmitError::Stopped(_)) {
            self.scene.object(
                Some(wish.parcel),
                format!("no orders are taken any more: {error}"),
            );
        }
        self.scene.note(Event::NotTaken {
            order: wish.number,
            why,
        });
    }

    /// The same reference for another destination: a conflict, and nothing else (E-18).
    async fn reuse(&self, wish: &Wish) {
        let (Some(engine), Some(request)) =
            (self.door.engine(), wish.request(wish.parcel + 50_000_000))
        else {
            return;
        };
        let answer = tokio::time::timeout(PATIENCE, engine.submit(request)).await;
        if let Ok(Ok(_)) = answer {
            let what = format!(
                "r{} was taken a second time for another destination (INV-18)",
                wish.number
            );
            self.scene.object(Some(wish.parcel), what);
        }
    }

    async fn take_back(&self, wish: &Wish, taken: &Submitted) {
        let Some(engine) = self.door.engine() else {
            return;
        };
        let answer =
            tokio::time::timeout(PATIENCE, engine.cancel(wish.member, taken.order.id)).await;
        let done = matches!(answer, Ok(Ok(_)));
        if let Ok(Ok(order)) = &answer {
            self.scene.auditor().cancelled(wish.number);
            self.scene.tell(order, "answer");
        }
        self.scene.note(Event::Cancelled {
            order: wish.number,
            done,
        });
    }

    /// Reads how the order stands.
    pub async fn look(&self, wish: &Wish) -> bool {
        let (Some(engine), Some(request)) = (self.door.engine(), wish.request(wish.parcel)) else {
            return false;
        };
        let read = engine.order(wish.member, &request.ref_id);
        if let Ok(Ok(Some(order))) = tokio::time::timeout(PATIENCE, read).await {
            self.scene.tell(&order, "reading");
            return true;
        }
        false
    }

    /// Reads it until it is read.
    pub async fn look_in_the_end(&self, wish: &Wish) {
        for _ in 0..20 {
            if self.look(wish).await {
                return;
            }
            tokio::time::sleep(Duration::from_secs(30)).await;
        }
    }
}
