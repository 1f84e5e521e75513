//! Git repositories with packs in folders, by the `git` program: so the credentials, keys and proxies that it knows work.
//!
//! A bare repository in the cache holds the commits that were wanted, without their history, and of the files only those
//! that were wanted: `pack.json` of every pack for a list, and all of one pack's when it is fetched. They are read out of
//! git's objects and never checked out, so no filter, hook or link of the repository does anything. Servers that cannot
//! leave files out give all of a commit, and those that give no single commits all of the history.

mod address;
mod archive;
mod command;
mod packs;
mod repository;
mod source;
mod tip;
mod tree;

#[cfg(test)]
mod tests;

pub use address::Place;
pub use source::{Git, Surroundings};
