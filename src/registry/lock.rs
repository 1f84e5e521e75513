//! `stratiform.lock`: what requirements were resolved to, so that nothing moves by itself.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, Sources};
use crate::model::{Digest, RegistryName, Version, VersionReq};
use crate::remote::{Fetched, ItemKind};
use crate::yaml::{self, Limits, Node, NodeKind};

use super::fields::{Fields, wrong_type};
use super::folder::FILE_LIMIT;
use super::replace::replace;
use super::{LockChange, RegistryError};

/// The name of the lock file, beside the project's document.
pub const LOCK_FILE: &str = "stratiform.lock";

/// The format that is written. Format 1 had packs only, and is read too.
const FORMAT_VERSION: i64 = 2;

const HEADER: &str = "\
# What the packs and charts of this project were resolved to. Keep it in version control; `stratiform update` moves it.
";

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LockKey {
    /// Whether it is a pack or a chart.
    pub kind: ItemKind,
    /// The registry.
    pub registry: RegistryName,
    /// Its name.
    pub name: Arc<str>,
    /// The requirement as it was written.
    pub requirement: VersionReq,
}

impl fmt::Display for LockKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, registry, name) = (self.kind, &self.registry, &self.name);
        write!(out, "{kind} {registry}/{name} {}", self.requirement)
    }
}

/// What it was resolved to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    /// The version, as the registry writes it.
    pub version: Version,
    /// The digest of the content: of all files that count.
    pub digest: Digest,
    /// The archive that it came in, of what came from afar.
    pub fetched: Option<Fetched>,
}

/// The lock file: one entry for each pack and requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    path: PathBuf,
    /// The text of the file when it was read.
    written: Option<String>,
    /// The entries of the file when it was read.
    before: BTreeMap<LockKey, Locked>,
    entries: BTreeMap<LockKey, Locked>,
}

impl Lock {
    /// Reads the lock file in a project's root; an empty lock when there is none.
    ///
    /// # Errors
    /// When the file cannot be read, was made by a newer version of the program, or is damaged.
    pub fn load(root: &Path, sources: &Sources) -> Result<Self, Vec<Diagnostic>> {
        let path = root.join(LOCK_FILE);
        let mut lock = Self {
            written: read(&path).map_err(|error| {
                vec![
                    Diagnostic::error(format!("cannot read `{LOCK_FILE}`"))
                        .detail(error.with_causes()),
                ]
            })?,
            path,
            before: BTreeMap::new(),
            entries: BTreeMap::new(),
        };
        if let Some(text) = &lock.written {
            lock.entries = parse(text, sources)?;
            lock.before = lock.entries.clone();
        }
        Ok(lock)
    }

    /// What something is locked to.
    pub fn get(&self, key: &LockKey) -> Option<&Locked> {
        self.entries.get(key)
    }

    /// Notes what something is locked to.
    pub fn set(&mut self, key: LockKey, locked: Locked) {
        self.entries.insert(key, locked);
    }

    /// Drops the entries that are not wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&LockKey) -> bool) {
        self.entries.retain(|key, _| wanted(key));
    }

    /// The entries, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&LockKey, &Locked)> {
        self.entries.iter()
    }

    /// What differs from what was read, entry by entry.
    pub fn changes(&self) -> Vec<LockChange> {
        let gone = self
            .before
            .iter()
            .filter(|(key, _)| !self.entries.contains_key(key));
        let gone = gone.map(|(key, locked)| LockChange::of(key, Some(locked), None));
        let other = self.entries.iter().filter_map(|(key, locked)| {
            let before = self.before.get(key);
            (before != Some(locked)).then(|| LockChange::of(key, before, Some(locked)))
        });
        let mut all: Vec<_> = gone.chain(other).collect();
        all.sort_by(|one, other| one.key.cmp(&other.key));
        all
    }

    /// Whether saving would write anything.
    pub fn is_changed(&self) -> bool {
        match &self.written {
            Some(written) => *written != self.text(),
            None => !self.entries.is_empty(),
        }
    }

    /// Writes the file if it would change, atomically. Says whether it was written.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub fn save(&mut self) -> Result<bool, RegistryError> {
        if !self.is_changed() {
            return Ok(false);
        }
        let text = self.text();
        replace(&self.path, text.as_bytes()).map_err(|source| RegistryError::Write {
            path: self.path.clone(),
            source,
        })?;
        self.written = Some(text);
        self.before = self.entries.clone();
        Ok(true)
    }

    /// The file's text: sorted, one field a line, so that changes read well.
    fn text(&self) -> String {
        let mut text = format!("{HEADER}formatVersion: {FORMAT_VERSION}\n");
        text.push_str(if self.entries.is_empty() {
            "contents: []\n"
        } else {
            "contents:\n"
        });
        // A string of JSON is one of YAML too, whatever stands in it.
        let quoted = |text: &str| serde_json::Value::from(text).to_string();
        for (key, locked) in &self.entries {
            let _ = write!(
                text,
                "- kind: {}\n  registry: {}\n  name: {}\n  requirement: {}\n  version: {}\n  digest: {}\n",
                key.kind,
                quoted(key.registry.as_str()),
                quoted(&key.name),
                quoted(key.requirement.as_str()),
                quoted(locked.version.as_str()),
                quoted(&locked.digest.to_string()),
            );
            if let Some(fetched) = &locked.fetched {
                let _ = writeln!(text, "  archive: {}", quoted(&fetched.archive.to_string()));
                if let Some(commit) = &fetched.commit {
                    let _ = writeln!(text, "  commit: {}", quoted(commit));
                }
            }
        }
        text
    }
}

