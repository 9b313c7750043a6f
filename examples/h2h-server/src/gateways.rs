//! The payment gateways as the HTTP side knows them: what can be paid with there, within which limits, and what it costs as far as the gateway tells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eraflazz_core::engine::BankAccount;
use eraflazz_core::ids::GatewayId;
use eraflazz_core::money::Money;
use eraflazz_core::payment::{BankLine, Method};
use eraflazz_core::ports::{BankFeed, PaymentGateway};
use eraflazz_core::supplier::{RawRequest, ReadError, Unauthenticated};
use eraflazz_core::text::Slug;
use eraflazz_core::time::{BusinessDay, Timestamp};
use eraflazz_payments::ConfigError;
use eraflazz_payments::midtrans::Midtrans;
use eraflazz_payments::moota::Moota;
use eraflazz_payments::tripay::{self, Fee, Tripay};
use tokio::sync::Mutex;

use crate::settings::{Gateway, Merchant, Settings};

/// How long a gateway's word about its channels is good for.
const KEPT: Duration = Duration::from_mins(10);
/// How long one that says nothing is not asked again.
const SILENT: Duration = Duration::from_mins(1);
/// How long a reader of the list waits for a gateway.
const PATIENCE: Duration = Duration::from_secs(5);

/// What an engine is given for a merchant.
pub(crate) enum Adapter {
    /// A gateway that is asked.
    Gateway(Arc<dyn PaymentGateway>),
    /// A bank account of the house, and who tells what came to it.
    Bank(BankAccount, Arc<dyn BankFeed>),
}

/// The adapter for a merchant.
pub(crate) fn adapter(merchant: &Merchant) -> Result<Adapter, ConfigError> {
    Ok(match merchant {
        Merchant::Tripay(config) => Adapter::Gateway(Arc::new(Tripay::new((**config).clone())?)),
        Merchant::Midtrans(config) => {
            Adapter::Gateway(Arc::new(Midtrans::new((**config).clone())?))
        }
        Merchant::Moota(config) => {
            let feed = Moota::new((**config).clone())?;
            Adapter::Bank(config.account.clone(), Arc::new(feed))
        }
        Merchant::Statement(statement) => {
            Adapter::Bank(statement.account.clone(), Arc::new(ByHand))
        }
    })
}

/// Nobody tells of this account: a person brings its statement.
struct ByHand;

#[async_trait]
impl BankFeed for ByHand {
    fn read_push(&self, _request: &RawRequest) -> Result<Vec<BankLine>, Unauthenticated> {
        Err(Unauthenticated)
    }

    async fn lines(&self, _from: BusinessDay) -> Result<Vec<BankLine>, ReadError> {
        Ok(Vec::new())
    }
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
    /// Whether it is a bank account of the house.
    is_bank: bool,
    /// Whether a person brings its statement.
    is_by_hand: bool,
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

    /// Whether a person brings the statement of this bank account.
    pub(crate) fn is_by_hand(&self, name: &Slug) -> bool {
        self.0.get(name).is_some_and(|desk| desk.is_by_hand)
    }

    /// Whether it is a bank account of the house: what comes to it is told by the lines of its statement.
    pub(crate) fn is_bank(&self, name: &Slug) -> bool {
        self.0.get(name).is_some_and(|desk| desk.is_bank)
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
            Merchant::Midtrans(_) | Merchant::Moota(_) | Merchant::Statement(_) => None,
        };
        Self {
            id: gateway.rules.id,
            min: gateway.rules.min,
            max: gateway.rules.max,
            methods: gateway.merchant.methods().clone(),
            notifications_per_minute: gateway.notifications_per_minute,
            is_bank: matches!(gateway.merchant, Merchant::Moota(_)),
            is_by_hand: matches!(gateway.merchant, Merchant::Statement(_)),
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
