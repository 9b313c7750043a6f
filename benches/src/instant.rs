//! A supplier in process that delivers at once, or one that never says anything.

use async_trait::async_trait;
use bytes::Bytes;
use eraflazz_core::ids::RefShape;
use eraflazz_core::money::Money;
use eraflazz_core::ports::Supplier;
use eraflazz_core::supplier::{
    AttemptView, Callback, Claim, Exchange, Finding, InquiryError, NotFound, PriceList, Profile,
    Purchase, Question, RawRequest, ReadError, Reading, Reason, Reference, Repeat, Sighting,
    SnPolicy, Status, Unauthenticated,
};
use eraflazz_core::text::Sn;
use std::time::Duration;

/// When a supplier answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    /// At once.
    #[default]
    AtOnce,
    /// Never: what was sent stays under way.
    Never,
}

/// Delivers every purchase at once, for a fixed price.
#[derive(Debug)]
pub struct Instant {
    answers: Answers,
    profile: Profile,
    price: Option<Money>,
    raw: Bytes,
}

impl Instant {
    /// A supplier that bills `price`.
    pub fn new(price: Money, answers: Answers) -> Self {
        let profile = Profile {
            status: Status::Dedicated,
            reference: Reference::Ours {
                shape: RefShape::Alphanumeric,
            },
            callback: Callback::Signed,
            failed_ref_may_run_again: false,
            not_found: NotFound::NoProof,
            settle_delay: Duration::ZERO,
            reversal_window: Duration::ZERO,
            poll: vec![Duration::from_mins(2)],
            poll_later: Duration::from_mins(30),
            poll_max_age: Duration::from_hours(24),
            sn_policy: SnPolicy::ByProduct,
            repeat: Repeat::ByRef,
            bills: None,
            price_cap_field: true,
            cut_off: None,
            max_in_flight: 100_000,
            min_gap: Duration::ZERO,
            timeout: Duration::from_secs(30),
        };
        // As long as a real provider's reply: it is kept as evidence and hashed.
        let raw = Bytes::from(vec![b'x'; 240]);
        Self {
            answers,
            profile,
            price: Some(price),
            raw,
        }
    }
}

#[async_trait]
impl Supplier for Instant {
    fn profile(&self) -> &Profile {
        &self.profile
    }

    async fn send(&self, purchase: &Purchase) -> Exchange {
        if self.answers == Answers::Never {
            std::future::pending::<()>().await;
        }
        let sighting = Sighting {
            our_ref: Some(purchase.supplier_ref),
            sku: Some(purchase.sku.clone()),
            target: Some(purchase.target.clone()),
            // A number of its own for each order, as real ones are.
            sn: Sn::new(purchase.supplier_ref.as_str()).ok(),
            price: self.price,
            ..Sighting::new(Claim::Delivered, Reason::None)
        };
        Exchange::answered(self.raw.clone(), vec![sighting])
    }

    async fn ask(&self, _attempt: &AttemptView) -> Exchange {
        Exchange::unclear(Bytes::new(), Reason::NotFound)
    }

    async fn inquire(&self, _question: &Question) -> Result<Finding, InquiryError> {
        Err(InquiryError::NotOffered)
    }

    async fn balance(&self) -> Result<Money, ReadError> {
        Err(ReadError::Unreachable("it keeps no balance".to_owned()))
    }

    async fn price_list(&self) -> Result<PriceList, ReadError> {
        Err(ReadError::Unreachable("it keeps no list".to_owned()))
    }

    fn read_callback(&self, _request: &RawRequest) -> Result<Reading, Unauthenticated> {
        Err(Unauthenticated)
    }
}
