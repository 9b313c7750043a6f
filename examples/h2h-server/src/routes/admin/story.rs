//! The log of an order in words.

use eraflazz_core::catalog::Snapshot;
use eraflazz_core::order::{Channel, Entry, LogRow, Resolution};

use crate::admin::LogTold;

/// How much of the raw bytes is shown.
const RAW_MAX: usize = 4 * 1024;

pub(super) fn tell_log(row: &LogRow, catalog: &Snapshot) -> LogTold {
    LogTold {
        version: row.version,
        at: row.at.to_string(),
        what: words(&row.entry, catalog),
        entry: serde_json::to_value(&row.entry).unwrap_or_default(),
        raw: (!row.raw.is_empty()).then(|| shown(&row.raw)),
    }
}

/// The beginning of what came, as text.
pub(super) fn shown(raw: &[u8]) -> String {
    let shown = raw.get(..RAW_MAX).unwrap_or(raw);
    String::from_utf8_lossy(shown).into_owned()
}

fn words(entry: &Entry, catalog: &Snapshot) -> String {
    match entry {
        Entry::Accepted { quote } => format!("accepted at {}", quote.sell),
        Entry::Refused { refusal, .. } => format!("refused: {refusal:?}"),
        Entry::Intent {
            attempt,
            supplier,
            send,
            ..
        } => {
            let name = catalog.supplier(*supplier);
            let name = name.map_or_else(|| supplier.to_string(), |known| known.slug.to_string());
            format!("attempt {attempt}: send {send} to {name}")
        }
        Entry::Check { attempt, number } => format!("attempt {attempt}: status check {number}"),
        Entry::Heard {
            attempt,
            channel,
            classes,
            then,
            ..
        } => {
            let classes: Vec<String> = classes.iter().map(|class| format!("{class:?}")).collect();
            let heard = format!(
                "attempt {attempt}: heard by {}: {}",
                through(*channel),
                classes.join(", ")
            );
            followed(heard, then.as_deref(), catalog)
        }
        Entry::Unread { attempt, channel } => {
            format!("attempt {attempt}: unreadable {}", through(*channel))
        }
        Entry::LeasePassed { attempt } => format!("attempt {attempt}: no answer in time"),
        Entry::Escalated { attempt } => format!("attempt {attempt}: put before a person"),
        Entry::Returned { why, .. } => format!("money back: {why:?}"),
        Entry::Resolved {
            resolution,
            attempt,
            by,
            then,
        } => {
            let about = attempt.map_or_else(String::new, |no| format!("attempt {no} "));
            let ruled = format!("{by} ruled: {about}{}", ruling(resolution));
            followed(ruled, then.as_deref(), catalog)
        }
        Entry::Money {
            effect,
            reference,
            by,
        } => format!("{by} booked {effect:?} {reference}"),
        Entry::WalletFlag { frozen, note, by } => {
            let word = if *frozen { "froze" } else { "thawed" };
            format!("{by} {word} the wallet: {note}")
        }
        Entry::CaseClosed { kind, note, by, .. } => format!("{by} closed {kind:?}: {note}"),
        Entry::Refunded {
            reference,
            amount,
            note,
            by,
        } => format!("{by} refunded {amount} under {reference}: {note}"),
        Entry::Orphan { our_ref, .. } => format!("{our_ref} was delivered and not in the books"),
        Entry::Deposit(entry) => format!("{entry:?}"),
    }
}

fn followed(first: String, then: Option<&Entry>, catalog: &Snapshot) -> String {
    match then {
        Some(then) => format!("{first}; then {}", words(then, catalog)),
        None => first,
    }
}

fn through(channel: Channel) -> String {
    match channel {
        Channel::Reply { send } => format!("reply to send {send}"),
        Channel::Status { .. } => "status read".to_owned(),
        Channel::Callback { signed: true, .. } => "signed callback".to_owned(),
        Channel::Callback { signed: false, .. } => "unsigned callback".to_owned(),
    }
}

fn ruling(resolution: &Resolution) -> String {
    match resolution {
        Resolution::Delivered { sn: Some(sn), .. } => format!("delivered, SN {sn}"),
        Resolution::Delivered { sn: None, .. } => "delivered".to_owned(),
        Resolution::NotDelivered { proof } => format!("not delivered: {proof}"),
        Resolution::Reclaim { .. } => "the member pays again".to_owned(),
        Resolution::Absorb { .. } => "the house pays".to_owned(),
        Resolution::KeepWaiting { until } => format!("keep waiting until {until}"),
        Resolution::Cancel => "cancelled".to_owned(),
    }
}
