//! What signed callbacks have said about an attempt, so that each counts once for ever (money-safety 8.6, E-6, INV-21).
//!
//! A webhook that signs no time can be sent again for ever, by its sender or by whoever has one copy of it. So the callback channel is never a
//! second witness to itself: the same words in another callback are that callback, delivered again. They are news only on another channel, as the
//! answer to a call that *we* made. Of a doubtful rejection (INV-13) that means: a callback may say again what a reply or a check had said, a
//! check what a callback had said, but no callback what a callback had said.
//!
//! One thing makes the same words worth a look again: they were found wrong. A supplier that really takes a delivery back after it had once said so in error
//! says it in the same words. They are asked about then, as a message that nobody signed is, and never believed (E-6, INV-35).

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::ids::SupplierRef;
use crate::money::Money;
use crate::supplier::{Claim, Formed, Sighting};
use crate::text::{Sku, Target, TheirRef};

/// What signed callbacks have said about one attempt: a digest of each, at most [`Said::MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said(Vec<Told>);

/// What one callback said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Told {
    saying: Saying,
    /// Whether something else contradicted it when it was heard, and so whether it may have been found wrong since.
    contested: bool,
}

/// The digest of what one callback says: the law's dedupe key (reference, status, amount) with the serial number and the names that decide
/// whether it binds. Reasons, balances, times and words for people are not in it: a callback that differs in those alone says nothing new.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Saying([u8; 16]);

/// What is to be made of a callback, given those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Novelty {
    /// Nobody said this before.
    New,
    /// The same was heard before.
    Known,
    /// Unheard of, but there is no place left to remember it.
    TooMany,
}

impl Said {
    /// How many different sayings of one attempt are remembered. An honest supplier has a handful: in process, failed, delivered, delivered with its
    /// serial number, taken back.
    pub const MAX: usize = 32;

    pub(super) fn novelty(&self, saying: Saying) -> Novelty {
        if self.0.iter().any(|told| told.saying == saying) {
            Novelty::Known
        } else if self.0.len() < Self::MAX {
            Novelty::New
        } else {
            Novelty::TooMany
        }
    }

    pub(super) fn remember(&mut self, saying: Saying) {
        if self.novelty(saying) == Novelty::New {
            self.0.push(Told {
                saying,
                contested: false,
            });
        }
    }

    /// Something contradicted it when it was heard.
    pub(super) fn contest(&mut self, saying: Saying) {
        if let Some(told) = self.0.iter_mut().find(|told| told.saying == saying) {
            told.contested = true;
        }
    }

    pub(super) fn is_contested(&self, saying: Saying) -> bool {
        let mut known = self.0.iter().filter(|told| told.saying == saying);
        known.any(|told| told.contested)
    }
}

impl Saying {
    /// Of all sightings of one callback, in their order. Kept for ever: what goes in, and how, must not change.
    pub(super) fn of(sightings: &[Sighting]) -> Self {
        let mut hash = Sha256::new();
        for sighting in sightings {
            let Sighting {
                our_ref,
                their_ref,
                sku,
                target,
                claim,
                reason: _,
                code: _,
                sn,
                price,
                price_unread,
                balance: _,
                formed_at: _,
            } = sighting;
            hash.update([claim_byte(*claim), u8::from(*price_unread)]);
            // Suppliers write names now in capitals, now not: binding compares them so too.
            name(&mut hash, our_ref.as_ref().map(SupplierRef::as_str));
            name(&mut hash, their_ref.as_ref().map(TheirRef::as_str));
            name(&mut hash, sku.as_ref().map(Sku::as_str));
            name(&mut hash, target.as_ref().map(Target::as_str));
            field(&mut hash, sn.as_ref().map(|text| text.as_str().as_bytes()));
            let price = price.map(|price| Money::hundredths(price).to_le_bytes());
            field(&mut hash, price.as_ref().map(<[u8; 8]>::as_slice));
        }
        Self::cut(hash)
    }

