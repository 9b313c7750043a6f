//! A supplier as one process reaches it: the adapter, and the network between.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Clock as _, Store as _, Supplier};
use eraflazz_core::supplier::{
    Answer, AttemptView, Claim, Exchange, Finding, Formed, InquiryError, PriceList, Profile,
    Purchase, Question, RawRequest, ReadError, Reading, Reason, Sighting, Unauthenticated,
};
use eraflazz_core::text::{Target, TheirRef};
use eraflazz_core::time::Timestamp;
use eraflazz_store_memory::MemoryStore;
use tokio::time::Instant;

use super::callback::{POISON, SAMPLE, SIGNED};
use super::{Kind, Say, Through, Vendor};
use crate::auditor::{Bought, Intent};
use crate::fault::Fault;
use crate::process::Life;
use crate::scene::{destination_of, number_of, parcel_of, reference_number, since_morning};
use crate::trace::Event;

/// How long before a decision its process may have read the catalog, in milliseconds: slow reads and commits of the same batch lie between.
const READ_AGO: u64 = 15_000;
/// The same of a process that froze meanwhile.
const FROZEN_AGO: u64 = 330_000;

/// What the simulator throws where an adapter is to panic; whoever reports panics may leave it out.
#[derive(Clone, Copy, Debug)]
pub struct Planned;

/// A supplier as one process reaches it.
#[derive(Debug)]
pub struct Wire {
    pub(crate) vendor: Arc<Vendor>,
    pub(crate) life: Arc<Life>,
    pub(crate) store: Arc<MemoryStore>,
}

impl Wire {
    fn strikes(&self, fault: Fault, parcel: u32) -> bool {
        self.vendor.strikes(fault, parcel)
    }

    /// Whether the network or the supplier as a whole is in the way. `None` if it is not.
    fn in_the_way(&self, parcel: u32) -> Option<Exchange> {
        let vendor = &self.vendor;
        if self.strikes(Fault::SupplierDown, parcel) {
            let wait = vendor.chance.millis(60_000, 1_800_000);
            vendor.books().down_until = Some(Instant::now() + wait);
        }
        let is_down = vendor
            .books()
            .down_until
            .is_some_and(|until| Instant::now() < until)
            && !vendor.scene.faults.are_over();
        if self.strikes(Fault::ConnectFails, parcel) || (is_down && vendor.chance.percent(50)) {
            return Some(Exchange::not_sent(Reason::Timeout));
        }
        is_down.then(|| Exchange::unclear(Bytes::new(), Reason::Timeout))
    }

    /// What comes in place of an answer that is spoilt on its way back. `None` if it is only late, or not even that.
    async fn spoilt(&self, parcel: u32) -> Option<Exchange> {
        let vendor = &self.vendor;
        if self.strikes(Fault::ReplyLost, parcel) {
            return Some(self.silence().await);
        }
        if self.strikes(Fault::AdapterHangs, parcel) {
            return std::future::pending().await;
        }
        if self.strikes(Fault::AdapterPanics, parcel) {
            std::panic::panic_any(Planned);
        }
        if self.strikes(Fault::ReplyGarbled, parcel) {
            let page = Bytes::from_static(b"<html>");
            return Some(Exchange::unclear(page, Reason::Unreadable));
        }
        if self.strikes(Fault::ReplyLate, parcel) {
            let timeout = u64::try_from(vendor.profile.timeout.as_millis()).unwrap_or(0);
            tokio::time::sleep(vendor.chance.millis(timeout / 2, timeout + 10_000)).await;
            self.life.alive().await;
        }
        None
    }

