//! What is worked out once for a layer, however many clusters share it.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use crate::diag::{Diagnostic, Span};
use crate::model::{Capabilities, Digest, LayerSource, Manifest, StackLayer};
use crate::yaml::{Node, NodeKind, Value};

use super::chart::{Charts, Metadata};
use super::fingerprint;
use super::macros::{MacroManifest, MacroText, Reference, Use, may_have_macros};
use super::merge::merged;
use super::path;
use super::release::{Release, releases};
use super::relevance::{self, Asked};
use super::schema::Schema;
use super::template::{Functions, Limits, Set};

/// A layer with its values laid over each other, and everything known that its macros read.
#[derive(Debug)]
pub struct Prepared {
    layer: Arc<StackLayer>,
    merged: Arc<Node>,
    /// Scalars and keys with macros in them.
    texts: HashMap<String, MacroText>,
    uses: Vec<Use>,
    values: Digest,
    content: Digest,
    schema: Option<Schema>,
    passwords: Vec<Arc<str>>,
    manifests: Vec<PreparedManifest>,
    charts: Arc<Charts>,
    releases: OnceLock<Result<Vec<Release>, Vec<Diagnostic>>>,
    set: OnceLock<Result<Set, Vec<Diagnostic>>>,
    plain: OnceLock<Arc<Value>>,
    asked: OnceLock<Asked>,
}

/// A manifest with the macros in its text.
#[derive(Debug)]
pub(super) struct PreparedManifest {
    pub manifest: Manifest,
    /// The name in the template set: the path, or a longer one when several have the same.
    pub name: String,
    pub macros: Option<MacroManifest>,
}

impl Prepared {
    /// Lays the values of a layer over each other and finds the macros in them and in its manifests. The templates
    /// themselves are parsed when they are first needed, and its charts loaded, each once among all layers that share
    /// `charts`.
    ///
    /// # Errors
    /// Values that are not a mapping, macros that cannot be understood, a schema that is none.
    pub fn new(layer: &Arc<StackLayer>, charts: &Arc<Charts>) -> Result<Self, Vec<Diagnostic>> {
        let mut problems = not_mappings(layer);
        let merged = merged(layer);
        let mut finder = Finder::default();
        finder.node(&merged);
        let schema = match layer.pack.as_ref().and_then(|pack| pack.schema.as_ref()) {
            Some(schema) => match Schema::parse(schema) {
                Ok(schema) => Some(schema),
                Err(found) => {
                    problems.extend(found);
                    None
                }
            },
            None => None,
        };
        let manifests = finder.manifests(own_manifests(layer));
        problems.append(&mut finder.problems);
        if !problems.is_empty() {
            return Err(problems);
        }
        let passwords = schema.as_ref().map_or_else(Vec::new, |schema| {
            let mut there = schema.passwords();
            there.retain(|path| path::find(&merged, path).iter().any(is_set));
            there
        });
        Ok(Self {
            values: fingerprint::of_values(&merged),
            content: fingerprint::of_content(layer),
            uses: finder.uses.into_values().collect(),
            texts: finder.texts,
            layer: Arc::clone(layer),
            merged: Arc::new(merged),
            schema,
            passwords,
            manifests,
            charts: Arc::clone(charts),
            releases: OnceLock::new(),
            set: OnceLock::new(),
            plain: OnceLock::new(),
            asked: OnceLock::new(),
        })
    }

    /// The layer.
    pub fn layer(&self) -> &Arc<StackLayer> {
        &self.layer
    }

    /// The name of the pack that it is made of.
    pub fn pack_name(&self) -> Option<&str> {
        self.layer.pack.as_ref().map(|pack| &*pack.name)
    }

    /// Its values before macros.
    pub fn merged(&self) -> &Arc<Node> {
        &self.merged
    }

    /// A digest of its values before macros.
    pub fn values_digest(&self) -> &Digest {
        &self.values
    }

    /// A digest of what it is made of: of all files of its pack, or of its manifests.
    pub fn content_digest(&self) -> &Digest {
        &self.content
    }

    /// The rules that its pack has for values.
    pub fn schema(&self) -> Option<&Schema> {
        self.schema.as_ref()
    }

