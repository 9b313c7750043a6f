//! Deposits through gateways: opened once, credited once, taken back in full (INV-22, INV-24).

use std::sync::Arc;
use std::time::Duration;

use eraflazz_core::commit::{Changes, Nonce, PaymentWrite, Refused, Verdict};
use eraflazz_core::ids::{BankId, Epoch, GatewayId, Installation, MemberId};
use eraflazz_core::ledger::{Account, rules};
use eraflazz_core::money::Money;
use eraflazz_core::payment::{
    BankLine, Booked, BookedTo, CallbackProof, DepositStatus, Environment, GatewayProfile,
    HeardPayment, Method, PayWith, Payment, PaymentClaim, PaymentCode, PaymentReason,
    PaymentSighting, PaymentState, SecondCreate, Stage, Through, hear,
};
use eraflazz_core::ports::{Page, PaymentFilter};
use eraflazz_core::text::RefId;

use super::Books;
use super::world::{BANK, MUCH_LATER, NOW, World, accept, rupiah};

const GATEWAY: GatewayId = GatewayId(1);
const ALL: Page = Page::first(Page::MAX);

fn profile() -> GatewayProfile {
    GatewayProfile {
        environment: Environment::Sandbox,
        methods: [Method::Qris].into(),
        open_methods: [].into(),
        acts: [].into(),
        second_create: SecondCreate::MakesAnother,
        callback: CallbackProof::Whole,
        not_found_settles: Duration::from_mins(2),
        refunds_in_part: false,
        reversal_window: Duration::ZERO,
        poll: vec![Duration::from_mins(2)],
        poll_max_age: Duration::from_hours(24),
        timeout: Duration::from_secs(30),
        max_in_flight: 8,
    }
}

