//! The stories that the matrix crashes: what suppliers do with one order, one story for each class of money-safety section 5.

use std::time::Duration;

use end_to_end::{Say, Script, dedicated, listing, minutes, otomax, resubmit, rp, secs, text, vip};
use eraflazz_core::order::Resolution;
use eraflazz_core::supplier::{Formed, Profile, Reason, Status};

/// One order's fate at two suppliers of one kind, if nobody dies.
#[derive(Clone)]
pub(crate) struct Story {
    /// The classes that it goes through.
    pub(crate) name: &'static str,
    /// What the first supplier does, and the second, should it be tried.
    pub(crate) scripts: [Script; 2],
    /// Whether the first request to each is lost on its way.
    pub(crate) first_is_lost: [bool; 2],
    /// What the first supplier reports by itself, and how long after it had the request.
    pub(crate) reports: Vec<(Duration, Say)>,
    /// What a person rules once the order lies before one.
    pub(crate) ruling: Option<Resolution>,
    /// Whether the product carries a serial number.
    pub(crate) sn_required: bool,
    /// Whether the member has the money.
    pub(crate) paid: bool,
    /// Whether its end depends on how soon the next process comes: then it comes at once.
    pub(crate) at_once: bool,
}

const FAILED: Say = Say::Refused(Formed::Yes, Reason::Other);
const DOUBTED: Say = Say::Refused(Formed::Doubtful, Reason::Other);
const SILENCE: Say = Say::Unclear(Reason::Timeout);

impl Story {
    fn of(name: &'static str, first: Script) -> Self {
        Self {
            name,
            scripts: [first, Script::delivers()],
            first_is_lost: [false; 2],
            reports: Vec::new(),
            ruling: None,
            sn_required: false,
            paid: true,
            at_once: false,
        }
    }

    fn second(mut self, second: Script) -> Self {
        self.scripts[1] = second;
        self
    }

    fn reports(mut self, after: Duration, say: Say) -> Self {
        self.reports.push((after, say));
        self
    }

    fn ruled(mut self, ruling: Resolution) -> Self {
        self.ruling = Some(ruling);
        self
    }

    const fn with_sn(mut self) -> Self {
        self.sn_required = true;
        self
    }

    const fn unpaid(mut self) -> Self {
        self.paid = false;
        self
    }

    /// What is reported and what is answered may come in either order, and each order has its own end.
    const fn in_this_order(mut self) -> Self {
        self.at_once = true;
        self
    }

