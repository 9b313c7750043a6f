//! What every fake provider stands on: a port behind a door, a calendar, a post room, and what is still to happen.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
};

use axum::Router;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
};

use crate::{
    clock::Clock,
    door::{Caller, Door, Listener},
    webhook::Post,
};

/// The parts that know nothing of what is sold.
#[derive(Debug)]
pub(crate) struct Premises {
    pub(crate) clock: Clock,
    pub(crate) door: Arc<Door>,
    pub(crate) post: Post,
    tasks: Mutex<JoinSet<()>>,
}

impl Premises {
    /// Shut so far; `webhook_url` is where its post goes.
    pub(crate) fn new(webhook_url: Option<String>) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            clock: Clock::new(),
            door: Arc::default(),
            post: Post::new(webhook_url).map_err(io::Error::other)?,
            tasks: Mutex::default(),
        }))
    }

    /// Does this in the background, unless the provider is dropped first.
    pub(crate) fn later(&self, work: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        while tasks.try_join_next().is_some() {}
        tasks.spawn(work);
    }
}

/// Premises with the door open. Dropping it closes the port, every connection and all that was still to happen.
#[derive(Debug)]
pub(crate) struct Open {
    pub(crate) address: SocketAddr,
    premises: Arc<Premises>,
    serving: JoinHandle<()>,
}

impl Open {
    /// Serves on this loopback port (0 takes a free one) until closed or dropped. Fails when the port is taken.
    pub(crate) async fn at(port: u16, premises: Arc<Premises>, router: Router) -> io::Result<Self> {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = tcp.local_addr()?;
        let listener = Listener {
            tcp,
            door: Arc::clone(&premises.door),
        };
        let service = router.into_make_service_with_connect_info::<Caller>();
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, service).await {
                tracing::error!(%error, "sandbox stopped serving");
            }
        });
        Ok(Self {
            address,
            premises,
            serving,
        })
    }

    /// Closes, and returns once the port is free: a later connection is refused.
    pub(crate) async fn close(mut self) {
        self.serving.abort();
        // Cancelled is what it is meant to be.
        let _ = (&mut self.serving).await;
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.serving.abort();
        self.premises.door.hang_up();
        self.premises
            .tasks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .abort_all();
    }
}
