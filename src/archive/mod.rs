//! Gzipped tar archives, unpacked in memory.
//!
//! [`unpack`] reads the archive of a Helm chart by the rules that Helm itself has: the first folder of each path is
//! dropped, folders are left out, what is neither file nor folder (links, devices, pipes) is an empty file and is never
//! followed, and a path that leaves the archive makes all of it useless. An archive is untrusted input: how much comes
//! out of it is bounded before it is read. [`unpack_folder`] reads what is no chart, such as a pack, with the same bounds.

mod error;
mod path;
mod unpack;

pub use error::ArchiveError;
/// The most bytes of an archive that is fetched, kept or read, of whatever kind of registry: what may come out of one by
/// [`Limits::default`], since packing makes nothing larger.
pub const LARGEST: u64 = 100 << 20;

pub use unpack::{Entry, Limits, unpack, unpack_folder};
