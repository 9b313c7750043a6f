//! Asking before buying: what a bill comes to, or whose meter that is. Moves no money; what a bill came to is stored, so that an order can be bound to it (E-35).

use std::sync::Arc;
use std::time::Duration;

use super::Engine;
use super::error::InquireError;
use crate::catalog::{Destination, DestinationRule, Mapping, Product, ProductKind, Snapshot};
use crate::ids::{MemberId, RefShape, SupplierRef};
use crate::inquiry::Inquiry;
use crate::member::{Member, MemberStatus};
use crate::money::Money;
use crate::ports::Supplier;
use crate::pricing;
use crate::supplier::{Asked, Finding, InquiryError, Question, ReadError, Reason, Reference};
use crate::text::{ProductCode, RefId};
use crate::time::Timestamp;

/// How many suppliers are asked for one inquiry at most.
const ROUTES_MAX: usize = 3;
/// After so long no other supplier is asked: somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many inquiries are out at once. More are refused: they wait for suppliers, and whoever asks waits for them.
pub(super) const ASKED_AT_ONCE: usize = 64;

/// What a member wants to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInquiry {
    /// Who.
    pub member: MemberId,
    /// The caller's reference of the inquiry: the same one again gives the same answer of a bill. It has nothing to do with those of orders.
    pub ref_id: RefId,
    /// About what.
    pub product: ProductCode,
    /// Of whom, as the caller writes it.
    pub destination: String,
}

/// What is known after an inquiry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inquired {
    /// What a bill comes to. An order that names it pays it.
    Bill(Box<Inquiry>),
    /// Who the customer is.
    Customer {
        /// Of whom, in normal form.
        destination: Destination,
        /// What was told.
        finding: Finding,
    },
}

/// An inquiry whose fields keep their rules.
struct Wish<'a> {
    new: &'a NewInquiry,
    member: &'a Member,
    product: &'a Product,
    destination: Destination,
    asked: Asked,
}

impl Engine {
    /// Asks what a bill comes to, or, for PLN tokens, whose meter that is. Moves no money.
    ///
    /// Of a bill the answer is stored with its price for this member, and is what an order may pay until it is over: once, at that price, where it was
    /// asked. Repeating a `ref_id` with the same product and destination gives the stored answer without asking anybody, also once it is over; with others
    /// it is [`InquireError::RefMismatch`].
    pub async fn inquire(&self, new: NewInquiry) -> Result<Inquired, InquireError> {
        let members = &self.inner.members;
        let member = members.member(new.member).await;
        let member = member.map_err(InquireError::Unavailable)?;
        let member = member.ok_or(InquireError::UnknownMember)?;
        if member.status == MemberStatus::Suspended {
            return Err(InquireError::MemberSuspended);
        }
        let snapshot = self.inner.catalog.snapshot().await;
        let snapshot = snapshot.map_err(InquireError::Unavailable)?;
        let product = snapshot.product_coded(&new.product);
        let product = product.ok_or(InquireError::UnknownProduct)?;
        let asked = match (product.kind, &product.destination) {
            (ProductKind::Postpaid, _) => Asked::Bill,
            (ProductKind::Prepaid, DestinationRule::PlnMeter) => Asked::PlnCustomer,
            (
                ProductKind::Prepaid,
                DestinationRule::Phone { .. }
                | DestinationRule::Digits { .. }
                | DestinationRule::Player { .. }
                | DestinationRule::Fields,
            ) => return Err(InquireError::NotOffered),
        };
        let strict = member.strict_operator;
        let normal = product.normalise(&new.destination, strict);
        let destination = normal.map_err(InquireError::Destination)?.destination;
        let wish = Wish {
            new: &new,
            member: &member,
            product,
            destination,
            asked,
        };
        if asked == Asked::Bill
            && let Some(known) = self.known(&wish).await?
        {
            return Ok(Inquired::Bill(Box::new(known)));
        }
        let now = self.inner.clock.now();
        if !snapshot.is_sold(product) || product.cut_off.is_some_and(|window| window.covers(now)) {
            return Err(InquireError::Closed);
        }
        let Ok(_place) = self.inner.asking.try_acquire() else {
            return Err(InquireError::Overloaded {
                retry_after: Duration::from_secs(2),
            });
        };
        self.ask_around(&wish, &snapshot).await
    }

    /// What was stored under this reference of the member.
    async fn known(&self, wish: &Wish<'_>) -> Result<Option<Inquiry>, InquireError> {
        let id = Inquiry::id_of(wish.member.id, &wish.new.ref_id);
        let known = self.inner.store.inquiry(id).await;
        let known = known.map_err(InquireError::Unavailable)?;
        match known {
            Some(known)
                if known.product != wish.product.id || known.destination != wish.destination =>
            {
                Err(InquireError::RefMismatch)
            }
            known => Ok(known),
        }
    }

