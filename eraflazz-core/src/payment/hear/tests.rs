use super::*;
use crate::ids::{GatewayId, MemberId};
use crate::payment::{CallbackProof, Environment, Fees, Method, PaymentCode, SecondCreate};

const NOW: Timestamp = Timestamp::from_millis(1_767_225_600_000);
const DAY: Duration = Duration::from_hours(24);
const CODE: &str = "E0001KDVDYMR00G70R7Z";

fn rupiah(amount: i64) -> Money {
    Money::rupiah(amount).unwrap()
}

fn profile() -> GatewayProfile {
    GatewayProfile {
        environment: Environment::Sandbox,
        methods: [Method::Qris].into(),
        open_methods: [].into(),
        acts: [].into(),
        second_create: SecondCreate::MakesAnother,
        callback: CallbackProof::Whole,
        not_found_settles: Duration::from_mins(2),
        refunds_in_part: true,
        reversal_window: Duration::from_mins(10),
        poll: [2, 5].map(Duration::from_mins).to_vec(),
        poll_max_age: DAY,
        timeout: Duration::from_secs(30),
        max_in_flight: 1,
    }
}

fn asked() -> Payment {
    let member = MemberId(uuid::Uuid::from_u128(7));
    let ref_id = "D-1".parse().unwrap();
    Payment {
        id: Payment::id_of(member, &ref_id),
        member,
        ref_id,
        fingerprint: [0; 32],
        gateway: GatewayId(1),
        code: PaymentCode::parse(CODE).unwrap(),
        method: Method::Qris,
        amount: rupiah(50_000),
        payable: None,
        stage: Stage::Asked,
        state: PaymentState::Pending,
        theirs: None,
        pay_with: PayWith::default(),
        created_at: NOW,
        expires_at: NOW.plus(DAY),
        lease_until: NOW.plus(Duration::from_mins(1)),
        next_check_at: Some(NOW.plus(Duration::from_mins(1))),
        looked_at: None,
        checks: 0,
        booked: None,
        taken_back: Money::ZERO,
        reversals: 0,
        doubted: false,
        updated_at: NOW,
        version: 1,
    }
}

fn says(state: PaymentState) -> PaymentSighting {
    PaymentSighting {
        our_ref: CODE.parse().ok(),
        their_ref: "T1".parse().ok(),
        amount: Some(rupiah(50_000)),
        refunded: (state == PaymentState::PartlyRefunded).then(|| rupiah(20_000)),
        ..PaymentSighting::new(PaymentClaim::Is(state), PaymentReason::None)
    }
}

fn only(claim: PaymentClaim, reason: PaymentReason) -> PaymentSighting {
    PaymentSighting::new(claim, reason)
}

fn unit(row: &Payment, through: Through, seen: Vec<PaymentSighting>, now: Timestamp) -> Changes {
    let heard = HeardPayment {
        through,
        sightings: seen,
        raw: Bytes::from_static(b"{}"),
    };
    hear(row, heard, &profile(), DAY, now)
}

/// The row after it.
fn after(row: &Payment, through: Through, seen: Vec<PaymentSighting>, now: Timestamp) -> Payment {
    unit(row, through, seen, now).payments.remove(0).payment
}

fn looked(row: &Payment, state: PaymentState) -> Payment {
    after(row, Through::Look, vec![says(state)], NOW)
}

#[test]
fn inv_35_neither_a_create_nor_an_act_moves_money() {
    for through in [Through::Create, Through::Act] {
        for state in PaymentState::ALL {
            let unit = unit(&asked(), through, vec![says(state)], NOW);
            assert!(unit.transfers.is_empty(), "{through:?} {state:?}");
            let row = &unit.payments[0].payment;
            if state.rank() >= PaymentState::Captured.rank() {
                assert_eq!(row.next_check_at, Some(NOW), "it is asked at once");
            }
        }
    }
    let settled = looked(&asked(), PaymentState::Settled);
    let denied = after(
        &settled,
        Through::Act,
        vec![says(PaymentState::Denied)],
        NOW,
    );
    assert_eq!(
        (denied.state, denied.next_check_at),
        (PaymentState::Settled, Some(NOW))
    );
}

