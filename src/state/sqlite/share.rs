//! What many rows share, and its numbers: texts, object keys, contents, profiles.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params, params};

use crate::model::{Capabilities, Category, IgnoreFields, LayerName, ObjectKey, Plane, Version};
use crate::state::{Content, ContentKind, ProfileStamp, StateError};

use super::row::Columns;

/// Finds the numbers of shared rows for who writes, making rows as needed. Remembers what it has seen.
#[derive(Default)]
pub(super) struct Numbers {
    words: HashMap<Box<str>, i64>,
    objects: HashMap<ObjectKey, i64>,
    contents: HashMap<Content, i64>,
    profiles: HashMap<ProfileStamp, i64>,
}

impl Numbers {
    pub(super) fn word(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.words.get(text) {
            return Ok(*number);
        }
        let number = find_or_make(
            connection,
            "SELECT word FROM words WHERE text = ?1",
            "INSERT INTO words (text) VALUES (?1)",
            params![text],
        )?;
        self.words.insert(text.into(), number);
        Ok(number)
    }

    pub(super) fn object(
        &mut self,
        connection: &Connection,
        key: &ObjectKey,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.objects.get(key) {
            return Ok(*number);
        }
        let number = find_or_make(
            connection,
            "SELECT object FROM object_keys
             WHERE name = ?1 AND kind = ?2 AND namespace = ?3 AND api_group = ?4 AND plane = ?5",
            "INSERT INTO object_keys (name, kind, namespace, api_group, plane) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                key.name,
                key.kind,
                key.namespace,
                key.group,
                plane_text(key.plane)
            ],
        )?;
        self.objects.insert(key.clone(), number);
        Ok(number)
    }

    pub(super) fn content(
        &mut self,
        connection: &Connection,
        content: &Content,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.contents.get(content) {
            return Ok(*number);
        }
        let number = find_or_make(
            connection,
            "SELECT content FROM contents WHERE digest = ?1 AND kind = ?2 AND name = ?3 AND version = ?4",
            "INSERT INTO contents (digest, kind, name, version) VALUES (?1, ?2, ?3, ?4)",
            params![
                content.digest.as_bytes(),
                kind_text(content.kind),
                content.name,
                content.version.as_ref().map_or("", Version::as_str),
            ],
        )?;
        self.contents.insert(content.clone(), number);
        Ok(number)
    }

    pub(super) fn profile(
        &mut self,
        connection: &Connection,
        profile: &ProfileStamp,
    ) -> rusqlite::Result<i64> {
        if let Some(number) = self.profiles.get(profile) {
            return Ok(*number);
        }
        let number = find_or_make(
            connection,
            "SELECT profile FROM profiles WHERE digest = ?1 AND name = ?2 AND version = ?3",
            "INSERT INTO profiles (digest, name, version) VALUES (?1, ?2, ?3)",
            params![
                profile.digest.as_bytes(),
                profile.name,
                profile.version.to_string(),
            ],
        )?;
        self.profiles.insert(profile.clone(), number);
        Ok(number)
    }
}

fn find_or_make(
    connection: &Connection,
    find: &str,
    make: &str,
    what: impl Params + Copy,
) -> rusqlite::Result<i64> {
    let found = connection
        .prepare_cached(find)?
        .query_row(what, |row| row.get(0))
        .optional()?;
    match found {
        Some(number) => Ok(number),
        None => connection.prepare_cached(make)?.insert(what),
    }
}

/// A list of names as one shared text.
pub(super) fn join(names: &[LayerName]) -> String {
    let names: Vec<&str> = names.iter().map(LayerName::as_str).collect();
    names.join(" ")
}

fn plane_text(plane: Plane) -> &'static str {
    match plane {
        Plane::Workload => "workload",
        Plane::Management => "management",
    }
}

fn kind_text(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Pack => "pack",
        ContentKind::Chart => "chart",
        ContentKind::Manifests => "manifests",
        ContentKind::Namespaces => "namespaces",
    }
}

/// All shared rows, for who reads: numbers become values that share their texts.
pub(super) struct Shared<'a> {
    path: &'a Path,
    words: Vec<Arc<str>>,
    objects: Vec<ObjectKey>,
    contents: Vec<Content>,
    profiles: Vec<ProfileStamp>,
    layers: HashMap<i64, LayerName>,
    categories: HashMap<i64, Category>,
    lists: HashMap<i64, Vec<LayerName>>,
    ignored: HashMap<i64, Vec<IgnoreFields>>,
    capabilities: HashMap<i64, Capabilities>,
}

