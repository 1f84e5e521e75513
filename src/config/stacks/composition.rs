//! What a set of profiles comes to: the layers in order, shared by all clusters that have the same set.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span, join};
use crate::model::{
    Capabilities, Cloud, LayerName, LayerOverride, LayerSource, Profile, ProfileKind, StackLayer,
    Version, kubernetes_version,
};
use crate::yaml::Node;

use super::catalog::{Catalog, LayerEntry, source_span};
use super::dependencies;
use super::lookup::Values;
use super::presets;
use super::sequence::{Sequence, sequence};
use super::words::suggestion;

/// The version of Kubernetes that templates see when nobody says one: when the k8s layer is made of manifests.
pub const DEFAULT_KUBERNETES_VERSION: &str = "1.33.0";

/// Values that give a layer a name in Palette.
const DISPLAY_NAME: [&str; 2] = ["pack", "spectrocloud.com/display-name"];

/// What makes one composition differ from another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ingredients<'a> {
    /// The profiles, as positions in the catalog.
    pub profiles: &'a [usize],
    /// The cloud that all of it runs on.
    pub cloud: &'a Cloud,
    /// The Kubernetes version of a cluster that somebody else made.
    pub existing: Option<&'a Version>,
    /// Changes of single layers.
    pub overrides: &'a BTreeMap<LayerName, LayerOverride>,
}

/// What a set of profiles comes to.
#[derive(Debug)]
pub(super) struct Composition {
    /// The infra or full profile.
    pub infra: Option<Arc<Profile>>,
    /// All profiles, in the order of the ingredients.
    pub profiles: Vec<Arc<Profile>>,
    /// The profiles that declare each variable, as positions in `profiles`.
    pub declared: BTreeMap<Arc<str>, Vec<usize>>,
    /// The layers, in order.
    pub layers: Arc<[Arc<StackLayer>]>,
    /// Hard edges between positions in `layers`.
    pub edges: Arc<[(usize, usize)]>,
    /// What the target can do, as far as the documents say.
    pub capabilities: Arc<Capabilities>,
}

/// A layer before its place in the stack is known.
#[derive(Debug)]
pub(super) struct Draft<'a> {
    /// The profile that it comes from.
    pub profile: &'a Arc<Profile>,
    /// The layer as the profile has it.
    pub entry: &'a LayerEntry,
    /// The profile's values, then the cluster's.
    pub written: Cow<'a, [Arc<Node>]>,
    /// The presets that are on.
    pub presets: Cow<'a, [usize]>,
}

impl Draft<'_> {
    /// The values of the layer.
    pub(super) fn values(&self) -> Values<'_> {
        Values {
            pack: self.entry.pack.as_deref(),
            presets: &self.presets,
            written: &self.written,
            mode: self.entry.layer.values_mode,
        }
    }

    fn is_overridden(&self) -> bool {
        matches!(self.written, Cow::Owned(_)) || matches!(self.presets, Cow::Owned(_))
    }
}

/// Layers that compositions share: those of the same profile, in the same place of it, that no cluster overrides.
/// The entry in the catalog is told from others by its address.
pub(super) type Shared = HashMap<(*const LayerEntry, Vec<LayerName>), Arc<StackLayer>>;

/// Composes a stack. Nothing when its layers have no order.
pub(super) fn compose(
    catalog: &Catalog<'_>,
    ingredients: Ingredients<'_>,
    shared: &mut Shared,
    problems: &mut Vec<Diagnostic>,
) -> Option<Composition> {
    let drafts = drafts(catalog, ingredients, problems);
    check_names(&drafts, problems);
    check_display_names(&drafts, problems);
    check_clouds(&drafts, ingredients.cloud, problems);
    let pack_edges = dependencies::check(&drafts, ingredients.existing, problems);
    let sequence = sequence(&drafts, &pack_edges, problems)?;
    let profiles: Vec<Arc<Profile>> = ingredients
        .profiles
        .iter()
        .map(|at| Arc::clone(catalog.profiles[*at].profile))
        .collect();
    let mut declared: BTreeMap<Arc<str>, Vec<usize>> = BTreeMap::new();
    for (at, profile) in profiles.iter().enumerate() {
        for variable in &profile.variables {
            let name = Arc::clone(&variable.name);
            declared.entry(name).or_default().push(at);
        }
    }
    Some(Composition {
        infra: profiles
            .iter()
            .find(|profile| profile.kind != ProfileKind::AddOn)
            .cloned(),
        capabilities: capabilities(&drafts, ingredients.existing),
        layers: finish(&drafts, &sequence, shared),
        edges: sequence.edges.into(),
        profiles,
        declared,
    })
}