/// Whatever the looks say, in any order and as often as they like: one credit, no more back than came, and the row keeps its rules.
#[test]
fn inv_22_any_answers_in_any_order_credit_at_most_once() {
    for a in PaymentState::ALL {
        for b in PaymentState::ALL {
            for c in PaymentState::ALL {
                let mut row = asked();
                let mut credits = 0;
                for state in [a, b, b, c, a] {
                    let unit = unit(&row, Through::Look, vec![says(state)], NOW);
                    let next = unit.payments[0].payment.clone();
                    credits += usize::from(row.booked.is_none() && next.booked.is_some());
                    assert_eq!(unit.transfers, next.journals_since(Some(&row)));
                    assert!(next.taken_back >= row.taken_back);
                    let booked = next.booked.map_or(Money::ZERO, |booked| booked.amount);
                    assert!(next.taken_back <= booked, "{a:?} {b:?} {c:?}");
                    let moved = next.state != row.state;
                    assert!(!moved || !unit.log.is_empty(), "INV-20");
                    row = next;
                }
                assert!(credits <= 1, "{a:?} {b:?} {c:?}");
                if row.state.is_paid() {
                    assert!(row.booked.is_some(), "{a:?} {b:?} {c:?}");
                }
            }
        }
    }
}

#[test]
fn inv_12_only_a_settled_not_found_says_that_it_was_never_made() {
    let not_found = || vec![only(PaymentClaim::NotFound, PaymentReason::None)];
    let late = NOW.plus(Duration::from_mins(3));
    let row = asked();
    assert_eq!(
        after(&row, Through::Look, not_found(), NOW).stage,
        Stage::Asked
    );
    let soon = late.minus(Duration::from_secs(1));
    assert_eq!(
        after(&row, Through::Look, not_found(), soon).stage,
        Stage::Asked
    );
    assert_eq!(
        after(&row, Through::Create, not_found(), late).stage,
        Stage::Asked
    );
    let never = after(&row, Through::Look, not_found(), late);
    assert_eq!(never.stage, Stage::NeverMade);
    assert!(never.next_check_at.is_some() && !never.is_payable());
    // It was there all the same.
    assert_eq!(
        looked(&never, PaymentState::Settled).credited(),
        rupiah(50_000)
    );
    let made = looked(&row, PaymentState::Pending);
    assert_eq!(
        after(&made, Through::Look, not_found(), late).stage,
        Stage::Made
    );
}

#[test]
fn a_refusal_answers_the_create_alone() {
    let refused = |reason| vec![only(PaymentClaim::Refused, reason)];
    let (row, bad) = (asked(), PaymentReason::BadRequest);
    let ended = after(&row, Through::Create, refused(bad), NOW);
    assert_eq!(
        (ended.stage, ended.next_check_at),
        (Stage::Refused(bad), None)
    );
    assert_eq!(
        after(&row, Through::Look, refused(bad), NOW).stage,
        Stage::Asked
    );
    let taken = refused(PaymentReason::Duplicate);
    assert_eq!(after(&row, Through::Create, taken, NOW).stage, Stage::Asked);
    let made = looked(&row, PaymentState::Pending);
    assert_eq!(
        after(&made, Through::Create, refused(bad), NOW).stage,
        Stage::Made
    );
}

#[test]
fn inv_22_of_two_payments_under_our_reference_one_is_credited_and_the_other_is_a_case() {
    let other = PaymentSighting {
        their_ref: "T2".parse().ok(),
        ..says(PaymentState::Settled)
    };
    let both = vec![
        says(PaymentState::Expired),
        other.clone(),
        says(PaymentState::Settled),
    ];
    let unit = unit(&asked(), Through::Look, both, NOW);
    let row = &unit.payments[0].payment;
    assert_eq!(row.credited(), rupiah(50_000));
    assert_eq!(row.theirs, other.their_ref, "the first that is paid");
    assert_eq!(unit.cases.len(), 1);
    assert!(row.doubted);
}

#[test]
fn inv_22_what_has_no_id_of_theirs_is_not_credited() {
    let unnamed = PaymentSighting {
        their_ref: None,
        ..says(PaymentState::Settled)
    };
    let unit = unit(&asked(), Through::Look, vec![unnamed], NOW);
    assert!(unit.transfers.is_empty());
    assert_eq!(unit.cases.len(), 1);
}

