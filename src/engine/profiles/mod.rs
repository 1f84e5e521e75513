//! Profiles by themselves: shown, compared and exported, whatever clusters make of them.

mod export;

use std::sync::Arc;

use crate::config::documents::Documents;
use crate::config::palette::{cut, written};
use crate::config::stacks::{self, Contents};
use crate::diag::{Diagnostic, Sources, has_errors, nearest};
use crate::diff::{ProfileDifference, ProfileSide, profiles};
use crate::model::{Profile, StackLayer, ValuesMode};
use crate::registry::Supply;
use crate::render::merged;
use crate::yaml::NodeKind;

use super::contents::contents;
use super::error::EngineError;
use super::project::LoadedProject;

/// The profiles of a project with the packs and charts that they are made of.
pub struct Profiles {
    project: LoadedProject,
    contents: Contents,
    /// What is odd but no error.
    pub warnings: Vec<Diagnostic>,
}

impl Profiles {
    /// Reads packs and charts, as [`super::Workspace::open`] does; no key and no state are needed.
    ///
    /// # Errors
    /// When anything that the user wrote is wrong, with everything that was found.
    pub fn open(project: LoadedProject, supply: Supply<'_>) -> Result<Self, EngineError> {
        let mut project = project.checked()?;
        let mut problems = std::mem::take(&mut project.diagnostics);
        let sources = Arc::clone(&project.sources);
        let contents = contents(&project.documents, supply, &sources, &mut problems)?;
        if has_errors(&problems) {
            return Err(EngineError::Documents(problems));
        }
        Ok(Self {
            project,
            contents,
            warnings: problems,
        })
    }

    /// The documents of the project.
    pub fn documents(&self) -> &Documents {
        &self.project.documents
    }

    /// The layers of a profile, as written.
    pub fn layers(&self, profile: &Arc<Profile>) -> Vec<StackLayer> {
        stacks::layers_of(self.documents(), profile, &self.contents)
    }

    /// What two profiles differ in.
    pub fn compare(&self, before: &Arc<Profile>, after: &Arc<Profile>) -> ProfileDifference {
        profiles(&self.side(before), &self.side(after))
    }

    fn side(&self, profile: &Arc<Profile>) -> ProfileSide {
        let layers = self.layers(profile).into_iter().map(|layer| {
            let values = self.values(&layer);
            (layer, values)
        });
        ProfileSide {
            profile: Arc::clone(profile),
            layers: layers.collect(),
        }
    }

    /// All values of a layer as text: those of a pack with its own and with the presets, those of a chart without the
    /// chart's. Where they all stand in one place, this is their text, with its comments.
    pub fn values(&self, layer: &StackLayer) -> String {
        values(layer, &self.project.sources)
    }
}

fn values(layer: &StackLayer, sources: &Sources) -> String {
    let alone = layer.pack.is_none() || layer.layer.values_mode == ValuesMode::Replace;
    if let ([only], true) = (layer.values.as_slice(), alone) {
        let source = sources.get(only.span.source);
        let in_file = only.span.source != layer.span.source;
        if in_file && layer.pack.is_some() {
            return source.text.clone();
        }
        if let Some(text) = cut(&source.text, only) {
            return text;
        }
    }
    let merged = merged(layer);
    if let (Some(pack), [], []) = (
        &layer.pack,
        layer.values.as_slice(),
        layer.presets.as_slice(),
    ) && let Some(source) = pack.values_source
        && pack.values.to_value() == merged.to_value()
    {
        return sources.get(source).text.clone();
    }
    match &merged.kind {
        NodeKind::Map(entries) if entries.is_empty() => String::new(),
        _ => written(&merged),
    }
}

/// The profile that `NAME` or `NAME@VERSION` means.
///
/// # Errors
/// Why it means none, and what helps.
pub fn profile_named<'d>(
    documents: &'d Documents,
    reference: &str,
) -> Result<&'d Arc<Profile>, (String, String)> {
    let (name, version) = match reference.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (reference, None),
    };
    let mut named: Vec<&Arc<Profile>> = documents
        .profiles
        .iter()
        .filter(|profile| profile.name.as_str() == name)
        .collect();
    named.sort_by(|one, other| one.version.cmp(&other.version));
    let versions = || {
        let versions = named.iter().map(|profile| profile.version.to_string());
        versions.collect::<Vec<_>>().join(", ")
    };
    if named.is_empty() {
        let known = documents.profiles.iter();
        let near = nearest(name, known.map(|profile| profile.name.as_str()));
        let help = near.map_or_else(
            || "`stratiform profile list` says what there is".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err((format!("there is no profile {name}"), help));
    }
    match (version, named.as_slice()) {
        (None, [only]) => Ok(only),
        (None, _) => Err((
            format!("the profile {name} has several versions"),
            format!("name one of them, as in {name}@VERSION: {}", versions()),
        )),
        (Some(version), all) => all
            .iter()
            .find(|profile| profile.version.to_string() == version)
            .copied()
            .ok_or_else(|| {
                (
                    format!("the profile {name} has no version {version}"),
                    format!("it has {}", versions()),
                )
            }),
    }
}
