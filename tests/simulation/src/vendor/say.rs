//! What a supplier says about a purchase, and what of that is proof.

use bytes::Bytes;
use eraflazz_core::money::Money;
use eraflazz_core::supplier::{Callback, Claim, Exchange, Formed, Reason, Sighting};
use eraflazz_core::text::{Sn, TheirRef};

use super::{Deal, Kind, Stands, Vendor};
use crate::scene::{reference_number, sn_text};

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
    /// The reply to a purchase.
    Reply,
    /// The answer to a question.
    Status,
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
            Stands::Failed(Formed::No, reason) if through != Through::Reply => {
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
            sighting.their_ref = self.their_ref(place);
        } else {
            sighting.our_ref = Some(deal.reference);
        }
        if let Say::Delivered { sn, price } = say {
            sighting.sn = sn.and_then(|sn| Sn::new(&sn_text(sn)).ok());
            sighting.price = price.map(Money::from_hundredths);
            sighting.price_unread = price.is_none();
        }
        sighting
    }

    pub(super) fn their_ref(&self, place: usize) -> Option<TheirRef> {
        TheirRef::new(&format!("T{}-{place}", self.id)).ok()
    }

    /// Which purchase a reference of its own names.
    pub(super) fn place_of(&self, their_ref: &TheirRef) -> Option<usize> {
        let (_, place) = their_ref.as_str().rsplit_once('-')?;
        let place = place.parse().ok()?;
        (place < self.books().deals.len()).then_some(place)
    }

    pub(super) fn exchange(&self, place: usize, say: Say) -> Exchange {
        let sighting = self.sighting(place, say);
        Exchange::answered(Bytes::from_static(say.word().as_bytes()), vec![sighting])
    }

    /// It is about to be heard. Tells the auditor if it proves that nothing was delivered (INV-13).
    pub(super) fn heard(&self, place: usize, say: Say, through: Through) {
        let now = self.scene.waited();
        let (parcel, reference, proof) = {
            let mut books = self.books();
            let deal = &mut books.deals[place];
            deal.is_known |= through != Through::Callback;
            let proof = match say {
                Say::Failed(formed, _)
                    if self.is_believed(through) && proves(deal, formed, through, now) =>
                {
                    Some(formed != Formed::No)
                }
                Say::Failed(..) | Say::Delivered { .. } | Say::Pending | Say::NotFound => None,
            };
            (deal.parcel, reference_number(&deal.reference), proof)
        };
        if let Some(formed) = proof {
            self.scene.auditor().denied(parcel, reference, formed, now);
        }
        if through != Through::Callback {
            self.was_heard(place, say, through);
        }
    }

    /// It certainly was heard. Tells the auditor what we may believe of it.
    pub(super) fn was_heard(&self, place: usize, say: Say, through: Through) {
        let (parcel, reference, is_known, is_news) = {
            let mut books = self.books();
            let deal = &mut books.deals[place];
            let is_news = through != Through::Callback || !deal.called.contains(&say);
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
        match say {
            Say::Delivered { .. } => self.scene.auditor().said(parcel, reference, true),
            Say::Failed(..) => self.scene.auditor().said(parcel, reference, false),
            Say::Pending | Say::NotFound => {}
        }
    }

    fn is_believed(&self, through: Through) -> bool {
        through != Through::Callback || self.profile.callback == Callback::Signed
    }
}

/// Milliseconds after which a doubtful failure that is said again is believed.
const DOUBT: u64 = 60_000;

fn proves(deal: &mut Deal, formed: Formed, through: Through, now: u64) -> bool {
    match formed {
        Formed::No => through == Through::Reply && deal.sends <= 1,
        Formed::Yes => true,
        Formed::Doubtful => {
            let first = *deal.doubted_at.get_or_insert(now);
            now >= first + DOUBT
        }
    }
}
