//! The text of an index into what we keep of it.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::yaml::{self, Value};

use super::entry;
use super::index::Index;
use super::split::{OtherLayout, Piece, split};

/// The longest text that is read as a whole, which takes some ten times its length in memory.
const WHOLE_LIMIT: usize = 32 << 20;

/// Why a text is no index.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoIndex {
    /// It is not UTF-8.
    #[error("it is not a text in UTF-8")]
    NotText,
    /// Nothing is in it.
    #[error("it is empty")]
    Empty,
    /// It is neither YAML nor JSON.
    #[error("{0}")]
    Unreadable(String),
    /// It says nothing of being one.
    #[error("it has no `apiVersion`")]
    NoVersion,
    /// Its entries are not.
    #[error("its `entries` are not a mapping of lists")]
    NoEntries,
    /// It is long, and not laid out in a way that it could be read piece by piece.
    #[error(
        "it is longer than {} MiB and not laid out as `helm repo index` does it, which would take too much memory",
        WHOLE_LIMIT >> 20
    )]
    TooLarge,
}

impl Index {
    /// Reads an index, YAML or JSON. Entries that helm would skip are skipped. Unlike helm, we take fields that we do not
    /// know, and skip an entry for a field of a wrong type, in place of refusing all others with it.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoIndex> {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|_| NoIndex::NotText)?;
        let first = text.trim_ascii_start();
        if first.is_empty() {
            return Err(NoIndex::Empty);
        }
        let json = first.starts_with('{').then(|| of_json(text));
        let found = match json {
            Some(Ok(index)) => Ok(index),
            // YAML can begin so, too.
            _ => of_pieces(text).or_else(|OtherLayout| of_whole(text)),
        };
        let (mut index, versioned) = found?;
        if !versioned {
            return Err(NoIndex::NoVersion);
        }
        index.finish();
        Ok(index)
    }

    fn take(&mut self, name: &str, value: &Value) {
        if let Some(chart) = entry::read(value) {
            self.add(name, chart);
        }
    }
}

/// An index, and whether it says which version of its format it is.
pub(super) type Found = (Index, bool);

fn of_pieces(text: &str) -> Result<Found, OtherLayout> {
    let mut index = Index::default();
    let mut name = String::new();
    let outside = split(text, &mut |piece| {
        match piece {
            Piece::Name(next) => name = next,
            Piece::Entry(lines) => {
                let documents = yaml::parse(lines).map_err(|_| OtherLayout)?;
                let [Value::List(list)] = documents.as_slice() else {
                    return Err(OtherLayout);
                };
                let [only] = list.as_slice() else {
                    return Err(OtherLayout);
                };
                index.take(&name, only);
            }
        }
        Ok(())
    })?;
    let rest = yaml::parse_first(&outside).map_err(|_| OtherLayout)?;
    Ok((index, has_version(&rest)))
}

pub(super) fn of_whole(text: &str) -> Result<Found, NoIndex> {
    if text.len() > WHOLE_LIMIT {
        return Err(NoIndex::TooLarge);
    }
    let whole = yaml::parse_first(text).map_err(|error| NoIndex::Unreadable(error.to_string()))?;
    let versioned = has_version(&whole);
    let mut index = Index::default();
    match whole.get("entries") {
        None | Some(Value::Null) => {}
        Some(Value::Map(entries)) => {
            for (name, versions) in entries {
                let versions = match versions {
                    Value::List(versions) => versions.as_slice(),
                    Value::Null => &[],
                    _ => return Err(NoIndex::NoEntries),
                };
                for version in versions {
                    index.take(name, version);
                }
            }
        }
        Some(_) => return Err(NoIndex::NoEntries),
    }
    Ok((index, versioned))
}

fn has_version(top: &Value) -> bool {
    let version = top.get("apiVersion");
    version.is_some_and(|version| !version.is_null() && version.as_str() != Some(""))
}

fn of_json(text: &str) -> Result<Found, serde_json::Error> {
    let mut found = Found::default();
    let mut json = serde_json::Deserializer::from_str(text);
    json.deserialize_map(Top(&mut found))?;
    json.end()?;
    Ok(found)
}

/// Reads the whole of a JSON index.
struct Top<'a>(&'a mut Found);

/// Reads its `entries`.
struct Entries<'a>(&'a mut Index);

/// Reads the versions of one chart, each of which is gone before the next is read.
struct Versions<'a>(&'a mut Index, &'a str);

impl<'de> Visitor<'de> for Top<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an index")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "apiVersion" => {
                    let version: Value = map.next_value()?;
                    self.0.1 = !version.is_null() && version.as_str() != Some("");
                }
                "entries" => map.next_value_seed(Entries(&mut self.0.0))?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Entries<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the charts of an index")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            map.next_value_seed(Versions(self.0, &name))?;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Versions<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Versions<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the versions of a chart")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(version) = list.next_element::<Value>()? {
            self.0.take(self.1, &version);
        }
        Ok(())
    }
}