/// The layers of all profiles, as written, with the cluster's overrides.
fn drafts<'a>(
    catalog: &'a Catalog<'_>,
    ingredients: Ingredients<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Vec<Draft<'a>> {
    let mut drafts: Vec<Draft<'a>> = ingredients
        .profiles
        .iter()
        .map(|at| &catalog.profiles[*at])
        .flat_map(|profile| {
            profile.layers.iter().map(|entry| Draft {
                profile: profile.profile,
                entry,
                written: Cow::Borrowed(&entry.layer.values),
                presets: Cow::Borrowed(&entry.presets),
            })
        })
        .collect();
    for (name, change) in ingredients.overrides {
        let found = drafts
            .iter_mut()
            .find(|draft| draft.entry.layer.name == *name);
        match found {
            Some(draft) => override_layer(draft, change, problems),
            None => {
                let mut problem = Diagnostic::error(format!(
                    "there is no layer `{name}` in the stack that could be overridden"
                ))
                .at(change.span);
                let known = drafts.iter().map(|draft| draft.entry.layer.name.as_str());
                problem.help = suggestion(name.as_str(), known);
                problems.push(problem);
            }
        }
    }
    drafts
}

fn override_layer(draft: &mut Draft<'_>, change: &LayerOverride, problems: &mut Vec<Diagnostic>) {
    if let Some(values) = &change.values {
        draft.written.to_mut().push(Arc::clone(values));
    }
    let Some(chosen) = &change.presets else {
        return;
    };
    presets::warn_of_replaced(&draft.entry.layer, chosen, problems);
    if let Some(pack) = &draft.entry.pack {
        draft.presets = Cow::Owned(presets::resolve(
            &draft.entry.layer.name,
            pack,
            chosen,
            problems,
        ));
    } else if !matches!(draft.entry.layer.source, LayerSource::Pack(_))
        && let Some(preset) = chosen.first()
    {
        problems.push(presets::without_pack(&draft.entry.layer.name, preset.span));
    }
}