#[test]
fn e_28_the_customers_fee_is_nobodys_deposit() {
    let fees = Fees {
        merchant: rupiah(700),
        customer: rupiah(1_250),
        received: rupiah(49_300),
    };
    let dearer = |state, amount| PaymentSighting {
        amount: Some(rupiah(amount)),
        fees: Some(fees),
        ..says(state)
    };
    let made = vec![dearer(PaymentState::Pending, 51_250)];
    let row = after(&asked(), Through::Create, made, NOW);
    assert_eq!(
        (row.stage, row.payable),
        (Stage::Made, Some(rupiah(51_250)))
    );
    let paid = vec![dearer(PaymentState::Settled, 51_250)];
    let paid = after(&row, Through::Look, paid, NOW).booked.unwrap();
    assert_eq!((paid.amount, paid.fee), (rupiah(50_000), rupiah(700)));
    let short = vec![dearer(PaymentState::Settled, 50_000)];
    let short = after(&row, Through::Look, short, NOW).booked.unwrap();
    assert_eq!(
        (short.amount, short.to),
        (rupiah(48_750), BookedTo::Suspense)
    );
}

#[test]
fn inv_26_what_may_still_be_paid_or_taken_back_is_looked_at_again() {
    let wait = |row: &Payment| row.next_check_at.map(|at| at.since(NOW));
    let minutes = |n| Some(Duration::from_mins(n));
    let made = looked(&asked(), PaymentState::Pending);
    assert_eq!(wait(&made), minutes(2));
    let again = looked(&made, PaymentState::Pending);
    assert_eq!(wait(&again), minutes(5));
    assert_eq!(wait(&looked(&again, PaymentState::Pending)), minutes(5));
    let old = after(
        &again,
        Through::Look,
        vec![says(PaymentState::Pending)],
        NOW.plus(DAY),
    );
    assert_eq!(wait(&old), None);
    let ended = looked(&again, PaymentState::Expired);
    assert_eq!(wait(&ended), minutes(10));
    let ended = looked(&ended, PaymentState::Expired);
    assert_eq!(wait(&ended), Some(DAY));
    assert_eq!(wait(&looked(&ended, PaymentState::Expired)), None);
    let paid = looked(&again, PaymentState::Settled);
    assert_eq!(wait(&paid), minutes(10), "a bank may still deny it");
    assert_eq!(wait(&looked(&paid, PaymentState::Settled)), None);
    let doubt = vec![only(PaymentClaim::Unclear, PaymentReason::Timeout)];
    let doubt = after(&asked(), Through::Create, doubt, NOW);
    assert_eq!(wait(&doubt), Some(Duration::from_secs(10)));
}

/// 07:00 in Jakarta is `NOW`; until an hour after its time it is looked at as before.
#[test]
fn what_is_over_is_looked_at_at_three_in_the_morning() {
    let hours = |n| NOW.plus(Duration::from_hours(n));
    let row = Payment {
        expires_at: hours(1),
        checks: 9,
        ..looked(&asked(), PaymentState::Pending)
    };
    let next = |now| {
        let seen = vec![says(PaymentState::Pending)];
        after(&row, Through::Look, seen, now).next_check_at.unwrap()
    };
    let five = Duration::from_mins(5);
    let last = hours(2).minus(five).minus(Duration::from_micros(1));
    assert_eq!(next(last), last.plus(five));
    assert!(!row.is_over_at(next(last)));
    for (now, at) in [
        (last.plus(Duration::from_micros(1)), 20),
        (hours(20).minus(five), 20),
        (hours(20), 44),
        (hours(21), 44),
    ] {
        assert_eq!(next(now), hours(at), "{now}");
        assert!(row.is_over_at(next(now)));
    }
}

