//! Adapters of the accounts that a catalog keeps.

use std::sync::Arc;

use crate::catalog::SealedAccount;
use crate::engine::SupplierRules;
use crate::ports::Supplier;
use crate::text::Slug;

/// Makes adapters of sealed accounts, so that suppliers come and change while the engine runs. Whoever implements it holds the key of the vault.
pub trait Accounts: Send + Sync {
    /// The adapter of this account, and the house's rules about it. Calls nobody and writes nothing. The same account again gives another adapter that does the
    /// same; another account under the name gives one that knows nothing of the first.
    fn open(&self, supplier: &Slug, account: &SealedAccount)
    -> Result<OpenedAccount, AccountError>;

    /// Runs `registers` once, now, where the metrics of this process are recorded: it takes the handles of a supplier that nobody knew before. Called again for
    /// another one. Who has one recorder for the whole process just runs it.
    fn watched(&self, registers: &mut dyn FnMut());
}

/// What an account comes to.
#[derive(Clone)]
pub struct OpenedAccount {
    /// Who buys there.
    pub adapter: Arc<dyn Supplier>,
    /// The house's rules about it.
    pub rules: SupplierRules,
}

/// Why there is no adapter. Never repeats a value, so that it can be logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {rule}")]
pub struct AccountError {
    /// Which setting is wrong: `api_key`; `account` where none of it can be read.
    pub field: String,
    /// The rule that it breaks.
    pub rule: String,
}