fn read(path: &Path) -> Result<Option<String>, RegistryError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut bytes = Vec::new();
    file.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_LIMIT {
        return Err(RegistryError::TooLarge { limit: FILE_LIMIT });
    }
    String::from_utf8(bytes)
        .map(Some)
        .map_err(|_| RegistryError::NotText)
}

fn parse(text: &str, sources: &Sources) -> Result<BTreeMap<LockKey, Locked>, Vec<Diagnostic>> {
    let source = sources.add(LOCK_FILE, text);
    let documents = yaml::read(source, text, Limits::default()).map_err(|problem| {
        let help = "restore the file, or remove it and let the versions be resolved again";
        vec![match problem.help {
            Some(_) => *problem,
            None => problem.help(help),
        }]
    })?;
    let mut problems = Vec::new();
    let mut entries = BTreeMap::new();
    if let Some(node) = documents.iter().find(|node| node.kind != NodeKind::Null) {
        decode(node, &mut entries, &mut problems);
    }
    if problems.is_empty() {
        Ok(entries)
    } else {
        Err(problems)
    }
}

fn decode(node: &Node, entries: &mut BTreeMap<LockKey, Locked>, problems: &mut Vec<Diagnostic>) {
    let Some(fields) = Fields::of(node, LOCK_FILE, problems) else {
        return;
    };
    let Some(format) = fields.required("formatVersion", problems) else {
        return;
    };
    let format = match format.kind {
        NodeKind::Int(known @ 1..=FORMAT_VERSION) => known,
        NodeKind::Int(newer) if newer > FORMAT_VERSION => {
            problems.push(
                Diagnostic::error(format!("`{LOCK_FILE}` was written by a newer stratiform"))
                    .at(format.span)
                    .label(format!("this program knows format {FORMAT_VERSION}"))
                    .help("use the version of stratiform that wrote it, or a newer one"),
            );
            return;
        }
        _ => {
            problems.push(wrong_type(format, "`formatVersion`", "the number 1 or 2"));
            return;
        }
    };
    let list = if format == 1 { "packs" } else { "contents" };
    fields.only(&["formatVersion", list], problems);
    for node in fields.list(list, problems) {
        let Some((key, locked)) = entry(node, format, problems) else {
            continue;
        };
        if entries.contains_key(&key) {
            let text = format!("`{}` {} is locked twice", key.name, key.requirement);
            problems.push(
                Diagnostic::error(text)
                    .at(node.span)
                    .help("remove one of the entries"),
            );
        }
        entries.insert(key, locked);
    }
}

/// The fields of an entry; format 1 had only the first five.
const FIELDS: [&str; 8] = [
    "registry",
    "name",
    "requirement",
    "version",
    "digest",
    "kind",
    "archive",
    "commit",
];

