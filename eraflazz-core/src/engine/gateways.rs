//! The gateways that an engine knows, and calling them: bounded in time, size and number, whatever the adapter does.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument as _;

use super::Engine;
use super::board::Lines;
use super::call::SIGHTINGS_MAX;
use super::error::BuildError;
use crate::ids::GatewayId;
use crate::money::Money;
use crate::payment::{Act, GatewayProfile, NewPayment, PaymentExchange, PaymentReason, PaymentRef};
use crate::ports::{BankFeed, PaymentGateway};
use crate::text::Slug;

/// The most of an answer that is kept, and so believed.
const RAW_MAX: usize = 256 * 1024;
/// How long after a call should have ended by itself it is given up.
const GRACE: Duration = Duration::from_secs(5);
const MINUTE: u64 = 60;

/// The house's own rules about a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayRules {
    /// Its number in the books: never changed, never another gateway's.
    pub id: GatewayId,
    /// The least that a member deposits at once, in whole rupiah.
    pub min: Money,
    /// The most.
    pub max: Money,
    /// How long a deposit may be paid: whole minutes.
    pub expires_in: Duration,
    /// Where the gateway sends notifications, in place of the address in its dashboard.
    pub notify_url: Option<String>,
}

/// One of them.
#[derive(Clone)]
pub(super) struct Gateway {
    pub(super) name: Slug,
    pub(super) rules: GatewayRules,
    pub(super) adapter: Arc<dyn PaymentGateway>,
    /// A place for each call that is out.
    pub(super) places: Arc<Semaphore>,
    /// Where its code runs: one that blocks is in nobody else's way (T-24).
    pub(super) lines: Arc<Lines>,
    /// Who watches it, if it is a bank account.
    pub(super) watch: Option<Watch>,
}

/// One as it is registered.
pub(super) struct Registered {
    pub(super) name: String,
    pub(super) rules: GatewayRules,
    pub(super) adapter: Arc<dyn PaymentGateway>,
    pub(super) watch: Option<Watch>,
}

/// Who watches a bank account.
#[derive(Clone)]
pub(super) struct Watch {
    /// Where what came to it is read.
    pub(super) feed: Arc<dyn BankFeed>,
    /// What is pushed above this counts only once it was read as well.
    pub(super) read_above: Money,
}

impl Gateway {
    pub(super) fn profile(&self) -> &GatewayProfile {
        self.adapter.profile()
    }

    /// So long a create may be under way (as for suppliers, D15).
    pub(super) fn lease(&self) -> Duration {
        self.profile().timeout * 2 + Duration::from_secs(10)
    }
}

/// All of them.
#[derive(Default)]
pub(super) struct Gateways(Vec<Gateway>);

impl Gateways {
    pub(super) fn of(all: Vec<Registered>, io: Option<&Handle>) -> Result<Self, BuildError> {
        let mut known: Vec<Gateway> = Vec::with_capacity(all.len());
        for registered in all {
            let Registered {
                name,
                rules,
                adapter,
                watch,
            } = registered;
            let slug = Slug::new(&name).map_err(|_| BuildError::GatewayName(name.clone()))?;
            let is_taken = |other: &Gateway| other.name == slug || other.rules.id == rules.id;
            if known.iter().any(is_taken) {
                return Err(BuildError::GatewayName(name));
            }
            let profile = adapter.profile();
            if let Some(first) = known.first()
                && first.profile().environment != profile.environment
            {
                return Err(BuildError::Environments(name));
            }
            if let Err((field, rule)) = check(profile, &rules) {
                return Err(BuildError::Gateway { name, field, rule });
            }
            let places = usize::try_from(profile.max_in_flight).unwrap_or(1);
            let lines = Lines::start(io, &slug);
            let lines = lines.map_err(|error| BuildError::Threads(error.to_string()))?;
            known.push(Gateway {
                name: slug,
                rules,
                places: Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS))),
                lines: Arc::new(lines),
                adapter,
                watch,
            });
        }
        Ok(Self(known))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn named(&self, name: &str) -> Option<&Gateway> {
        self.0.iter().find(|gateway| gateway.name.as_str() == name)
    }

    pub(super) fn numbered(&self, id: GatewayId) -> Option<&Gateway> {
        self.0.iter().find(|gateway| gateway.rules.id == id)
    }

    /// The bank accounts among them.
    pub(super) fn watched(&self) -> impl Iterator<Item = (&Gateway, &Watch)> {
        let all = self.0.iter();
        all.filter_map(|gateway| Some((gateway, gateway.watch.as_ref()?)))
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &Slug> {
        self.0.iter().map(|gateway| &gateway.name)
    }
}

