//! Submitting: from a caller's wish to an order that is HELD or REFUSED, in one commit.

use std::sync::Arc;

use tracing::Instrument as _;

use super::Engine;
use super::error::SubmitError;
use crate::catalog::{Destination, Product, ProductKind, Snapshot, Warning};
use crate::commit::{Changes, Done, Refused, Verdict};
use crate::ids::{InquiryId, MemberId, OrderId, TrxCode};
use crate::inquiry::NotPayable;
use crate::member::{GuardPolicy, Member, MemberStatus};
use crate::money::Money;
use crate::order::{self, Aggregate, Bill, Draft, Fingerprint, Order, OrderState, Refusal};
use crate::ports::Due;
use crate::pricing::{self, Quote};
use crate::route::Explanation;
use crate::text::{DestinationText, ProductCode, RefId};
use crate::time::Timestamp;

/// What a member wants to buy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrder {
    /// Who.
    pub member: MemberId,
    /// The caller's reference: the same one again gives the same order (INV-18).
    pub ref_id: RefId,
    /// What.
    pub product: ProductCode,
    /// For whom, as the caller writes it.
    pub destination: String,
    /// Refuse if the price is above this.
    pub max_price: Option<Money>,
    /// The how-manieth purchase of the same goods that day, 1 to 99 (INV-19).
    pub counter: Option<u8>,
    /// Of a bill: the inquiry that is paid ([`Engine::inquire`]).
    pub inquiry: Option<InquiryId>,
}

impl NewOrder {
    /// `product` for `destination`, prepaid.
    pub fn prepaid(
        member: MemberId,
        ref_id: RefId,
        product: ProductCode,
        destination: impl Into<String>,
    ) -> Self {
        Self {
            member,
            ref_id,
            product,
            destination: destination.into(),
            max_price: None,
            counter: None,
            inquiry: None,
        }
    }

    /// Pays the bill that this inquiry told of, which was for the same product and destination.
    #[must_use]
    pub const fn inquiry(mut self, inquiry: InquiryId) -> Self {
        self.inquiry = Some(inquiry);
        self
    }

    /// Refuse if the price is above `max_price`.
    #[must_use]
    pub const fn max_price(mut self, max_price: Money) -> Self {
        self.max_price = Some(max_price);
        self
    }

    /// The how-manieth purchase of the same goods that day.
    #[must_use]
    pub const fn counter(mut self, counter: u8) -> Self {
        self.counter = Some(counter);
        self
    }

    fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(
            &self.product,
            &self.destination,
            self.counter,
            self.max_price,
            self.inquiry,
        )
    }
}

/// An order as it stands after a submit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submitted {
    /// The order: HELD, or REFUSED on the merits, or further on if it was repeated.
    pub order: Order,
    /// Whether this `ref_id` had been submitted before: nothing new was done.
    pub repeated: bool,
    /// Something the caller should know although the order was taken.
    pub warning: Option<Warning>,
}

/// A unit ready to be committed, and the order as the answer will show it.
struct Prepared {
    order: Order,
    warning: Option<Warning>,
    /// What was found of each route, if it is refused for want of one.
    routes: Explanation,
}

/// What speaks against an order on its merits.
struct Against {
    refusal: Refusal,
    /// What was found of each route, if that is it.
    routes: Explanation,
}

impl From<Refusal> for Against {
    fn from(refusal: Refusal) -> Self {
        Self {
            refusal,
            routes: Explanation::default(),
        }
    }
}

impl Engine {
    /// Takes an order: checks, quotes, and commits it HELD with its money set aside, or REFUSED on the merits. Answers as soon as that
    /// is durable; the rest happens in [`Engine::run`].
    ///
    /// The price is that of the catalog and of the member as they are read here. A price, a markup or a tier that changes while this call is under way
    /// may miss it by the moments until the commit: the order then stands, for ever, at the price of before, whose catalog version its quote names
    /// (INV-16). What must not rise is guarded by the caller's maximum price; what must not be sold at a loss, by the cost cap.
    ///
    /// Repeating a `ref_id` with the same product, destination (letter by letter as it was written), counter and maximum price gives the same order as
    /// it stands; with others it is [`SubmitError::RefMismatch`] and changes nothing. Concurrent twins give one order. A hang-up of the caller cancels nothing once
    /// the commit has begun.
    pub async fn submit(&self, new: NewOrder) -> Result<Submitted, SubmitError> {
        let answers = self.submit_many(vec![new]).await;
        answers
            .into_iter()
            .next()
            .unwrap_or(Err(SubmitError::Internal("no answer to a unit")))
    }

