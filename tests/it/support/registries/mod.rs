//! The real registries, each on a port of loopback of its own that the kernel chose, and gone with the end of its value:
//! Debian's docker-registry, nginx as Helm repository, and git's http-backend behind that nginx.
//!
//! A server lives as long as its value, and never longer than the thread that starts it: start it in the test that needs it.
//!
//! `tests/registries/install` brings the programs. Where they are missing, `start` says so and gives nothing: the test is
//! skipped, or fails where skips are not wanted.

mod git;
mod nginx;
mod oci;
mod process;

use std::path::{Path, PathBuf};

pub use git::{GitServer, git};
pub use nginx::HelmRepository;
pub use oci::OciRegistry;

pub use super::authority::Identity;
use super::skip::skipped;

/// How a server is to be reached.
#[derive(Clone, Copy, Debug, Default)]
pub struct Access<'a> {
    /// The name and password that it wants.
    pub login: Option<(&'a str, &'a str)>,
    /// With which certificate it speaks TLS; plain http when missing.
    pub tls: Option<Tls>,
}

/// The certificates of a server. They are made for it, by an authority of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tls {
    /// A good one, for `localhost` and `127.0.0.1`.
    Good,
    /// One that was good until yesterday.
    Expired,
    /// A good one, and clients must have one of the same authority. A docker-registry and an nginx can both ask for it.
    Mutual,
}

impl Tls {
    fn wants_clients(self) -> bool {
        self == Self::Mutual
    }
}

/// Where programs of servers are, besides the folders of `PATH`.
const FOLDERS: [&str; 2] = ["/usr/local/sbin", "/usr/sbin"];

/// The program of a name.
fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(FOLDERS.map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}

/// The programs of these names, or a skipped test.
#[track_caller]
fn programs<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let missing = names
        .iter()
        .chain(&["setpriv"])
        .find(|name| program(name).is_none());
    if let Some(name) = missing {
        skipped(&format!(
            "there is no `{name}` here; `tests/registries/install` brings it"
        ));
        return None;
    }
    Some(names.map(|name| program(name).expect("it was there a moment ago")))
}

/// Writes a file of passwords with one line, as `htpasswd -B` does.
fn write_login(path: &Path, (user, password): (&str, &str)) {
    // The cheapest cost there is: every request pays it.
    let hash = bcrypt::hash_with_salt(password, 4, [7; 16]).expect("the password can be hashed");
    let hash = hash.format_for_version(bcrypt::Version::TwoY);
    std::fs::write(path, format!("{user}:{hash}\n")).expect("files can be written");
}
