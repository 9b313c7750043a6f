//! Why this supplier and not another: each choice of a route as the log recorded it, never made again.

use eraflazz_core::catalog::Snapshot;
use eraflazz_core::ids::AttemptNo;
use eraflazz_core::order::{Entry, LogRow};
use eraflazz_core::route::{Explanation, Note};

use crate::admin::{ChoiceTold, RouteFound};

/// Every choice in an order's log, the oldest first. Only the names of routes are today's.
pub(super) fn tell_choices(log: &[LogRow], catalog: &Snapshot) -> Vec<ChoiceTold> {
    let choices = log
        .iter()
        .filter_map(|row| choice_in(&row.entry).map(|choice| (row, choice)));
    choices
        .map(|(row, (attempt, why))| ChoiceTold {
            version: row.version,
            at: row.at.to_string(),
            attempt: attempt.map(|no| no.0),
            by: why.by.to_string(),
            roll: why.roll.map(|roll| roll.to_string()),
            routes: why
                .found
                .iter()
                .map(|(id, note)| {
                    let route = catalog.mapping(*id);
                    let supplier = route.and_then(|route| catalog.supplier(route.supplier));
                    RouteFound {
                        supplier: supplier.map(|known| known.slug.to_string()),
                        sku: route.map(|route| route.sku.to_string()),
                        chosen: *note == Note::Chosen,
                        sellable: note.is_sellable(),
                        found: note.to_string(),
                    }
                })
                .collect(),
        })
        .collect()
}

/// What was found when the attempt was first intended; nothing if its log is not here.
pub(super) fn why(attempt: AttemptNo, log: &[LogRow], catalog: &Snapshot) -> String {
    let choices = log.iter().filter_map(|row| choice_in(&row.entry));
    let of_attempt = choices.filter(|(of, _)| *of == Some(attempt));
    let why = of_attempt.map(|(_, why)| why.in_words(catalog).to_string());
    why.take(1).collect()
}

/// The choice that an entry records, whose attempt it led to, if any; also where it rode in the commit of something heard.
fn choice_in(entry: &Entry) -> Option<(Option<AttemptNo>, &Explanation)> {
    match entry {
        Entry::Intent {
            attempt,
            send: 1,
            why,
            ..
        } => Some((Some(*attempt), why)),
        Entry::Refused { routes, .. } | Entry::Returned { routes, .. } => {
            (!routes.found.is_empty()).then_some((None, routes))
        }
        Entry::Heard { then, .. } | Entry::Resolved { then, .. } => choice_in(then.as_deref()?),
        Entry::Accepted { .. }
        | Entry::Intent { .. }
        | Entry::Check { .. }
        | Entry::Unread { .. }
        | Entry::LeasePassed { .. }
        | Entry::Escalated { .. }
        | Entry::Money { .. }
        | Entry::WalletFlag { .. }
        | Entry::CaseClosed { .. }
        | Entry::Refunded { .. }
        | Entry::Orphan { .. }
        | Entry::Deposit(_) => None,
    }
}
