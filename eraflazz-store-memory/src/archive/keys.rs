//! Keys as the tables have them.

use eraflazz_core::catalog::Destination;
use eraflazz_core::commit::GuardKey;
use eraflazz_core::ids::{MemberId, SupplierId, SupplierRef, TrxCode};
use eraflazz_core::order::{Aggregate, Order};
use eraflazz_core::text::{RefId, Sn};
use eraflazz_core::time::Timestamp;

use super::known::Fingerprint;

/// The fingerprint of a caller's reference.
pub(super) fn reference(member: MemberId, ref_id: &RefId) -> Fingerprint {
    Fingerprint::of(&[member.0.as_bytes(), ref_id.as_str().as_bytes()])
}

/// The fingerprint of a serial number.
pub(super) fn serial(supplier: SupplierId, sn: &Sn) -> Fingerprint {
    Fingerprint::of(&[&supplier.0.to_le_bytes(), sn.as_str().as_bytes()])
}

/// The day and the fingerprint of an order's duplicate guard, and whether it is live.
pub(super) fn guard(order: &Order) -> Option<((i32, Fingerprint), bool)> {
    let guard = order.guard.as_ref()?;
    let key = guard_key(&GuardKey {
        day: guard.day,
        member: order.member,
        product: order.product,
        destination: &order.destination,
        counter: guard.counter,
    });
    Some((key, guard.live))
}

/// The day and the fingerprint of a duplicate guard.
pub(super) fn guard_key(key: &GuardKey<'_>) -> (i32, Fingerprint) {
    let fingerprint = Fingerprint::of(&[
        key.member.0.as_bytes(),
        &key.product.0.to_le_bytes(),
        &[key.counter],
        Destination::as_str(key.destination).as_bytes(),
    ]);
    (key.day.days(), fingerprint)
}

/// True if an attempt of the order at this supplier, first sent at `since` or later, carries this serial number.
pub(crate) fn carries(agg: &Aggregate, supplier: SupplierId, sn: &Sn, since: Timestamp) -> bool {
    agg.attempts.iter().any(|attempt| {
        (attempt.supplier, attempt.sn.as_ref()) == (supplier, Some(sn))
            && attempt.first_sent_at >= since
    })
}

/// True if the order holds this guard.
pub(super) fn holds(order: &Order, key: &GuardKey<'_>) -> bool {
    order
        .guard
        .as_ref()
        .is_some_and(|guard| guard.live && (guard.day, guard.counter) == (key.day, key.counter))
        && (order.member, order.product, &order.destination)
            == (key.member, key.product, key.destination)
}

pub(super) fn code_bytes(code: &TrxCode) -> [u8; 21] {
    let mut bytes = [0; 21];
    for (slot, byte) in bytes.iter_mut().zip(code.as_str().bytes()) {
        *slot = byte;
    }
    bytes
}

/// The day that a code carries, as a number that rises with it, and the code's fingerprint; `None` for a code that carries none.
pub(super) fn code(code: &[u8; 21]) -> Option<(i32, Fingerprint)> {
    let day = code.strip_prefix(DAY_AFTER)?.get(..8)?;
    let day = std::str::from_utf8(day).ok()?.parse().ok()?;
    // Minted by us, so nobody seeks codes that collide, and never written down: quick will do.
    Some((day, Fingerprint(crc32fast::hash(code))))
}

/// The first code of a day.
pub(super) fn first_code(day: i32) -> [u8; 21] {
    let mut bytes = [0; 21];
    let text = format!("TRX-{day:08}");
    for (slot, byte) in bytes.iter_mut().zip(text.bytes()) {
        *slot = byte;
    }
    bytes
}

const DAY_AFTER: &[u8] = b"TRX-";

/// The reference with zeros after it: sorts by time, as references of one shape do.
pub(super) fn ref_bytes(reference: &SupplierRef) -> [u8; 20] {
    let mut bytes = [0; 20];
    for (slot, byte) in bytes.iter_mut().zip(reference.as_str().bytes()) {
        *slot = byte;
    }
    bytes
}