/// A deposit that nobody has asked for yet.
fn new(member: MemberId, n: u8, amount: i64) -> Payment {
    let ref_id: RefId = format!("DEP-{n}").parse().unwrap();
    let code = PaymentCode::mint(Installation::DEFAULT, Epoch::default(), NOW, &[n; 10]);
    Payment {
        id: Payment::id_of(member, &ref_id),
        member,
        ref_id,
        fingerprint: [n; 32],
        gateway: GATEWAY,
        code,
        method: Method::Qris,
        amount: rupiah(amount),
        payable: None,
        stage: Stage::Asked,
        state: PaymentState::Pending,
        theirs: None,
        pay_with: PayWith::default(),
        created_at: NOW.plus(Duration::from_secs(n.into())),
        expires_at: NOW.plus(Duration::from_hours(1)),
        lease_until: NOW.plus(Duration::from_mins(1)),
        next_check_at: Some(NOW.plus(Duration::from_secs(100 - u64::from(n)))),
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

fn opening(payment: &Payment) -> Changes {
    Changes {
        payments: vec![PaymentWrite {
            payment: payment.clone(),
            replaces: None,
        }],
        ..Changes::at(NOW)
    }
}

/// A step that was made by hand, with its money.
fn step(old: &Payment, change: impl FnOnce(&mut Payment)) -> Changes {
    let mut next = old.clone();
    next.version += 1;
    change(&mut next);
    Changes {
        transfers: next.journals_since(Some(old)),
        payments: vec![PaymentWrite {
            payment: next,
            replaces: Some(old.version),
        }],
        ..Changes::at(NOW)
    }
}

/// What the gateway says of it when it is looked at.
fn says(payment: &Payment, theirs: &str, amount: i64, state: PaymentState) -> Changes {
    let seen = PaymentSighting {
        our_ref: payment.code.as_str().parse().ok(),
        their_ref: theirs.parse().ok(),
        amount: Some(rupiah(amount)),
        ..PaymentSighting::new(PaymentClaim::Is(state), PaymentReason::None)
    };
    let heard = HeardPayment {
        through: Through::Look,
        sightings: vec![seen],
        raw: "{}".into(),
    };
    hear(payment, heard, &profile(), Duration::from_hours(24), NOW)
}

async fn now(world: &World, payment: &Payment) -> Payment {
    world.store.payment(payment.id).await.unwrap().unwrap()
}

/// A deposit that was opened and paid.
async fn paid(world: &World, member: MemberId, n: u8, amount: i64) -> Payment {
    let row = new(member, n, amount);
    world.done(opening(&row)).await;
    let unit = says(&row, &format!("T{n}"), amount, PaymentState::Settled);
    world.done(unit).await;
    now(world, &row).await
}

async fn balance(world: &World, account: Account) -> Money {
    world.store.balance(account).await.unwrap()
}

/// By its id, by our code, by their id, and in its member's list, newest first; a stranger's list is empty.
pub async fn inv_22_a_deposit_is_found_by_every_reference(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    assert_eq!(world.store.payment(row.id).await.unwrap(), None);
    assert_eq!(world.store.payment_coded(&row.code).await.unwrap(), None);
    world.done(opening(&row)).await;
    assert_eq!(now(&world, &row).await, row);
    let coded = world.store.payment_coded(&row.code).await.unwrap();
    assert_eq!(coded, Some(row.clone()));
    let theirs = "T2".parse().unwrap();
    assert_eq!(
        world.store.payment_of(GATEWAY, &theirs).await.unwrap(),
        None
    );
    let second = paid(&world, budi, 2, 20_000).await;
    assert_eq!(
        (second.stage, second.state),
        (Stage::Made, PaymentState::Settled)
    );
    let found = world.store.payment_of(GATEWAY, &theirs).await.unwrap();
    assert_eq!(found, Some(second.clone()));
    let elsewhere = world.store.payment_of(GatewayId(2), &theirs).await.unwrap();
    assert_eq!(elsewhere, None);
    let list = world
        .store
        .payments(&PaymentFilter::of(budi), &ALL)
        .await
        .unwrap();
    assert_eq!(list, [second, row.clone()]);
    let page = Page { limit: 1, skip: 1 };
    assert_eq!(
        world
            .store
            .payments(&PaymentFilter::of(budi), &page)
            .await
            .unwrap(),
        [row]
    );
    let ani = world.member("ani", 0, 0).await;
    assert_eq!(
        world
            .store
            .payments(&PaymentFilter::of(ani), &ALL)
            .await
            .unwrap(),
        []
    );
}

/// Page by page by the place of the last one, whoever's and however they stand: none is left out and none told twice, also among those of one moment.
pub async fn deposits_are_listed_newest_first_by_member_and_status(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let ani = world.member("ani", 0, 0).await;
    let mut all = Vec::new();
    for n in 1..=9 {
        let member = if n % 3 == 0 { ani } else { budi };
        let row = Payment {
            // Three of each moment.
            created_at: NOW.plus(Duration::from_secs(u64::from(n) / 3)),
            ..new(member, n, 50_000)
        };
        world.done(opening(&row)).await;
        if n % 2 == 0 {
            let paid = says(&row, &format!("T{n}"), 50_000, PaymentState::Settled);
            world.done(paid).await;
        }
        all.push(now(&world, &row).await);
    }
    all.sort_by_key(|row| std::cmp::Reverse(row.place()));
    let statuses = DepositStatus::ALL.map(Some).into_iter().chain([None]);
    let members = [Some(budi), Some(ani), None];
    for (status, member) in statuses.flat_map(|status| members.map(|member| (status, member))) {
        let fits = |row: &&Payment| {
            status.is_none_or(|status| row.status() == status)
                && member.is_none_or(|member| row.member == member)
        };
        let wanted: Vec<Payment> = all.iter().filter(fits).cloned().collect();
        for limit in [1, 2, 9] {
            let mut filter = PaymentFilter {
                member,
                status,
                listed_after: None,
            };
            let mut found = Vec::new();
            loop {
                let page = Page { limit, skip: 0 };
                let rows = world.store.payments(&filter, &page).await.unwrap();
                let Some(last) = rows.last() else { break };
                filter.listed_after = Some(last.place());
                found.extend(rows);
                assert!(found.len() <= wanted.len(), "told twice: {found:?}");
            }
            assert_eq!(found, wanted, "{status:?} of {member:?} by {limit}");
        }
    }
}

/// The same reference is one deposit, and so is the same code.
pub async fn inv_22_a_deposit_is_opened_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    world.done(opening(&row)).await;
    let taken = |field| Refused::IdTaken { field };
    assert_eq!(world.refused(opening(&row)).await, taken("deposit"));
    let mut twin = new(budi, 2, 50_000);
    twin.code = row.code;
    assert_eq!(world.refused(opening(&twin)).await, taken("payment code"));
    let mut paid_already = new(budi, 3, 50_000);
    paid_already.state = PaymentState::Settled;
    world.broken(opening(&paid_already)).await;
    let nothing = new(budi, 4, 0);
    world.broken(opening(&nothing)).await;
    let list = world
        .store
        .payments(&PaymentFilter::of(budi), &ALL)
        .await
        .unwrap();
    assert_eq!(list, [row]);
}

/// Two writes of one unit that share a key are refused together, whichever key it is; two that share none are written together.
pub async fn inv_08_a_unit_writes_a_deposit_and_each_of_its_keys_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let both = |mut one: Changes, other: Changes| {
        one.payments.extend(other.payments);
        one
    };
    let first = new(budi, 1, 50_000);
    let mut same_id = new(budi, 2, 50_000);
    (same_id.id, same_id.ref_id) = (first.id, first.ref_id.clone());
    let mut same_code = new(budi, 3, 50_000);
    same_code.code = first.code;
    for twin in [same_id, same_code] {
        world.broken(both(opening(&first), opening(&twin))).await;
    }
    // Equal amounts are keys of transfers to one account only.
    let awaiting = ticket(budi, 4, 50_000);
    let twin = ticket(budi, 5, 50_000);
    world.broken(both(opening(&awaiting), opening(&twin))).await;
    let elsewhere = Payment {
        gateway: GatewayId(2),
        ..ticket(budi, 6, 50_000)
    };
    world
        .done(both(opening(&awaiting), opening(&elsewhere)))
        .await;
    let second = new(budi, 7, 50_000);
    world.done(both(opening(&first), opening(&second))).await;
    let of_theirs =
        |row: &Payment, theirs: &str| step(row, |next| next.theirs = Some(theirs.parse().unwrap()));
    let one = of_theirs(&first, "T1");
    world
        .broken(both(one.clone(), of_theirs(&second, "T1")))
        .await;
    // What another gateway calls the same is another payment.
    let apart = of_theirs(&elsewhere, "T1");
    world.done(both(one, apart)).await;
    world.done(of_theirs(&second, "T2")).await;
}

