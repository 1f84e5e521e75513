//! The profiles, each looked at once however many clusters use it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::documents::Documents;
use crate::diag::{Diagnostic, Span, join};
use crate::model::{
    Category, ChartFiles, Cloud, IgnoreFields, Layer, LayerSource, Pack, Profile, ProfileKind,
    StandsAs,
};

use super::contents::Contents;
use super::presets;

/// All profiles with what belongs to them, by position.
#[derive(Debug)]
pub(super) struct Catalog<'d> {
    /// The profiles, as the documents have them.
    pub profiles: Vec<Entry<'d>>,
    /// Positions of the versions of each profile, by name.
    pub by_name: BTreeMap<&'d str, Vec<usize>>,
    /// Positions of the profiles that choose their clusters.
    pub choosing: Vec<usize>,
}

/// A profile, and what its layers are made of.
#[derive(Debug)]
pub(super) struct Entry<'d> {
    /// The profile.
    pub profile: &'d Arc<Profile>,
    /// Its layers, as written.
    pub layers: Vec<LayerEntry>,
}

/// A layer of a profile, and what it is made of.
#[derive(Clone, Debug)]
pub(super) struct LayerEntry {
    /// The layer.
    pub layer: Arc<Layer>,
    /// Its pack; nothing for a pack that could not be read.
    pub pack: Option<Arc<Pack>>,
    /// Its chart; nothing for a chart that could not be read.
    pub chart: Option<ChartFiles>,
    /// What it counts as where packs are looked for.
    pub stands_as: StandsAs,
    /// The presets that the profile chooses, as positions in the pack's list.
    pub presets: Vec<usize>,
    /// Fields that are left to others: the project's, the profile's and the layer's.
    pub ignore_fields: Arc<[IgnoreFields]>,
}

impl<'d> Catalog<'d> {
    /// Joins profiles with packs, and checks each profile by itself.
    pub(super) fn new(
        documents: &'d Documents,
        contents: &Contents,
        problems: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut catalog = Self {
            profiles: Vec::with_capacity(documents.profiles.len()),
            by_name: BTreeMap::new(),
            choosing: Vec::new(),
        };
        for (at, profile) in documents.profiles.iter().enumerate() {
            check(profile, problems);
            let layers = profile
                .layers
                .iter()
                .map(|layer| join_layer(documents, profile, layer, contents, problems))
                .collect();
            catalog
                .by_name
                .entry(profile.name.as_str())
                .or_default()
                .push(at);
            if profile.cluster_selector.is_some() && profile.kind == ProfileKind::AddOn {
                catalog.choosing.push(at);
            }
            catalog.profiles.push(Entry { profile, layers });
        }
        catalog
    }
}

fn join_layer(
    documents: &Documents,
    profile: &Profile,
    layer: &Layer,
    contents: &Contents,
    problems: &mut Vec<Diagnostic>,
) -> LayerEntry {
    let pack = match &layer.source {
        LayerSource::Pack(reference) => contents.pack(reference).cloned(),
        LayerSource::Chart(_) | LayerSource::Manifests(_) => None,
    };
    let chart = match &layer.source {
        LayerSource::Chart(reference) => contents.chart(reference),
        LayerSource::Pack(_) | LayerSource::Manifests(_) => None,
    };
    let chart_version = chart.and_then(|chart| chart.version.as_ref());
    let stands_as = StandsAs::of(&layer.source, pack.as_deref(), chart_version);
    let presets = match (&layer.source, &pack) {
        (_, Some(pack)) => {
            check_pack(profile, layer, pack, problems);
            presets::warn_of_replaced(layer, &layer.presets, problems);
            presets::resolve(&layer.name, pack, &layer.presets, problems)
        }
        (LayerSource::Pack(_), None) => Vec::new(),
        _ => {
            if let Some(preset) = layer.presets.first() {
                problems.push(presets::without_pack(&layer.name, preset.span));
            }
            Vec::new()
        }
    };
    LayerEntry {
        layer: Arc::new(layer.clone()),
        pack,
        chart: chart.map(|chart| chart.files.clone()),
        stands_as,
        presets,
        ignore_fields: [
            &documents.project.ignore_fields,
            &profile.ignore_fields,
            &layer.ignore_fields,
        ]
        .into_iter()
        .flatten()
        .cloned()
        .collect(),
    }
}

