//! Members and their API keys, as data in the store.

use std::sync::Arc;

use async_trait::async_trait;

use super::catalog::ChangeError;
use crate::commit::Unavailable;
use crate::ids::MemberId;
use crate::member::{ApiKey, Member};
use crate::text::{KeyId, Slug};

/// Who may order.
#[async_trait]
pub trait Members: Send + Sync {
    /// The member with this id.
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable>;

    /// The member with this code.
    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable>;

    /// The key with this public id and its member, active or not.
    async fn key(&self, id: &KeyId) -> Result<Option<(Arc<ApiKey>, Arc<Member>)>, Unavailable>;

    /// Every member, by id.
    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable>;

    /// Creates or replaces a member with its wallet's credit limit; a new member gets an empty wallet. Idempotent.
    async fn put_member(&self, member: Member) -> Result<(), ChangeError>;

    /// Creates or replaces a key. At most two keys of a member are active at once. Idempotent.
    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError>;
}
