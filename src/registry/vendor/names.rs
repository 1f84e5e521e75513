//! Files of their own for all that is copied.

use std::collections::BTreeSet;

use crate::registry::Lock;

use super::Copied;

/// What the lock has from afar, sorted by file. Several requirements for one version are one copy. Where two things would have
/// the same file, also on a file system that does not tell `A` from `a`, the later ones have a piece of their digest in it.
pub(super) fn of_lock(lock: &Lock) -> Vec<Copied> {
    let mut all: Vec<Copied> = lock
        .iter()
        .filter_map(|(key, locked)| Copied::of(key, locked))
        .collect();
    all.sort_by(|one, other| (&one.file, one.archive).cmp(&(&other.file, other.archive)));
    all.dedup_by(|one, other| (&one.file, one.archive) == (&other.file, other.archive));
    let mut taken = BTreeSet::new();
    for copied in &mut all {
        if !taken.insert(copied.file.to_lowercase()) {
            copied.file = told_apart(&copied.file, &copied.archive.hex());
            taken.insert(copied.file.to_lowercase());
        }
    }
    all.sort_by(|one, other| one.file.cmp(&other.file));
    all
}

fn told_apart(file: &str, digest: &str) -> String {
    let ends = [".tgz", ".tar.gz", ".tar"];
    let end = ends.into_iter().find(|end| file.ends_with(end));
    let end = end.unwrap_or_default();
    let stem = &file[..file.len() - end.len()];
    format!("{stem}-{}{end}", &digest[..16])
}
