//! Which units of a commit go through which lane.
//!
//! Units that touch one member's wallet meet in one lane of a process, so that lanes rarely wait for each other in the database. What touches no wallet, as an intent
//! or what was heard of an order that stays open, goes by its order: a member who has most of the orders is not held to one lane with all of them. A commit of many
//! members is shared among the lanes: in one of them it would hold up all others, since it touches the wallets that theirs touch. But a unit is decided against what
//! those before it left. So units of one commit that touch a row of whatever kind in common stay together.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use eraflazz_core::commit::{Changes, Touch, Unavailable, Verdict, touched};

/// Units of a commit that go through one lane, with their places in it, rising.
#[derive(Debug, Default)]
pub(crate) struct Share {
    pub(crate) places: Vec<usize>,
    pub(crate) units: Vec<Changes>,
}

/// The units by lane.
pub(crate) fn shares(units: Vec<Changes>, lanes: usize) -> BTreeMap<usize, Share> {
    let mut shares: BTreeMap<usize, Share> = BTreeMap::new();
    for (place, unit) in units.into_iter().enumerate() {
        let share = shares.entry(lane_of(&unit, lanes)).or_default();
        share.places.push(place);
        share.units.push(unit);
    }
    if shares.len() > 1 && !are_strangers(&shares) {
        return together(shares);
    }
    shares
}

/// Whose lane a unit goes through: its wallet's; or its order's if it touches none. A deposit that lets go of an exact amount says no more which it was, so a
/// member's deposits stay together. A unit of several is as right in any.
fn lane_of(unit: &Changes, lanes: usize) -> usize {
    let touch = touched(std::slice::from_ref(unit));
    let of_money = touch.wallets.first().map(|member| member.0);
    let of_payment = || unit.payments.first().map(|write| write.payment.member.0);
    let of_order = || touch.orders.first().map(|order| order.0);
    let whose = of_money.or_else(of_payment).or_else(of_order);
    let mut hasher = DefaultHasher::new();
    whose.hash(&mut hasher);
    let lanes = u64::try_from(lanes).unwrap_or(1).max(1);
    usize::try_from(hasher.finish() % lanes).unwrap_or(0)
}

/// Whether no two of them touch one row.
fn are_strangers(shares: &BTreeMap<usize, Share>) -> bool {
    let touches: Vec<Touch> = shares.values().map(|share| touched(&share.units)).collect();
    touches.iter().enumerate().all(|(n, one)| {
        let mut others = touches.iter().skip(n + 1);
        others.all(|other| are_apart(one, other))
    })
}

/// Every kind of row by name: a new one does not compile until somebody has thought of it here.
fn are_apart(one: &Touch, other: &Touch) -> bool {
    let Touch {
        orders,
        wallets,
        refs,
        trx_codes,
        guards,
        supplier_refs,
        their_refs,
        exclusive,
        disputes,
        quotas,
        subjects,
        inbox,
        nonces,
        outbox,
        endpoints,
        payments,
        payment_codes,
        payment_refs,
        awaited,
    } = one;
    orders.is_disjoint(&other.orders)
        && wallets.is_disjoint(&other.wallets)
        && refs.is_disjoint(&other.refs)
        && trx_codes.is_disjoint(&other.trx_codes)
        && guards.is_disjoint(&other.guards)
        && supplier_refs.is_disjoint(&other.supplier_refs)
        && their_refs.is_disjoint(&other.their_refs)
        && exclusive.is_disjoint(&other.exclusive)
        && disputes.is_disjoint(&other.disputes)
        && quotas.is_disjoint(&other.quotas)
        && subjects.is_disjoint(&other.subjects)
        && inbox.is_disjoint(&other.inbox)
        && nonces.is_disjoint(&other.nonces)
        && outbox.is_disjoint(&other.outbox)
        && endpoints.is_disjoint(&other.endpoints)
        && payments.is_disjoint(&other.payments)
        && payment_codes.is_disjoint(&other.payment_codes)
        && payment_refs.is_disjoint(&other.payment_refs)
        && awaited.is_disjoint(&other.awaited)
}

/// All of them in their order, in the lane of the first.
fn together(shares: BTreeMap<usize, Share>) -> BTreeMap<usize, Share> {
    let mut whole = BTreeMap::new();
    let mut lane_of_first = 0;
    for (lane, share) in shares {
        if share.places.first() == Some(&0) {
            lane_of_first = lane;
        }
        whole.extend(share.places.into_iter().zip(share.units));
    }
    let (places, units) = whole.into_iter().unzip();
    BTreeMap::from([(lane_of_first, Share { places, units })])
}

/// The verdicts of all shares of a commit, as they come.
#[derive(Debug)]
pub(crate) struct Answers {
    verdicts: Vec<Option<Verdict>>,
    trouble: Option<Unavailable>,
}

impl Answers {
    pub(crate) fn for_units(count: usize) -> Self {
        Self {
            verdicts: vec![None; count],
            trouble: None,
        }
    }