    /// The list of a supplier that knows its own references only, for an attempt of which none is known.
    async fn show_list(
        &self,
        attempt: &AttemptView,
        before_it: Timestamp,
        through: Through,
        parcel: u32,
    ) -> Exchange {
        let vendor = &self.vendor;
        if let Some(instead) = self.spoilt(parcel).await {
            return instead;
        }
        let ours = vendor.books().by_ref.get(&attempt.supplier_ref).copied();
        let is_forgotten = self.strikes(Fault::SupplierForgets, parcel);
        let mut rows = Vec::new();
        for (place, say, row) in vendor.list() {
            if Some(place) != ours {
                rows.push(row);
            } else if !is_forgotten {
                vendor.listed(place, say, through);
                if self.strikes(Fault::ListShowsTwo, parcel) {
                    let their_ref = TheirRef::new(&format!("X{}-{place}", vendor.id)).ok();
                    rows.push(Sighting {
                        their_ref,
                        ..row.clone()
                    });
                }
                rows.push(row);
            }
        }
        if self.strikes(Fault::ListShowsOlder, parcel) {
            let earlier = vendor.chance.millis(2_000, 3_600_000);
            rows.push(Sighting {
                their_ref: TheirRef::new(&format!("X{}-older-{parcel}", vendor.id)).ok(),
                sku: Some(attempt.sku.clone()),
                target: Some(attempt.target.clone()),
                formed_at: Some(before_it.minus(earlier)),
                ..Sighting::new(Claim::Delivered, Reason::None)
            });
        }
        vendor.scene.note(Event::Answers {
            goods: parcel,
            supplier: vendor.id,
            says: "a list",
        });
        Exchange::answered(Bytes::from_static(b"a list"), rows)
    }

    /// What becomes of an answer on its way back.
    async fn carry_back(&self, place: usize, say: Say, through: Through, parcel: u32) -> Exchange {
        let vendor = &self.vendor;
        let say = vendor.sayable(say);
        if let Some(instead) = self.spoilt(parcel).await {
            return instead;
        }
        vendor.scene.note(Event::Answers {
            goods: parcel,
            supplier: vendor.id,
            says: say.word(),
        });
        let mut exchange = vendor.exchange(place, say, through);
        if self.misnames(place, &mut exchange, through, parcel).await {
            return exchange;
        }
        let against = match say {
            Say::Delivered { .. } => Some(Say::Failed(Formed::Yes, Reason::Other)),
            Say::Failed(..) => Some(Say::Delivered {
                sn: None,
                price: None,
            }),
            Say::Pending | Say::NotFound => None,
        };
        if let Some(against) = against
            && self.strikes(Fault::ReplySaysBoth, parcel)
        {
            exchange.sightings.push(vendor.sighting(place, against));
            return exchange;
        }
        if say != Say::Pending && self.strikes(Fault::ReplyReordered, parcel) {
            return vendor.exchange(place, Say::Pending, through);
        }
        if self.strikes(Fault::ReplyDoubled, parcel) {
            let again = exchange.sightings.clone();
            exchange.sightings.extend(again);
        }
        vendor.answered(place, say, through);
        exchange
    }

    /// A reply that names something else than what was bought: it must not bind (E-9).
    async fn misnames(
        &self,
        place: usize,
        exchange: &mut Exchange,
        through: Through,
        parcel: u32,
    ) -> bool {
        let vendor = &self.vendor;
        let Some(sighting) = exchange.sightings.first_mut() else {
            return false;
        };
        if let Some(other) = vendor.another(place)
            && let Some(formed_at) = self.can_be_told_apart(other, place, through).await
            && self.strikes(Fault::ReplyWrongRef, parcel)
        {
            let named = vendor.sighting(other, Say::Pending);
            (sighting.our_ref, sighting.their_ref) = (named.our_ref, named.their_ref);
            sighting.formed_at = formed_at;
            return true;
        }
        let number = (parcel + 1) % 99_999_999;
        if let Ok(other) = Target::new(&destination_of(number))
            && self.strikes(Fault::ReplyWrongTarget, parcel)
        {
            sighting.target = Some(other);
            return true;
        }
        if let Ok(other) = vendor.sku(99).parse()
            && self.strikes(Fault::ReplyWrongProduct, parcel)
        {
            sighting.sku = Some(other);
            return true;
        }
        false
    }