    /// That a delivery costs this, in whatever words and through whatever channel.
    pub(super) fn of_bill(price: Money) -> Self {
        let mut hash = Sha256::new();
        hash.update([BILL]);
        hash.update(price.hundredths().to_le_bytes());
        Self::cut(hash)
    }

    fn cut(hash: Sha256) -> Self {
        let digest: [u8; 32] = hash.finalize().into();
        let mut short = [0; 16];
        short.copy_from_slice(&digest[..16]);
        Self(short)
    }
}

/// What no [`claim_byte`] is.
const BILL: u8 = 255;

const fn claim_byte(claim: Claim) -> u8 {
    match claim {
        Claim::NotSent => 0,
        Claim::Refused { formed: Formed::No } => 1,
        Claim::Refused {
            formed: Formed::Yes,
        } => 2,
        Claim::Refused {
            formed: Formed::Doubtful,
        } => 3,
        Claim::Pending => 4,
        Claim::Delivered => 5,
        Claim::Unclear => 6,
    }
}

fn name(hash: &mut Sha256, text: Option<&str>) {
    let text = text.map(str::to_ascii_lowercase);
    field(hash, text.as_ref().map(String::as_bytes));
}

/// With its length in front: where one field ends and the next begins is certain.
fn field(hash: &mut Sha256, bytes: Option<&[u8]>) {
    let length = bytes.map_or(u64::MAX, |bytes| bytes.len() as u64);
    hash.update(length.to_le_bytes());
    hash.update(bytes.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::supplier::Reason;
    use crate::text::Sn;

    fn delivered() -> Sighting {
        Sighting {
            sku: Some(Sku::new("xld10").unwrap()),
            target: Some(Target::new("087800001233").unwrap()),
            sn: Some(Sn::new("SN-1").unwrap()),
            price: Some(Money::rupiah(10_000).unwrap()),
            ..Sighting::new(Claim::Delivered, Reason::None)
        }
    }

    #[test]
    fn e_06_the_same_words_in_other_letters_or_with_another_balance_are_the_same() {
        let again = Sighting {
            sku: Some(Sku::new("XLD10").unwrap()),
            reason: Reason::Other,
            balance: Some(Money::rupiah(5).unwrap()),
            ..delivered()
        };
        assert_eq!(Saying::of(&[delivered()]), Saying::of(&[again]));
    }

    #[test]
    fn e_06_every_fact_makes_another_saying() {
        let changes: [fn(&mut Sighting); 7] = [
            |s| s.price_unread = true,
            |s| s.claim = Claim::Pending,
            |s| s.claim = Claim::Refused { formed: Formed::No },
            |s| s.sn = None,
            |s| s.price = None,
            |s| s.target = None,
            |s| s.their_ref = Some("Q-1".parse().unwrap()),
        ];
        let mut said = Said::default();
        said.remember(Saying::of(&[delivered()]));
        for change in changes {
            let mut other = delivered();
            change(&mut other);
            let saying = Saying::of(&[other]);
            assert_eq!(said.novelty(saying), Novelty::New);
            said.remember(saying);
            assert_eq!(said.novelty(saying), Novelty::Known);
        }
        let twice = Saying::of(&[delivered(), delivered()]);
        assert_eq!(said.novelty(twice), Novelty::New);
    }

    #[test]
    fn e_06_the_memory_is_bounded_and_forgets_nothing() {
        let mut said = Said::default();
        let saying = |n: usize| {
            let mut sighting = delivered();
            sighting.sn = Sn::new(&format!("SN-{n}")).ok();
            Saying::of(&[sighting])
        };
        for n in 0..Said::MAX {
            said.remember(saying(n));
        }
        said.remember(saying(Said::MAX));
        assert_eq!(said.novelty(saying(Said::MAX)), Novelty::TooMany);
        assert_eq!(said.novelty(saying(0)), Novelty::Known);
    }
}
