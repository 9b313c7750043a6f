//! Binding: is this sighting about this attempt? Core code, so no adapter can forget it (money-safety section 5).

use super::adopt::{is_older, is_unlinked};
use super::log::Channel;
use super::model::Attempt;
use crate::supplier::{Claim, Formed, Sighting};
use crate::text::TheirRef;

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
    /// It names a transaction of theirs that is another attempt's.
    #[error("it names a transaction of the supplier that is another attempt's")]
    LinkedElsewhere,
    /// It names a transaction of theirs that is older than the attempt.
    #[error("it names a transaction of the supplier that is older than the send")]
    Older,
    /// It says that no transaction was formed, and names one: the answer of another purchase.
    #[error("it says that nothing was formed and names a transaction of the supplier")]
    UnformedWithName,
    /// A row of a list of theirs that is not the attempt's, as far as anybody knows.
    #[error("it is a row of a list that is not known to be the attempt's")]
    NotAdopted,
}

impl Unbound {
    /// Whether `channel` is a list of theirs, in which it is usual that most rows are not about the attempt.
    pub(super) const fn is_usual(self, attempt: &Attempt, channel: Channel) -> bool {
        attempt.exclusive
            && matches!(channel, Channel::Status { .. })
            && matches!(self, Self::OtherTheirRef | Self::NotAdopted)
    }

    /// Whether the answer to our own send, come late, names another transaction than the one that the attempt was known by since: one of a list that was
    /// taken for ours and may be another's. Nobody can tell the two apart but a person (INV-33).
    pub(super) const fn is_adopted_wrong(
        self,
        attempt: &Attempt,
        sighting: &Sighting,
        channel: Channel,
    ) -> bool {
        let says_something = match sighting.claim {
            Claim::Delivered | Claim::Pending | Claim::Refused { .. } => true,
            Claim::NotSent | Claim::Unclear => false,
        };
        attempt.exclusive
            && says_something
            && matches!(channel, Channel::Reply { .. })
            && matches!(self, Self::OtherTheirRef)
    }
}

/// Whether `sighting` is about `attempt`. What adapters must name follows from here:
///
/// - every name in it must be the attempt's, compared without regard to case (`their_ref` only once the attempt has one);
/// - a claim of delivery must name the destination, and a reference of the attempt or its product; where the supplier knows no reference of ours, the id
///   in the answer to the send is one, since the attempt becomes known by it;
/// - a callback must carry a reference: ours, or theirs once it is known;
/// - at a supplier that knows no reference of ours, an attempt becomes known by an id of theirs that is neither in `taken`, the ids that are other
///   attempts', nor of a purchase older than the send, nor of one that was never formed; what a status answer claims must name the id that the attempt is
///   known by, and where it is known by none, [`adopt`](super::adopt()) gives it one first.
///
/// What does not bind counts as `Unclear`, with an alert, and nothing of it is written (E-9).
pub fn bind(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    taken: &[TheirRef],
) -> Result<(), Unbound> {
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
    linkable(attempt, sighting, channel, taken)?;
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
        .is_some_and(|named| !attempt.target.is_named_by(named))
    {
        return Err(Unbound::OtherTarget);
    }
    let is_reply = matches!(channel, Channel::Reply { .. });
    let is_known_by_theirs = attempt.their_ref.is_some() || (attempt.exclusive && is_reply);
    let names_ref =
        sighting.our_ref.is_some() || (sighting.their_ref.is_some() && is_known_by_theirs);
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

/// Where the supplier knows no reference of ours: whether what it names, or does not name, can be the attempt's.
fn linkable(
    attempt: &Attempt,
    sighting: &Sighting,
    channel: Channel,
    taken: &[TheirRef],
) -> Result<(), Unbound> {
    if !attempt.exclusive {
        return Ok(());
    }
    let is_status = matches!(channel, Channel::Status { .. });
    let Some(named) = &sighting.their_ref else {
        let says_something = match sighting.claim {
            Claim::Delivered
            | Claim::Pending
            | Claim::Refused {
                formed: Formed::Yes | Formed::Doubtful,
            } => true,
            Claim::Refused { formed: Formed::No } | Claim::NotSent | Claim::Unclear => false,
        };
        return if is_status && says_something {
            Err(Unbound::NotAdopted)
        } else {
            Ok(())
        };
    };
    if !is_unlinked(attempt) {
        return Ok(());
    }
    if is_status {
        return Err(Unbound::NotAdopted);
    }
    let unformed = Claim::Refused { formed: Formed::No };
    if sighting.claim == unformed {
        return Err(Unbound::UnformedWithName);
    }
    if taken.iter().any(|other| other.same_as(named)) {
        return Err(Unbound::LinkedElsewhere);
    }
    if sighting.formed_at.is_some_and(|at| is_older(attempt, at)) {
        return Err(Unbound::Older);
    }
    Ok(())
}