/// A page that nobody chose a way to pay on is known to nobody; before its time is over that says nothing.
#[test]
fn e_29_what_the_gateway_knows_no_more_after_its_time_is_over() {
    let not_found = || vec![only(PaymentClaim::NotFound, PaymentReason::None)];
    let made = looked(&asked(), PaymentState::Pending);
    let over = made.expires_at.plus(Duration::from_mins(2));
    let soon = over.minus(Duration::from_secs(1));
    assert!(after(&made, Through::Look, not_found(), soon).is_payable());
    assert!(after(&made, Through::Act, not_found(), over).is_payable());
    let ended = after(&made, Through::Look, not_found(), over);
    assert_eq!(
        (ended.stage, ended.state),
        (Stage::Made, PaymentState::Expired)
    );
    assert!(ended.next_check_at.is_some(), "a notification may be lost");
    let paid = looked(&ended, PaymentState::Settled);
    assert_eq!(paid.credited(), rupiah(50_000));
    let stays = after(&paid, Through::Look, not_found(), over);
    assert_eq!(stays.state, PaymentState::Settled);
}

#[test]
fn inv_35_only_what_may_be_news_is_asked_about() {
    let made = looked(&asked(), PaymentState::Pending);
    let paid = looked(&made, PaymentState::Settled);
    let news = |row: &Payment, state| noticed(row, &says(state), &profile());
    assert!(news(&made, PaymentState::Settled) && news(&made, PaymentState::Expired));
    assert!(!news(&made, PaymentState::Pending));
    assert!(
        news(&asked(), PaymentState::Pending),
        "it says that it was made"
    );
    assert!(news(&paid, PaymentState::Denied) && news(&paid, PaymentState::Refunded));
    assert!(!news(&paid, PaymentState::Pending) && !news(&paid, PaymentState::Expired));
    let unread = only(PaymentClaim::Unclear, PaymentReason::Unlisted);
    assert!(noticed(&paid, &unread, &profile()));
}

#[test]
fn looks_that_bring_nothing_new_are_counted_until_something_does() {
    let made = looked(&asked(), PaymentState::Pending);
    assert_eq!((made.stage, made.checks), (Stage::Made, 0));
    let once = looked(&made, PaymentState::Pending);
    let twice = looked(&once, PaymentState::Pending);
    assert_eq!((once.checks, twice.checks), (1, 2));
    assert_eq!(looked(&twice, PaymentState::Settled).checks, 0);
}

/// INV-20: the log has what was news, and whatever somebody else began; of looks that bring nothing new there would be hundreds.
#[test]
fn inv_20_only_a_look_without_news_leaves_no_row() {
    let made = looked(&asked(), PaymentState::Pending);
    for through in [Through::Create, Through::Act, Through::Look] {
        let pending = vec![says(PaymentState::Pending)];
        let rows = unit(&made, through, pending, NOW).log;
        assert_eq!(rows.is_empty(), through == Through::Look, "{through:?}");
    }
    let settled = unit(&made, Through::Look, vec![says(PaymentState::Settled)], NOW);
    let [row] = settled.log.as_slice() else {
        panic!("{:?}", settled.log);
    };
    let Entry::Deposit(DepositEntry::Heard { stage, state, .. }) = &row.entry else {
        panic!("{row:?}");
    };
    assert_eq!((*stage, *state), (Stage::Made, PaymentState::Settled));
    assert_eq!((row.version, row.at), (made.version + 1, NOW));
}

#[test]
fn inv_33_a_case_of_a_deposit_has_its_version_and_its_time() {
    let other = PaymentSighting {
        amount: Some(rupiah(49_000)),
        ..says(PaymentState::Settled)
    };
    let now = NOW.plus(Duration::from_mins(7));
    let cases = unit(&asked(), Through::Look, vec![other], now).cases;
    let [CaseWrite::Open(case)] = cases.as_slice() else {
        panic!("{cases:?}");
    };
    assert_eq!(case.key.subject, asked().id.into());
    assert_eq!(
        (case.key.version, case.key.kind),
        (2, CaseKind::DepositAmount)
    );
    assert_eq!(case.amount, Some(rupiah(49_000)), "what lies in suspense");
    assert_eq!((case.opened_at, case.deadline), (now, now.plus(DAY)));
}

#[test]
fn of_several_payments_the_paid_one_counts_first_then_one_that_can_be_paid() {
    let all = [
        only(PaymentClaim::Unclear, PaymentReason::None),
        says(PaymentState::Expired),
        says(PaymentState::Pending),
        says(PaymentState::Captured),
    ];
    for (left, first) in (1..=all.len()).zip(&all) {
        let mut some = all[..left].to_vec();
        assert_eq!(foremost(&some), Some(first));
        some.reverse();
        assert_eq!(foremost(&some), Some(first), "in whatever order");
    }
    assert_eq!(foremost(&[]), None);
}

