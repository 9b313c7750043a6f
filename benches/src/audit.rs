//! Every run ends with a full recount from the transfers; it shares no code with the engine's ledger.

use std::collections::BTreeMap;

use eraflazz_core::engine::Engine;
use eraflazz_core::ledger::Account;
use eraflazz_core::ports::Page;

use crate::shop::Failure;

/// `ok`, or the first difference.
pub async fn recount(engine: &Engine, members_orders: u64) -> Result<String, Failure> {
    let mut nets: BTreeMap<Account, i128> = BTreeMap::new();
    let (mut skip, mut captured) = (0, 0_u64);
    loop {
        let rows = engine.ledger().transfers(skip, 100_000).await?;
        if rows.is_empty() {
            break;
        }
        skip += u64::try_from(rows.len())?;
        for row in rows {
            let amount = i128::from(row.amount.hundredths());
            if amount <= 0 {
                return Ok(format!("{} moves nothing", row.key));
            }
            *nets.entry(row.debit).or_default() -= amount;
            *nets.entry(row.credit).or_default() += amount;
            captured += u64::from(row.credit == Account::Revenue);
        }
    }
    if nets.values().sum::<i128>() != 0 {
        return Ok("the sum of all accounts is not zero".to_owned());
    }
    for wallet in engine.ledger().wallets().await? {
        let net = |account| nets.get(&account).copied().unwrap_or_default();
        if net(Account::Available(wallet.member)) != i128::from(wallet.available.hundredths()) {
            return Ok(format!(
                "available of {} is not the sum of its transfers",
                wallet.member
            ));
        }
        if net(Account::Held(wallet.member)) != 0 || wallet.held.hundredths() != 0 {
            return Ok(format!("{} still has money held", wallet.member));
        }
    }
    if captured != members_orders {
        return Ok(format!(
            "{captured} orders were captured, {members_orders} were submitted"
        ));
    }
    if !engine.open_cases(&Page::first(1)).await?.is_empty() {
        return Ok("a case is open".to_owned());
    }
    Ok("ok".to_owned())
}
