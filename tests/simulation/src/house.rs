//! The house: it keeps a process running, whatever becomes of the one before.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use end_to_end::SeededDice;
use eraflazz_core::engine::{Engine, Settings};
use eraflazz_core::ids::MemberId;
use eraflazz_core::ports::{Clock, Message, Notifier};
use eraflazz_core::webhook::{Answer, Endpoint, Outcome};
use eraflazz_store_memory::MemoryStore;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::bell::Bell;
use crate::chance::Chance;
use crate::door::Door;
use crate::fault::Fault;
use crate::line::Line;
use crate::process::{Fate, Life};
use crate::record::Record;
use crate::scene::{Scene, parcel_of};
use crate::trace::Event;
use crate::vendor::{Vendor, Wire};

/// The house.
pub struct House {
    pub(crate) scene: Arc<Scene>,
    pub(crate) door: Arc<Door>,
    pub(crate) vendors: Vec<Arc<Vendor>>,
    pub(crate) members: Arc<[MemberId]>,
    pub(crate) settings: Settings,
    pub(crate) dice: Arc<SeededDice>,
    pub(crate) chance: Arc<Chance>,
    pub(crate) record: Record,
    pub(crate) fates: mpsc::UnboundedSender<(u32, Fate)>,
    pub(crate) processes: Mutex<Vec<Running>>,
    pub(crate) started: AtomicU32,
}

/// A process and what keeps it going.
pub(crate) struct Running {
    life: Arc<Life>,
    task: JoinHandle<()>,
}

/// The scene's clock, as an engine is handed it.
#[derive(Debug)]
struct OnTheWall(Arc<Scene>);

impl Clock for OnTheWall {
    fn now(&self) -> eraflazz_core::time::Timestamp {
        self.0.clock.now()
    }

    fn sleep(&self, wait: Duration) -> eraflazz_core::ports::Sleep<'_> {
        self.0.clock.sleep(wait)
    }
}

impl House {
    fn processes(&self) -> MutexGuard<'_, Vec<Running>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// The engine that a process would run over this store.
    fn engine(&self, life: &Arc<Life>, store: &Arc<MemoryStore>) -> Option<Engine> {
        let line = Line {
            store: Arc::clone(store),
            life: Arc::clone(life),
            scene: Arc::clone(&self.scene),
            chance: Arc::clone(&self.chance),
            members: Arc::clone(&self.members),
        };
        let bell = Arc::new(Bell::new(Arc::clone(&self.scene)));
        let clock = Arc::new(OnTheWall(Arc::clone(&self.scene)));
        let post = Post {
            scene: Arc::clone(&self.scene),
            life: Arc::clone(life),
        };
        let mut builder = Engine::builder(Arc::new(line), bell, clock)
            .dice(Arc::<SeededDice>::clone(&self.dice))
            .settings(self.settings.clone())
            .notifier(Arc::new(post))
            .supplier_io(tokio::runtime::Handle::current());
        for vendor in &self.vendors {
            let wire = Wire {
                vendor: Arc::clone(vendor),
                life: Arc::clone(life),
                store: Arc::clone(store),
            };
            builder = builder.supplier(vendor.name(), Arc::new(wire));
        }
        match builder.build() {
            Ok(engine) => Some(engine),
            Err(error) => {
                self.scene
                    .object(None, format!("no engine could be built: {error}"));
                None
            }
        }
    }

    /// Starts a process, which the door leads to from now on.
    pub(crate) fn start(&self) {
        let number = self.started.fetch_add(1, Ordering::Relaxed);
        let life = Arc::new(Life::new(number, self.fates.clone()));
        let store = match self.record.open(&self.scene, &self.chance) {
            Ok(store) => store,
            Err(why) => {
                self.scene
                    .object(None, format!("the record does not open: {why}"));
                return;
            }
        };
        let Some(engine) = self.engine(&life, &store) else {
            return;
        };
        self.scene.note(Event::Starts { process: number });
        let (running, dies) = (engine.clone(), Arc::clone(&life));
        let task = tokio::spawn(async move {
            if running.run(CancellationToken::new()).await.is_err() {
                dies.end();
            }
        });
        self.processes().push(Running {
            life: Arc::clone(&life),
            task,
        });
        self.door.open(engine, life);
    }

    /// Sees to it that a process runs, for as long as the world lasts.
    pub(crate) async fn keep(self: Arc<Self>, mut fates: mpsc::UnboundedReceiver<(u32, Fate)>) {
        while let Some((number, fate)) = fates.recv().await {
            match fate {
                Fate::Died | Fate::LostItsDisk => {
                    if fate == Fate::LostItsDisk {
                        self.record.failed(&self.scene);
                    }
                    let led_here = self.bury(number);
                    if led_here {
                        let down = self.chance.millis(100, 120_000);
                        tokio::time::sleep(down).await;
                        self.record.left_behind(&self.chance);
                        self.start();
                    }
                }
                // A folder has one owner: nobody takes the place of a process that holds it.
                Fate::Froze if self.record.has_one_owner() => {}
                Fate::Froze => {
                    self.start();
                    let house = Arc::clone(&self);
                    let both = self.chance.millis(300_000, 900_000);
                    tokio::spawn(async move {
                        tokio::time::sleep(both).await;
                        house.bury(number);
                    });
                }
            }
        }
    }

    /// A process ends. Says whether the door led to it.
    fn bury(&self, number: u32) -> bool {
        let mut processes = self.processes();
        let Some(place) = processes
            .iter()
            .position(|running| running.life.number() == number)
        else {
            return false;
        };
        let running = processes.swap_remove(place);
        drop(processes);
        running.life.end();
        running.task.abort();
        self.scene.note(Event::Dies { process: number });
        self.door.close(number)
    }

    /// Clocks that jump, now and then.
    pub(crate) async fn jump_clocks(self: Arc<Self>) {
        loop {
            tokio::time::sleep(self.chance.millis(60_000, 1_800_000)).await;
            let hour = 3_600_000;
            if self.scene.strikes(Fault::ClockJumpsAhead, None) {
                self.scene
                    .clock
                    .jump(i64::try_from(self.chance.between(1_000, hour)).unwrap_or(0));
            }
            if self.scene.strikes(Fault::ClockSetBack, None) {
                self.scene
                    .clock
                    .jump(-i64::try_from(self.chance.between(1_000, hour)).unwrap_or(0));
            }
        }
    }
}

/// Messages to members as one process sends them.
struct Post {
    scene: Arc<Scene>,
    life: Arc<Life>,
}

#[async_trait]
impl Notifier for Post {
    async fn notify(&self, _endpoint: &Endpoint, message: &Message) -> Answer {
        // What thaws says what was newest when it froze.
        if !self.life.has_frozen() {
            self.scene.send_word(&message.order);
        }
        self.life.alive().await;
        let parcel = parcel_of(message.order.destination.as_str());
        if self.scene.strikes(Fault::EndpointHangs, parcel) {
            return std::future::pending().await;
        }
        if self.scene.strikes(Fault::EndpointFails, parcel) {
            return Answer::with_body(
                Outcome::Refused {
                    code: 500,
                    retry_after: None,
                },
                b"sorry",
            );
        }
        self.scene.post(&message.order);
        if self.scene.strikes(Fault::CrashAfterWebhook, parcel) {
            return self.life.end_here().await;
        }
        Answer::with_body(Outcome::Taken { code: 200 }, b"ok")
    }
}
