//! The catalog: what is sold, to which kinds of destination, through which suppliers, for how much.

mod cut_off;

pub use cut_off::{CutOff, CutOffError};
