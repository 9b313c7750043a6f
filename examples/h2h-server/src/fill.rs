//! Filling an empty store from a seed, once.

use eraflazz_core::engine::{Engine, FloatMove, MoneyMove, OperationError, SystemDice};
use eraflazz_core::ids::MemberId;
use eraflazz_core::money::Money;
use eraflazz_core::ports::{Catalog, ChangeError, Dice, Members};
use eraflazz_core::text::{Operator, TextError};

use crate::seed::{Plan, Seed};
use crate::strict::Problems;

/// Why a store could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// The seed is wrong; everything that is.
    #[error("{0}")]
    Seed(Problems),
    /// The catalog, a member or a key was refused.
    #[error("the seed was refused: {0}")]
    Change(#[from] ChangeError),
    /// An opening balance was refused.
    #[error("an opening balance was refused: {0}")]
    Money(#[from] OperationError),
    /// The store did not answer.
    #[error(transparent)]
    Unavailable(#[from] eraflazz_core::commit::Unavailable),
    /// A text of ours breaks its own rule.
    #[error(transparent)]
    Text(#[from] TextError),
}

/// Fills the store behind `engine` from `seed` if it holds nothing: catalog, members, keys, then what members and suppliers have.
/// `false` if it holds something; then nothing is done. Opening balances have references of their own, so that no repetition
/// books one twice.
pub async fn fill<S>(store: &S, engine: &Engine, seed: &Seed) -> Result<bool, FillError>
where
    S: Catalog + Members + ?Sized,
{
    if !is_empty(store).await? {
        return Ok(false);
    }
    let dice = SystemDice;
    let mint = || MemberId::mint(engine.now(), &dice.roll());
    let plan = seed.plan(mint).map_err(FillError::Seed)?;
    store.change(plan.catalog.clone()).await?;
    for member in &plan.members {
        store.put_member(member.clone(), None).await?;
    }
    for key in &plan.keys {
        store.put_key(key.clone()).await?;
    }
    open_books(engine, &plan).await?;
    Ok(true)
}

/// Whether the store holds neither catalog nor members: only then is a seed of any use.
pub async fn is_empty<S>(store: &S) -> Result<bool, eraflazz_core::commit::Unavailable>
where
    S: Catalog + Members + ?Sized,
{
    let snapshot = store.snapshot().await?;
    Ok(snapshot.version() == 0 && store.members().await?.is_empty())
}

async fn open_books(engine: &Engine, plan: &Plan) -> Result<(), FillError> {
    let by = Operator::new("seed")?;
    let opening = |reference: String, amount: Money| MoneyMove {
        source: "seed".to_owned(),
        reference,
        amount,
        by: by.clone(),
    };
    for (member, amount) in &plan.balances {
        let money = opening(format!("member {member}"), *amount);
        engine.open_wallet(*member, money).await?;
    }
    for (supplier, amount) in &plan.floats {
        let money = opening(format!("supplier {supplier}"), *amount);
        engine.float(*supplier, FloatMove::Opening, money).await?;
    }
    Ok(())
}
