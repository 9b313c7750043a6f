//! The dependency and house rules, as tests.
