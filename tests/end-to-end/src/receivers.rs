//! Members' endpoints: each answers as a test tells it, and remembers what it heard.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eraflazz_core::ids::MemberId;
use eraflazz_core::order::PublicStatus;
use eraflazz_core::ports::Message;
use eraflazz_core::text::RefId;
use eraflazz_core::time::Timestamp;
use eraflazz_core::webhook::{Answer, Endpoint, EventId, Outcome};

/// What an endpoint heard.
#[derive(Clone, Debug)]
pub struct Told {
    /// Whose endpoint.
    pub member: MemberId,
    /// Where it was sent.
    pub url: String,
    /// Which event.
    pub event: EventId,
    /// Of which order, by the member's own name for it.
    pub ref_id: RefId,
    /// The order's status in the message.
    pub status: PublicStatus,
    /// When.
    pub at: Timestamp,
}

/// How an endpoint answers.
#[derive(Clone, Copy, Debug)]
struct Manner {
    takes: Duration,
    outcome: Outcome,
}

/// All endpoints. Whoever is not told otherwise takes everything at once.
#[derive(Debug, Default)]
pub struct Receivers {
    manners: Mutex<BTreeMap<MemberId, Manner>>,
    told: Mutex<Vec<Told>>,
    under_way: Mutex<BTreeMap<MemberId, (usize, usize)>>,
}

impl Receivers {
    /// From now on the member's endpoint answers like this, after this long.
    pub fn answer(&self, member: MemberId, outcome: Outcome, takes: Duration) {
        let manner = Manner { takes, outcome };
        self.manners.lock().unwrap().insert(member, manner);
    }

    /// From now on the member's endpoint takes everything at once.
    pub fn take(&self, member: MemberId) {
        self.manners.lock().unwrap().remove(&member);
    }

    /// What the member's endpoint heard, in order.
    pub fn told(&self, member: MemberId) -> Vec<Told> {
        let told = self.told.lock().unwrap();
        told.iter()
            .filter(|told| told.member == member)
            .cloned()
            .collect()
    }

    /// The most messages that were under way to the member at once.
    pub fn most_at_once(&self, member: MemberId) -> usize {
        let under_way = self.under_way.lock().unwrap();
        under_way.get(&member).map_or(0, |(_, most)| *most)
    }

    /// A message comes in.
    pub(crate) async fn hear(self: &Arc<Self>, endpoint: &Endpoint, message: &Message) -> Answer {
        let member = endpoint.member;
        let _under_way = UnderWay::begins(self, member);
        self.told.lock().unwrap().push(Told {
            member,
            url: endpoint.url.as_str().to_owned(),
            event: message.event(),
            ref_id: message.order.ref_id.clone(),
            status: message.order.status(),
            at: message.at,
        });
        let manner = self.manners.lock().unwrap().get(&member).copied();
        let manner = manner.unwrap_or(Manner {
            takes: Duration::ZERO,
            outcome: Outcome::Taken { code: 200 },
        });
        tokio::time::sleep(manner.takes).await;
        Answer::with_body(manner.outcome, b"ok")
    }
}

/// Counts a message that is under way until it is dropped.
struct UnderWay(Arc<Receivers>, MemberId);

impl UnderWay {
    fn begins(receivers: &Arc<Receivers>, member: MemberId) -> Self {
        let mut under_way = receivers.under_way.lock().unwrap();
        let (now, most) = under_way.entry(member).or_default();
        *now += 1;
        *most = (*most).max(*now);
        Self(Arc::clone(receivers), member)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if let Some((now, _)) = self.0.under_way.lock().unwrap().get_mut(&self.1) {
            *now -= 1;
        }
    }
}