    /// Every story.
    pub(crate) fn all() -> Vec<Self> {
        let says = Script::says;
        vec![
            Self::of("refused at birth", Script::delivers()).unpaid(),
            Self::of("delivered", Script::delivers()),
            Self::of("delivered slowly", Script::delivers().after(secs(7))),
            Self::of("not sent", says(Say::NotSent(Reason::Timeout))),
            Self::of(
                "unformed, tried elsewhere",
                Script::refuses(Reason::ProductClosed),
            ),
            Self::of(
                "unformed, invited again",
                Script::refuses(Reason::OutOfStock),
            )
            .second(Script::refuses(Reason::OutOfStock)),
            Self::of("unformed, the end", Script::refuses(Reason::BadDestination)),
            Self::of(
                "our funds there are used up",
                Script::refuses(Reason::SupplierFunds),
            ),
            Self::of("formed, tried elsewhere", says(FAILED)),
            Self::of("formed, everywhere", says(FAILED)).second(says(FAILED)),
            Self::of("doubtful, said again", says(DOUBTED)),
            Self::of(
                "doubtful, then delivered",
                says(DOUBTED).then(Say::Delivered),
            ),
            Self::of(
                "pending, then delivered",
                says(Say::Pending).then(Say::Delivered),
            ),
            Self::of("pending, then refused", says(Say::Pending).then(FAILED)),
            Self::of("pending, delivery reported", says(Say::Pending).executing())
                .reports(secs(40), Say::Delivered),
            Self::of("pending, refusal reported", says(Say::Pending)).reports(secs(40), FAILED),
            Self::of("pending for ever", says(Say::Pending)),
            Self::of(
                "unclear, then delivered",
                says(SILENCE).then(Say::Delivered),
            ),
            Self::of("unclear, then refused", says(SILENCE).then(FAILED)),
            Self::of("unclear for ever", says(SILENCE)),
            Self::of(
                "never answers, delivered",
                says(Say::Never).then(Say::Delivered),
            ),
            Self::of("never answers, ever", says(Say::Never).executing()),
            Self::of("the adapter panics", says(Say::Panic).then(Say::Delivered)),
            Self::of(
                "no serial number yet",
                says(Say::WithoutSn).then(Say::Delivered),
            )
            .with_sn(),
            Self::of("no serial number, reported", says(Say::WithoutSn))
                .reports(secs(40), Say::Delivered)
                .with_sn(),
            Self::of("conflict", says(Say::WithoutSn))
                .reports(secs(40), FAILED)
                .with_sn(),
            Self::of("reported twice", says(Say::Pending).executing())
                .reports(secs(40), Say::Delivered)
                .reports(secs(41), Say::Delivered),
            Self::of(
                "reported before the reply",
                Script::delivers().after(secs(20)),
            )
            .reports(secs(3), Say::Delivered),
            Self::of("late success", says(FAILED))
                .second(says(FAILED))
                .reports(minutes(20), Say::Delivered),
            // While the second supplier works on it a person is told that it may be delivered twice; after its delivery, only that it was.
            Self::of("late success of a surplus", says(FAILED))
                .second(says(Say::Pending).then(Say::Delivered))
                .reports(secs(40), Say::Delivered)
                .in_this_order(),
            Self::of("late reversal", Script::delivers()).reports(minutes(20), FAILED),
            Self::of("billed above the cap", says(Say::Billed(rp(10_600)))),
            Self::of("unclear for ever, ruled delivered", says(SILENCE)).ruled(
                Resolution::Delivered {
                    sn: None,
                    cost: None,
                },
            ),
            Self::of("unclear for ever, ruled not delivered", says(SILENCE)).ruled(
                Resolution::NotDelivered {
                    proof: "the statement".to_owned(),
                },
            ),
            Self::of("late success, reclaimed", says(FAILED))
                .second(says(FAILED))
                .reports(minutes(20), Say::Delivered)
                .ruled(Resolution::RECLAIM),
            Self::of("late reversal, ruled not delivered", Script::delivers())
                .reports(minutes(20), FAILED)
                .ruled(Resolution::NotDelivered {
                    proof: "the statement".to_owned(),
                }),
        ]
    }

    /// The same, but a call to the n-th supplier is cut off: its request is lost if it never arrived, else its answer.
    pub(crate) fn cut_off(&self, supplier: usize, arrived: bool) -> Self {
        let mut story = self.clone();
        if arrived {
            story.scripts[supplier] = story.scripts[supplier].clone().unheard();
        } else {
            story.first_is_lost[supplier] = true;
        }
        story
    }

    /// Whether the n-th supplier tells again what it told when that was lost. It does not where there is no way to ask; and of a request that
    /// was refused before anything was formed, or never sent, no later answer proves anything (INV-13). Where the first one takes back what it
    /// said, what was heard in time decides. And of a list only what was billed as expected is taken for one's own.
    pub(crate) fn tells_again(&self, supplier: usize, status: Status) -> bool {
        let of_one_send = matches!(
            self.scripts[supplier].first(),
            Say::Refused(Formed::No, _) | Say::NotSent(_)
        );
        let first = self.scripts[0].first();
        let turns = self.reports.iter().any(|(_, say)| {
            (first.delivers() && say.denies()) || (first.denies() && say.delivers())
        });
        let is_odd =
            status == Status::Listing && matches!(self.scripts[supplier].first(), Say::Billed(_));
        status != Status::None && !of_one_send && !turns && !is_odd
    }
}

/// A supplier that pays bills. How their payment is asked about is all that counts, for every order pays one.
fn bills() -> Profile {
    Profile {
        bills: Some(Status::Dedicated),
        ..dedicated()
    }
}

/// The kinds of supplier, with days that are over sooner.
pub(crate) fn profiles() -> [(&'static str, Profile); 7] {
    [
        ("dedicated", dedicated()),
        ("resubmit", resubmit()),
        ("text", text()),
        ("listing", listing()),
        ("vip", vip()),
        ("otomax", otomax()),
        ("bills", bills()),
    ]
    .map(|(name, profile)| {
        let profile = Profile {
            poll: vec![minutes(2), minutes(3), minutes(3)],
            poll_later: minutes(20),
            poll_max_age: minutes(60),
            ..profile
        };
        (name, profile)
    })
}