fn entry(node: &Node, format: i64, problems: &mut Vec<Diagnostic>) -> Option<(LockKey, Locked)> {
    let fields = Fields::of(node, "an entry of the lock", problems)?;
    fields.only(
        &FIELDS[..if format == 1 { 5 } else { FIELDS.len() }],
        problems,
    );
    let kind = if format == 1 {
        Some(ItemKind::Pack)
    } else {
        fields.parsed("kind", problems, kind)
    };
    let registry = fields.parsed("registry", problems, |text| RegistryName::new(text));
    let name = fields.required_text("name", problems);
    let requirement = fields.parsed("requirement", problems, VersionReq::new);
    let version = fields.parsed("version", problems, Version::new);
    let digest = fields.parsed("digest", problems, str::parse);
    let archive = match fields.get("archive") {
        Some(_) => Some(fields.parsed("archive", problems, str::parse)?),
        None => None,
    };
    let commit = fields.text("commit", problems);
    let key = LockKey {
        kind: kind?,
        registry: registry?,
        name: name?.value.into(),
        requirement: requirement?,
    };
    let locked = Locked {
        version: version?,
        digest: digest?,
        fetched: archive.map(|archive| Fetched {
            archive,
            commit: commit.map(|commit| commit.value.into()),
        }),
    };
    Some((key, locked))
}

