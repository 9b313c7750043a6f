//! Calling back: lost, late, doubled, out of order, wrong, forged; and now and then as it should be.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::engine::CallbackError;
use eraflazz_core::supplier::{Formed, RawRequest, Reason};

use super::{Say, Through, Tongue, Vendor};
use crate::door::PATIENCE;
use crate::fault::Fault;
use crate::trace::Event;

/// The header that stands for a signature.
pub(super) const SIGNED: &str = "x-signed";
/// What is in it if the supplier signed.
pub(super) const SAMPLE: &str = "sample";
/// A body at which the reader falls over.
pub(super) const POISON: &[u8] = b"poison";

/// How often a provider tries again.
const TRIES: u32 = 5;

impl Vendor {
    /// Says how a purchase stands; whether that is on its way and comes within seconds. What would else never be known is `vital`: that is said until it is heard.
    pub(super) fn send_callbacks(self: &Arc<Self>, place: usize, vital: bool) -> bool {
        let parcel = self.books().deals[place].parcel;
        if !vital && !self.is_unformed(place) && self.strikes(Fault::CallbackLost, parcel) {
            return false;
        }
        let mut wait = self.chance.millis(10, 3_000);
        let drawn = |fault| self.scene.faults.is_drawn(fault);
        let is_late = drawn(Fault::CallbackLate);
        if is_late {
            wait += self.chance.millis(600_000, 10_800_000);
        }
        let times = if drawn(Fault::CallbackDoubled) {
            self.chance.between(2, 5)
        } else {
            1
        };
        let stale = drawn(Fault::CallbackReordered);
        let misnamed = !vital && drawn(Fault::CallbackWrongRef);
        let vendor = Arc::clone(self);
        // What is drawn counts once it happens: by then there may be nothing left to call back about.
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if misnamed {
                vendor.misname(place).await;
            }
            if vendor.is_unformed(place) {
                return;
            }
            let happens = |fault| vendor.scene.struck_at_last(fault, Some(parcel));
            if is_late {
                happens(Fault::CallbackLate);
            }
            let say = vendor.sayable(vendor.say(place, Through::Callback));
            vendor.post(place, say, vital).await;
            for _ in 1..times {
                happens(Fault::CallbackDoubled);
                vendor.post(place, say, vital).await;
            }
            if stale && say != Say::Pending {
                tokio::time::sleep(vendor.chance.millis(1, 60_000)).await;
                happens(Fault::CallbackReordered);
                vendor.post(place, Say::Pending, false).await;
            }
        });
        !is_late
    }

    /// Says of a delivery that it failed.
    pub(super) fn lie(self: &Arc<Self>, place: usize) {
        let wait = self.chance.millis(10, 600_000);
        let vendor = Arc::clone(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            vendor
                .post(place, Say::Failed(Formed::Yes, Reason::Other), false)
                .await;
        });
    }

    pub(super) async fn post(&self, place: usize, say: Say, vital: bool) {
        let parcel = self.books().deals[place].parcel;
        let mut tries = 0;
        loop {
            tries += 1;
            self.knocks(place, say);
            let mut request = self.calls_with(place, place, say);
            let mut is_legible = true;
            if self.strikes(Fault::CallbackForged, parcel) {
                self.forge(&request).await;
            }
            if !vital && self.strikes(Fault::CallbackPoisonous, parcel) {
                request.body = Bytes::from_static(POISON);
                is_legible = false;
            }
            let taken = self.knock(request).await;
            self.knocked(place, say);
            if taken && is_legible {
                self.was_heard(place, say, Through::Callback);
            }
            self.scene.note(Event::CallsBack {
                goods: parcel,
                supplier: self.id,
                says: say.word(),
                taken,
            });
            if taken || (tries >= TRIES && !vital) {
                return;
            }
            tokio::time::sleep(Duration::from_mins(1)).await;
        }
    }

    /// A callback that says so of `place`, under the reference of `named`.
    fn calls_with(&self, place: usize, named: usize, say: Say) -> RawRequest {
        let Some(tongue) = self.tongue else {
            let mut sighting = self.sighting(place, say);
            if named != place {
                let other = self.sighting(named, Say::Pending);
                (sighting.our_ref, sighting.their_ref) = (other.our_ref, other.their_ref);
            }
            return signed(RawRequest {
                method: "POST".into(),
                path: "/callback".into(),
                headers: BTreeMap::new(),
                body: serde_json::to_vec(&[sighting]).unwrap_or_default().into(),
                source: None,
            });
        };
        let (mut about, formed_at) = self.about(place);
        if named != place {
            let (other, _) = self.about(named);
            (about.supplier_ref, about.their_ref) = (other.supplier_ref, other.their_ref);
        }
        signed(tongue.calls_back(&about, formed_at, say))
    }

    /// Whether somebody took it.
    async fn knock(&self, request: RawRequest) -> bool {
        let Some(engine) = self.door.engine() else {
            return false;
        };
        let name = self.name();
        let call = engine.supplier_callback(&name, request);
        matches!(tokio::time::timeout(PATIENCE, call).await, Ok(Ok(_)))
    }

    /// A stranger says the same without the signature.
    async fn forge(&self, request: &RawRequest) {
        let mut forged = request.clone();
        forged.headers.clear();
        let Some(engine) = self.door.engine() else {
            return;
        };
        let name = self.name();
        let call = engine.supplier_callback(&name, forged);
        let answer = tokio::time::timeout(PATIENCE, call).await;
        match answer {
            Ok(Err(CallbackError::Unauthenticated | CallbackError::Unavailable(_))) | Err(_) => {}
            Ok(answer) => self.scene.object(
                None,
                format!("a forged callback was answered {answer:?} (INV-35)"),
            ),
        }
    }

    /// Another purchase, if it has any.
    pub(super) fn another(&self, place: usize) -> Option<usize> {
        let all = self.books().deals.len() as u64;
        let other = usize::try_from(self.chance.below(all)).ok()?;
        (other != place).then_some(other)
    }

    fn differs(&self, other: usize, place: usize) -> bool {
        let books = self.books();
        let (other, one) = (&books.deals[other], &books.deals[place]);
        let names_goods = self.tongue.is_none_or(Tongue::names_goods);
        other.target != one.target || names_goods && other.sku != one.sku
    }

    /// The same under the reference of another purchase: it must bind to neither (E-9). Not of one for the same goods and destination: that lie nobody
    /// could know, and of a serial number that occurs twice there is an alert and no more (E-12).
    async fn misname(&self, place: usize) {
        let say = self.sayable(self.say(place, Through::Callback));
        let Some(other) = self
            .another(place)
            .filter(|&other| self.differs(other, place))
        else {
            return;
        };
        let parcel = self.books().deals[place].parcel;
        self.scene
            .struck_at_last(Fault::CallbackWrongRef, Some(parcel));
        self.knock(self.calls_with(place, other, say)).await;
    }
}

/// With what stands for a signature.
fn signed(request: RawRequest) -> RawRequest {
    RawRequest {
        headers: BTreeMap::from([(SIGNED.into(), vec![SAMPLE.into()])]),
        ..request
    }
}
