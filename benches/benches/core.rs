//! The pure core: one step, one ranking, one apply.

fn main() {}
