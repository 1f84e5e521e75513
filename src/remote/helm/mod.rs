//! Helm repositories: an index of charts at an address of http or https, and their archives wherever it says.
//!
//! The rules are those of helm 4.3.1: which entries of an index count (`pkg/repo/v1/index.go`), how an address in it is
//! joined to the repository's (`pkg/repo/v1/chartrepo.go`). The index is kept in the cache as it came, and once more as
//! little of it as we need, since reading YAML takes seconds for the largest repositories.

mod address;
mod download;
mod elsewhere;
mod entry;
mod index;
mod kept;
mod parse;
mod source;
mod split;

#[cfg(test)]
mod parse_tests;
#[cfg(test)]
mod tests;

pub use index::Index;
pub use source::Helm;