    /// The same for many orders: one commit for all of them. Each is judged by itself, in order; one answer each.
    pub async fn submit_many(&self, new: Vec<NewOrder>) -> Vec<Result<Submitted, SubmitError>> {
        if let Err(error) = self.admit(new.len()) {
            let answers: Vec<_> = new.iter().map(|_| Err(error.clone())).collect();
            self.inner.meter.submitted(&answers);
            return answers;
        }
        let engine = self.clone();
        let count = new.len();
        // Boxed: on its way to the runtime a task is moved five times, and this one is large.
        let task = Box::pin(async move {
            let answers = engine.submit_all(new).await;
            engine.inner.meter.submitted(&answers);
            answers
        });
        match tokio::spawn(task.in_current_span()).await {
            Ok(answers) => answers,
            Err(_) => (0..count)
                .map(|_| Err(SubmitError::Internal("the submit task failed")))
                .collect(),
        }
    }

    async fn submit_all(&self, new: Vec<NewOrder>) -> Vec<Result<Submitted, SubmitError>> {
        let mut answers: Vec<Option<Result<Submitted, SubmitError>>> =
            Vec::with_capacity(new.len());
        let mut units = Vec::with_capacity(new.len());
        let mut waiting = Vec::with_capacity(new.len());
        let snapshot = match self.inner.catalog.snapshot().await {
            Ok(snapshot) => snapshot,
            Err(error) => {
                return new
                    .iter()
                    .map(|_| Err(SubmitError::Unavailable(error.clone())))
                    .collect();
            }
        };
        let mut member: Option<Arc<Member>> = None;
        for (place, wish) in new.into_iter().enumerate() {
            match self.prepare(&wish, &snapshot, &mut member).await {
                Ok((prepared, unit)) => {
                    units.push(unit);
                    waiting.push((place, prepared));
                    answers.push(None);
                }
                Err(error) => answers.push(Some(self.perhaps_repeated(&wish, error).await)),
            }
        }
        let verdicts = match self.inner.store.commit(units).await {
            Ok(verdicts) => verdicts,
            Err(error) => {
                for (place, _) in waiting {
                    answers[place] = Some(Err(SubmitError::Unavailable(error.clone())));
                }
                return answers.into_iter().flatten().collect();
            }
        };
        let mut bells = Vec::with_capacity(verdicts.len());
        for ((place, prepared), verdict) in waiting.into_iter().zip(verdicts) {
            let answer = match verdict {
                Verdict::Done(done) => Ok(self.taken(prepared, &done, &mut bells)),
                Verdict::Refused(refused) => self.refused(prepared, refused, &mut bells).await,
            };
            answers[place] = Some(answer);
        }
        if !bells.is_empty() {
            self.inner.queue.push(&bells).await;
            self.inner.outgoing.ring();
        }
        answers.into_iter().flatten().collect()
    }

    /// Back-pressure and fail-stop, before anything is read of the order (D18, D29).
    /// Whether the engine works and there is room for so many: who is turned away costs no task.
    fn admit(&self, count: usize) -> Result<(), SubmitError> {
        if let Some(what) = self.inner.board.stopped() {
            return Err(SubmitError::Stopped(what));
        }
        if let Some(what) = self.inner.board.withheld() {
            return Err(SubmitError::NotReady(what));
        }
        let more = u64::try_from(count).unwrap_or(u64::MAX);
        if self
            .inner
            .board
            .held_depth()
            .saturating_add(more.saturating_sub(1))
            >= self.inner.settings.held_max
        {
            return Err(SubmitError::Overloaded {
                retry_after: std::time::Duration::from_secs(2),
            });
        }
        Ok(())
    }

    async fn prepare(
        &self,
        wish: &NewOrder,
        snapshot: &Arc<Snapshot>,
        cached: &mut Option<Arc<Member>>,
    ) -> Result<(Prepared, Changes), SubmitError> {
        let member = match cached {
            Some(member) if member.id == wish.member => Arc::clone(member),
            _ => {
                let found = self
                    .inner
                    .members
                    .member(wish.member)
                    .await
                    .map_err(SubmitError::Unavailable)?;
                let found = found.ok_or(SubmitError::UnknownMember)?;
                self.inner.codes.learn(&found);
                Arc::clone(cached.insert(found))
            }
        };
        if member.status == MemberStatus::Suspended {
            return Err(SubmitError::MemberSuspended);
        }
        if wish
            .counter
            .is_some_and(|counter| !(1..=99).contains(&counter))
        {
            return Err(SubmitError::Field {
                field: "counter",
                rule: "1 to 99",
            });
        }
        let product = snapshot
            .product_coded(&wish.product)
            .ok_or(SubmitError::UnknownProduct)?;
        let now = self.inner.clock.now();
        let normal = product.normalise(&wish.destination, member.strict_operator);
        let (destination, warning, valid) = if let Ok(normal) = normal {
            (normal.destination, normal.warning, true)
        } else {
            let written =
                DestinationText::new(&wish.destination).map_err(|error| SubmitError::Field {
                    field: "destination",
                    rule: error.rule,
                })?;
            (written.into(), None, false)
        };
        let (quote, bill, deadline) = self
            .terms(wish, &member, product, &destination, snapshot, now)
            .await?;
        let roll = self.inner.dice.roll();
        let counter =
            (member.guard_policy == GuardPolicy::ByDayCounter).then(|| wish.counter.unwrap_or(1));
        let draft = Draft {
            id: OrderId::mint(now, &roll),
            trx_code: TrxCode::mint(now, &roll),
            member: member.id,
            ref_id: wish.ref_id.clone(),
            fingerprint: wish.fingerprint(),
            product: product.id,
            destination,
            counter,
            quote,
            // A success without one may be that of the inquiry: it has the payment's reference, and only a payment has a serial number (E-35).
            sn_required: product.sn_required || bill.is_some(),
            late_success: member.late_success,
            deadline,
            bill,
            now,
        };
        let mut routes = Explanation::default();
        let unit = match self.merits(product, &quote, wish.max_price, valid, snapshot, &draft) {
            Ok(()) => order::accept(draft),
            Err(against) => {
                routes.clone_from(&against.routes);
                order::refuse(draft, against.refusal, against.routes)
            }
        };
        let prepared = Prepared {
            order: written(&unit)?,
            warning,
            routes,
        };
        Ok((prepared, unit))
    }

