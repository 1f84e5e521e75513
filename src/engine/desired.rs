//! What one cluster should be: fingerprints first, and rendering only where they differ.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::diag::Diagnostic;
use crate::model::{
    Capabilities, Category, Digest, Key, LayerName, LayerSource, Object, PoolRole, Profile, Seed,
    Stack, StackLayer, Version, Waiting,
};
use crate::plan::{Desired, DesiredLayer, DesiredObject, Rendering, Texts};
use crate::render::{
    Context, NamespaceWish, Options, Prepared, Schema, fingerprint, inputs, join, resolved,
};
use crate::state::{ClusterRecord, Content, ContentKind, ProfileStamp, StateError};
use crate::target::{Target, TargetError};
use crate::yaml::{self, Value};

use super::oracle::{Oracle, Question};
use super::seeds::Seeds;
use super::sensitive::{Masked, blob, rendered};
use super::wishes::{remembered, written};
use super::workspace::Workspace;

/// The folder and layer of the namespaces, which belong to the cluster and to no layer.
pub const NAMESPACES: &str = "namespaces";

/// What went wrong while working out what a cluster should be.
pub(super) enum DesiredError {
    /// What the user wrote is wrong.
    Documents(Vec<Diagnostic>),
    /// The state is.
    State(StateError),
    /// The target refuses something.
    Target(TargetError),
    /// Templates look up what nobody knows.
    LooksUp(Vec<Question>),
}

impl From<Vec<Diagnostic>> for DesiredError {
    fn from(problems: Vec<Diagnostic>) -> Self {
        Self::Documents(problems)
    }
}

/// What a cluster should be, and what is odd about it.
pub(super) struct Outcome {
    pub desired: Desired,
    pub warnings: Vec<Diagnostic>,
    /// Whether every layer is as the state knows it.
    pub unchanged: bool,
    /// Layers that get other random values.
    pub rotated: Vec<LayerName>,
}

/// The layer that holds the cluster's namespaces.
pub(super) fn namespaces_layer() -> LayerName {
    LayerName::new(NAMESPACES).expect("the name of the namespaces layer is a name")
}

/// One cluster whose desired state is worked out.
pub(super) struct Maker<'a> {
    pub workspace: &'a Workspace,
    pub stack: &'a Stack,
    pub prepared: &'a [Arc<Prepared>],
    pub cx: Context<'a>,
    pub prior: Option<&'a ClusterRecord>,
    /// What the state knows of the random values of its layers.
    pub seeds: &'a Seeds,
    /// Layers that get other random values.
    pub rotate: &'a [LayerName],
    /// When seeds are made.
    pub now: Timestamp,
    pub texts: &'a dyn Texts,
    pub target: &'a dyn Target,
    /// What is known of the target's server, where there is one.
    pub oracle: Option<&'a Oracle>,
    /// Whether a layer is looked at; the others stay as the state knows them.
    pub wanted: &'a (dyn Fn(&LayerName) -> bool + Sync),
}

/// A layer, the namespaces that it wants if it was rendered, and what is odd about it.
type Made = (DesiredLayer, Option<Vec<NamespaceWish>>, Vec<Diagnostic>);

