//! Binding: is this sighting about this attempt? Core code, so no adapter can forget it (money-safety section 5).

use super::log::Channel;
use super::model::Attempt;
use crate::supplier::{Claim, Sighting};

/// Why a sighting is not about the attempt. It then counts as `Unclear`, with an alert (E-9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unbound {
    /// It names another reference of ours.
    #[error("it names another reference")]
    OtherRef,
    /// It names another transaction of theirs.
    #[error("it names another transaction of the supplier")]
    OtherTheirRef,
    /// It names another product.
    #[error("it names another product")]
    OtherProduct,
    /// It names another destination.
    #[error("it names another destination")]
    OtherTarget,
    /// It claims delivery without naming the destination and the attempt or its product.
    #[error("it claims delivery without naming the destination and the attempt")]
    DeliveryWithoutNames,
    /// A callback without any reference.
    #[error("a callback without a reference")]
    CallbackWithoutRef,
}

/// Whether `sighting` is about `attempt`. What adapters must name follows from here:
///
/// - every name in it must be the attempt's, compared without regard to case (`their_ref` only once the attempt has one);
/// - a claim of delivery must name the destination, and a reference of the attempt or its product;
/// - a callback must carry a reference: ours, or theirs once it is known.
///
/// What does not bind counts as `Unclear`, with an alert, and nothing of it is written (E-9).
pub fn bind(attempt: &Attempt, sighting: &Sighting, channel: Channel) -> Result<(), Unbound> {
    if sighting
        .our_ref
        .is_some_and(|named| named != attempt.supplier_ref)
    {
        return Err(Unbound::OtherRef);
    }
    if let (Some(named), Some(known)) = (&sighting.their_ref, &attempt.their_ref)
        && !named.same_as(known)
    {
        return Err(Unbound::OtherTheirRef);
    }
    if sighting
        .sku
        .as_ref()
        .is_some_and(|named| !named.same_as(&attempt.sku))
    {
        return Err(Unbound::OtherProduct);
    }
    if sighting
        .target
        .as_ref()
        .is_some_and(|named| !named.same_as(&attempt.target))
    {
        return Err(Unbound::OtherTarget);
    }
    let names_ref =
        sighting.our_ref.is_some() || (sighting.their_ref.is_some() && attempt.their_ref.is_some());
    if matches!(channel, Channel::Callback { .. }) && !names_ref {
        return Err(Unbound::CallbackWithoutRef);
    }
    if sighting.claim == Claim::Delivered
        && (sighting.target.is_none() || !(names_ref || sighting.sku.is_some()))
    {
        return Err(Unbound::DeliveryWithoutNames);
    }
    Ok(())
}