    /// What it costs and until when a route is looked for. Of a bill both are its inquiry's: that alone is paid, and not once it is over (E-35).
    async fn terms(
        &self,
        wish: &NewOrder,
        member: &Member,
        product: &Product,
        destination: &Destination,
        snapshot: &Snapshot,
        now: Timestamp,
    ) -> Result<(Quote, Option<Box<Bill>>, Timestamp), SubmitError> {
        let deadline = now.plus(self.inner.settings.policy.order_deadline);
        let field = |rule| SubmitError::Field {
            field: "inquiry_id",
            rule,
        };
        match (product.kind, wish.inquiry) {
            (ProductKind::Prepaid, None) => {
                let quote = pricing::quote(snapshot, product, member);
                Ok((quote.map_err(SubmitError::Quote)?, None, deadline))
            }
            (ProductKind::Prepaid, Some(_)) => {
                Err(field("only for bills: this product has a known price"))
            }
            (ProductKind::Postpaid, None) => Err(field("of a bill: ask what it comes to first")),
            (ProductKind::Postpaid, Some(id)) => {
                let known = self.inner.store.inquiry(id).await;
                let known = known.map_err(SubmitError::Unavailable)?;
                let known = known.ok_or(SubmitError::Inquiry(NotPayable::Unknown))?;
                let bill = known.bill(member.id, product.id, destination, now);
                let bill = bill.map_err(SubmitError::Inquiry)?;
                let deadline = deadline.min(known.expires_at);
                Ok((known.quote, Some(Box::new(bill)), deadline))
            }
        }
    }

    /// What can be said against an order on its merits before its wallet is looked at.
    fn merits(
        &self,
        product: &Product,
        quote: &Quote,
        max_price: Option<Money>,
        valid: bool,
        snapshot: &Arc<Snapshot>,
        draft: &Draft,
    ) -> Result<(), Against> {
        if !snapshot.is_sold(product) {
            return Err(Refusal::ProductClosed.into());
        }
        if product
            .cut_off
            .is_some_and(|window| window.covers(draft.now))
        {
            return Err(Refusal::ProductCutOff.into());
        }
        if !valid {
            return Err(Refusal::InvalidDestination.into());
        }
        if max_price.is_some_and(|most| quote.sell > most) {
            return Err(Refusal::PriceChanged { sell: quote.sell }.into());
        }
        let only = draft.bill.as_ref().map(|bill| bill.mapping);
        let (board, cap) = (&self.inner.board, quote.cost_cap);
        let to = &draft.destination;
        board
            .is_sellable(snapshot, product, cap, only, to, draft.now)
            .map_err(|routes| Against {
                refusal: Refusal::ProductUnavailable,
                routes,
            })
    }

    /// The commit said yes.
    fn taken(&self, prepared: Prepared, done: &Done, bells: &mut Vec<Due>) -> Submitted {
        let Prepared {
            mut order, warning, ..
        } = prepared;
        if order.state.is_open() {
            order.balance_after = done.wallets.first().map(|wallet| wallet.available);
            bells.push(Due::Order(order.id));
            self.inner.board.held(1);
        } else {
            self.log_end(&order, 0);
        }
        tracing::debug!(trace_id = %order.id, status = order.status().word(), "order accepted or refused");
        Submitted {
            order,
            repeated: false,
            warning,
        }
    }

