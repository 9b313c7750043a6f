//! An independent recount: balances from the transfers alone, orders against what the suppliers' own ledgers say was bought. Shares no code with the
//! engine's ledger; works in plain integers.

use std::collections::BTreeMap;

use eraflazz_core::engine::Engine;
use eraflazz_core::ids::{MemberId, OrderId, SupplierId};
use eraflazz_core::ledger::{Account, Effect};
use eraflazz_core::order::OrderState;
use eraflazz_core::ports::{OrderFilter, Page};
use sandbox::Ledger as Bought;

use super::Failure;

/// Everything that does not add up; empty if the books close.
pub(crate) async fn recount(
    engine: &Engine,
    bought: &[(SupplierId, Bought)],
) -> Result<Vec<String>, Failure> {
    let mut off = Vec::new();
    let mut credits: BTreeMap<Account, i128> = BTreeMap::new();
    let mut of_order: BTreeMap<(OrderId, Effect), i128> = BTreeMap::new();
    let mut skip = 0;
    loop {
        let rows = engine.ledger().transfers(skip, 1_000).await?;
        if rows.is_empty() {
            break;
        }
        skip += u64::try_from(rows.len())?;
        for row in rows {
            let amount = i128::from(row.amount.hundredths());
            if amount <= 0 {
                off.push(format!("{} moves nothing", row.key));
            }
            *credits.entry(row.debit).or_default() -= amount;
            *credits.entry(row.credit).or_default() += amount;
            if row.debit.wallet().is_some() || row.credit.wallet().is_some() {
                *of_order
                    .entry((OrderId(row.key.subject.0), row.key.effect))
                    .or_default() += amount;
            }
        }
    }
    if credits.values().sum::<i128>() != 0 {
        off.push("the sum of all accounts is not zero".to_owned());
    }
    for wallet in engine.ledger().wallets().await? {
        let net = |account| credits.get(&account).copied().unwrap_or_default();
        let pairs = [
            (
                "available",
                net(Account::Available(wallet.member)),
                wallet.available,
            ),
            ("held", net(Account::Held(wallet.member)), wallet.held),
            (
                "receivable",
                -net(Account::Receivable(wallet.member)),
                wallet.receivable,
            ),
        ];
        for (side, sum, shown) in pairs {
            if sum != i128::from(shown.hundredths()) {
                off.push(format!(
                    "{side} of {} is {shown}, its transfers say {sum} hundredths",
                    wallet.member
                ));
            }
        }
        if !wallet.held.is_zero() {
            off.push(format!("{} still has money held", wallet.member));
        }
        off.extend(recount_orders(engine, wallet.member, &of_order, bought).await?);
    }
    for (supplier, ledger) in bought {
        let ours = -credits
            .get(&Account::Prepaid(*supplier))
            .copied()
            .unwrap_or_default();
        if ours != i128::from(ledger.balance) * 100 {
            off.push(format!(
                "{}: its ledger has {} rupiah of ours, our books say {ours} hundredths",
                ledger.name, ledger.balance
            ));
        }
        if !ledger.closes() {
            off.push(format!("{}: its own ledger does not close", ledger.name));
        }
        off.extend(
            ledger
                .violations
                .iter()
                .map(|violation| format!("{}: {violation:?}", ledger.name)),
        );
    }
    Ok(off)
}

/// Each order conserved, delivered at most once by our act, and paid exactly if it was delivered.
async fn recount_orders(
    engine: &Engine,
    member: MemberId,
    of_order: &BTreeMap<(OrderId, Effect), i128>,
    bought: &[(SupplierId, Bought)],
) -> Result<Vec<String>, Failure> {
    let mut off = Vec::new();
    let orders = engine
        .orders(member, &OrderFilter::default(), &Page::first(Page::MAX))
        .await?;
    for order in orders {
        let sum = |effect| {
            of_order
                .get(&(order.id, effect))
                .copied()
                .unwrap_or_default()
        };
        let (held, captured, released) = (
            sum(Effect::Hold),
            sum(Effect::Capture),
            sum(Effect::Release),
        );
        if held != captured + released || (captured > 0 && released > 0) {
            off.push(format!(
                "{}: held {held}, captured {captured}, released {released}",
                order.ref_id
            ));
        }
        let paid = captured + sum(Effect::Reclaim) - sum(Effect::Refund);
        let attempts = engine
            .aggregate(order.id)
            .await?
            .map(|agg| agg.attempts)
            .unwrap_or_default();
        let delivered: u32 = attempts
            .iter()
            .flat_map(|attempt| {
                bought
                    .iter()
                    .filter(|(id, _)| *id == attempt.supplier)
                    .map(move |(_, ledger)| (attempt, ledger))
            })
            .filter_map(|(attempt, ledger)| ledger.purchase(attempt.supplier_ref.as_str()))
            .map(|purchase| purchase.deliveries)
            .sum();
        let expected = matches!(
            order.state,
            OrderState::Succeeded | OrderState::LateDelivered
        );
        if delivered != u32::from(expected) {
            off.push(format!(
                "{}: {} and the suppliers delivered it {delivered} times",
                order.ref_id,
                order.status().word()
            ));
        }
        if (paid > 0) != expected {
            off.push(format!(
                "{}: {} and the member paid {paid} hundredths",
                order.ref_id,
                order.status().word()
            ));
        }
    }
    Ok(off)
}
