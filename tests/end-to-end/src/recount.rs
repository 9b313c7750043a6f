//! The accountant: recounts everything from the transfers, the orders and the suppliers' own books, and shares no code with the engine.

use std::collections::BTreeMap;
use std::sync::Arc;

use eraflazz_core::ids::{MemberId, SubjectId};
use eraflazz_core::ledger::{Account, Effect, TransferRow};
use eraflazz_core::order::{Aggregate, Order, OrderState};
use eraflazz_core::ports::{Ledger, OrderFilter, Page, Store};
use sha2::{Digest, Sha256};

use crate::supplier::Fake;

const ALL: Page = Page {
    limit: usize::MAX,
    skip: 0,
};

/// Whether a debit makes the account grow: assets and expenses.
const fn grows_by_debit(account: Account) -> bool {
    match account {
        Account::Receivable(_)
        | Account::Prepaid(_)
        | Account::Dispute(_)
        | Account::Bank(_)
        | Account::Cogs
        | Account::LossDelivery
        | Account::Clearing(_)
        | Account::Fees => true,
        Account::Available(_)
        | Account::Held(_)
        | Account::Opening
        | Account::Revenue
        | Account::SuspenseDeposit
        | Account::Transfers => false,
    }
}

/// What `rows` do to `account`, in hundredths.
fn effect_on<'a>(rows: impl IntoIterator<Item = &'a TransferRow>, account: Account) -> i64 {
    let sign = if grows_by_debit(account) { 1 } else { -1 };
    rows.into_iter()
        .map(|row| {
            let amount = row.amount.hundredths();
            let debit = if row.debit == account { amount } else { 0 };
            let credit = if row.credit == account { amount } else { 0 };
            sign * (debit - credit)
        })
        .sum()
}

/// Panics unless every balance is the sum of its transfers, every order's money is conserved, and no order was executed twice by our act.
pub async fn recount(store: &(impl Store + Ledger), suppliers: &[Arc<Fake>]) {
    let rows = store.transfers(0, usize::MAX).await.unwrap();
    balances(store, &rows).await;
    let mut by_subject: BTreeMap<SubjectId, Vec<TransferRow>> = BTreeMap::new();
    for row in &rows {
        assert!(row.amount.hundredths() > 0, "INV-5: {row:?}");
        by_subject.entry(row.key.subject).or_default().push(*row);
    }
    let members: Vec<MemberId> = store
        .wallets()
        .await
        .unwrap()
        .iter()
        .map(|wallet| wallet.member)
        .collect();
    for member in members {
        let orders = store
            .orders_of(member, &OrderFilter::default(), &ALL)
            .await
            .unwrap();
        for order in orders {
            let none = Vec::new();
            let rows = by_subject.get(&order.id.into()).unwrap_or(&none);
            conserved(&order, rows);
            let agg = store.orders(&[order.id]).await.unwrap().pop().flatten();
            delivered_once(&agg.unwrap(), suppliers);
            logged(store, &order).await;
        }
    }
    for supplier in suppliers {
        let violations = supplier.violations();
        assert!(
            violations.is_empty(),
            "supplier {}: {violations:#?}",
            supplier.id
        );
        for (our_ref, known) in supplier.known() {
            assert!(known.executions <= 1, "{} executed twice", our_ref.as_str());
            let named = store.by_supplier_ref(supplier.id, &our_ref).await.unwrap();
            assert!(named.is_some(), "{} belongs to no order", our_ref.as_str());
        }
    }
}

async fn balances(store: &impl Ledger, rows: &[TransferRow]) {
    let mut sums: BTreeMap<Account, i64> = BTreeMap::new();
    for row in rows {
        let amount = row.amount.hundredths();
        let debit = if grows_by_debit(row.debit) {
            amount
        } else {
            -amount
        };
        let credit = if grows_by_debit(row.credit) {
            -amount
        } else {
            amount
        };
        *sums.entry(row.debit).or_default() += debit;
        *sums.entry(row.credit).or_default() += credit;
    }
    let (assets, claims): (Vec<_>, Vec<_>) = sums
        .iter()
        .partition(|(account, _)| grows_by_debit(**account));
    let sum = |side: &[(&Account, &i64)]| side.iter().map(|(_, sum)| **sum).sum::<i64>();
    assert_eq!(
        sum(&assets),
        sum(&claims),
        "INV-1: the books do not balance"
    );
    for (account, sum) in &sums {
        let balance = store.balance(*account).await.unwrap().hundredths();
        assert_eq!(balance, *sum, "INV-3: {account}");
    }
    for wallet in store.wallets().await.unwrap() {
        let of = |account| sums.get(&account).copied().unwrap_or(0);
        let member = wallet.member;
        assert_eq!(
            wallet.available.hundredths(),
            of(Account::Available(member))
        );
        assert_eq!(wallet.held.hundredths(), of(Account::Held(member)));
        assert_eq!(
            wallet.receivable.hundredths(),
            of(Account::Receivable(member))
        );
        assert!(wallet.held.hundredths() >= 0, "INV-4: {wallet:?}");
        let floor = -wallet.credit_limit.hundredths();
        assert!(wallet.available.hundredths() >= floor, "INV-4: {wallet:?}");
    }
}