    /// What a lane said about the units at these places.
    pub(crate) fn add(&mut self, places: &[usize], said: Result<Vec<Verdict>, Unavailable>) {
        match said {
            Ok(verdicts) => {
                for (place, verdict) in places.iter().zip(verdicts) {
                    if let Some(slot) = self.verdicts.get_mut(*place) {
                        *slot = Some(verdict);
                    }
                }
            }
            Err(why) => {
                let before = self.trouble.take();
                let may_have_committed = before.is_some_and(|before| before.may_have_committed);
                self.trouble = Some(Unavailable {
                    may_have_committed: why.may_have_committed || may_have_committed,
                    ..why
                });
            }
        }
    }

    /// One verdict a unit; or, if a lane has none, whether others may have committed theirs.
    pub(crate) fn whole(self) -> Result<Vec<Verdict>, Unavailable> {
        let is_done = |verdict: &Option<Verdict>| matches!(verdict, Some(Verdict::Done(_)));
        let any_done = self.verdicts.iter().any(is_done);
        if let Some(why) = self.trouble {
            return Err(Unavailable {
                may_have_committed: why.may_have_committed || any_done,
                ..why
            });
        }
        let verdicts = self.verdicts.into_iter().collect::<Option<Vec<_>>>();
        verdicts.ok_or_else(|| Unavailable {
            may_have_committed: any_done,
            why: "a unit has no verdict".to_owned(),
        })
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::collections::BTreeSet;

    use eraflazz_core::commit::{Done, OutboxKey, Refused};
    use eraflazz_core::ids::{BankId, MemberId, OrderId, SubjectId};
    use eraflazz_core::ledger::rules;
    use eraflazz_core::money::Money;
    use eraflazz_core::time::Timestamp;
    use uuid::Uuid;

    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn deposit(subject: u128, member: u128) -> Changes {
        let subject = SubjectId(Uuid::from_u128(subject));
        let member = MemberId(Uuid::from_u128(member));
        let amount = Money::rupiah(1).unwrap();
        Changes {
            transfers: rules::deposit(subject, member, BankId(0), amount),
            ..Changes::at(NOW)
        }
    }

    fn places(shares: &BTreeMap<usize, Share>) -> Vec<usize> {
        let all = shares.values().flat_map(|share| share.places.clone());
        let all: BTreeSet<usize> = all.collect();
        all.into_iter().collect()
    }

    #[test]
    fn members_are_spread_and_each_stays_in_its_lane() {
        let units = (0..200_u128).map(|n| deposit(n, n % 50)).collect();
        let shares = shares(units, 4);
        assert_eq!(shares.len(), 4);
        assert_eq!(places(&shares), (0..200).collect::<Vec<_>>());
        let mut lanes: BTreeMap<usize, usize> = BTreeMap::new();
        for (lane, share) in &shares {
            assert!(share.places.is_sorted());
            assert_eq!(share.places.len(), share.units.len());
            for place in &share.places {
                assert_eq!(lanes.entry(place % 50).or_insert(*lane), lane);
            }
        }
    }

    #[test]
    fn what_touches_no_wallet_goes_by_its_order() {
        let told = |order| {
            let mut unit = Changes::at(NOW);
            unit.outbox_done.push(OutboxKey {
                order: OrderId(Uuid::from_u128(order)),
                revision: 1,
            });
            unit
        };
        let units = (0..200).map(told).collect();
        let shares = shares(units, 4);
        assert_eq!(shares.len(), 4, "they could be one member's");
        assert_eq!(places(&shares), (0..200).collect::<Vec<_>>());
    }

    #[test]
    fn units_that_touch_one_row_stay_together_in_their_order() {
        // One effect of two members, as a reference that two orders bring: the first has it, whatever lanes they would have gone through.
        let mut units: Vec<Changes> = (0..50).map(|n| deposit(n, n)).collect();
        units.push(deposit(7, 50));
        let whole = units.clone();
        let shares = shares(units, 4);
        assert_eq!(shares.len(), 1);
        let share = shares.into_values().next().unwrap();
        assert_eq!(share.places, (0..51).collect::<Vec<_>>());
        assert_eq!(share.units, whole);
    }

    #[test]
    fn verdicts_come_back_in_the_order_of_their_units() {
        let refused = |order| Ok(vec![Verdict::Refused(Refused::RefTaken { order })]);
        let id = |n| eraflazz_core::ids::OrderId(Uuid::from_u128(n));
        let mut answers = Answers::for_units(3);
        answers.add(&[1], refused(id(1)));
        answers.add(&[0], refused(id(0)));
        answers.add(&[2], refused(id(2)));
        let expected = [0, 1, 2].map(|n| Verdict::Refused(Refused::RefTaken { order: id(n) }));
        assert_eq!(answers.whole().unwrap(), expected);
    }

    #[test]
    fn a_lane_that_fails_says_what_others_may_have_committed() {
        let away = || {
            Err(Unavailable {
                may_have_committed: false,
                why: "away".to_owned(),
            })
        };
        let done = || Ok(vec![Verdict::Done(Done::default())]);
        for (said, may_have_committed) in [(done(), true), (away(), false)] {
            let mut answers = Answers::for_units(2);
            answers.add(&[0], said);
            answers.add(&[1], away());
            let why = answers.whole().unwrap_err();
            assert_eq!(why.may_have_committed, may_have_committed);
            assert_eq!(why.why, "away");
        }
        let mut answers = Answers::for_units(2);
        answers.add(&[1], done());
        assert!(answers.whole().unwrap_err().may_have_committed);
    }
}