/// Reads a kind as it is written.
pub(super) fn kind(text: &str) -> Result<ItemKind, &'static str> {
    [ItemKind::Pack, ItemKind::Chart]
        .into_iter()
        .find(|kind| kind.as_str() == text)
        .ok_or("a kind is `pack` or `chart`")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::super::testing::{Files, shown};
    use super::*;
    use crate::model::Sha256;

    fn key(name: &str, requirement: &str) -> LockKey {
        LockKey {
            kind: ItemKind::Pack,
            registry: RegistryName::new("local").unwrap(),
            name: name.into(),
            requirement: VersionReq::new(requirement).unwrap(),
        }
    }

    fn locked(version: &str) -> Locked {
        Locked {
            version: Version::new(version).unwrap(),
            digest: Digest::of(version.as_bytes()),
            fetched: None,
        }
    }

    fn load(files: &Files) -> Result<Lock, String> {
        let sources = Sources::default();
        Lock::load(files.path(), &sources).map_err(|problems| shown(&problems, &sources, files))
    }

    #[test]
    fn what_is_saved_is_read_again() {
        let files = Files::new();
        let mut lock = load(&files).unwrap();
        assert!(!lock.is_changed(), "nothing to write for an empty project");
        lock.set(key("nginx", "1.x"), locked("1.10"));
        lock.set(key("antrea", ">=1 <2"), locked("1.9.0"));
        let chart = LockKey {
            kind: ItemKind::Chart,
            ..key("cilium", "1.16.x")
        };
        let fetched = Fetched {
            archive: Sha256::of(b"cilium"),
            commit: Some("12ab".into()),
        };
        let with_archive = Locked {
            fetched: Some(fetched),
            ..locked("1.16.3")
        };
        lock.set(chart, with_archive);
        assert!(lock.save().unwrap());
        assert!(!lock.save().unwrap(), "unchanged");
        let text = fs::read_to_string(files.path().join(LOCK_FILE)).unwrap();
        insta::assert_snapshot!(text, @r#"
        # What the packs and charts of this project were resolved to. Keep it in version control; `stratiform update` moves it.
        formatVersion: 2
        contents:
        - kind: pack
          registry: "local"
          name: "antrea"
          requirement: ">=1 <2"
          version: "1.9.0"
          digest: "4d72b52c7b71823f1a8ca9742dba69a479f2e2909fa7df3f9ea3baca13fe20fb"
        - kind: pack
          registry: "local"
          name: "nginx"
          requirement: "1.x"
          version: "1.10"
          digest: "c863cd9a294a37baaa6ad6b9ad90301ac8828eaccb587d490bbbf2246ae97d30"
        - kind: chart
          registry: "local"
          name: "cilium"
          requirement: "1.16.x"
          version: "1.16.3"
          digest: "440501f426d721500ec86ba8c454818d1c5922f093b68c1f71e5397f871d82c8"
          archive: "sha256:8873184952915b685c7b6d50d0e91cc49af8935b61f11b4a47a67627abbee3c5"
          commit: "12ab"
        "#);
        let again = load(&files).unwrap();
        assert_eq!(again, lock);
        assert!(!again.is_changed());
        let names: Vec<_> = fs::read_dir(files.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(names, [LOCK_FILE], "no temporary file stays");
    }

    #[test]
    fn damaged_and_newer_files_are_refused() {
        let files = Files::new();
        let said = |text: &str| {
            files.put(LOCK_FILE, text);
            load(&files).unwrap_err()
        };
        insta::assert_snapshot!(said("formatVersion: 3\nthings: {}\n"), @r"
        error: `stratiform.lock` was written by a newer stratiform
         --> stratiform.lock:1:16
          |
        1 | formatVersion: 3
          |                ^ this program knows format 2
          |
          = help: use the version of stratiform that wrote it, or a newer one
        ");
        insta::assert_snapshot!(said("packs: []\n"), @r#"
error: stratiform.lock has no `formatVersion`
 --> stratiform.lock:1:1
  |
1 | packs: []
  | ^
  |
  = help: add `formatVersion`
"#);
        insta::assert_snapshot!(said("<<<<<<< ours\nformatVersion: 1\n=======\n"), @r#"
error: mapping values are not allowed in this context
 --> stratiform.lock:2:14
  |
2 | formatVersion: 1
  |              ^
  |
  = help: restore the file, or remove it and let the versions be resolved again
"#);
        insta::assert_snapshot!(
            said("formatVersion: 1\npacks:\n- {registry: a, name: b, requirement: '>', version: 1, digest: x, more: 1}\n"),
            @r#"
error: unknown field `more` in an entry of the lock
 --> stratiform.lock:3:67
  |
3 | - {registry: a, name: b, requirement: '>', version: 1, digest: x, more: 1}
  |                                                                   ^^^^
  |
  = help: the fields are `registry`, `name`, `requirement`, `version` and `digest`
error: `>` is not a version requirement: an operator wants a version behind it, as in `>=1.2`
 --> stratiform.lock:3:39
  |
3 | - {registry: a, name: b, requirement: '>', version: 1, digest: x, more: 1}
  |                                       ^^^
error: `version` must be a string
 --> stratiform.lock:3:53
  |
3 | - {registry: a, name: b, requirement: '>', version: 1, digest: x, more: 1}
  |                                                     ^ this is an integer
  |
  = help: put it in quotes
error: a digest has 64 hexadecimal digits
 --> stratiform.lock:3:64
  |
3 | - {registry: a, name: b, requirement: '>', version: 1, digest: x, more: 1}
  |                                                                ^
"#
        );
        let entry = "- {registry: a, name: b, requirement: '1', version: '1', digest: '00'}\n"
            .replace("00", &"00".repeat(32));
        insta::assert_snapshot!(said(&format!("formatVersion: 1\npacks:\n{entry}{entry}")), @r#"
error: `b` 1 is locked twice
 --> stratiform.lock:4:3
  |
4 | - {registry: a, name: b, requirement: '1', version: '1', digest: '0000000000000000000000000000000000000000000000000000000000000000'}
  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  |
  = help: remove one of the entries
"#);
    }

    #[test]
    fn format_1_is_read_and_written_again_as_format_2() {
        let files = Files::new();
        let digest = Digest::of(b"1.10");
        files.put(
            LOCK_FILE,
            format!(
                "formatVersion: 1\npacks:\n- registry: local\n  name: nginx\n  requirement: 1.x\n  version: '1.10'\n  digest: {digest}\n"
            ),
        );
        let mut lock = load(&files).unwrap();
        assert_eq!(lock.get(&key("nginx", "1.x")), Some(&locked("1.10")));
        assert_eq!(lock.changes(), [], "another format is no change");
        assert!(lock.save().unwrap());
        let again = load(&files).unwrap();
        assert_eq!(again.get(&key("nginx", "1.x")), Some(&locked("1.10")));
    }

    #[test]
    fn changes_are_told_entry_by_entry() {
        let files = Files::new();
        let mut lock = load(&files).unwrap();
        for name in ["a", "b", "c"] {
            lock.set(key(name, "1.x"), locked("1.0"));
        }
        lock.save().unwrap();
        let mut lock = load(&files).unwrap();
        lock.retain(|key| &*key.name != "a");
        lock.set(key("b", "1.x"), locked("1.1"));
        let changed = Locked {
            digest: Digest::of(b"other"),
            ..locked("1.0")
        };
        lock.set(key("c", "1.x"), changed);
        lock.set(key("d", "2.x"), locked("2.0"));
        let told: Vec<_> = lock.changes().iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        pack local/a 1.x would no longer be locked to 1.0
        pack local/b 1.x would move from 1.0 to 1.1
        pack local/c 1.x would still be 1.0, with other content
        pack local/d 2.x would be locked to 2.0
        ");
    }

    #[test]
    fn a_lock_that_cannot_be_written_leaves_the_old_one() {
        let files = Files::new();
        let mut lock = load(&files).unwrap();
        lock.set(key("a", "1.x"), locked("1.0"));
        lock.path = files.path().join("missing").join(LOCK_FILE);
        assert!(matches!(lock.save(), Err(RegistryError::Write { .. })));
        assert!(lock.is_changed());
    }
}