/// Nothing of it is written, and a step of what is not there is none.
pub async fn inv_08_a_deposit_step_from_another_version_is_stale(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    world.broken(step(&row, |_| {})).await;
    world.done(opening(&row)).await;
    world.done(step(&row, |next| next.checks = 1)).await;
    let stale = Refused::Stale { version: 2 };
    assert_eq!(
        world.refused(step(&row, |next| next.checks = 9)).await,
        stale
    );
    let row = now(&world, &row).await;
    world.broken(step(&row, |next| next.version = 7)).await;
    assert_eq!(now(&world, &row).await.checks, 1);
}

fn ticket(member: MemberId, n: u8, amount: i64) -> Payment {
    Payment {
        method: Method::Transfer,
        ..new(member, n, amount)
    }
}

fn line(key: &str, amount: i64) -> BankLine {
    BankLine {
        key: key.parse().unwrap(),
        id: None,
        amount: rupiah(amount),
        day: NOW.business_day(),
        at: None,
        raw: "{}".into(),
    }
}

/// What consumes it.
fn consumed(line: &BankLine) -> Nonce {
    Nonce::of_line(GATEWAY, &line.key)
}

/// The ticket is paid by this line.
fn pays(ticket: &Payment, line: &BankLine) -> Changes {
    let amount = line.amount.whole_rupiah().unwrap();
    let mut unit = says(ticket, line.key.as_str(), amount, PaymentState::Settled);
    unit.nonces.push(consumed(line));
    unit
}