impl<'a> Shared<'a> {
    pub(super) fn read(connection: &Connection, path: &'a Path) -> Result<Self, StateError> {
        let mut texts = Texts::default();
        Ok(Self {
            path,
            words: numbered(
                connection,
                path,
                "SELECT word, text FROM words ORDER BY word",
                |row| Ok(Arc::from(row.text(1)?)),
            )?,
            objects: numbered(
                connection,
                path,
                "SELECT object, plane, api_group, kind, namespace, name FROM object_keys ORDER BY object",
                |row| {
                    Ok(ObjectKey {
                        plane: row.parsed(1, "plane", |text| match text {
                            "workload" => Ok(Plane::Workload),
                            "management" => Ok(Plane::Management),
                            _ => Err(()),
                        })?,
                        group: texts.share(row.text(2)?),
                        kind: texts.share(row.text(3)?),
                        namespace: texts.share(row.text(4)?),
                        name: texts.share(row.text(5)?),
                    })
                },
            )?,
            contents: numbered(
                connection,
                path,
                "SELECT content, kind, name, version, digest FROM contents ORDER BY content",
                |row| {
                    Ok(Content {
                        kind: row.parsed(1, "kind of content", |text| match text {
                            "pack" => Ok(ContentKind::Pack),
                            "chart" => Ok(ContentKind::Chart),
                            "manifests" => Ok(ContentKind::Manifests),
                            "namespaces" => Ok(ContentKind::Namespaces),
                            _ => Err(()),
                        })?,
                        name: row.text(2)?.into(),
                        version: row.parsed(3, "version", |text| match text {
                            "" => Ok(None),
                            text => Version::new(text).map(Some),
                        })?,
                        digest: row.digest(4)?,
                    })
                },
            )?,
            profiles: numbered(
                connection,
                path,
                "SELECT profile, name, version, digest FROM profiles ORDER BY profile",
                |row| {
                    Ok(ProfileStamp {
                        name: row.text(1)?.into(),
                        version: row.parsed(2, "version", str::parse)?,
                        digest: row.digest(3)?,
                    })
                },
            )?,
            layers: HashMap::new(),
            categories: HashMap::new(),
            lists: HashMap::new(),
            ignored: HashMap::new(),
            capabilities: HashMap::new(),
        })
    }

    pub(super) fn object(&self, number: i64) -> Result<ObjectKey, StateError> {
        pick(&self.objects, number, self.path).cloned()
    }

    pub(super) fn content(&self, number: i64) -> Result<Content, StateError> {
        pick(&self.contents, number, self.path).cloned()
    }

    pub(super) fn profile(&self, number: i64) -> Result<ProfileStamp, StateError> {
        pick(&self.profiles, number, self.path).cloned()
    }

    pub(super) fn layer(&mut self, word: i64) -> Result<LayerName, StateError> {
        remembered(&mut self.layers, &self.words, word, self.path, |text| {
            LayerName::new(text).ok()
        })
    }

    pub(super) fn category(&mut self, word: i64) -> Result<Category, StateError> {
        remembered(&mut self.categories, &self.words, word, self.path, |text| {
            text.parse().ok()
        })
    }

    pub(super) fn layers(&mut self, word: i64) -> Result<Vec<LayerName>, StateError> {
        remembered(&mut self.lists, &self.words, word, self.path, |text| {
            text.split_whitespace()
                .map(|name| LayerName::new(name).ok())
                .collect()
        })
    }

    pub(super) fn ignored(&mut self, word: i64) -> Result<Vec<IgnoreFields>, StateError> {
        remembered(&mut self.ignored, &self.words, word, self.path, |text| {
            serde_json::from_str(text).ok()
        })
    }

    pub(super) fn capabilities(&mut self, word: i64) -> Result<Capabilities, StateError> {
        remembered(
            &mut self.capabilities,
            &self.words,
            word,
            self.path,
            |text| serde_json::from_str(text).ok(),
        )
    }
}

/// Rows that are numbered from 1 without gaps.
fn numbered<T>(
    connection: &Connection,
    path: &Path,
    select: &str,
    mut take: impl FnMut(&Columns<'_>) -> Result<T, StateError>,
) -> Result<Vec<T>, StateError> {
    let failed = |error| StateError::sqlite("read", path, error);
    let mut statement = connection.prepare(select).map_err(failed)?;
    let mut rows = statement.query([]).map_err(failed)?;
    let mut taken = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        let row = Columns::new(row, path);
        taken.push(take(&row)?);
        if row.unsigned(0)? != taken.len() as u64 {
            return Err(StateError::Damaged {
                path: path.to_owned(),
                what: format!("row {} of a table of shared values is missing", taken.len()),
            });
        }
    }
    Ok(taken)
}

fn pick<'a, T>(values: &'a [T], number: i64, path: &Path) -> Result<&'a T, StateError> {
    usize::try_from(number)
        .ok()
        .and_then(|number| values.get(number.checked_sub(1)?))
        .ok_or_else(|| StateError::Damaged {
            path: path.to_owned(),
            what: format!("there is no shared value with the number {number}"),
        })
}

fn remembered<T: Clone>(
    memory: &mut HashMap<i64, T>,
    words: &[Arc<str>],
    word: i64,
    path: &Path,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StateError> {
    if let Some(value) = memory.get(&word) {
        return Ok(value.clone());
    }
    let text = pick(words, word, path)?;
    let value = read(text).ok_or_else(|| StateError::Damaged {
        path: path.to_owned(),
        what: format!("the text `{text}` is not what its place wants"),
    })?;
    memory.insert(word, value.clone());
    Ok(value)
}

/// Equal texts as one.
#[derive(Default)]
struct Texts(HashSet<Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let new: Arc<str> = text.into();
        self.0.insert(new.clone());
        new
    }
}
