//! The world outside: Helm repositories, OCI registries and git repositories, and the cache of what came from there.
//!
//! A [`Source`] knows the versions that one registry has and brings their archives into the cache; what is in an archive
//! is for the rooms above. Nothing that comes from outside is trusted: answers are bounded, digests are checked, and
//! credentials go to the host that they are for and into no message.

mod age;
pub mod cache;
pub mod credentials;
mod error;
pub mod git;
pub mod helm;
pub mod http;
mod network;
pub mod oci;
mod source;

pub use error::RemoteError;
pub use network::Network;
pub use source::{Fetched, Freshness, Item, ItemKind, Listing, Offer, Source};