/// After a look: what is booked and what of it is gone again, in rupiah, and the cases it opened.
type Looked = (i64, i64, Vec<(CaseKind, Option<Money>)>);

/// How it stands after each of these looks.
fn journey(states: &[PaymentState]) -> Vec<Looked> {
    let mut row = asked();
    let mut told = Vec::new();
    for state in states {
        let unit = unit(&row, Through::Look, vec![says(*state)], NOW);
        row = unit.payments[0].payment.clone();
        let cases = unit.cases.into_iter().map(|write| {
            let CaseWrite::Open(case) = write else {
                panic!("a look only opens: {write:?}");
            };
            (case.key.kind, case.amount)
        });
        let booked = row.booked.map_or(Money::ZERO, |booked| booked.amount);
        told.push((
            booked.floor_rupiah(),
            row.taken_back.floor_rupiah(),
            cases.collect(),
        ));
    }
    told
}

#[test]
fn inv_24_what_comes_and_goes_is_booked_and_each_turn_is_a_persons() {
    use PaymentState::{Denied, Expired, PartlyRefunded, Pending, Refunded, Settled};
    let turned = |amount| vec![(CaseKind::DepositTurned, Some(rupiah(amount)))];
    let none = Vec::new;
    for (states, expected) in [
        (
            vec![Pending, Settled],
            vec![(0, 0, none()), (50_000, 0, none())],
        ),
        (
            vec![Settled, Refunded],
            vec![(50_000, 0, none()), (50_000, 50_000, turned(50_000))],
        ),
        (
            vec![Settled, PartlyRefunded, Refunded],
            vec![
                (50_000, 0, none()),
                (50_000, 20_000, turned(20_000)),
                (50_000, 50_000, turned(30_000)),
            ],
        ),
        // The first that is heard of it: it came, and a part of it went.
        (vec![PartlyRefunded], vec![(50_000, 20_000, turned(20_000))]),
        // It came and went before anybody heard of it.
        (vec![Refunded], vec![(0, 0, none())]),
        (
            vec![Settled, Denied],
            vec![(50_000, 0, none()), (50_000, 50_000, turned(50_000))],
        ),
        // It was over, and was paid all the same (E-29).
        (
            vec![Expired, Settled],
            vec![(0, 0, none()), (50_000, 0, turned(50_000))],
        ),
        // Taken back and there again: booked once, and who has it is for a person to find out.
        (
            vec![Settled, Denied, Settled],
            vec![
                (50_000, 0, none()),
                (50_000, 50_000, turned(50_000)),
                (50_000, 50_000, turned(50_000)),
            ],
        ),
    ] {
        assert_eq!(journey(&states), expected, "{states:?}");
    }
}

#[test]
fn how_to_pay_is_what_was_said_first() {
    let with = |code: &str| PaymentSighting {
        pay_with: PayWith {
            code: Some(code.to_owned()),
            ..PayWith::default()
        },
        ..says(PaymentState::Pending)
    };
    let made = after(&asked(), Through::Create, vec![with("8001")], NOW);
    assert_eq!(made.pay_with.code.as_deref(), Some("8001"));
    let later = after(&made, Through::Look, vec![with("8002")], NOW);
    assert_eq!(later.pay_with, made.pay_with);
}

#[test]
fn a_fee_that_takes_all_or_gives_is_none() {
    for (fee, taken) in [(0, 0), (1, 1), (49_999, 49_999), (50_000, 0), (-1, 0)] {
        let fees = Fees {
            merchant: rupiah(fee),
            customer: Money::ZERO,
            received: rupiah(50_000 - fee),
        };
        let paid = PaymentSighting {
            fees: Some(fees),
            ..says(PaymentState::Settled)
        };
        let booked = after(&asked(), Through::Look, vec![paid], NOW)
            .booked
            .unwrap();
        assert_eq!((booked.amount, booked.fee), (rupiah(50_000), rupiah(taken)));
    }
}
