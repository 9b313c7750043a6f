//! The archive against a model that keeps everything.

mod crash;
mod damage;
mod disk;
mod keys;
mod lists;
mod round_trip;
mod world;
