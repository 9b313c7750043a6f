//! Whoever waits for a world waits no longer than this: a world that does not end is a finding like any other, and says from which seed it is.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use simulation::scene::Scene;

use crate::report::replay;

/// The last events of a world that does not end, in its story.
const LAST: usize = 200;

/// A world that has begun.
#[derive(Debug)]
struct Begun {
    seed: u64,
    orders: u32,
    scene: Weak<Scene>,
}

/// Watches worlds, from a thread of its own: one that keeps its thread busy would keep any other from being told.
#[derive(Debug)]
pub(crate) struct Watch {
    begun: Sender<Begun>,
}

impl Watch {
    /// Ends the program if a world takes longer than this.
    pub(crate) fn start(patience: Duration) -> Self {
        let (begun, worlds) = channel();
        thread::spawn(move || watch(&worlds, patience));
        Self { begun }
    }

    /// A world has begun, and whatever was before it has ended.
    pub(crate) fn begins(&self, seed: u64, orders: u32, scene: &Arc<Scene>) {
        let scene = Arc::downgrade(scene);
        // Once nobody watches any more, the program has ended.
        drop(self.begun.send(Begun {
            seed,
            orders,
            scene,
        }));
    }
}

fn watch(worlds: &Receiver<Begun>, patience: Duration) {
    let Ok(mut world) = worlds.recv() else { return };
    loop {
        match worlds.recv_timeout(patience) {
            Ok(next) => world = next,
            Err(RecvTimeoutError::Disconnected) => return,
            Err(RecvTimeoutError::Timeout) => {
                tell(&world, patience);
                std::process::exit(1);
            }
        }
    }
}

fn tell(world: &Begun, patience: Duration) {
    let Begun {
        seed,
        orders,
        scene,
    } = world;
    let story = scene.upgrade().map(|scene| scene.trace.last(LAST));
    if let Some(story) = story.filter(|story| !story.is_empty()) {
        println!("{story}");
    }
    // Not on the output, which with `--json` is one object and nothing else.
    eprintln!(
        "VIOLATION seed {seed}: the world has not ended after {} s",
        patience.as_secs()
    );
    eprintln!("replay: {}", replay(*seed, *orders));
}
