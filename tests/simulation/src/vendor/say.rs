//! What a supplier says about a purchase, and what of that is proof.

use std::time::Duration;

use bytes::Bytes;
use eraflazz_core::catalog::ProductKind;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{AttemptView, Callback, Claim, Exchange, Formed, Reason, Sighting};
use eraflazz_core::text::{Sn, TheirRef};
use eraflazz_core::time::Timestamp;

use super::{Kind, Stands, Vendor};
use crate::auditor::{Failure, Heard};
use crate::scene::{reference_number, sn_text};

/// How many purchases a list shows.
const LISTED: usize = 50;

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Say {
    /// Delivered; what is left out is not said.
    Delivered {
        /// The serial number.
        sn: Option<u64>,
        /// What is billed, in hundredths; `None` if it cannot be read.
        price: Option<i64>,
    },
    /// Refused or failed.
    Failed(Formed, Reason),
    /// In process.
    Pending,
    /// It knows of nothing.
    NotFound,
}

/// Through what it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Through {
    /// The reply to this send of a purchase.
    Reply(u32),
    /// The answer to a question asked at this time, in milliseconds.
    Status(u64),
    /// A callback.
    Callback,
}

impl Say {
    /// For stories.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Delivered { sn: Some(_), .. } => "delivered",
            Self::Delivered { sn: None, .. } => "delivered, without a serial number",
            Self::Failed(Formed::No, _) => "refused",
            Self::Failed(Formed::Yes, _) => "failed",
            Self::Failed(Formed::Doubtful, _) => "failed, perhaps",
            Self::Pending => "in process",
            Self::NotFound => "not found",
        }
    }
}

impl Vendor {
    /// What it would say of a purchase now, if it told the truth.
    pub(super) fn say(&self, place: usize, through: Through) -> Say {
        let mut books = self.books();
        let deal = &mut books.deals[place];
        match deal.stands {
            Stands::Working => Say::Pending,
            Stands::Delivered => {
                let hidden = deal.sn_hidden > 0;
                deal.sn_hidden = deal.sn_hidden.saturating_sub(1);
                Say::Delivered {
                    sn: (!hidden).then_some(deal.sn),
                    price: (!deal.price_unreadable).then_some(deal.price),
                }
            }
            // Whoever asks about a purchase that was refused hears that it failed.
            Stands::Failed(Formed::No, reason) if !matches!(through, Through::Reply(_)) => {
                Say::Failed(Formed::Yes, reason)
            }
            Stands::Failed(formed, reason) => Say::Failed(formed, reason),
            Stands::Reversed => Say::Failed(Formed::Yes, Reason::Other),
        }
    }

    /// Whether nothing was formed: then there is nothing to call back about.
    pub(super) fn is_unformed(&self, place: usize) -> bool {
        matches!(
            self.books().deals[place].stands,
            Stands::Failed(Formed::No, _)
        )
    }

    /// What is said, as the adapter reads it.
    pub(super) fn sighting(&self, place: usize, say: Say) -> Sighting {
        let books = self.books();
        let deal = &books.deals[place];
        let (claim, reason) = match say {
            Say::Delivered { .. } => (Claim::Delivered, Reason::None),
            Say::Failed(formed, reason) => (Claim::Refused { formed }, reason),
            Say::Pending => (Claim::Pending, Reason::None),
            Say::NotFound => (Claim::Unclear, Reason::NotFound),
        };
        let mut sighting = Sighting::new(claim, reason);
        if say == Say::NotFound {
            return sighting;
        }
        sighting.sku = Some(deal.sku.clone());
        sighting.target = Some(deal.target.clone());
        if self.kind == Kind::NoReference {
            sighting.their_ref.clone_from(&deal.their_ref);
        } else {
            sighting.our_ref = Some(deal.reference);
        }
        if let Say::Delivered { sn, price } = say {
            sighting.sn = match sn {
                Some(sn) if sn == deal.sn => deal.sn_read.clone(),
                // It was executed again since.
                Some(sn) => Sn::new(&sn_text(sn)).ok(),
                None => None,
            };
            sighting.price = price.map(Money::from_hundredths);
            sighting.price_unread = price.is_none();
        }
        sighting
    }

    pub(super) fn their_ref(&self, place: usize) -> Option<TheirRef> {
        let books = self.books();
        books.deals.get(place)?.their_ref.clone()
    }

    /// Which purchase a reference of its own names.
    pub(super) fn place_of(&self, their_ref: &TheirRef) -> Option<usize> {
        let (_, place) = their_ref.as_str().rsplit_once('-')?;
        let place = place.parse().ok()?;
        (place < self.books().deals.len()).then_some(place)
    }

    /// What its list shows: what it did lately, newest first, told as it is. What was refused before anything was formed is in no list.
    pub(super) fn list(&self) -> Vec<(usize, Say, Sighting)> {
        let all = self.books().deals.len();
        let formed = (0..all).rev().filter(|place| !self.is_unformed(*place));
        let places = formed.take(LISTED);
        let rows = places.map(|place| {
            let say = self.sayable(self.say(place, Through::Status(0)));
            let spoken = self.tongue.and_then(|_| {
                let listed = self.exchange(place, say, Through::Status(0));
                listed.sightings.into_iter().next()
            });
            let row = spoken.unwrap_or_else(|| {
                let formed_at = Some(self.books().deals[place].formed_at);
                Sighting {
                    formed_at,
                    ..self.sighting(place, say)
                }
            });
            (place, say, row)
        });
        rows.collect()
    }