impl Maker<'_> {
    /// Works it out.
    pub(super) fn make(&self) -> Result<Outcome, DesiredError> {
        let mut outcome = Outcome {
            desired: self.nodes(),
            warnings: Vec::new(),
            unchanged: true,
            rotated: Vec::new(),
        };
        let mut problems = Vec::new();
        let mut questions = Vec::new();
        let mut wishes: BTreeMap<LayerName, Option<Vec<NamespaceWish>>> = BTreeMap::new();
        let mut positions = vec![None; self.stack.layers.len()];
        for (at, prepared) in self.prepared.iter().enumerate() {
            let layer = prepared.layer();
            if !(self.wanted)(&layer.name) {
                if let Some(kept) = self.kept(&layer.name) {
                    positions[at] = Some(outcome.desired.layers.len());
                    outcome.desired.layers.push(kept);
                    wishes.insert(layer.name.clone(), None);
                }
                continue;
            }
            match self.layer(prepared) {
                Ok((made, wished, warnings)) => {
                    outcome.unchanged &= wished.is_none();
                    outcome
                        .rotated
                        .extend(made.rotated.then(|| made.layer.clone()));
                    positions[at] = Some(outcome.desired.layers.len());
                    outcome.desired.layers.push(made);
                    wishes.insert(layer.name.clone(), wished);
                    outcome.warnings.extend(warnings);
                }
                Err(DesiredError::Documents(found)) => problems.extend(found),
                Err(DesiredError::LooksUp(asked)) => questions.extend(asked),
                Err(other) => return Err(other),
            }
        }
        if !problems.is_empty() {
            return Err(DesiredError::Documents(problems));
        }
        if !questions.is_empty() {
            return Err(DesiredError::LooksUp(questions));
        }
        let place = |at: usize| positions[at];
        let edges = self
            .stack
            .edges
            .iter()
            .filter_map(|(before, after)| Some((place(*before)?, place(*after)?)));
        outcome.desired.edges = edges.collect();
        self.keep_unwanted(&mut outcome.desired);
        if let Some(namespaces) = self.namespaces(&outcome.desired, wishes)? {
            outcome.unchanged &= matches!(namespaces.rendering, Rendering::Unchanged);
            let layers = outcome.desired.layers.len();
            outcome
                .desired
                .edges
                .iter_mut()
                .for_each(|(before, after)| (*before, *after) = (*before + 1, *after + 1));
            outcome
                .desired
                .edges
                .extend((1..=layers).map(|after| (0, after)));
            outcome
                .desired
                .layers
                .iter_mut()
                .for_each(|layer| layer.depends_on.push(namespaces_layer()));
            outcome.desired.layers.insert(0, namespaces);
        }
        outcome.unchanged &= self.same_shape(&outcome.desired);
        Ok(outcome)
    }

    fn nodes(&self) -> Desired {
        let count = |role: Option<PoolRole>| {
            let pools = self
                .stack
                .cluster
                .node_pools
                .iter()
                .filter(|pool| role.is_none_or(|role| pool.role == role));
            pools.map(|pool| pool.count).sum()
        };
        Desired {
            control_plane_nodes: count(Some(PoolRole::ControlPlane)),
            nodes: count(None),
            ..Desired::default()
        }
    }

    fn layer(&self, prepared: &Arc<Prepared>) -> Result<Made, DesiredError> {
        let layer = prepared.layer();
        let key = &self.workspace.key;
        let found = inputs(prepared, &self.cx)?;
        let relevant = self.relevant(prepared)?;
        let print = |seed: Option<&Seed>| {
            let options = Options {
                seed: seed.cloned(),
                ..Options::default()
            };
            fingerprint(key, prepared, &found, relevant.as_deref(), &options)
        };
        let renamed_from = self.renamed_from(layer);
        let before = self.seeds.get(renamed_from.as_ref().unwrap_or(&layer.name));
        let rotate = before.is_some() && self.rotate.contains(&layer.name);
        if rotate && renamed_from.is_some() {
            return Err(DesiredError::Documents(vec![rotated_and_renamed(layer)]));
        }
        let seed = before.map(|before| {
            if rotate {
                before.rotated(self.seeds, self.now)
            } else {
                before.clone()
            }
        });
        let known = self.prior.and_then(|prior| prior.layers.get(&layer.name));
        let known = known.and_then(|known| known.fingerprint);
        // A layer may have a seed from the time when it used one.
        let (bare, seeded) = (print(None), seed.as_ref().map(|seed| print(Some(seed))));
        let same = known.filter(|known| *known == bare || Some(*known) == seeded);
        let looks_up = self.oracle.is_some() && may_look_up(prepared)?;
        let anew = looks_up && self.oracle.is_some_and(|oracle| oracle.anew);
        let same = same.filter(|_| {
            renamed_from.is_none() && !anew
            // Another policy for Secrets may take other objects.
            && self.prior.is_some_and(|prior| prior.target == self.stack.cluster.target)
        });
        let (mut used, mut fingerprint) = (None, bare);
        let (rendering, wishes, warnings) = if let Some(same) = same {
            fingerprint = same;
            (Rendering::Unchanged, None, Vec::new())
        } else {
            if let Some(schema) = prepared.schema() {
                check_schema(schema, prepared, &self.cx)?;
            }
            let seed = seed.unwrap_or_else(|| Seed::first(&layer.name, self.seeds, self.now));
            let workspace = self.workspace;
            let render = |cx: &Context<'_>| {
                let (sensitive, masks) = (found.sensitive, &workspace.masks);
                rendered(prepared, cx, sensitive, (key, &seed), masks)
            };
            let masked = if looks_up {
                Arc::new(self.looking_up(layer, renamed_from.as_ref(), render)?)
            } else {
                workspace.renderings.of(&bare, || render(&self.cx))?
            };
            if masked.seeded {
                fingerprint = seeded.unwrap_or_else(|| print(Some(&seed)));
                used = Some(seed);
            }
            let objects = self.accepted(&masked.objects)?;
            let rendering = Rendering::Rendered {
                values: masked.values.clone(),
                objects,
            };
            (
                rendering,
                Some(masked.namespaces.clone()),
                masked.warnings.clone(),
            )
        };
        let made = DesiredLayer {
            layer: layer.name.clone(),
            category: layer.category.clone(),
            content: content(prepared)?,
            profile: stamp(&layer.profile),
            fingerprint,
            depends_on: layer.depends_on.clone(),
            waiting: self.waiting(&layer.name),
            ignore_fields: Arc::clone(&layer.ignore_fields),
            renamed_from,
            rotated: rotate && used.is_some(),
            seed: used,
            rendering,
        };
        Ok((made, wishes, warnings))
    }

    /// A layer rendered with what is known of the server.
    ///
    /// # Errors
    /// Those of `render`, and when its templates looked up something that is not known: all else may come of that.
    fn looking_up(
        &self,
        layer: &StackLayer,
        renamed_from: Option<&LayerName>,
        render: impl FnOnce(&Context<'_>) -> Result<Masked, Vec<Diagnostic>>,
    ) -> Result<Masked, DesiredError> {
        let lookups = self.oracle.map(|oracle| oracle.lookups(&layer.name));
        let lookups = lookups.unwrap_or_default();
        let masked = render(&self.cx.with_lookups(&lookups));
        let unknown = lookups.unknown();
        if unknown.is_empty() {
            return Ok(masked?);
        }
        Err(DesiredError::LooksUp(vec![Question {
            layer: layer.name.clone(),
            renamed_from: renamed_from.cloned(),
            lookups: unknown,
        }]))
    }

    /// What its fingerprint has of the capabilities: all that the documents say, but of a server only what matters.
    fn relevant(&self, prepared: &Prepared) -> Result<Option<Cow<'_, Capabilities>>, DesiredError> {
        let capabilities = &*self.stack.capabilities;
        if !self.stack.cluster.target.is_server() {
            return Ok(Some(Cow::Borrowed(capabilities)));
        }
        let relevant = prepared.relevant(capabilities);
        Ok(relevant.map_err(<[Diagnostic]>::to_vec)?.map(Cow::Owned))
    }

    fn accepted(&self, objects: &[DesiredObject]) -> Result<Vec<DesiredObject>, DesiredError> {
        let mut accepted = Vec::with_capacity(objects.len());
        for object in objects {
            if self
                .target
                .accepts(&object.key)
                .map_err(DesiredError::Target)?
            {
                accepted.push(object.clone());
            }
        }
        Ok(accepted)
    }

    /// How long a layer is waited for: what the cluster says, else the profile.
    fn waiting(&self, name: &LayerName) -> Waiting {
        let layers = &self.stack.layers;
        let layer = layers.iter().find(|layer| layer.name == *name);
        let profile = layer.map(|layer| layer.layer.waiting).unwrap_or_default();
        let own = self.stack.cluster.overrides.get(name);
        let own = own.map(|own| own.waiting).unwrap_or_default();
        own.or(profile).settled()
    }

    /// The name that the state knows a layer by, if its profile says that it had another one.
    fn renamed_from(&self, layer: &StackLayer) -> Option<LayerName> {
        let prior = self.prior?;
        if prior.layers.contains_key(&layer.name) {
            return None;
        }
        let moved = layer
            .profile
            .moved
            .iter()
            .find(|moved| moved.to == layer.name)?;
        prior
            .layers
            .contains_key(&moved.from)
            .then(|| moved.from.clone())
    }

    /// A layer as the state knows it.
    fn kept(&self, name: &LayerName) -> Option<DesiredLayer> {
        let record = self.prior?.layers.get(name)?;
        Some(DesiredLayer {
            layer: name.clone(),
            category: record.category.clone(),
            content: record.content.clone(),
            profile: record.profile.clone(),
            fingerprint: record.fingerprint?,
            depends_on: record
                .depends_on
                .iter()
                .filter(|needed| needed.as_str() != NAMESPACES)
                .cloned()
                .collect(),
            waiting: self.waiting(name),
            ignore_fields: record.ignore_fields.clone().into(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering: Rendering::Unchanged,
        })
    }

    /// Layers that are no longer in the stack, and that nobody wants to look at, stay as well.
    fn keep_unwanted(&self, desired: &mut Desired) {
        let Some(prior) = self.prior else { return };
        let in_flight = prior.in_flight.iter().map(|flight| &flight.layer);
        for name in prior.layers.keys().chain(in_flight) {
            let known = |layer: &DesiredLayer| {
                layer.layer == *name || layer.renamed_from.as_ref() == Some(name)
            };
            let looked_at = name.as_str() == NAMESPACES || (self.wanted)(name);
            if looked_at || desired.layers.iter().any(known) {
                continue;
            }
            match self.kept(name) {
                Some(kept) => desired.layers.push(kept),
                None => desired.left_alone.push(name.clone()),
            }
        }
    }

    /// The layer of the cluster's namespaces: the wishes of its layers joined. Its values are those wishes, so that
    /// what an unchanged layer wishes need not be rendered again.
    fn namespaces(
        &self,
        desired: &Desired,
        mut wishes: BTreeMap<LayerName, Option<Vec<NamespaceWish>>>,
    ) -> Result<Option<DesiredLayer>, DesiredError> {
        let name = namespaces_layer();
        let known = self.prior.and_then(|prior| prior.layers.get(&name));
        let of = |fingerprint, rendering| DesiredLayer {
            layer: name.clone(),
            category: Category::Addon(NAMESPACES.into()),
            content: Content {
                kind: ContentKind::Namespaces,
                name: NAMESPACES.into(),
                version: None,
                digest: Digest::of(b""),
            },
            profile: ProfileStamp {
                name: NAMESPACES.into(),
                version: semver::Version::new(1, 0, 0),
                digest: Digest::of(b""),
            },
            fingerprint,
            depends_on: Vec::new(),
            waiting: Waiting::default(),
            ignore_fields: Arc::default(),
            renamed_from: None,
            seed: None,
            rotated: false,
            rendering,
        };
        // Where no layer was rendered and none has gone, nobody wishes anything new.
        if let (Some(prior), Some(fingerprint)) =
            (self.prior, known.and_then(|known| known.fingerprint))
            && wishes.values().all(Option::is_none)
            && prior.layers.len() == desired.layers.len() + 1
            && desired
                .layers
                .iter()
                .all(|layer| prior.layers.contains_key(&layer.layer))
        {
            return Ok(Some(of(fingerprint, Rendering::Unchanged)));
        }
        let before = match known {
            Some(known) => {
                let text = self
                    .texts
                    .text(&known.values)
                    .map_err(DesiredError::State)?;
                yaml::parse(&text)
                    .ok()
                    .and_then(|mut all| all.pop())
                    .unwrap_or_default()
            }
            None => Value::Null,
        };
        let mut all: BTreeMap<LayerName, Vec<NamespaceWish>> = BTreeMap::new();
        for layer in &desired.layers {
            let layer = &layer.layer;
            let wished = wishes.remove(layer).flatten();
            let wished = wished.unwrap_or_else(|| remembered(layer, before.get(layer.as_str())));
            if !wished.is_empty() {
                all.insert(layer.clone(), wished);
            }
        }
        let objects = join(all.values().flatten())?;
        if objects.is_empty() && known.is_none() {
            return Ok(None);
        }
        let values = blob(yaml::write(&written(&all)));
        let fingerprint = self.workspace.key.hash(values.text.as_bytes());
        if known.is_some_and(|known| known.fingerprint == Some(fingerprint)) {
            return Ok(Some(of(fingerprint, Rendering::Unchanged)));
        }
        let objects = objects
            .into_iter()
            .map(|object| plain(object, &self.workspace.key))
            .collect();
        Ok(Some(of(
            fingerprint,
            Rendering::Rendered { values, objects },
        )))
    }

    /// Whether the state knows the same layers in the same order.
    fn same_shape(&self, desired: &Desired) -> bool {
        let Some(prior) = self.prior else {
            return false;
        };
        prior.layers.len() == desired.layers.len()
            && desired.layers.iter().enumerate().all(|(at, layer)| {
                prior.layers.get(&layer.layer).is_some_and(|known| {
                    known.position as usize == at
                        && known.content == layer.content
                        && known.profile == layer.profile
                        && known.depends_on == layer.depends_on
                        && *known.ignore_fields == *layer.ignore_fields
                })
            })
    }
}