    /// Whether anybody could know that a reply names another purchase, and what it must say of its time for that. At the reply to the purchase, of a
    /// supplier's own reference: that it is another attempt's, in the record for all to see, or older than the purchase.
    async fn can_be_told_apart(
        &self,
        other: usize,
        place: usize,
        through: Through,
    ) -> Option<Option<Timestamp>> {
        let vendor = &self.vendor;
        if vendor.kind != Kind::NoReference || matches!(through, Through::Status(_)) {
            return Some(None);
        }
        let theirs = vendor.their_ref(other)?;
        let linked = self.store.by_their_ref(vendor.supplier_id(), &theirs).await;
        if linked.ok().flatten().is_some() {
            return Some(None);
        }
        let (then, own) = {
            let books = vendor.books();
            (books.deals[other].formed_at, books.deals[place].reference)
        };
        // By the engine's clock, which stands still while its host catches up.
        let found = self.store.by_supplier_ref(vendor.supplier_id(), &own).await;
        let agg = found.ok().flatten()?;
        let mut attempts = agg.attempts.iter();
        let sent = attempts.find(|attempt| attempt.supplier_ref == own)?;
        (then.plus(Duration::from_mins(1)) < sent.first_sent_at).then_some(Some(then))
    }

    async fn silence(&self) -> Exchange {
        tokio::time::sleep(self.vendor.profile.timeout).await;
        Exchange::unclear(Bytes::new(), Reason::Timeout)
    }

    async fn latency(&self) {
        let vendor = &self.vendor;
        let wait = if vendor.chance.percent(90) {
            vendor.chance.millis(5, 400)
        } else {
            vendor.chance.millis(400, 4_000)
        };
        tokio::time::sleep(wait).await;
    }

    /// The intent of this send as it is in the record (INV-9), as the call begins.
    async fn intent(&self, purchase: &Purchase) -> Option<Intent> {
        let id = self.vendor.supplier_id();
        let found = self.store.by_supplier_ref(id, &purchase.supplier_ref).await;
        let agg = found.ok().flatten()?;
        let attempt = agg.attempts.iter().find(|attempt| {
            attempt.supplier_ref == purchase.supplier_ref
                && attempt.sends >= purchase.send
                && attempt.sku == purchase.sku
                && attempt.target == purchase.target
        })?;
        let left = attempt.lease_until.since(self.vendor.scene.clock.now());
        let decided_at = since_morning(attempt.lease_until.minus(self.vendor.profile.lease()));
        let read_ago = if self.life.has_frozen() {
            FROZEN_AGO
        } else {
            READ_AGO
        };
        Some(Intent {
            read_at: decided_at.saturating_sub(read_ago),
            decided_at,
            order: number_of(&agg.order).unwrap_or(u32::MAX),
            lease_left: u64::try_from(left.as_millis()).unwrap_or(u64::MAX),
        })
    }
}

#[async_trait]
impl Supplier for Wire {
    fn profile(&self) -> &Profile {
        &self.vendor.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        let intent = self.intent(purchase).await;
        self.life.alive().await;
        let vendor = &self.vendor;
        let parcel = parcel_of(purchase.target.as_str()).unwrap_or(u32::MAX);
        if self.strikes(Fault::CrashBeforeSend, parcel) {
            return self.life.end_here().await;
        }
        if let Some(exchange) = self.in_the_way(parcel) {
            if exchange.written == eraflazz_core::supplier::Written::Yes {
                drop(self.leaves(purchase, parcel, intent));
            }
            return exchange;
        }
        let under_way = self.leaves(purchase, parcel, intent);
        if self.strikes(Fault::RequestLost, parcel) {
            return self.silence().await;
        }
        if self.strikes(Fault::RequestLate, parcel) {
            vendor.books().on_its_way.insert(purchase.supplier_ref);
            let wait = vendor.profile.timeout + vendor.chance.millis(1, 600_000);
            let (vendor, late) = (Arc::clone(vendor), purchase.clone());
            tokio::spawn(async move {
                tokio::time::sleep(wait).await;
                vendor.arrive(&late);
            });
            return self.silence().await;
        }
        self.latency().await;
        let place = vendor.arrive(purchase);
        if self.strikes(Fault::CrashDuringSend, parcel) {
            drop(under_way);
            return self.life.end_here().await;
        }
        let through = Through::Reply(purchase.send);
        let say = vendor.say(place, through);
        if vendor.scene.faults.is_drawn(Fault::CallbackBeforeReply)
            && vendor.send_callbacks(place, false)
        {
            tokio::time::sleep(Duration::from_secs(5)).await;
            if !vendor.is_unformed(place) {
                vendor
                    .scene
                    .struck_at_last(Fault::CallbackBeforeReply, Some(parcel));
            }
        }
        self.latency().await;
        self.life.alive().await;
        self.carry_back(place, say, through, parcel).await
    }