    /// The paths of values that the pack's schema calls passwords, as far as they are there.
    pub fn password_paths(&self) -> &[Arc<str>] {
        &self.passwords
    }

    /// Everything that its macros read, each once.
    pub(super) fn uses(&self) -> &[Use] {
        &self.uses
    }

    /// The macros in a scalar or key of its values.
    pub(super) fn macros(&self, text: &str) -> Option<&MacroText> {
        if self.texts.is_empty() || !text.contains("{{") {
            return None;
        }
        self.texts.get(text)
    }

    /// Whether its values are the same on every cluster and hold nothing sensitive.
    pub(super) fn is_plain(&self) -> bool {
        self.texts.is_empty() && self.passwords.is_empty()
    }

    pub(super) fn plain_values(&self) -> &Arc<Value> {
        self.plain.get_or_init(|| Arc::new(self.merged.to_value()))
    }

    pub(super) fn manifests(&self) -> &[PreparedManifest] {
        &self.manifests
    }

    /// What its templates may use.
    pub(super) fn limits(&self) -> Limits {
        self.charts.limits()
    }

    /// Its charts.
    pub(super) fn releases(&self) -> Result<&[Release], &[Diagnostic]> {
        self.releases
            .get_or_init(|| releases(&self.layer, &self.merged, &self.charts))
            .as_deref()
            .map_err(Vec::as_slice)
    }

    /// What of a server's capabilities its templates can ask for, if they ask for any.
    ///
    /// # Errors
    /// What is wrong with its charts.
    pub fn relevant(
        &self,
        capabilities: &Capabilities,
    ) -> Result<Option<Capabilities>, &[Diagnostic]> {
        Ok(self.asked()?.relevance.part(capabilities))
    }

    /// Whether its templates may look something up on a server.
    ///
    /// # Errors
    /// What is wrong with its charts.
    pub fn may_look_up(&self) -> Result<bool, &[Diagnostic]> {
        Ok(self.asked()?.looks_up)
    }

    fn asked(&self) -> Result<&Asked, &[Diagnostic]> {
        let releases = self.releases()?;
        Ok(self.asked.get_or_init(|| {
            let mut templates: Vec<&str> = Vec::new();
            for release in releases {
                relevance::templates(&release.shared.chart, &mut templates);
            }
            templates.extend(self.manifests.iter().map(|one| &*one.manifest.text));
            Asked::by(templates, &self.merged)
        }))
    }

    /// Name and version of the chart that it is made of, if it is made of one and not of a pack.
    ///
    /// # Errors
    /// What is wrong with the chart.
    pub fn chart(&self) -> Result<Option<&Metadata>, &[Diagnostic]> {
        let releases = match self.layer.layer.source {
            LayerSource::Chart(_) => self.releases()?,
            LayerSource::Pack(_) | LayerSource::Manifests(_) => &[],
        };
        Ok(releases
            .first()
            .map(|release| &*release.shared.chart.metadata))
    }

    /// The templates that are the same on every cluster: all manifests without macros in their text.
    pub(super) fn set(&self) -> Result<&Set, &[Diagnostic]> {
        self.set
            .get_or_init(|| {
                let mut set = Set::default();
                let mut problems = Vec::new();
                let shared = self.manifests.iter().filter(|one| one.macros.is_none());
                for one in shared {
                    if let Err(error) = set.parse(&one.name, &one.manifest.text) {
                        problems.push(one.problem(&error.message, &error.place.range));
                    }
                }
                if problems.is_empty() {
                    Ok(set)
                } else {
                    Err(problems)
                }
            })
            .as_ref()
            .map_err(Vec::as_slice)
    }
}

impl PreparedManifest {
    /// A problem at a place of the template.
    pub fn problem(&self, message: &str, range: &std::ops::Range<usize>) -> Diagnostic {
        let problem = Diagnostic::error(format!("manifest `{}`: {message}", self.manifest.path))
            .at(self.span(range));
        if message == "unexpected EOF" {
            return problem.help("an `{{ if }}`, `{{ with }}` or `{{ range }}` has no `{{ end }}`");
        }
        problem
    }

    /// The place where it begins, for problems that cannot be pinned down.
    pub fn start(&self) -> Span {
        self.span(&(0..0))
    }

