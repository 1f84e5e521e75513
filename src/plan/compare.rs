//! Contents told apart: which of prior, observed and desired are the same.

use std::sync::Arc;

use crate::diff;
use crate::model::{Digest, IgnoreFields, Keep, Key, ObjectKey};
use crate::state::{ObjectRecord, StateError};
use crate::target::Observed;
use crate::yaml::{self, Value};

use super::desired::DesiredObject;
use super::error::PlanError;

/// Texts that the state keeps by digest.
pub trait Texts {
    /// The text with this digest.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    fn text(&self, digest: &Digest) -> Result<Arc<str>, StateError>;
}

/// What an object should be: rendered now, or what the state knows because nothing has changed.
#[derive(Clone, Copy, Debug)]
pub(super) enum Wanted<'a> {
    /// Rendered now.
    Rendered(&'a DesiredObject),
    /// As the state knows it.
    Known(&'a ObjectRecord),
}

impl Wanted<'_> {
    pub(super) fn blob(&self) -> &Digest {
        match self {
            Self::Rendered(object) => &object.blob.digest,
            Self::Known(object) => &object.blob,
        }
    }

    pub(super) fn content(&self) -> &Digest {
        match self {
            Self::Rendered(object) => &object.content,
            Self::Known(object) => &object.content,
        }
    }

    pub(super) fn hook(&self) -> bool {
        match self {
            Self::Rendered(object) => object.hook,
            Self::Known(object) => object.hook,
        }
    }

    pub(super) fn keep(&self) -> Option<Keep> {
        match self {
            Self::Rendered(object) => object.keep,
            Self::Known(object) => object.keep,
        }
    }

    pub(super) fn masked(&self) -> bool {
        match self {
            Self::Rendered(object) => object.masked,
            Self::Known(object) => object.masked,
        }
    }
}

/// Contents of one object, as numbers: equal contents have equal numbers. Fields that are left to others do not count.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    pub prior: Option<u8>,
    pub observed: Option<u8>,
    pub desired: Option<u8>,
    /// Whether what is on the target differs from what we wrote in its formatting alone.
    pub reformatted: bool,
    /// What is on the target, masked; only when it is not what we wrote.
    pub seen: Option<Value>,
    /// What is on the target, not masked; only when it is not what we wrote.
    pub real: Option<Value>,
}

const PRIOR: u8 = 1;
const DESIRED: u8 = 2;
const OTHER: u8 = 3;

/// The object that a text holds.
pub(super) fn parse(text: &str, digest: &Digest) -> Result<Value, PlanError> {
    let mut documents = yaml::parse(text).map_err(|_| PlanError::Damaged { digest: *digest })?;
    documents
        .pop()
        .ok_or(PlanError::Damaged { digest: *digest })
}

/// The object, masked, that a text of the state holds.
pub(super) fn value_of(texts: &dyn Texts, digest: &Digest) -> Result<Value, PlanError> {
    parse(&texts.text(digest)?, digest)
}

/// The object, masked, that should be.
pub(super) fn value_of_wanted(texts: &dyn Texts, wanted: Wanted<'_>) -> Result<Value, PlanError> {
    match wanted {
        Wanted::Known(record) => value_of(texts, &record.blob),
        Wanted::Rendered(object) if object.masked => parse(&object.blob.text, &object.blob.digest),
        Wanted::Rendered(object) => Ok(Value::clone(&object.real)),
    }
}

/// Tells the three contents of an object apart.
pub(super) fn contents(
    object: &ObjectKey,
    prior: Option<&ObjectRecord>,
    observed: Option<&Observed>,
    wanted: Option<Wanted<'_>>,
    rules: &[IgnoreFields],
    texts: &dyn Texts,
    key: &Key,
) -> Result<Contents, PlanError> {
    let same =
        |a: &Value, b: &Value| diff::without(a, object, rules) == diff::without(b, object, rules);
    let mut contents = Contents {
        prior: prior.map(|_| PRIOR),
        ..Contents::default()
    };
    if let Some(wanted) = wanted {
        let ruled = || rules.iter().any(|rule| rule.applies_to(object));
        contents.desired = Some(match prior {
            Some(prior) if *wanted.blob() == prior.blob => PRIOR,
            Some(prior)
                if ruled()
                    && same(
                        &value_of_wanted(texts, wanted)?,
                        &value_of(texts, &prior.blob)?,
                    ) =>
            {
                PRIOR
            }
            _ => DESIRED,
        });
    }
    match observed {
        None | Some(Observed::Absent) => {}
        Some(Observed::Same { .. }) => contents.observed = Some(PRIOR),
        Some(Observed::Live { .. }) => todo!(),
        Some(Observed::Different { object: Err(_), .. }) => contents.observed = Some(OTHER),
        Some(Observed::Different {
            object: Ok(real),
            content,
            ..
        }) => {
            contents.observed = Some(OTHER);
            if let Some(prior) = prior {
                let known = value_of(texts, &prior.blob)?;
                let masked = diff::mask_like(real, &known, key);
                if same(&masked, &known) {
                    contents.observed = Some(PRIOR);
                    contents.reformatted = masked == known && *content != prior.content;
                }
                contents.seen = Some(masked);
            }
            if let Some(wanted) = wanted
                && contents.observed == Some(OTHER)
            {
                let value = value_of_wanted(texts, wanted)?;
                let masked = diff::mask_like(real, &value, key);
                if same(&masked, &value) {
                    contents.observed = Some(DESIRED);
                }
                contents.seen.get_or_insert(masked);
            }
            contents.real = Some(real.clone());
        }
    }
    Ok(contents)
}