/// What the type of a profile allows.
fn check(profile: &Profile, problems: &mut Vec<Diagnostic>) {
    let name = &profile.name;
    let kind = match profile.kind {
        ProfileKind::AddOn => {
            for layer in profile.layers.iter().filter(|l| l.category.is_core()) {
                problems.push(
                    Diagnostic::error(format!(
                        "add-on profile `{name}` has a layer of category {}",
                        layer.category
                    ))
                    .at(layer.span)
                    .label("a core layer")
                    .help("core layers belong in a profile of type `infra` or `full`"),
                );
            }
            ""
        }
        ProfileKind::Infra => "infra ",
        ProfileKind::Full => "full ",
    };
    if profile.kind != ProfileKind::AddOn {
        check_core(profile, kind, problems);
    }
    if profile.kind == ProfileKind::Infra {
        for layer in profile.layers.iter().filter(|l| !l.category.is_core()) {
            problems.push(
                Diagnostic::error(format!(
                    "infra profile `{name}` has a layer of category {}",
                    layer.category
                ))
                .at(layer.span)
                .label("an add-on")
                .help("move the layer into a profile of type `add-on`, or make this one `full`"),
            );
        }
    }
}

fn check_core(profile: &Profile, kind: &str, problems: &mut Vec<Diagnostic>) {
    let mut missing: Vec<&str> = Vec::new();
    for category in &Category::CORE {
        let mut there = profile.layers.iter().filter(|l| l.category == *category);
        let Some(first) = there.next() else {
            missing.push(category.as_str());
            continue;
        };
        for second in there {
            problems.push(
                Diagnostic::error(format!(
                    "{kind}profile `{}` has two layers of category {category}",
                    profile.name
                ))
                .at(second.span)
                .label("the second one")
                .also(first.span, "the first one")
                .help("of each core layer, a profile has exactly one"),
            );
        }
    }
    if !missing.is_empty() {
        problems.push(
            Diagnostic::error(format!(
                "{kind}profile `{}` has no layer of category {}",
                profile.name,
                join(missing, "or")
            ))
            .at(profile.span)
            .help("it needs one layer each of `os`, `k8s`, `cni` and `csi`"),
        );
    }
}

/// Whether a pack fits the layer's category and the profile's cloud.
fn check_pack(profile: &Profile, layer: &Layer, pack: &Pack, problems: &mut Vec<Diagnostic>) {
    let span = source_span(layer);
    let fits = if layer.category.is_core() {
        layer.category == pack.category
    } else {
        !pack.category.is_core()
    };
    if !fits {
        let what = |category: &Category| match category {
            Category::Addon(_) => "an add-on".to_owned(),
            core => format!("a {core} pack").replace("a os", "an os"),
        };
        problems.push(
            Diagnostic::error(format!(
                "layer `{}` is of category {}, but the pack `{}` {} is {}",
                layer.name,
                layer.category,
                pack.name,
                pack.version,
                what(&pack.category)
            ))
            .at(span)
            .help(if pack.category.is_core() {
                format!("write `category: {}`, or take another pack", pack.category)
            } else {
                format!("take a {} pack, or an add-on category", layer.category)
            }),
        );
    }
    if !pack.cloud_types.allow(&profile.cloud) {
        problems.push(
            Diagnostic::error(format!(
                "the pack `{}` {} is not made for {}, the cloud of profile `{}`",
                pack.name, pack.version, profile.cloud, profile.name
            ))
            .at(span)
            .help(format!(
                "it is made for {}",
                join(pack.cloud_types.0.iter().map(Cloud::as_str), "and")
            )),
        );
    }
}