/// An object without anything sensitive in it.
fn plain(object: Object, key: &Key) -> DesiredObject {
    let text = yaml::write_ordered(&object.value);
    DesiredObject {
        key: object.key,
        hook: false,
        keep: object.keep,
        masked: false,
        content: key.hash(text.as_bytes()),
        blob: blob(text),
        real: object.value,
    }
}

fn rotated_and_renamed(layer: &StackLayer) -> Diagnostic {
    let summary = format!(
        "layer `{}` cannot be rotated while it is renamed",
        layer.name
    );
    let help = "apply without --rotate first, which renames it, and rotate it then";
    Diagnostic::error(summary).at(layer.span).help(help)
}

fn check_schema(
    schema: &Schema,
    prepared: &Prepared,
    cx: &Context<'_>,
) -> Result<(), DesiredError> {
    let found = schema.check(prepared, &*resolved(prepared, cx)?);
    if crate::diag::has_errors(&found) {
        Err(DesiredError::Documents(found))
    } else {
        Ok(())
    }
}

/// Whether the templates of a layer may look something up on a server.
fn may_look_up(prepared: &Prepared) -> Result<bool, DesiredError> {
    let found = prepared.may_look_up();
    found.map_err(|problems| DesiredError::Documents(problems.to_vec()))
}

fn content(prepared: &Prepared) -> Result<Content, Vec<Diagnostic>> {
    let layer = prepared.layer();
    let digest = *prepared.content_digest();
    Ok(match (&layer.pack, &layer.layer.source) {
        (Some(pack), _) => Content {
            kind: ContentKind::Pack,
            name: Arc::clone(&pack.name),
            version: Some(pack.version.clone()),
            digest,
        },
        (None, LayerSource::Chart(_)) => {
            let chart = prepared.chart().map_err(<[Diagnostic]>::to_vec)?;
            Content {
                kind: ContentKind::Chart,
                name: chart
                    .map_or(layer.name.as_str(), |chart| &*chart.name)
                    .into(),
                version: chart.and_then(|chart| Version::new(&chart.version).ok()),
                digest,
            }
        }
        (None, LayerSource::Pack(_) | LayerSource::Manifests(_)) => Content {
            kind: ContentKind::Manifests,
            name: layer.name.as_str().into(),
            version: None,
            digest,
        },
    })
}

fn stamp(profile: &Profile) -> ProfileStamp {
    ProfileStamp {
        name: profile.name.as_str().into(),
        version: profile.version.clone(),
        digest: profile.digest,
    }
}
