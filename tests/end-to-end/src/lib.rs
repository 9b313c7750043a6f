//! The whole house driven from outside.