/// Nobody awaits the line.
fn strays(line: &BankLine) -> Changes {
    let bank = BankId(GATEWAY.0);
    Changes {
        transfers: rules::bank_line(line.subject(GATEWAY), bank, line.amount),
        nonces: vec![consumed(line)],
        ..Changes::at(NOW)
    }
}

/// While it is looked at again; who is looked at no more has let go of it.
pub async fn inv_23_an_exact_amount_is_awaited_by_one_deposit(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let awaiting = async |amount| {
        let found = world.store.payment_awaiting(GATEWAY, rupiah(amount)).await;
        found.unwrap().map(|row| row.id)
    };
    let first = ticket(budi, 1, 50_437);
    assert_eq!(awaiting(50_437).await, None);
    world.done(opening(&first)).await;
    assert_eq!(awaiting(50_437).await, Some(first.id));
    assert_eq!(awaiting(50_436).await, None);
    let twin = ticket(budi, 2, 50_437);
    let taken = Refused::IdTaken {
        field: "exact amount",
    };
    assert_eq!(world.refused(opening(&twin)).await, taken);
    // Another account, and a gateway that is asked, have amounts of their own.
    let elsewhere = Payment {
        gateway: GatewayId(2),
        ..ticket(budi, 3, 50_437)
    };
    world.done(opening(&elsewhere)).await;
    world.done(opening(&new(budi, 4, 50_437))).await;
    assert_eq!(awaiting(50_437).await, Some(first.id));
    // It is over and still awaits what comes late; then it does no more.
    let over = step(&first, |next| next.state = PaymentState::Expired);
    world.done(over).await;
    assert_eq!(world.refused(opening(&twin)).await, taken);
    let over = now(&world, &first).await;
    let lets_go = step(&over, |next| next.next_check_at = None);
    // Let go and taken in one batch.
    let both = vec![lets_go, opening(&twin)];
    let verdicts = world.store.commit(both).await.unwrap();
    assert!(
        verdicts
            .iter()
            .all(|verdict| matches!(verdict, Verdict::Done(_))),
        "{verdicts:?}"
    );
    assert_eq!(awaiting(50_437).await, Some(twin.id));
    let over = now(&world, &first).await;
    let again = step(&over, |next| next.next_check_at = Some(MUCH_LATER));
    assert_eq!(world.refused(again).await, taken);
}

/// By the deposit that awaits it or into suspense, and never by both.
pub async fn inv_23_a_line_of_a_statement_is_consumed_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let (first, second) = (ticket(budi, 1, 50_437), ticket(budi, 2, 50_438));
    for row in [&first, &second] {
        world.done(opening(row)).await;
    }
    let came = line("a", 50_437);
    // Without the line that it consumes a transfer is nobody's.
    let mut unproven = pays(&first, &came);
    unproven.nonces.clear();
    world.broken(unproven).await;
    let mut other = pays(&first, &came);
    other.nonces = vec![consumed(&line("b", 50_437))];
    world.broken(other).await;
    world.done(pays(&first, &came)).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(50_437));
    assert_eq!(
        balance(&world, Account::Bank(BankId(1))).await,
        rupiah(50_437)
    );
    // For nobody, or for another one, it was consumed before.
    assert_eq!(world.refused(strays(&came)).await, Refused::NonceUsed);
    let taken = Refused::IdTaken {
        field: "gateway's payment",
    };
    let twice = pays(&second, &line("a", 50_438));
    assert_eq!(world.refused(twice).await, taken);
    let stray = line("c", 70_000);
    world.done(strays(&stray)).await;
    assert_eq!(
        balance(&world, Account::SuspenseDeposit).await,
        rupiah(70_000)
    );
    world.refused(strays(&stray)).await;
    let late = pays(&second, &line("c", 50_438));
    assert_eq!(world.refused(late).await, Refused::NonceUsed);
    assert_eq!(world.wallet(budi).await.available, rupiah(50_437));
    assert_eq!(
        balance(&world, Account::SuspenseDeposit).await,
        rupiah(70_000)
    );
    // No line, no money in suspense.
    let mut nothing = strays(&line("d", 1));
    nothing.nonces.clear();
    world.broken(nothing).await;
}

