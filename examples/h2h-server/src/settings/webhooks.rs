//! `[webhooks]`: how members are told, and where we call for it.

use std::net::IpAddr;
use std::time::Duration;

use eraflazz_core::webhook::Policy;
use ipnet::IpNet;

use super::span::{Pace, Span};
use crate::strict::Section;
use crate::webhooks::Guard;

/// What may never be allowed: cloud metadata lives there.
const NEVER: [&str; 2] = ["169.254.0.0/16", "fe80::/10"];

/// The rules for addresses, and the bounds and schedules of deliveries at the pace at which this server runs. `all_here`: every supplier is on
/// this machine, so that nothing here is real and endpoints may be on this machine, too.
pub(super) fn read(mut section: Section<'_>, pace: Pace, all_here: bool) -> (Guard, Policy) {
    let usual = Policy::default();
    let guard = Guard {
        plain_http: section.or("plain_http", false),
        ports: section.or("ports", Vec::new()),
        allow_private: section.or("allow_private", Vec::new()),
        own_addresses: section.or::<Vec<IpAddr>>("own_addresses", Vec::new()),
    };
    check_networks(&mut section, &guard.allow_private, all_here);
    let second = Span::seconds(1);
    let timeout = section.within(
        "timeout",
        Span::from(usual.timeout),
        second..=Span::seconds(30),
    );
    let in_flight = section.count("in_flight", usual.in_flight, 1..=1024, "calls");
    let per_endpoint = section.count(
        "per_endpoint",
        usual.per_endpoint.min(in_flight),
        1..=64,
        "calls",
    );
    if per_endpoint > in_flight {
        section.refuse("per_endpoint", "no more than in_flight");
    }
    let waiting_max = section.count("waiting_max", usual.waiting_max, 100..=10_000_000, "orders");
    section.end();
    let paced = |wait: Duration| pace.of(Span::from(wait));
    let policy = Policy {
        schedule: usual.schedule.iter().copied().map(paced).collect(),
        retry_after_max: paced(usual.retry_after_max),
        // A receiver's answer takes as long as it takes, however fast our clocks run.
        timeout: timeout.duration(),
        alert_after: paced(usual.alert_after),
        disable_after: paced(usual.disable_after),
        pause_after: usual.pause_after,
        pause: paced(usual.pause),
        waiting_max,
        per_endpoint,
        in_flight,
    };
    (guard, policy)
}

fn check_networks(section: &mut Section<'_>, networks: &[IpNet], all_here: bool) {
    let never: Vec<IpNet> = NEVER.iter().filter_map(|net| net.parse().ok()).collect();
    for (index, network) in networks.iter().enumerate() {
        let key = format!("allow_private[{index}]");
        let overlaps = |other: &IpNet| other.contains(network) || network.contains(other);
        if network.prefix_len() < 8 || never.iter().any(overlaps) {
            section.refuse(
                &key,
                "a network of your own: at least /8, and no link-local one",
            );
        } else if network.addr().is_loopback() && !all_here {
            section.refuse(
                &key,
                "loopback only where the base_url of every supplier is on this machine",
            );
        }
    }
}