    pub(super) fn exchange(&self, place: usize, say: Say, through: Through) -> Exchange {
        let Some(tongue) = self.tongue else {
            let sighting = self.sighting(place, say);
            return Exchange::answered(Bytes::from_static(say.word().as_bytes()), vec![sighting]);
        };
        let (about, formed_at) = self.about(place);
        let is_first = through == Through::Reply(1);
        let body = tongue.writes(&about, formed_at, say, is_first);
        let sightings = tongue.reads(&about, is_first, &body);
        Exchange::answered(body, sightings)
    }

    /// What of it can be said in the words of the provider.
    pub(super) const fn sayable(&self, say: Say) -> Say {
        match self.tongue {
            Some(tongue) => tongue.sayable(say),
            None => say,
        }
    }

    /// A purchase as an adapter that asks about it knows it, and when it was formed there.
    pub(super) fn about(&self, place: usize) -> (AttemptView, Timestamp) {
        let their_ref = self
            .their_ref(place)
            .filter(|_| self.kind == Kind::NoReference);
        let books = self.books();
        let deal = &books.deals[place];
        let about = AttemptView {
            kind: ProductKind::Prepaid,
            supplier_ref: deal.reference,
            their_ref,
            sku: deal.sku.clone(),
            target: deal.target.clone(),
            sends: 1,
            age: Duration::ZERO,
        };
        (about, deal.formed_at)
    }

    /// It is answered. Tells the auditor, who judges whether it proves anything (INV-13).
    pub(super) fn answered(&self, place: usize, say: Say, through: Through) {
        self.books().deals[place].is_known = true;
        let heard = match through {
            Through::Reply(send) => Heard::Reply(send),
            Through::Status(began) => Heard::Status(began),
            Through::Callback => return,
        };
        if let Some((parcel, reference, failure)) = self.failure(place, say) {
            let now = self.scene.waited();
            self.scene
                .auditor()
                .failed(parcel, reference, failure, heard, now);
        }
        self.was_heard(place, say, through);
    }

    /// It is in a list that was answered. Whether our side took it for its own is not known from outside.
    pub(super) fn listed(&self, place: usize, say: Say, through: Through) {
        self.books().deals[place].is_known = true;
        let Through::Status(began) = through else {
            return;
        };
        if let Some((parcel, reference, failure)) = self.failure(place, say) {
            let (heard, now) = (Heard::Status(began), self.scene.waited());
            self.scene
                .auditor()
                .failed(parcel, reference, failure, heard, now);
        }
        let (parcel, reference) = {
            let books = self.books();
            let deal = &books.deals[place];
            (deal.parcel, reference_number(&deal.reference))
        };
        if let Say::Delivered { .. } | Say::Failed(..) = say {
            let delivered = matches!(say, Say::Delivered { .. });
            self.scene
                .auditor()
                .said(parcel, reference, delivered, false);
        }
    }

    /// A callback is at the door.
    pub(super) fn knocks(&self, place: usize, say: Say) {
        if let Some((parcel, reference, failure)) = self.failure(place, say)
            && self.is_believed(Through::Callback)
        {
            let now = self.scene.waited();
            self.scene.auditor().knocks(parcel, reference, failure, now);
        }
    }

    /// It is through, or was turned away.
    pub(super) fn knocked(&self, place: usize, say: Say) {
        if let Some((parcel, reference, failure)) = self.failure(place, say)
            && self.is_believed(Through::Callback)
        {
            let now = self.scene.waited();
            self.scene
                .auditor()
                .knocked(parcel, reference, failure, now);
        }
    }

    /// What the auditor hears of a failure.
    fn failure(&self, place: usize, say: Say) -> Option<(u32, u128, Failure)> {
        let Say::Failed(formed, _) = say else {
            return None;
        };
        let failure = match formed {
            Formed::No => Failure::Unformed,
            Formed::Yes => Failure::Formed,
            Formed::Doubtful => Failure::Doubtful,
        };
        let books = self.books();
        let deal = &books.deals[place];
        Some((deal.parcel, reference_number(&deal.reference), failure))
    }

    /// It certainly was heard. Tells the auditor what we may believe of it.
    pub(super) fn was_heard(&self, place: usize, say: Say, through: Through) {
        let (parcel, reference, is_known, is_news) = {
            let mut books = self.books();
            let deal = &mut books.deals[place];
            // The same words again may be the same callback again (E-6), unless they were wrong when they were said and are true now.
            let is_true_now = deal.stands == Stands::Reversed && matches!(say, Say::Failed(..));
            let is_news =
                through != Through::Callback || is_true_now || !deal.called.contains(&say);
            if through == Through::Callback && is_news {
                deal.called.push(say);
            }
            (
                deal.parcel,
                reference_number(&deal.reference),
                deal.is_known,
                is_news,
            )
        };
        // A callback under a reference of theirs that we never learnt is nobody's.
        let is_linked = is_known || self.kind != Kind::NoReference;
        if !self.is_believed(through) || !is_linked || !is_news {
            return;
        }
        let delivered = match say {
            Say::Delivered { .. } => true,
            Say::Failed(..) => false,
            Say::Pending | Say::NotFound => return,
        };
        let certain = through == Through::Callback || self.scene.faults.are_over();
        self.scene
            .auditor()
            .said(parcel, reference, delivered, certain);
    }

    fn is_believed(&self, through: Through) -> bool {
        through != Through::Callback || self.profile.callback == Callback::Signed
    }
}