/// All of it, once, and only what came.
pub async fn inv_23_what_nobody_awaited_is_claimed_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let ani = world.member("ani", 0, 0).await;
    let stray = line("a", 70_000);
    let subject = stray.subject(GATEWAY);
    let claim = |member, amount| Changes {
        transfers: rules::claim(subject, member, rupiah(amount)),
        ..Changes::at(NOW)
    };
    world.broken(claim(budi, 70_000)).await;
    world.done(strays(&stray)).await;
    for amount in [69_999, 70_001] {
        world.broken(claim(budi, amount)).await;
    }
    world.done(claim(budi, 70_000)).await;
    for member in [budi, ani] {
        let again = world.refused(claim(member, 70_000)).await;
        assert!(matches!(again, Refused::EffectDone { .. }), "{again:?}");
    }
    assert_eq!(world.wallet(budi).await.available, rupiah(70_000));
    assert_eq!(world.wallet(ani).await.available, Money::ZERO);
    assert_eq!(balance(&world, Account::SuspenseDeposit).await, Money::ZERO);
}

/// A hundred that were told of it at once, half of which know no ticket.
pub async fn t_17_of_many_that_consume_one_line_one_does(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = ticket(budi, 1, 50_437);
    world.done(opening(&row)).await;
    let came = line("a", 50_437);
    let tasks: Vec<_> = (0..100)
        .map(|n| {
            let unit = if n % 2 == 0 {
                pays(&row, &came)
            } else {
                strays(&came)
            };
            let store = Arc::clone(&world.store);
            tokio::spawn(async move { store.commit(vec![unit]).await.unwrap().pop().unwrap() })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        done += usize::from(matches!(task.await.unwrap(), Verdict::Done(_)));
    }
    assert_eq!(done, 1);
    assert_eq!(
        balance(&world, Account::Bank(BankId(1))).await,
        rupiah(50_437)
    );
}

/// However often it is heard, from whichever version, and whatever somebody makes of the row.
pub async fn inv_22_a_deposit_is_credited_once(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    world.done(opening(&row)).await;
    let credit = || says(&row, "T1", 50_000, PaymentState::Settled);
    world.done(credit()).await;
    assert_eq!(world.refused(credit()).await, Refused::Stale { version: 2 });
    let after = now(&world, &row).await;
    assert_eq!(after.credited(), rupiah(50_000));
    world
        .done(says(&after, "T1", 50_000, PaymentState::Settled))
        .await;
    let after = now(&world, &row).await;
    world.broken(step(&after, |next| next.booked = None)).await;
    let more = Booked {
        amount: rupiah(90_000),
        to: BookedTo::Member,
        fee: Money::ZERO,
    };
    world
        .broken(step(&after, |next| next.booked = Some(more)))
        .await;
    let mut twice = step(&after, |next| next.checks = 5);
    twice.transfers = rules::gateway_deposit(&after, after.booked.unwrap());
    world.broken(twice).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(50_000));
    let clearing = balance(&world, Account::Clearing(GATEWAY)).await;
    assert_eq!(clearing, rupiah(50_000));
}

