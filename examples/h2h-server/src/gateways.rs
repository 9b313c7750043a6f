//! The payment gateways as the HTTP side knows them: what can be paid with there, within which limits, and what it costs as far as the gateway tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::ids::GatewayId;
use eraflazz_core::money::Money;
use eraflazz_core::payment::Method;
use eraflazz_core::ports::PaymentGateway;
use eraflazz_core::text::Slug;
use eraflazz_core::time::Timestamp;
use eraflazz_payments::ConfigError;
use eraflazz_payments::midtrans::Midtrans;
use eraflazz_payments::tripay::{self, Fee, Tripay};
use tokio::sync::Mutex;

use crate::settings::{Gateway, Merchant, Settings};

/// How long a gateway's word about its channels is good for.
const KEPT: Duration = Duration::from_mins(10);
/// How long one that says nothing is not asked again.
const SILENT: Duration = Duration::from_mins(1);
/// How long a reader of the list waits for a gateway.
const PATIENCE: Duration = Duration::from_secs(5);

/// The adapter for a merchant.
pub(crate) fn adapter(merchant: &Merchant) -> Result<Arc<dyn PaymentGateway>, ConfigError> {
    Ok(match merchant {
        Merchant::Tripay(config) => Arc::new(Tripay::new((**config).clone())?),
        Merchant::Midtrans(config) => Arc::new(Midtrans::new((**config).clone())?),
    })
}

/// All of them, by name.
#[derive(Debug)]
pub(crate) struct Gateways(BTreeMap<Slug, Desk>);

/// One of them.
struct Desk {
    id: GatewayId,
    min: Money,
    max: Money,
    methods: BTreeSet<Method>,
    notifications_per_minute: u32,
    /// Who tells of channels and fees, where the protocol has a call for that.
    teller: Option<Tripay>,
    told: Mutex<Told>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What was told of channels, and until when that holds.
#[derive(Default)]
struct Told {
    until: Option<Timestamp>,
    channels: Option<Arc<Vec<tripay::Channel>>>,
}

/// A way to pay at a gateway, as it may be used now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) gateway: Slug,
    pub(crate) method: Method,
    /// The gateway's own name of it.
    pub(crate) name: Option<String>,
    pub(crate) min: Money,
    pub(crate) max: Money,
    /// What the customer bears on top of the amount; `None` where the gateway does not say.
    pub(crate) fee: Option<Fee>,
}

impl Gateways {
    /// Those of the settings.
    pub(crate) fn new(settings: &Settings) -> Self {
        let desk = |(name, gateway): (&Slug, &Gateway)| (name.clone(), Desk::new(gateway));
        Self(settings.gateways.iter().map(desk).collect())
    }

    /// The name of the gateway with this number, if the settings still have it.
    pub(crate) fn name(&self, id: GatewayId) -> Option<&Slug> {
        let found = self.0.iter().find(|(_, desk)| desk.id == id);
        found.map(|(name, _)| name)
    }

    /// How many notifications a minute this gateway may send; `None` if the settings do not know it.
    pub(crate) fn notifications_per_minute(&self, name: &Slug) -> Option<u32> {
        self.0.get(name).map(|desk| desk.notifications_per_minute)
    }

    /// The least and the largest deposit at this gateway.
    pub(crate) fn limits(&self, name: &Slug) -> Option<(Money, Money)> {
        self.0.get(name).map(|desk| (desk.min, desk.max))
    }

    /// What can be paid with now. A gateway that was asked and does not have a channel open, or not for any amount that is taken here, is not in it; one that says
    /// nothing in time stands as the settings have it, without fees.
    pub(crate) async fn channels(&self, now: Timestamp) -> Vec<Channel> {
        let mut channels = Vec::new();
        for (name, desk) in &self.0 {
            let told = desk.told(now).await;
            let open = desk.methods.iter();
            channels.extend(open.filter_map(|method| desk.channel(name, *method, told.as_deref())));
        }
        channels
    }
}

impl Desk {
    fn new(gateway: &Gateway) -> Self {
        let teller = match &gateway.merchant {
            Merchant::Tripay(config) => Tripay::new((**config).clone()).ok(),
            Merchant::Midtrans(_) => None,
        };
        Self {
            id: gateway.rules.id,
            min: gateway.rules.min,
            max: gateway.rules.max,
            methods: gateway.merchant.methods().clone(),
            notifications_per_minute: gateway.notifications_per_minute,
            teller,
            told: Mutex::default(),
        }
    }

    /// What the gateway says of its channels, asked for seldom and by one caller at a time.
    async fn told(&self, now: Timestamp) -> Option<Arc<Vec<tripay::Channel>>> {
        let teller = self.teller.as_ref()?;
        let mut told = self.told.lock().await;
        if told.until.is_none_or(|until| until <= now) {
            let asked = tokio::time::timeout(PATIENCE, teller.channels()).await;
            let channels = asked.ok().and_then(Result::ok).map(Arc::new);
            let holds = if channels.is_some() { KEPT } else { SILENT };
            *told = Told {
                until: Some(now.plus(holds)),
                channels,
            };
        }
        told.channels.clone()
    }

    fn channel(
        &self,
        gateway: &Slug,
        method: Method,
        told: Option<&Vec<tripay::Channel>>,
    ) -> Option<Channel> {
        let mut channel = Channel {
            gateway: gateway.clone(),
            method,
            name: None,
            min: self.min,
            max: self.max,
            fee: None,
        };
        if let (Some(told), Some(teller)) = (told, &self.teller) {
            let is_it = |row: &&tripay::Channel| teller.method_of(&row.code) == Some(method);
            let row = told.iter().find(is_it).filter(|row| row.active)?;
            channel.name = Some(row.name.clone());
            channel.min = row.minimum.map_or(self.min, |least| least.max(self.min));
            channel.max = row.maximum.map_or(self.max, |most| most.min(self.max));
            channel.fee = Some(row.fee_customer);
        }
        (channel.min <= channel.max).then_some(channel)
    }
}