    fn span(&self, range: &std::ops::Range<usize>) -> Span {
        let offset = |at: usize| {
            let mut at = at.min(self.manifest.text.len());
            while !self.manifest.text.is_char_boundary(at) {
                at -= 1;
            }
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        Span {
            source: self.manifest.source,
            start: offset(range.start),
            end: offset(range.end.max(range.start)),
        }
    }
}

fn is_set(found: &path::Found<'_>) -> bool {
    found.node.is_some_and(|node| node.kind != NodeKind::Null)
}

fn own_manifests(layer: &StackLayer) -> Vec<Manifest> {
    match (&layer.pack, &layer.layer.source) {
        (Some(pack), _) => pack.manifests.clone(),
        (None, LayerSource::Manifests(all)) => all.iter().map(|one| one.manifest.clone()).collect(),
        (None, LayerSource::Pack(_) | LayerSource::Chart(_)) => Vec::new(),
    }
}

fn not_mappings(layer: &StackLayer) -> Vec<Diagnostic> {
    let own = layer.pack.iter().map(|pack| &pack.values);
    let presets = layer.pack.iter().flat_map(|pack| {
        let chosen = layer.presets.iter().filter_map(|at| pack.presets.get(*at));
        chosen.map(|preset| &preset.add)
    });
    own.chain(presets)
        .chain(&layer.values)
        .filter(|node| !matches!(node.kind, NodeKind::Map(_) | NodeKind::Null))
        .map(|node| {
            let summary = format!(
                "the values of layer `{}` are {}, not a mapping",
                layer.name,
                node.kind_name()
            );
            Diagnostic::error(summary).at(node.span)
        })
        .collect()
}

/// Collects macros.
#[derive(Default)]
struct Finder {
    functions: Option<Functions>,
    texts: HashMap<String, MacroText>,
    uses: BTreeMap<Reference, Use>,
    problems: Vec<Diagnostic>,
}

impl Finder {
    fn node(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::String(text, _) => self.text(text, node.span),
            NodeKind::List(list) => {
                for item in list {
                    self.node(item);
                }
            }
            NodeKind::Map(entries) => {
                for entry in entries {
                    self.text(&entry.key, entry.key_span);
                    self.node(&entry.value);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, span: Span) {
        if !may_have_macros(text) || self.texts.contains_key(text) {
            return;
        }
        let functions = self.functions.get_or_insert_with(Functions::standard);
        match MacroText::parse(text, span, functions) {
            Ok(None) => {}
            Ok(Some(found)) => {
                for read in found.uses() {
                    note(&mut self.uses, read);
                }
                self.texts.insert(text.to_owned(), found);
            }
            Err(problems) => self.problems.extend(problems),
        }
    }

    fn manifests(&mut self, manifests: Vec<Manifest>) -> Vec<PreparedManifest> {
        let mut all: Vec<PreparedManifest> = Vec::with_capacity(manifests.len());
        for manifest in manifests {
            let macros = match MacroManifest::parse(&manifest.text, manifest.source) {
                Ok(macros) => macros,
                Err(problems) => {
                    self.problems.extend(problems);
                    None
                }
            };
            for read in macros.iter().flat_map(MacroManifest::uses) {
                note(&mut self.uses, read);
            }
            let mut name = manifest.path.to_string();
            if all.iter().any(|other| other.name == name) {
                name = format!("{name}#{}-{}", all.len(), manifest.name);
            }
            let one = PreparedManifest {
                manifest,
                name,
                macros,
            };
            if one.manifest.text.contains(".Spectro") {
                for path in ["cluster.name", "cluster.kubevip"] {
                    let read = Use {
                        reference: Reference::System(path.into()),
                        defaulted: true,
                        span: one.span(&(0..0)),
                    };
                    note(&mut self.uses, &read);
                }
            }
            all.push(one);
        }
        all
    }
}

/// Keeps each reference once, a place where it must be defined before one where it need not.
fn note(uses: &mut BTreeMap<Reference, Use>, read: &Use) {
    match uses.get_mut(&read.reference) {
        None => {
            uses.insert(read.reference.clone(), read.clone());
        }
        Some(known) if known.defaulted && !read.defaulted => *known = read.clone(),
        Some(_) => {}
    }
}
