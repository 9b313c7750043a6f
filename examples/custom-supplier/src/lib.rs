//! A supplier adapter written from nothing.