/// INV-7, INV-15, INV-16.
fn conserved(order: &Order, rows: &[TransferRow]) {
    let what = format!("{} {:?}", order.ref_id, order.state);
    let sell = order.quote.sell.hundredths();
    let held = effect_on(rows, Account::Held(order.member));
    let revenue = effect_on(rows, Account::Revenue);
    let paid = -effect_on(rows, Account::Available(order.member))
        + effect_on(rows, Account::Receivable(order.member));
    let has = |effect| rows.iter().any(|row| row.key.effect == effect);
    let absorbed = order.delivery.as_ref().is_some_and(|d| d.absorbed);
    let kept = sell - order.refunded().hundredths();
    let expected = match order.state {
        OrderState::Refused(_) => {
            assert!(rows.is_empty(), "{what} moved money");
            (0, 0, 0)
        }
        OrderState::Held | OrderState::InFlight(_) => (sell, 0, sell),
        OrderState::LateDelivered if absorbed => (0, 0, 0),
        OrderState::Succeeded | OrderState::LateDelivered => (0, kept, kept),
        OrderState::Reversed if !absorbed => (0, kept, kept),
        OrderState::Returned(_) | OrderState::Reversed => (0, 0, 0),
    };
    assert_eq!((held, revenue, paid), expected, "INV-7: {what}");
    assert!(
        !(has(Effect::Capture) && has(Effect::Release)),
        "INV-7: {what} was captured and released"
    );
    if let (OrderState::Succeeded, Some(delivery)) = (order.state, &order.delivery) {
        let cost = effect_on(rows, Account::Cogs);
        assert_eq!(cost, delivery.cost.hundredths(), "{what}: cost");
    }
}

/// INV-10, INV-14: an attempt is begun only when all earlier ones were said to be undelivered, and a delivery that is booked is one that happened,
/// at what the supplier billed.
fn delivered_once(agg: &Aggregate, suppliers: &[Arc<Fake>]) {
    let what = &agg.order.ref_id;
    let ruled = agg.order.delivery.as_ref().is_some_and(|delivery| {
        agg.attempt(delivery.attempt)
            .is_some_and(|a| a.billed.is_none())
    });
    let mut earlier: Vec<_> = Vec::new();
    for attempt in &agg.attempts {
        let supplier = &suppliers[attempt.supplier.index()];
        let known = supplier.knows(&attempt.supplier_ref);
        if let Some(first) = known.as_ref().and_then(|known| known.sent_at.first()) {
            for (no, denied) in &earlier {
                assert!(
                    matches!(denied, Some(denied) if denied <= first),
                    "{what}: attempt {} was sent while attempt {no} was not proven undelivered",
                    attempt.no.0
                );
            }
        }
        let by_this = agg
            .order
            .delivery
            .as_ref()
            .is_some_and(|d| d.attempt == attempt.no);
        if by_this && !ruled {
            let known = known.as_ref().unwrap();
            assert_eq!(known.executions, 1, "{what}: booked, not executed");
        }
        if let (OrderState::Returned(_), Some(known)) = (agg.order.state, &known) {
            assert!(
                known.denied_at.is_some(),
                "INV-12: {what} was returned without proof"
            );
        }
        if known.is_some() {
            earlier.push((attempt.no.0, known.and_then(|known| known.denied_at)));
        }
    }
    let live = agg
        .attempts
        .iter()
        .filter(|a| a.state.is_live() && !a.surplus);
    assert!(live.count() <= 1, "INV-10: {what}");
}

/// INV-20: the log only grows, and each piece of evidence is the one that was hashed.
async fn logged(store: &impl Ledger, order: &Order) {
    let log = store.log(order.id.into()).await.unwrap();
    assert!(!log.is_empty(), "INV-20: {} has no log", order.ref_id);
    assert!(log.windows(2).all(|pair| pair[0].version < pair[1].version));
    assert!(log.windows(2).all(|pair| pair[0].at <= pair[1].at));
    for row in log {
        let hash: Option<[u8; 32]> = (!row.raw.is_empty()).then(|| Sha256::digest(&row.raw).into());
        assert_eq!(row.hash, hash, "INV-20: {}", order.ref_id);
    }
}
