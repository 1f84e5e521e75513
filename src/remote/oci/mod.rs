//! OCI registries: charts as Helm pushes them, packs as `oras push` does.
//!
//! The requests are those of the [distribution specification](https://github.com/opencontainers/distribution-spec), sent
//! through the registry's `Endpoint`, so that retries, limits, certificates and what is known of redirects are the same
//! as everywhere; the documents are those of the crate oci-client.

mod artifact;
mod blob;
mod challenge;
mod error;
mod manifest;
mod push;
mod repository;
mod session;
mod source;
mod tags;

#[cfg(test)]
mod tests;

pub use error::OciError;
pub use push::{Artifact, Pushed, push};
pub use session::ping;
pub use source::Oci;