/// What a profile or a rule must not say.
fn check(
    profile: &GatewayProfile,
    rules: &GatewayRules,
) -> Result<(), (&'static str, &'static str)> {
    if profile.timeout.is_zero() {
        return Err(("timeout", "above zero"));
    }
    if profile.max_in_flight == 0 {
        return Err(("max_in_flight", "at least 1"));
    }
    if profile.poll.is_empty() || profile.poll.iter().any(Duration::is_zero) {
        return Err(("poll", "at least one wait, each above zero"));
    }
    let is_whole = |amount: Money| amount.is_transferable() && amount.whole_rupiah().is_some();
    if !is_whole(rules.min) || !is_whole(rules.max) || rules.min > rules.max {
        return Err((
            "max",
            "whole rupiah, at least the least amount, which is above zero",
        ));
    }
    let seconds = rules.expires_in.as_secs();
    if seconds < MINUTE || !seconds.is_multiple_of(MINUTE) {
        return Err(("expires_in", "whole minutes, at least 1"));
    }
    Ok(())
}

/// A call to a gateway.
pub(super) enum GatewayCall {
    /// Asks for a payment.
    Create(Box<NewPayment>),
    /// Asks what has become of one.
    Look(PaymentRef),
    /// Does something with it.
    Act(PaymentRef, Act),
}

impl Engine {
    /// The gateways of this engine, by name.
    pub fn gateways(&self) -> Vec<(Slug, GatewayId)> {
        let numbered = |name: &Slug| {
            let gateway = self.inner.gateways.named(name.as_str())?;
            Some((name.clone(), gateway.rules.id))
        };
        self.inner.gateways.names().filter_map(numbered).collect()
    }

    /// The call, safe against a panic of the adapter and against one that does not come back, or blocks its thread: each ends as unclear.
    pub(super) async fn call_gateway(
        &self,
        gateway: &Gateway,
        call: GatewayCall,
    ) -> PaymentExchange {
        let limit = gateway.profile().timeout.saturating_add(GRACE);
        let span = tracing::error_span!(parent: None, "gateway_call", gateway = %gateway.name);
        let adapter = Arc::clone(&gateway.adapter);
        let work = async move {
            match call {
                GatewayCall::Create(payment) => adapter.create(&payment).await,
                GatewayCall::Look(reference) => adapter.look(&reference).await,
                GatewayCall::Act(reference, act) => adapter.act(&reference, &act).await,
            }
        };
        let work = gateway.lines.calls.spawn(work.instrument(span));
        let mut work = AbortOnDropHandle::new(work);
        let exchange = tokio::select! {
            biased;
            done = &mut work => done.unwrap_or_else(|_| {
                self.tell_of_adapter("an adapter panicked");
                PaymentExchange::unclear(Bytes::new(), PaymentReason::Unreadable)
            }),
            () = self.inner.clock.sleep(limit) => {
                self.tell_of_adapter("an adapter did not come back in its time");
                PaymentExchange::unclear(Bytes::new(), PaymentReason::Timeout)
            }
        };
        if exchange.raw.len() <= RAW_MAX && exchange.sightings.len() <= SIGHTINGS_MAX {
            return exchange;
        }
        self.tell_of_adapter("an adapter brought more than an answer can hold");
        let beginning = &exchange.raw[..exchange.raw.len().min(RAW_MAX)];
        PaymentExchange::unclear(Bytes::copy_from_slice(beginning), PaymentReason::Unreadable)
    }
}
