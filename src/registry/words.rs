//! Small pieces of sentences.

pub(super) use crate::diag::{count, join, nearest};
