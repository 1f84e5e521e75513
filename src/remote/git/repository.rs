//! The bare repository in the cache.

use std::collections::{HashMap, HashSet};

use crate::model::GitReference;
use crate::remote::cache::{Cache, CacheError, CacheLock};
use crate::remote::{Network, RemoteError};

use super::address::Address;
use super::command::Git;
use super::tree::File;

/// The most that git may list, in bytes.
const LIST_LIMIT: u64 = 64 << 20;

/// The most bytes that the files of one pack may have together, and so may all `pack.json` of a repository.
const CONTENT_LIMIT: u64 = 256 << 20;

/// Whom the repository gets its objects from.
const REMOTE: &str = "origin";

/// What fetches have in common: one commit without its history, and the files when they are wanted.
const FETCH: [&str; 6] = [
    "fetch",
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--recurse-submodules=no",
    "--filter=blob:none",
];

/// What git locks while it changes something.
const LOCKS: [&str; 3] = ["shallow.lock", "config.lock", "HEAD.lock"];

/// What git says when a server gives no single commits, or none without their history.
const WANTS_ALL: [&str; 5] = [
    "unadvertised object",
    "not our ref",
    "shallow capabilities",
    "does not support shallow",
    "couldn't find remote ref",
];

/// The bare repository in the cache, for who holds its lock.
#[derive(Debug)]
pub(super) struct Repository<'a> {
    git: Git<'a>,
    _lock: CacheLock,
}

impl<'a> Repository<'a> {
    /// Waits until nobody else uses the repository, and makes it when it is missing.
    ///
    /// # Errors
    /// When the cache cannot be written, or git fails.
    pub fn open(
        address: &'a Address,
        network: &'a Network,
        cache: &Cache,
    ) -> Result<Self, RemoteError> {
        let lock = cache.lock(&format!("git repository {}", address.url))?;
        let folder = cache.area(&lock)?.join("bare");
        // Nobody works here while we hold the lock: a git that was killed has left them, and perhaps more than that.
        if LOCKS.iter().any(|name| folder.join(name).exists()) {
            std::fs::remove_dir_all(&folder)
                .map_err(|error| CacheError::io("remove", &folder, &error))?;
        }
        let is_new = !folder.join("config").exists();
        let git = Git {
            address,
            network,
            folder,
        };
        if is_new {
            git.local(
                &["init", "--quiet", "--bare", "--template="],
                &[],
                LIST_LIMIT,
            )?;
        }
        let url = format!("remote.{REMOTE}.url");
        git.local(&["config", &url, &address.url], &[], LIST_LIMIT)?;
        Ok(Self { git, _lock: lock })
    }

    /// Runs git on it.
    pub fn git(&self) -> &Git<'a> {
        &self.git
    }

    /// Brings a commit, unless it is there.
    ///
    /// # Errors
    /// When the repository does not have it, or git fails.
    pub fn need(&self, commit: &str, reference: &GitReference) -> Result<(), RemoteError> {
        if self.has(commit)? {
            return Ok(());
        }
        let single = [&FETCH[..], &["--depth=1", REMOTE, commit]].concat();
        match self.git.remote(&single, &[], LIST_LIMIT) {
            Err(RemoteError::Git { why, .. })
                if WANTS_ALL.iter().any(|text| why.contains(text)) =>
            {
                self.need_all(reference)?;
            }
            came => {
                came?;
            }
        }
        if self.has(commit)? {
            return Ok(());
        }
        Err(RemoteError::Unknown {
            what: format!("commit {commit} in {}", self.git.address.shown()),
        })
    }

    fn has(&self, commit: &str) -> Result<bool, RemoteError> {
        self.git
            .succeeds(&["cat-file", "-e", &format!("{commit}^{{tree}}")])
    }

    /// Brings what a reference names with all of its history, as servers of old want it.
    fn need_all(&self, reference: &GitReference) -> Result<(), RemoteError> {
        let names = match reference {
            GitReference::Branch(name) => format!("+refs/heads/{name}:refs/kept/heads/{name}"),
            GitReference::Tag(name) => format!("+refs/tags/{name}:refs/kept/tags/{name}"),
            GitReference::Default | GitReference::Commit(_) => {
                "+refs/heads/*:refs/kept/heads/*".to_owned()
            }
        };
        let mut all = FETCH.to_vec();
        if self.git.folder.join("shallow").exists() {
            all.push("--unshallow");
        }
        all.extend([REMOTE, &names]);
        self.git.remote(&all, &[], LIST_LIMIT).map(drop)
    }

    /// The contents of files of a commit that is there, by their numbers. Those that are missing are fetched at once.
    ///
    /// # Errors
    /// When they cannot be had, or are too large.
    pub fn contents<'f>(
        &self,
        commit: &str,
        files: impl IntoIterator<Item = &'f File>,
    ) -> Result<HashMap<String, Vec<u8>>, RemoteError> {
        let wanted: HashSet<&str> = files.into_iter().map(|file| file.blob.as_str()).collect();
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let missing = self.missing(commit)?;
        let missing: Vec<&str> = missing
            .iter()
            .map(String::as_str)
            .filter(|blob| wanted.contains(blob))
            .collect();
        if !missing.is_empty() {
            // What git itself does for a file that is missing, but for all of them at once.
            let mut arguments = vec!["-c", "fetch.negotiationAlgorithm=noop"];
            arguments.extend(FETCH);
            arguments.extend(["--stdin", REMOTE]);
            self.git
                .remote(&arguments, missing.join("\n").as_bytes(), LIST_LIMIT)?;
        }
        let list: Vec<&str> = wanted.into_iter().collect();
        let input = list.join("\n") + "\n";
        let output = self.git.local(
            &["cat-file", "--batch", "--buffer"],
            input.as_bytes(),
            CONTENT_LIMIT,
        )?;
        contents(&output).ok_or_else(|| RemoteError::Git {
            url: self.git.address.shown().to_owned(),
            why: "files of it cannot be read".to_owned(),
        })
    }

    /// The files of a commit that were left out.
    fn missing(&self, commit: &str) -> Result<Vec<String>, RemoteError> {
        let listed = self.git.local(
            &[
                "rev-list",
                "--objects",
                "--missing=print",
                "--max-count=1",
                commit,
            ],
            &[],
            LIST_LIMIT,
        )?;
        let listed = String::from_utf8_lossy(&listed);
        let missing = listed.lines().filter_map(|line| line.strip_prefix('?'));
        Ok(missing.map(str::to_owned).collect())
    }
}

/// Reads what `git cat-file --batch` writes: `<object> blob <size>`, a newline, the content, a newline.
fn contents(mut output: &[u8]) -> Option<HashMap<String, Vec<u8>>> {
    let mut found = HashMap::new();
    while !output.is_empty() {
        let end = memchr::memchr(b'\n', output)?;
        let head = std::str::from_utf8(&output[..end]).ok()?;
        let mut words = head.split(' ');
        let blob = words.next()?;
        let size: usize = words.nth(1)?.parse().ok()?;
        let (content, rest) = output[end + 1..].split_at_checked(size)?;
        found.insert(blob.to_owned(), content.to_owned());
        output = rest.strip_prefix(b"\n")?;
    }
    Some(found)
}