    /// The commit said no: a twin, a refusal that is kept, or something to tell the caller.
    async fn refused(
        &self,
        prepared: Prepared,
        refused: Refused,
        bells: &mut Vec<Due>,
    ) -> Result<Submitted, SubmitError> {
        let mut draft = Draft::of(&prepared.order);
        let mut routes = Explanation::default();
        let unit = match refused {
            Refused::RefTaken { order } => return self.repeated(&prepared.order, order).await,
            Refused::Insufficient { needed, available } => {
                let refusal = Refusal::InsufficientBalance { needed, available };
                order::refuse(draft, refusal, Explanation::default())
            }
            Refused::DuplicateBusiness { order } => {
                let refusal = Refusal::DuplicateOrder { earlier: order };
                order::refuse(draft, refusal, Explanation::default())
            }
            Refused::Frozen => order::refuse(draft, Refusal::MemberFrozen, Explanation::default()),
            // One of the minted ids was taken, once in a very long time: the same again under others.
            Refused::IdTaken { .. } => {
                let roll = self.inner.dice.roll();
                draft.id = OrderId::mint(draft.now, &roll);
                draft.trx_code = TrxCode::mint(draft.now, &roll);
                if let OrderState::Refused(refusal) = prepared.order.state {
                    routes.clone_from(&prepared.routes);
                    order::refuse(draft, refusal, prepared.routes)
                } else {
                    order::accept(draft)
                }
            }
            Refused::Broken { invariant } => {
                self.stop_wallet(prepared.order.member, prepared.order.id.into(), invariant)
                    .await;
                return Err(SubmitError::Internal(invariant));
            }
            Refused::Stale { .. } => return Err(SubmitError::Conflict),
            Refused::NonceUsed => return Err(SubmitError::Inquiry(NotPayable::Used)),
            Refused::LiveAttempt { .. }
            | Refused::EffectDone { .. }
            | Refused::NotCovered { .. }
            | Refused::OverQuota { .. }
            | Refused::InboxGone => {
                return Err(SubmitError::Internal(
                    "an acceptance was refused for what it does not write",
                ));
            }
        };
        let prepared = Prepared {
            order: written(&unit)?,
            warning: prepared.warning,
            routes,
        };
        let verdicts = self
            .inner
            .store
            .commit(vec![unit])
            .await
            .map_err(SubmitError::Unavailable)?;
        match verdicts.into_iter().next() {
            Some(Verdict::Done(done)) => Ok(self.taken(prepared, &done, bells)),
            // A twin got in between.
            Some(Verdict::Refused(Refused::RefTaken { order })) => {
                self.repeated(&prepared.order, order).await
            }
            Some(Verdict::Refused(_)) | None => Err(SubmitError::Conflict),
        }
    }

    /// The `ref_id` belongs to an order already: the same request gets it, another one is told.
    async fn repeated(&self, wanted: &Order, earlier: OrderId) -> Result<Submitted, SubmitError> {
        let found = self
            .inner
            .store
            .orders(&[earlier])
            .await
            .map_err(SubmitError::Unavailable)?;
        match found.into_iter().next().flatten() {
            Some(earlier) => same_request(earlier, wanted.fingerprint),
            None => Err(SubmitError::Internal("a ref_id without its order")),
        }
    }

    /// What today's catalog says against a request counts only if the request is new: a repeated one gets its order as it stands (INV-6).
    async fn perhaps_repeated(
        &self,
        wish: &NewOrder,
        error: SubmitError,
    ) -> Result<Submitted, SubmitError> {
        match error {
            SubmitError::UnknownProduct
            | SubmitError::Field { .. }
            | SubmitError::Quote(_)
            | SubmitError::Inquiry(_) => {}
            SubmitError::UnknownMember
            | SubmitError::MemberSuspended
            | SubmitError::RefMismatch
            | SubmitError::Overloaded { .. }
            | SubmitError::Conflict
            | SubmitError::Stopped(_)
            | SubmitError::NotReady(_)
            | SubmitError::Unavailable(_)
            | SubmitError::Internal(_) => return Err(error),
        }
        let found = self.inner.store.by_ref(wish.member, &wish.ref_id).await;
        match found.map_err(SubmitError::Unavailable)? {
            Some(earlier) => same_request(earlier, wish.fingerprint()),
            None => Err(error),
        }
    }

    /// Now, by the engine's clock.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }
}

/// The order of an earlier request, if this one is the same.
fn same_request(earlier: Aggregate, wanted: Fingerprint) -> Result<Submitted, SubmitError> {
    if earlier.order.fingerprint != wanted {
        return Err(SubmitError::RefMismatch);
    }
    Ok(Submitted {
        order: earlier.order,
        repeated: true,
        warning: None,
    })
}

/// The order that a unit writes.
fn written(unit: &Changes) -> Result<Order, SubmitError> {
    let order = unit.orders.first().map(|write| write.order.clone());
    order.ok_or(SubmitError::Internal("a unit without an order"))
}
