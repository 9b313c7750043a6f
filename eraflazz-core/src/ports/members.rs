//! Members and their API keys, as data in the store.

use std::sync::Arc;

use async_trait::async_trait;

use super::catalog::ChangeError;
use crate::commit::Unavailable;
use crate::ids::MemberId;
use crate::member::{ApiKey, Member};
use crate::text::{KeyId, Slug};
use crate::webhook::{Endpoint, EndpointRow};

/// A key, and the member it speaks for; `None` for an operator's.
pub type KnownKey = (Arc<ApiKey>, Option<Arc<Member>>);

/// Who may order, and who may administer.
#[async_trait]
pub trait Members: Send + Sync {
    /// The member with this id.
    async fn member(&self, id: MemberId) -> Result<Option<Arc<Member>>, Unavailable>;

    /// The member with this code.
    async fn member_by_code(&self, code: &Slug) -> Result<Option<Arc<Member>>, Unavailable>;

    /// The key with this public id, active or not, and the member it speaks for, if it does not speak for an operator.
    async fn key(&self, id: &KeyId) -> Result<Option<KnownKey>, Unavailable>;

    /// Every key, by id.
    async fn keys(&self) -> Result<Vec<Arc<ApiKey>>, Unavailable>;

    /// Every member, by id.
    async fn members(&self) -> Result<Vec<Arc<Member>>, Unavailable>;

    /// Creates or replaces a member with its wallet's credit limit; a new member gets an empty wallet. `over` is the member as it was read, `None`
    /// for one that was not there. Whoever finds it otherwise was overtaken: [`ChangeError::Overtaken`], also by another process, and nothing is
    /// written (T-17). Idempotent: a member that is there as it is to be is no conflict.
    async fn put_member(
        &self,
        member: Member,
        over: Option<Arc<Member>>,
    ) -> Result<(), ChangeError>;

    /// Creates or replaces a key. At most two keys of a holder are active at once. Idempotent.
    async fn put_key(&self, key: ApiKey) -> Result<(), ChangeError>;

    /// The endpoint of the member, active or not.
    async fn endpoint(&self, member: MemberId) -> Result<Option<EndpointRow>, Unavailable>;

    /// Creates or replaces the endpoint of its member, active from then on. What waits for it goes to the new address. `over` is the endpoint as it was
    /// read, as for [`Members::put_member`]. Repeating it changes nothing but the version, and enables it again if it was disabled meanwhile.
    async fn put_endpoint(
        &self,
        endpoint: Endpoint,
        over: Option<Arc<Endpoint>>,
    ) -> Result<(), ChangeError>;

    /// Removes the endpoint of the member with everything that waits for it. Idempotent.
    async fn remove_endpoint(&self, member: MemberId) -> Result<(), ChangeError>;
}