/// What the gateway says was paid once is no second deposit's.
pub async fn inv_22_a_payment_of_a_gateway_is_one_deposit(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    paid(&world, budi, 1, 50_000).await;
    let other = new(budi, 2, 50_000);
    world.done(opening(&other)).await;
    let taken = Refused::IdTaken {
        field: "gateway's payment",
    };
    let again = says(&other, "T1", 50_000, PaymentState::Settled);
    assert_eq!(world.refused(again).await, taken);
    assert_eq!(world.wallet(budi).await.available, rupiah(50_000));
    // Credited without an id of theirs it could be credited twice.
    let unnamed = Booked {
        amount: rupiah(50_000),
        to: BookedTo::Member,
        fee: Money::ZERO,
    };
    world
        .broken(step(&other, |next| next.booked = Some(unnamed)))
        .await;
}

/// Who, how much, how, where, and as which payment of theirs.
pub async fn inv_22_what_was_asked_of_a_gateway_never_changes(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let ani = world.member("ani", 0, 0).await;
    let row = new(budi, 1, 50_000);
    world.done(opening(&row)).await;
    world
        .done(says(&row, "T1", 50_000, PaymentState::Pending))
        .await;
    let row = now(&world, &row).await;
    let code = new(budi, 9, 1).code;
    world.broken(step(&row, |next| next.member = ani)).await;
    world
        .broken(step(&row, |next| next.ref_id = "X".parse().unwrap()))
        .await;
    world
        .broken(step(&row, |next| next.fingerprint = [9; 32]))
        .await;
    world
        .broken(step(&row, |next| next.gateway = GatewayId(2)))
        .await;
    world.broken(step(&row, |next| next.code = code)).await;
    world
        .broken(step(&row, |next| next.method = Method::Page))
        .await;
    world
        .broken(step(&row, |next| next.amount = rupiah(1)))
        .await;
    world
        .broken(step(&row, |next| next.created_at = MUCH_LATER))
        .await;
    world
        .broken(step(&row, |next| next.theirs = "T2".parse().ok()))
        .await;
    world.broken(step(&row, |next| next.theirs = None)).await;
    assert_eq!(now(&world, &row).await, row);
}

/// No transfer with an effect of gateways without its row, and no other money under a deposit.
pub async fn inv_22_money_of_a_gateway_moves_with_its_deposit(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = paid(&world, budi, 1, 50_000).await;
    let transfers = rules::gateway_reversal(&row, BookedTo::Member, 1, rupiah(10));
    let alone = Changes {
        transfers,
        ..Changes::at(NOW)
    };
    world.broken(alone).await;
    let mut beside = step(&row, |next| next.checks = 3);
    beside.transfers = rules::deposit(row.id.into(), budi, BANK, rupiah(10));
    world.broken(beside).await;
    let mut silent = step(&row, |next| {
        (next.taken_back, next.reversals) = (rupiah(10), 1);
    });
    silent.transfers.clear();
    world.broken(silent).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(50_000));
}

/// What is there is taken, the rest is owed, and who owes it spends no more; where all of it is there nobody is frozen.
pub async fn inv_24_a_reversal_is_booked_in_full_and_who_spent_it_is_frozen(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let rich = paid(&world, budi, 1, 50_000).await;
    world
        .done(says(&rich, "T1", 50_000, PaymentState::Denied))
        .await;
    let wallet = world.wallet(budi).await;
    assert_eq!(
        (wallet.available, wallet.receivable, wallet.frozen),
        (Money::ZERO, Money::ZERO, false)
    );
    let spent = paid(&world, budi, 2, 50_000).await;
    world.done(accept(&world.order(budi, 30_000))).await;
    world
        .done(says(&spent, "T2", 50_000, PaymentState::ChargedBack))
        .await;
    let wallet = world.wallet(budi).await;
    assert_eq!(
        (
            wallet.available,
            wallet.held,
            wallet.receivable,
            wallet.frozen
        ),
        (Money::ZERO, rupiah(30_000), rupiah(30_000), true)
    );
    assert_eq!(
        balance(&world, Account::Clearing(GATEWAY)).await,
        Money::ZERO
    );
    assert_eq!(now(&world, &spent).await.credited(), Money::ZERO);
    // The debt is netted from the next deposit.
    paid(&world, budi, 3, 40_000).await;
    let wallet = world.wallet(budi).await;
    assert_eq!(
        (wallet.available, wallet.receivable),
        (rupiah(10_000), Money::ZERO)
    );
}

