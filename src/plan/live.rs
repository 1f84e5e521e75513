//! What a server holds of an object, compared with what we wrote and with what is wanted.
//!
//! Of what is live only the fields count that we wrote or want ([`diff::project()`]). What we wrote is measured by what the
//! server made of it when it took it ([`ObjectRecord::held`]); where nobody knows that, by what we wrote itself, with some
//! tolerance for the words that servers use ([`diff::settle`]).

use std::sync::Arc;

use crate::diff::{self, FieldChange, Manager, Managers};
use crate::model::{Digest, FieldPath, IgnoreFields, Key, ObjectKey};
use crate::state::{ObjectRecord, Origin};
use crate::target::Owner;
use crate::yaml::{self, Value};

use super::PlannedBlob;
use super::compare::{Lens, value_of};
use super::error::PlanError;

/// What we wrote, and what is live of it; both masked.
pub(super) struct Measured {
    /// What the server should hold.
    pub known: Value,
    /// What it holds, in the fields that we wrote.
    pub seen: Value,
    /// The fields that we wrote.
    pub shape: Value,
}

impl Measured {
    /// Measures a live object by what the state knows of it.
    pub(super) fn of(
        prior: &ObjectRecord,
        live: &Value,
        lens: &Lens<'_>,
    ) -> Result<Self, PlanError> {
        let written = diff::bare(value_of(lens.texts, &prior.blob)?);
        let Some(held) = prior.held else {
            let seen = diff::settle(masked_part(live, &written, lens.key), &written);
            return Ok(Self {
                seen: in_version_of(seen, &written),
                known: written.clone(),
                shape: written,
            });
        };
        let (known, shape) = if held == prior.blob {
            (written.clone(), written)
        } else {
            let held = diff::bare(value_of(lens.texts, &held)?);
            let shape = diff::merge_shapes(&held, &written);
            (held, shape)
        };
        Ok(Self {
            seen: in_version_of(masked_part(live, &shape, lens.key), &known),
            known,
            shape,
        })
    }

    /// The fields that have other values than we left there, but for those that are left to others.
    pub(super) fn changes(&self, object: &ObjectKey, rules: &[IgnoreFields]) -> Vec<FieldChange> {
        diff::fields(
            &diff::without(&self.known, object, rules),
            &diff::without(&self.seen, object, rules),
        )
    }

    /// Whether it is as we left it, but for the fields that are left to others.
    pub(super) fn is_same(&self, object: &ObjectKey, rules: &[IgnoreFields]) -> bool {
        diff::without(&self.known, object, rules) == diff::without(&self.seen, object, rules)
    }
}

/// The part of a live object that a masked one speaks of, masked as that is.
pub(super) fn masked_part(live: &Value, shape: &Value, key: &Key) -> Value {
    diff::mask_like(&diff::project(live, shape), shape, key)
}

/// The object with the API version of another one: servers tell of objects in any version of their group.
pub(super) fn in_version_of(mut object: Value, other: &Value) -> Value {
    let group = |version: &Value| {
        let version = version.as_str()?;
        Some(
            version
                .split_once('/')
                .map_or("", |(group, _)| group)
                .to_owned(),
        )
    };
    if let (Some(ours), Some(theirs)) = (
        object
            .as_map_mut()
            .and_then(|map| map.get_mut("apiVersion")),
        other.get("apiVersion"),
    ) && group(ours) == group(theirs)
    {
        *ours = theirs.clone();
    }
    object
}

/// Our fields of an object as the server holds them in its answer to what we wrote, masked as that is. Where it holds them
/// as we wrote them, this is the text itself, with its digest: the state then knows that nothing is left to guess. Nothing
/// when the text is no object.
pub fn held(written: &PlannedBlob, live: &Value, key: &Key) -> Option<PlannedBlob> {
    let object = yaml::parse(&written.text).ok()?.pop()?;
    let object = diff::bare(object);
    let seen = in_version_of(masked_part(live, &object, key), &object);
    if seen == object {
        return Some(written.clone());
    }
    let text = yaml::write_ordered(&seen);
    Some(PlannedBlob {
        digest: Digest::of(text.as_bytes()),
        text: text.into(),
    })
}

/// Who has taken over an object of ours, if somebody has: our marks are gone or another's, or of all that we wrote nothing
/// is our field manager's any more.
pub(super) fn taken_over(
    record: &ObjectRecord,
    owner: &Owner,
    live: &Value,
    written: &Value,
    manager: &str,
) -> Option<String> {
    match owner {
        Owner::Ours => {
            let managers = Managers::of(live);
            if managers.is_empty() || managers.has_any(manager, written) {
                return None;
            }
            let by = managers.last_but(manager);
            Some(by.map_or_else(|| "others".to_owned(), |by| by.name))
        }
        Owner::OtherCluster(cluster) => Some(format!("the cluster {cluster}")),
        Owner::OtherProject(project) => Some(format!("the project {project}")),
        // Who imports something leaves it as it is, without marks.
        Owner::Foreign(_) if record.origin == Origin::Unmarked => None,
        Owner::Foreign(name) => Some(name.clone()),
    }
}

/// Who last wrote a field that is not as we left it.
pub(super) fn writer(live: &Value, seen: &Value, path: &FieldPath) -> Option<Manager> {
    Managers::of(live).writer_of(seen, path)
}

/// What is wanted, with the fields that are left to others as they need to be written: not at all where others own them,
/// since ours would be a claim to them; as they are where nobody else does, since they would go with our claim.
pub(super) fn leave(
    wanted: &Value,
    theirs: &Value,
    (live, manager): (&Arc<Value>, &str),
    object: &ObjectKey,
    rules: &[IgnoreFields],
) -> Value {
    let managers = Managers::of(live);
    let mut wanted = wanted.clone();
    let applying = rules.iter().filter(|rule| rule.applies_to(object));
    for path in applying.flat_map(|rule| &rule.paths) {
        let only = [IgnoreFields {
            kind: None,
            name: None,
            paths: vec![path.clone()],
        }];
        let foreign =
            managers.is_others(manager, live, path) && !managers.has_applied(manager, live, path);
        wanted = if foreign {
            diff::without(&wanted, object, &only).into_owned()
        } else {
            diff::keep_theirs(&wanted, theirs, object, &only)
        };
    }
    wanted
}