    async fn ask(&self, attempt: &AttemptView) -> Exchange {
        self.life.alive().await;
        let vendor = &self.vendor;
        let through = Through::Status(vendor.scene.waited());
        // It is as old as that now, and older once the question has arrived or a late answer is on its way.
        let before_it = vendor.scene.clock.before(attempt.age);
        let parcel = parcel_of(attempt.target.as_str()).unwrap_or(u32::MAX);
        vendor.scene.note(Event::Asks {
            goods: parcel,
            supplier: vendor.id,
            reference: attempt.supplier_ref,
        });
        if let Some(exchange) = self.in_the_way(parcel) {
            return exchange;
        }
        self.latency().await;
        if self.strikes(Fault::CrashDuringAsk, parcel) {
            return self.life.end_here().await;
        }
        self.life.alive().await;
        if vendor.kind == Kind::NoReference && attempt.their_ref.is_none() {
            return self.show_list(attempt, before_it, through, parcel).await;
        }
        let found = match vendor.kind {
            Kind::NoReference => attempt
                .their_ref
                .as_ref()
                .and_then(|theirs| vendor.place_of(theirs)),
            Kind::Dedicated | Kind::Resubmit | Kind::Text => {
                vendor.books().by_ref.get(&attempt.supplier_ref).copied()
            }
        };
        match found {
            Some(place) if !self.strikes(Fault::SupplierForgets, parcel) => {
                let say = vendor.say(place, through);
                self.carry_back(place, say, through, parcel).await
            }
            Some(_) | None => {
                vendor.scene.note(Event::Answers {
                    goods: parcel,
                    supplier: vendor.id,
                    says: Say::NotFound.word(),
                });
                Exchange::unclear(Bytes::from_static(b"not found"), Reason::NotFound)
            }
        }
    }

    async fn inquire(&self, _question: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        self.life.alive().await;
        Ok(Money::from_hundredths(self.vendor.balance()))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Ok(PriceList::default())
    }

    fn read_callback(&self, request: &RawRequest) -> Result<Reading, Unauthenticated> {
        if request.header(SIGNED) != Some(SAMPLE) {
            return Err(Unauthenticated);
        }
        if request.body == POISON {
            std::panic::panic_any(Planned);
        }
        let sightings = self.vendor.tongue.map_or_else(
            || {
                serde_json::from_slice(&request.body)
                    .unwrap_or_else(|_| vec![Sighting::new(Claim::Unclear, Reason::Unreadable)])
            },
            |tongue| tongue.hears(request),
        );
        Ok(Reading {
            sightings,
            answer: Answer::ok(),
        })
    }
}

/// A send whose bytes have left. It is over for whoever made it when this is let go: answered, given up, or dead.
struct UnderWay {
    vendor: Arc<Vendor>,
    parcel: u32,
    reference: u128,
    send: u32,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let scene = &self.vendor.scene;
        let at = scene.waited();
        scene
            .auditor()
            .send_ended(self.parcel, self.reference, self.send, at);
    }
}

impl Wire {
    /// The bytes of a purchase leave.
    fn leaves(&self, purchase: &Purchase, parcel: u32, intent: Option<Intent>) -> UnderWay {
        let vendor = &self.vendor;
        let scene = &vendor.scene;
        scene.note(Event::Buys {
            goods: parcel,
            supplier: vendor.id,
            reference: purchase.supplier_ref,
            send: purchase.send,
        });
        let reference = reference_number(&purchase.supplier_ref);
        let send = purchase.send;
        let at = scene.waited();
        scene.auditor().buys(&Bought {
            parcel,
            product: vendor.product(&purchase.sku),
            supplier: vendor.id,
            reference,
            send,
            cap: purchase.cap.hundredths(),
            intent,
            at,
        });
        UnderWay {
            vendor: Arc::clone(vendor),
            parcel,
            reference,
            send,
        }
    }
}
