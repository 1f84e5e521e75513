//! Contents told apart: which of prior, observed and desired are the same.

use std::sync::Arc;

use crate::diff;
use crate::model::{Digest, IgnoreFields, Keep, Key, ObjectKey};
use crate::state::{ObjectRecord, StateError};
use crate::target::{Observed, Owner};
use crate::yaml::{self, Value};

use super::desired::DesiredObject;
use super::error::PlanError;
use super::live::{Measured, in_version_of, masked_part, taken_over};

/// Texts that the state keeps by digest.
pub trait Texts: Sync {
    /// The text with this digest.
    ///
    /// # Errors
    /// When there is none, or it is damaged.
    fn text(&self, digest: &Digest) -> Result<Arc<str>, StateError>;
}

/// What contents are told apart with.
#[derive(Clone, Copy)]
pub struct Lens<'a> {
    /// The texts of the state.
    pub texts: &'a dyn Texts,
    /// What contents are masked and hashed with.
    pub key: &'a Key,
    /// Our field manager on servers.
    pub manager: &'a str,
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
    /// What a server holds.
    pub live: Option<Arc<Value>>,
    /// Who has taken it over since we wrote it.
    pub taken: Option<String>,
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
    lens: &Lens<'_>,
) -> Result<Contents, PlanError> {
    let Lens { texts, key, .. } = *lens;
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
        Some(Observed::Live {
            object: live,
            owner,
            ..
        }) => {
            let seen = (live, owner);
            contents.look_at(object, seen, (prior, wanted), rules, lens)?;
        }
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

impl Contents {
    /// Takes in what a server holds.
    fn look_at(
        &mut self,
        object: &ObjectKey,
        (live, owner): (&Arc<Value>, &Owner),
        (prior, wanted): (Option<&ObjectRecord>, Option<Wanted<'_>>),
        rules: &[IgnoreFields],
        lens: &Lens<'_>,
    ) -> Result<(), PlanError> {
        self.observed = Some(OTHER);
        self.live = Some(Arc::clone(live));
        let mut shape = None;
        if let Some(prior) = prior {
            let measured = Measured::of(prior, live, lens)?;
            self.taken = taken_over(prior, owner, live, &measured.shape, lens.manager);
            if self.taken.is_none() && measured.is_same(object, rules) {
                self.observed = Some(PRIOR);
            }
            self.seen = Some(measured.seen);
            shape = Some(measured.shape);
        }
        // What is wanted as it was is measured already.
        let Some(wanted) = wanted.filter(|_| self.desired != Some(PRIOR)) else {
            return Ok(());
        };
        let wanted = diff::bare(value_of_wanted(lens.texts, wanted)?);
        let both = |first: &Value, second: Option<&Value>| {
            second.map_or_else(|| first.clone(), |second| diff::merge_shapes(first, second))
        };
        let part = masked_part(live, &both(&wanted, shape.as_ref()), lens.key);
        let part = in_version_of(diff::settle(part, &wanted), &wanted);
        if self.observed == Some(OTHER)
            && self.taken.is_none()
            && diff::without(&part, object, rules) == diff::without(&wanted, object, rules)
        {
            self.observed = Some(DESIRED);
        }
        // For people it is masked as what we wrote is: what was sensitive then may still be there.
        self.seen = Some(match shape {
            Some(shape) => masked_part(live, &diff::merge_shapes(&shape, &wanted), lens.key),
            None => part,
        });
        Ok(())
    }
}
