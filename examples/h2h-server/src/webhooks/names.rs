//! From names to addresses: asked once for a connection, and every address of the answer must pass.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::Blocked;
use super::guard::Guard;

/// Longest wait for the answer to a name.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whoever knows the addresses of names.
#[async_trait]
pub trait Names: Send + Sync {
    /// Every address of the name.
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The host's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemNames;

#[async_trait]
impl Names for SystemNames {
    async fn look_up(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}

/// Resolves for the HTTP client: it connects to the addresses that passed here and to no others, so a name that changes between check and
/// connection gains nothing.
pub(super) struct Vetted {
    pub(super) guard: Arc<Guard>,
    pub(super) names: Arc<dyn Names>,
}

impl Resolve for Vetted {
    fn resolve(&self, name: Name) -> Resolving {
        let (guard, names) = (Arc::clone(&self.guard), Arc::clone(&self.names));
        Box::pin(async move {
            let found = tokio::time::timeout(PATIENCE, names.look_up(name.as_str())).await??;
            if found.is_empty() {
                return Err(Blocked("a name without an address").into());
            }
            for address in &found {
                guard.check_address(*address)?;
            }
            let addresses: Vec<SocketAddr> = found
                .into_iter()
                .map(|address| SocketAddr::new(address, 0))
                .collect();
            let addresses: Addrs = Box::new(addresses.into_iter());
            Ok(addresses)
        })
    }
}
