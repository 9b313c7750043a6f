//! A world whose history is asked for act by act instead of drawn: nothing goes wrong in it but what is asked for, so that a history to which the
//! auditor objects can be made shorter until every act in it matters.

use std::time::Duration;

use tokio::runtime::Runtime;

use super::{ANSWERED_WITHIN, Outcome, Wanted, World, runtime};
use crate::auditor::Violation;
use crate::fault::Fault;

/// What happens next.
#[derive(Clone, Debug)]
pub enum Act {
    /// A member orders.
    Order {
        /// Which one, of however many there are.
        member: u16,
        /// Whether it wants what was ordered last, by whomever.
        again: bool,
        /// What it says about ordering the same again.
        counter: Option<u8>,
    },
    /// The next time that this can go wrong, it does.
    GoesWrong(Fault),
    /// Operators look into what they are shown.
    Round,
    /// So many seconds pass.
    Pass(u64),
}

/// A history under way.
pub struct History {
    runtime: Runtime,
    world: World,
    rounds: u64,
}

impl History {
    /// The house opens.
    pub fn begin(wanted: &Wanted) -> Result<Self, std::io::Error> {
        let runtime = runtime()?;
        let world = runtime.block_on(async {
            let mut world = World::new(wanted).await;
            world.begin().await;
            world
        });
        Ok(Self {
            runtime,
            world,
            rounds: 0,
        })
    }

    /// This happens next, a moment later.
    pub fn act(&mut self, act: &Act) {
        let Self {
            runtime,
            world,
            rounds,
        } = self;
        runtime.block_on(async {
            match *act {
                Act::Order {
                    member,
                    again,
                    counter,
                } => world.place(member % world.draw.members, again, counter),
                Act::GoesWrong(fault) => world.scene.faults.arm(fault),
                Act::Round => {
                    *rounds += 1;
                    world.operators.round(*rounds).await;
                }
                Act::Pass(seconds) => tokio::time::sleep(Duration::from_secs(seconds)).await,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        });
    }

    /// What the auditor objects to so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.world.scene.auditor().violations().to_vec()
    }

    /// Members get their answers, nothing goes wrong any more, and the books are closed.
    pub fn end(self) -> Outcome {
        let Self {
            runtime, mut world, ..
        } = self;
        runtime.block_on(async {
            let answers = async { while world.waiting.join_next().await.is_some() {} };
            if tokio::time::timeout(ANSWERED_WITHIN, answers)
                .await
                .is_err()
            {
                world.nobody_answers();
            }
            world.end().await
        })
    }
}
