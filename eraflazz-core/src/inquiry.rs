//! A bill that was asked about: what it came to, until when it may be paid, and by what.
//!
//! The answer of a supplier is worth something only there, only under the reference it was asked under, and only for a while (E-35). So it is stored, and an
//! order that pays it is bound to all of that: [`Inquiry::bill`]. It is paid once: the order's own commit uses it up ([`Nonce::of_inquiry`](crate::commit::Nonce::of_inquiry)).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::Destination;
use crate::ids::{InquiryId, MappingId, MemberId, ProductId, SupplierId, SupplierRef};
use crate::order::Bill;
use crate::pricing::Quote;
use crate::supplier::Finding;
use crate::text::{RefId, Sku, Target};
use crate::time::Timestamp;

/// A bill as one supplier told it to one member. Never changes once it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// Its id, which follows from whose it is and the caller's reference: [`Inquiry::id_of`].
    pub id: InquiryId,
    /// Who asked.
    pub member: MemberId,
    /// The caller's reference of the inquiry.
    pub ref_id: RefId,
    /// What kind of bill.
    pub product: ProductId,
    /// Whose, in normal form.
    pub destination: Destination,
    /// Through which mapping it was asked.
    pub mapping: MappingId,
    /// At which supplier.
    pub supplier: SupplierId,
    /// Under which reference.
    pub supplier_ref: SupplierRef,
    /// The supplier's product code.
    pub sku: Sku,
    /// The destination as the supplier was told it.
    pub target: Target,
    /// What the member pays for it, frozen here: an order of this bill is charged exactly that (INV-16).
    pub quote: Quote,
    /// What the supplier told.
    pub finding: Finding,
    /// When it was answered.
    pub asked_at: Timestamp,
    /// From then on it is not paid any more.
    pub expires_at: Timestamp,
}

/// Why an order may not pay an inquiry. Nothing was charged and nothing is kept of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPayable {
    /// There is none with that id, or it is another member's (INV-34).
    #[error("there is no such inquiry")]
    Unknown,
    /// It is for another product or another destination.
    #[error("the inquiry is for another product or destination")]
    Another,
    /// It is too old.
    #[error("the inquiry is over")]
    Expired,
    /// An order has paid it, or tried to.
    #[error("the inquiry was used by another order")]
    Used,
}

impl Inquiry {
    /// Suppliers take a payment on the day of its inquiry only: so long before the day ends in Jakarta an inquiry is over.
    pub const DAY_MARGIN: Duration = Duration::from_mins(5);

    /// The id of the inquiry that this member makes under this reference: the same request again finds it, whoever of two at once was first.
    pub fn id_of(member: MemberId, ref_id: &RefId) -> InquiryId {
        let mut hash = Sha256::new();
        hash.update(b"inquiry");
        hash.update(member.0.as_bytes());
        hash.update(ref_id.as_str().as_bytes());
        let digest: [u8; 32] = hash.finalize().into();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        InquiryId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// Until when what is answered now may be paid: for `ttl`, and not into the end of the day in Jakarta; `None` if that has begun.
    pub fn expiry(now: Timestamp, ttl: Duration) -> Option<Timestamp> {
        let tomorrow = now.plus(Duration::from_hours(24)).business_day().begins();
        let end = now.plus(ttl).min(tomorrow.minus(Self::DAY_MARGIN));
        (end > now).then_some(end)
    }

    /// Whether it is over.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        now >= self.expires_at
    }

    /// What an order of `member` for these goods is bound to if it pays this.
    pub fn bill(
        &self,
        member: MemberId,
        product: ProductId,
        destination: &Destination,
        now: Timestamp,
    ) -> Result<Bill, NotPayable> {
        if self.member != member {
            return Err(NotPayable::Unknown);
        }
        if self.product != product || self.destination != *destination {
            return Err(NotPayable::Another);
        }
        if self.is_expired(now) {
            return Err(NotPayable::Expired);
        }
        Ok(Bill {
            inquiry: self.id,
            mapping: self.mapping,
            supplier: self.supplier,
            supplier_ref: self.supplier_ref,
            sku: self.sku.clone(),
            target: self.target.clone(),
            cost: self.quote.base,
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    /// 2026-01-01 10:00 in Jakarta.
    const TEN: Timestamp = Timestamp::from_millis(1_767_236_400_000);

    #[test]
    fn e_35_an_inquiry_is_over_before_its_day_is() {
        let (minute, hour) = (Duration::from_mins(1), Duration::from_hours(1));
        assert_eq!(
            Inquiry::expiry(TEN, 30 * minute),
            Some(TEN.plus(30 * minute))
        );
        let late = TEN.plus(13 * hour + 50 * minute);
        assert_eq!(
            Inquiry::expiry(late, 30 * minute),
            Some(late.plus(5 * minute))
        );
        assert_eq!(Inquiry::expiry(late.plus(5 * minute), 30 * minute), None);
        assert_eq!(Inquiry::expiry(late.plus(9 * minute), 30 * minute), None);
        let next = late.plus(10 * minute);
        assert_eq!(
            Inquiry::expiry(next, 30 * minute),
            Some(next.plus(30 * minute))
        );
    }

    #[test]
    fn inv_18_the_same_reference_names_the_same_inquiry_of_its_member_alone() {
        let (one, other) = (
            MemberId(uuid::Uuid::from_u128(1)),
            MemberId(uuid::Uuid::from_u128(2)),
        );
        let (a, b) = (RefId::new("a").unwrap(), RefId::new("b").unwrap());
        assert_eq!(Inquiry::id_of(one, &a), Inquiry::id_of(one, &a));
        assert_ne!(Inquiry::id_of(one, &a), Inquiry::id_of(one, &b));
        assert_ne!(Inquiry::id_of(one, &a), Inquiry::id_of(other, &a));
    }
}