/// Names of layers are unique in a stack. Two of one profile were told when its document was read.
fn check_names(drafts: &[Draft<'_>], problems: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&LayerName, &Draft<'_>> = HashMap::with_capacity(drafts.len());
    for draft in drafts {
        let layer = &draft.entry.layer;
        match seen.get(&layer.name) {
            Some(first) if !Arc::ptr_eq(first.profile, draft.profile) => problems.push(
                Diagnostic::error(format!(
                    "the profiles `{}` and `{}` both have a layer `{}`, and a cluster has both",
                    first.profile.name, draft.profile.name, layer.name
                ))
                .at(layer.span)
                .label("the second one")
                .also(first.entry.layer.span, "the first one")
                .help("give one of the layers another `name`"),
            ),
            Some(_) => {}
            None => {
                seen.insert(&layer.name, draft);
            }
        }
    }
}

/// Display names that documents write are unique too. The pack's own default is the same for all its layers, and says
/// nothing.
fn check_display_names(drafts: &[Draft<'_>], problems: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<&str, Span> = HashMap::new();
    for draft in drafts {
        let Some(node) = draft.values().written(&DISPLAY_NAME) else {
            continue;
        };
        let Some(name) = node.as_str() else { continue };
        if let Some(first) = seen.get(name) {
            problems.push(
                Diagnostic::error(format!("two layers have the display name `{name}`"))
                    .at(node.span)
                    .label("the second one")
                    .also(*first, "the first one")
                    .help("give one of them another `spectrocloud.com/display-name`"),
            );
        } else {
            seen.insert(name, node.span);
        }
    }
}

/// Packs fit the cloud that they come to run on. What a profile for one cloud holds was checked with the profile.
fn check_clouds(drafts: &[Draft<'_>], cloud: &Cloud, problems: &mut Vec<Diagnostic>) {
    for draft in drafts.iter().filter(|draft| draft.profile.cloud.is_all()) {
        if let Some(pack) = &draft.entry.pack
            && !pack.cloud_types.allow(cloud)
        {
            problems.push(
                Diagnostic::error(format!(
                    "the pack `{}` {} is not made for {cloud}, the cluster's cloud",
                    pack.name, pack.version
                ))
                .at(source_span(&draft.entry.layer))
                .help(format!(
                    "it is made for {}",
                    join(pack.cloud_types.0.iter().map(Cloud::as_str), "and")
                )),
            );
        }
    }
}

fn capabilities(drafts: &[Draft<'_>], existing: Option<&Version>) -> Arc<Capabilities> {
    let layers = drafts.iter().map(|draft| draft.entry);
    let layers = layers.map(|entry| (&entry.layer.category, &entry.stands_as));
    let known = kubernetes_version(existing, layers);
    let kube_version = known.cloned().unwrap_or_else(|| {
        Version::new(DEFAULT_KUBERNETES_VERSION).expect("the default is a version")
    });
    Arc::new(Capabilities::assumed(kube_version, []))
}

/// The layers in their order.
fn finish(
    drafts: &[Draft<'_>],
    sequence: &Sequence,
    shared: &mut Shared,
) -> Arc<[Arc<StackLayer>]> {
    sequence
        .order
        .iter()
        .enumerate()
        .map(|(place, at)| {
            let draft = &drafts[*at];
            let depends_on: Vec<LayerName> = sequence
                .edges
                .iter()
                .filter(|(_, to)| *to == place)
                .map(|(from, _)| drafts[sequence.order[*from]].entry.layer.name.clone())
                .collect();
            if draft.is_overridden() {
                return Arc::new(layer(draft, depends_on));
            }
            let key = (std::ptr::from_ref(draft.entry), depends_on);
            if let Some(known) = shared.get(&key) {
                return Arc::clone(known);
            }
            let made = Arc::new(layer(draft, key.1.clone()));
            shared.insert(key, Arc::clone(&made));
            made
        })
        .collect()
}

fn layer(draft: &Draft<'_>, depends_on: Vec<LayerName>) -> StackLayer {
    let entry = draft.entry;
    StackLayer {
        name: entry.layer.name.clone(),
        category: entry.layer.category.clone(),
        profile: Arc::clone(draft.profile),
        layer: Arc::clone(&entry.layer),
        pack: entry.pack.clone(),
        chart: entry.chart.clone(),
        stands_as: entry.stands_as.clone(),
        values: draft.written.to_vec(),
        presets: draft.presets.to_vec(),
        depends_on,
        ignore_fields: Arc::clone(&entry.ignore_fields),
        span: entry.layer.span,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use insta::assert_snapshot;

    use crate::config::stacks::fixture::{BASE, problems, project};

    const APPS: &str = "
profile apps 1.0.0 add-on all
  layer web app manifests
  layer api app manifests
";

    #[test]
    fn clusters_share_what_they_do_not_override() {
        let project = project(&format!(
            "{BASE}{APPS}
cluster a aws base apps
cluster b aws base apps
cluster c aws base apps
  override web
  value replicas 3
"
        ));
        let (stacks, problems) = project.build();
        assert_eq!(project.render(&problems), "");
        assert!(Arc::ptr_eq(&stacks[0].layers, &stacks[1].layers));
        let same: Vec<bool> = stacks[0]
            .layers
            .iter()
            .zip(stacks[2].layers.iter())
            .map(|(a, c)| Arc::ptr_eq(a, c))
            .collect();
        assert_eq!(same, [true, true, true, true, false, true]);
        let changed = &stacks[2].layers[4];
        assert_eq!(changed.values.len(), 1);
        assert!(changed.values[0].get("replicas").is_some());
    }

    #[test]
    fn an_override_of_nothing_is_told() {
        assert_snapshot!(problems(&format!("{APPS}
cluster a aws base apps
  override wbe
  value replicas 3
")), @"
        error: there is no layer `wbe` in the stack that could be overridden
          --> test:16:12
           |
        16 |   override wbe
           |            ^^^
           |
           = note: on cluster a
           = help: did you mean `web`?
        ");
    }

    #[test]
    fn names_are_unique_in_a_stack() {
        assert_snapshot!(problems(&format!("{APPS}
profile more 1.0.0 add-on all
  layer web ingress manifests
cluster a aws base apps more
cluster b aws base apps
")), @"
        error: the profiles `apps` and `more` both have a layer `web`, and a cluster has both
          --> test:16:9
           |
        12 |   layer web app manifests
           |         --- the first one
        ...
        16 |   layer web ingress manifests
           |         ^^^ the second one
           |
           = note: on cluster a
           = help: give one of the layers another `name`
        ");
    }

    #[test]
    fn display_names_are_unique_in_a_stack() {
        assert_snapshot!(problems("
pack dash 1.0.0 monitoring
  value pack:spectrocloud.com/display-name Dashboard
profile apps 1.0.0 add-on all
  layer one monitoring dash:1.0.0
  layer two monitoring dash:1.0.0
  layer three monitoring dash:1.0.0
    value pack:spectrocloud.com/display-name Mine
  layer four monitoring dash:1.0.0
    value pack:spectrocloud.com/display-name Mine
cluster a aws base apps
"), @"
        error: two layers have the display name `Mine`
          --> test:19:46
           |
        17 |     value pack:spectrocloud.com/display-name Mine
           |                                              ---- the first one
        18 |   layer four monitoring dash:1.0.0
        19 |     value pack:spectrocloud.com/display-name Mine
           |                                              ^^^^ the second one
           |
           = note: on cluster a
           = help: give one of them another `spectrocloud.com/display-name`
        ");
    }

    #[test]
    fn packs_of_open_profiles_fit_the_cloud_of_the_cluster() {
        assert_snapshot!(problems("
pack lb 1.0.0 ingress clouds=azure,gcp
profile open 1.0.0 add-on all
  layer lb ingress lb:1.0.0
cluster a all base open
"), @"
        error: the pack `lb` 1.0.0 is not made for aws, the cluster's cloud
          --> test:13:20
           |
        13 |   layer lb ingress lb:1.0.0
           |                    ^^^^^^^^
           |
           = note: on cluster a
           = help: it is made for `azure` and `gcp`
        ");
    }

    #[test]
    fn kubernetes_has_the_version_of_its_pack_or_chart_or_of_the_cluster() {
        let project = project(&format!(
            "{BASE}{APPS}
profile own 1.0.0 full aws
  layer os2 os manifests
  layer k8s2 k8s manifests
  layer cni2 cni manifests
  layer csi2 csi manifests
profile chart 1.0.0 full aws
  layer os2 os manifests
  layer k8s2 k8s chart stands=kubernetes:1.30.9
  layer cni2 cni manifests
  layer csi2 csi manifests
cluster a aws base
cluster b aws apps existing=1.29.7
cluster c aws own
cluster d aws chart
"
        ));
        let (stacks, problems) = project.build();
        assert_eq!(project.render(&problems), "");
        let versions: Vec<&str> = stacks
            .iter()
            .map(|stack| stack.capabilities.kube_version.as_str())
            .collect();
        assert_eq!(
            versions,
            [
                "1.31.4",
                "1.29.7",
                super::DEFAULT_KUBERNETES_VERSION,
                "1.30.9"
            ]
        );
        let infra: Vec<Option<&str>> = stacks
            .iter()
            .map(|stack| stack.infra.as_ref().map(|profile| profile.name.as_str()))
            .collect();
        assert_eq!(infra, [Some("base"), None, Some("own"), Some("chart")]);
    }
}