/// Where a layer says what it is made of.
pub(super) fn source_span(layer: &Layer) -> Span {
    match &layer.source {
        LayerSource::Pack(reference) => reference.span,
        LayerSource::Chart(reference) => reference.span,
        LayerSource::Manifests(_) => layer.span,
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use crate::config::stacks::fixture::problems;

    #[test]
    fn an_infra_profile_has_exactly_the_core_layers() {
        assert_snapshot!(problems("
profile bad 1.0.0 infra aws
  layer os os manifests
  layer os-again os manifests
  layer k8s k8s manifests
  layer ingress ingress manifests
"), @"
        error: infra profile `bad` has two layers of category os
          --> test:13:9
           |
        12 |   layer os os manifests
           |         -- the first one
        13 |   layer os-again os manifests
           |         ^^^^^^^^ the second one
           |
           = help: of each core layer, a profile has exactly one
        error: infra profile `bad` has no layer of category `cni` or `csi`
          --> test:11:9
           |
        11 | profile bad 1.0.0 infra aws
           |         ^^^
           |
           = help: it needs one layer each of `os`, `k8s`, `cni` and `csi`
        error: infra profile `bad` has a layer of category ingress
          --> test:15:9
           |
        15 |   layer ingress ingress manifests
           |         ^^^^^^^ an add-on
           |
           = help: move the layer into a profile of type `add-on`, or make this one `full`
        ");
    }

    #[test]
    fn an_add_on_profile_has_no_core_layer() {
        assert_snapshot!(problems("
profile bad 1.0.0 add-on all
  layer network cni manifests
"), @"
        error: add-on profile `bad` has a layer of category cni
          --> test:12:9
           |
        12 |   layer network cni manifests
           |         ^^^^^^^ a core layer
           |
           = help: core layers belong in a profile of type `infra` or `full`
        ");
    }

    #[test]
    fn a_full_profile_has_core_layers_and_add_ons() {
        assert_snapshot!(problems("
profile fine 1.0.0 full aws
  layer os os manifests
  layer k8s k8s manifests
  layer cni cni manifests
  layer csi csi manifests
  layer ingress ingress manifests
"), @"");
        assert_snapshot!(problems("
profile bad 1.0.0 full aws
  layer ingress ingress manifests
"), @"
        error: full profile `bad` has no layer of category `os`, `k8s`, `cni` or `csi`
          --> test:11:9
           |
        11 | profile bad 1.0.0 full aws
           |         ^^^
           |
           = help: it needs one layer each of `os`, `k8s`, `cni` and `csi`
        ");
    }

    #[test]
    fn a_pack_fits_the_category_of_its_layer() {
        assert_snapshot!(problems("
pack nginx 1.0.0 ingress
profile bad 1.0.0 full aws
  layer os os manifests
  layer k8s k8s ebs:1.30.0
  layer cni cni nginx:1.0.0
  layer csi csi manifests
  layer any logging nginx:1.0.0
  layer net logging cilium:1.16.0
"), @"
        error: layer `k8s` is of category k8s, but the pack `ebs` 1.30.0 is a csi pack
          --> test:14:17
           |
        14 |   layer k8s k8s ebs:1.30.0
           |                 ^^^^^^^^^^
           |
           = help: write `category: csi`, or take another pack
        error: layer `cni` is of category cni, but the pack `nginx` 1.0.0 is an add-on
          --> test:15:17
           |
        15 |   layer cni cni nginx:1.0.0
           |                 ^^^^^^^^^^^
           |
           = help: take a cni pack, or an add-on category
        error: layer `net` is of category logging, but the pack `cilium` 1.16.0 is a cni pack
          --> test:18:21
           |
        18 |   layer net logging cilium:1.16.0
           |                     ^^^^^^^^^^^^^
           |
           = help: write `category: cni`, or take another pack
        ");
    }

    #[test]
    fn a_pack_fits_the_cloud_of_its_profile() {
        assert_snapshot!(problems("
pack lb 1.0.0 ingress clouds=azure,gcp
profile bad 1.0.0 add-on aws
  layer lb ingress lb:1.0.0
profile open 1.0.0 add-on all
  layer lb ingress lb:1.0.0
"), @"
        error: the pack `lb` 1.0.0 is not made for aws, the cloud of profile `bad`
          --> test:13:20
           |
        13 |   layer lb ingress lb:1.0.0
           |                    ^^^^^^^^
           |
           = help: it is made for `azure` and `gcp`
        ");
    }
}