    /// Asks one supplier after the other until one knows. Where the customer is wrong, all the others would say the same.
    async fn ask_around(
        &self,
        wish: &Wish<'_>,
        snapshot: &Arc<Snapshot>,
    ) -> Result<Inquired, InquireError> {
        let began = self.inner.clock.now();
        if wish.asked == Asked::Bill && self.expiry(began).is_none() {
            return Err(InquireError::Closed);
        }
        let routes = self
            .inner
            .board
            .routes_to_ask(snapshot, wish.product, began);
        let routes = routes.into_iter().filter_map(|id| snapshot.mapping(id));
        let mut told = InquireError::Closed;
        let mut asked = 0;
        for mapping in routes {
            let Some(question) = self.question(wish, mapping) else {
                continue;
            };
            match self.ask_one(mapping, question.clone()).await {
                Ok(finding) => return self.found(wish, snapshot, mapping, question, finding).await,
                Err(InquiryError::NotOffered) => {
                    if asked == 0 {
                        told = InquireError::NotOffered;
                    }
                    continue;
                }
                Err(InquiryError::Refused { reason, .. }) => {
                    told = InquireError::Refused { reason };
                    if reason == Reason::BadDestination {
                        break;
                    }
                }
                Err(InquiryError::Unread(_)) => told = InquireError::NoAnswer,
            }
            asked += 1;
            let took = self.inner.clock.now().since(began);
            if asked >= ROUTES_MAX || took >= PATIENCE || self.is_stopping() {
                break;
            }
        }
        Err(told)
    }

    /// Until when what is answered now may be paid.
    fn expiry(&self, now: Timestamp) -> Option<Timestamp> {
        Inquiry::expiry(now, self.inner.settings.inquiry_ttl)
    }

    /// What is asked there; `None` if the customer cannot be named to that supplier.
    fn question(&self, wish: &Wish<'_>, mapping: &Mapping) -> Option<Question> {
        let board = &self.inner.board;
        let target = board.told(wish.product, &wish.destination, mapping)?;
        let (settings, inner) = (&self.inner.settings, &self.inner);
        let seat = inner.board.seat(mapping.supplier);
        let shape = match seat.map(|seat| seat.profile().reference) {
            Some(Reference::Ours { shape }) => shape,
            Some(Reference::Theirs) | None => RefShape::Alphanumeric,
        };
        let supplier_ref = SupplierRef::mint(
            shape,
            settings.installation,
            settings.epoch,
            inner.clock.now(),
            &inner.dice.roll(),
        );
        Some(Question {
            asked: wish.asked,
            supplier_ref,
            sku: mapping.sku.clone(),
            target,
        })
    }

    /// One call, bounded in time and safe against a panic of the adapter.
    async fn ask_one(
        &self,
        mapping: &Mapping,
        question: Question,
    ) -> Result<Finding, InquiryError> {
        let inquire = |adapter: Arc<dyn Supplier>| async move { adapter.inquire(&question).await };
        let answer = self.read_call(mapping.supplier, "inquire", inquire).await;
        match answer {
            Some(Ok(answer)) => answer,
            Some(Err(none)) => Err(ReadError::from(none).into()),
            None => Err(InquiryError::NotOffered),
        }
    }

    /// A supplier knows. What a bill comes to is stored before it is told.
    async fn found(
        &self,
        wish: &Wish<'_>,
        snapshot: &Snapshot,
        mapping: &Mapping,
        question: Question,
        finding: Finding,
    ) -> Result<Inquired, InquireError> {
        if wish.asked == Asked::PlnCustomer {
            return Ok(Inquired::Customer {
                destination: wish.destination.clone(),
                finding,
            });
        }
        let Some(cost) = finding.cost.filter(|cost| cost.is_transferable()) else {
            self.tell_of_adapter("an adapter told of a bill without an amount");
            return Err(InquireError::NoAnswer);
        };
        let quote = pricing::quote_bill(cost, snapshot, wish.product, wish.member)
            .map_err(InquireError::Quote)?;
        let now = self.inner.clock.now();
        let expires_at = self.expiry(now).ok_or(InquireError::Closed)?;
        let inquiry = Inquiry {
            id: Inquiry::id_of(wish.member.id, &wish.new.ref_id),
            member: wish.member.id,
            ref_id: wish.new.ref_id.clone(),
            product: wish.product.id,
            destination: wish.destination.clone(),
            mapping: mapping.id,
            supplier: mapping.supplier,
            supplier_ref: question.supplier_ref,
            sku: question.sku,
            target: question.target,
            quote,
            finding,
            asked_at: now,
            expires_at,
        };
        let stored = self.inner.store.put_inquiry(inquiry).await;
        stored.map_err(InquireError::Unavailable)?;
        // A twin may have been first: what stands is what can be paid.
        match self.known(wish).await? {
            Some(inquiry) => Ok(Inquired::Bill(Box::new(inquiry))),
            None => Err(InquireError::Internal(
                "an inquiry was stored and is not there",
            )),
        }
    }
}

impl Inquired {
    /// What was told.
    pub fn finding(&self) -> &Finding {
        match self {
            Self::Bill(inquiry) => &inquiry.finding,
            Self::Customer { finding, .. } => finding,
        }
    }

    /// What the member pays; `None` where nothing is to be paid.
    pub fn sell(&self) -> Option<Money> {
        match self {
            Self::Bill(inquiry) => Some(inquiry.quote.sell),
            Self::Customer { .. } => None,
        }
    }
}