/// In parts, each once, down to nothing.
pub async fn inv_24_no_more_is_taken_back_than_came_in(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 100_000).await;
    let row = paid(&world, budi, 1, 50_000).await;
    let taken = |amount, n| {
        move |next: &mut Payment| (next.taken_back, next.reversals) = (rupiah(amount), n)
    };
    world.broken(step(&row, taken(50_001, 1))).await;
    world.broken(step(&row, taken(10, 0))).await;
    world.broken(step(&row, taken(10, 2))).await;
    world.done(step(&row, taken(20_000, 1))).await;
    let row = now(&world, &row).await;
    world.broken(step(&row, taken(10_000, 1))).await;
    world.done(step(&row, taken(50_000, 2))).await;
    assert_eq!(world.wallet(budi).await.available, rupiah(100_000));
}

/// It is nobody's, and a person is called.
pub async fn e_28_another_amount_lies_in_suspense(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    world.done(opening(&row)).await;
    world
        .done(says(&row, "T1", 49_000, PaymentState::Settled))
        .await;
    assert_eq!(world.wallet(budi).await.available, Money::ZERO);
    assert_eq!(
        balance(&world, Account::SuspenseDeposit).await,
        rupiah(49_000)
    );
    assert_eq!(
        balance(&world, Account::Clearing(GATEWAY)).await,
        rupiah(49_000)
    );
    let row = now(&world, &row).await;
    let cases = world.store.open_cases(&ALL).await.unwrap();
    assert_eq!((cases.len(), cases[0].amount), (1, Some(rupiah(49_000))));
    assert_eq!(row.credited(), Money::ZERO);
    world
        .done(says(&row, "T1", 49_000, PaymentState::Denied))
        .await;
    assert_eq!(balance(&world, Account::SuspenseDeposit).await, Money::ZERO);
}

/// And what is looked at no more is due no more.
pub async fn inv_26_deposits_are_due_longest_overdue_first(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let (first, second, third) = (new(budi, 3, 1), new(budi, 2, 1), new(budi, 1, 1));
    for row in [&second, &third, &first] {
        world.done(opening(row)).await;
    }
    let due = async |at, limit| world.store.due_payments(at, limit).await.unwrap();
    assert_eq!(due(NOW, 9).await, []);
    let at = second.next_check_at.unwrap();
    assert_eq!(due(at, 9).await, [first.clone(), second.clone()]);
    assert_eq!(due(MUCH_LATER, 1).await, std::slice::from_ref(&first));
    world
        .done(step(&first, |next| next.next_check_at = None))
        .await;
    assert_eq!(due(MUCH_LATER, 9).await, [second, third]);
}

/// A hundred that heard the same at once.
pub async fn t_17_of_many_credits_of_one_deposit_one_is_made(store: Arc<dyn Books>) {
    let (world, budi) = World::with_member(store, 0).await;
    let row = new(budi, 1, 50_000);
    world.done(opening(&row)).await;
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let (store, unit) = (
                Arc::clone(&world.store),
                says(&row, "T1", 50_000, PaymentState::Settled),
            );
            tokio::spawn(async move { store.commit(vec![unit]).await.unwrap().pop().unwrap() })
        })
        .collect();
    let mut done = 0;
    for task in tasks {
        match task.await.unwrap() {
            Verdict::Done(_) => done += 1,
            Verdict::Refused(refused) => assert_eq!(refused, Refused::Stale { version: 2 }),
        }
    }
    assert_eq!(done, 1);
    assert_eq!(world.wallet(budi).await.available, rupiah(50_000));
}
