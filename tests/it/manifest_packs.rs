//! Real packs with manifests, out of the folder that STRATIFORM_PACKS names, with each of their presets.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use stratiform::diag::{Sources, Style, has_errors, render as show};
use stratiform::model::{
    Binding, Capabilities, Category, Cloud, Cluster, ClusterName, Deletion, Digest, Existing, Key,
    Layer, LayerName, LayerSource, Pack, PackRef, Profile, ProfileKind, ProfileName, Project,
    RegistryName, SecretPolicy, Seed, Stack, StackLayer, TargetSpec, ValuesMode, Version,
    VersionPolicy, VersionReq,
};
use stratiform::render::{self, Chance, Context, Options, Prepared};
use stratiform::{registry, yaml};
use uuid::Uuid;

/// Packs whose own templates are no templates: an `{{ end }}` of this one lacks a brace.
const BROKEN: [(&str, &str); 1] = [("external-snapshotter", "unexpected EOF")];

/// Required values that a pack leaves to its users.
const USER_VALUES: &str = "manifests:\n  install-falcon: {agentPackageUrl: https://example.com/falcon.rpm, customerId: c1d}\n  vsclass: {driver: ebs.csi.aws.com}\n";

#[test]
fn manifest_packs_render() {
    let Some(folder) = std::env::var_os("STRATIFORM_PACKS").map(PathBuf::from) else {
        eprintln!("skipped: STRATIFORM_PACKS names no folder of packs");
        return;
    };
    if !folder.is_dir() {
        eprintln!("skipped: {} is no folder", folder.display());
        return;
    }
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("pack.json").is_file())
        .collect();
    folders.sort();
    let mut count = 0;
    for path in folders {
        let sources = Sources::default();
        let shown = path.file_name().map(Path::new).unwrap();
        let Ok(pack) = registry::read(&path, shown, &sources) else {
            continue;
        };
        if pack.manifests.is_empty() || !pack.charts.is_empty() {
            continue;
        }
        count += 1;
        let pack = Arc::new(pack);
        let choices = (0..pack.presets.len()).map(|at| vec![at]);
        for presets in std::iter::once(Vec::new()).chain(choices) {
            let text = rendered(&pack, presets, &sources);
            if let Some(out) = std::env::var_os("STRATIFORM_PACKS_OUT") {
                let name = format!("{}.{}.yaml", shown.display(), text.0);
                std::fs::write(Path::new(&out).join(name), text.1).unwrap();
            }
        }
    }
    eprintln!("rendered {count} packs");
    assert!(
        count > 0,
        "there is no manifest pack in {}",
        folder.display()
    );
}

/// A name for the presets, and all objects, namespaces and warnings as one text.
fn rendered(pack: &Arc<Pack>, presets: Vec<usize>, sources: &Sources) -> (String, String) {
    let source = sources.add("user.yaml", USER_VALUES);
    let user = yaml::read(source, USER_VALUES, yaml::Limits::default()).unwrap();
    let given = user[0]
        .get("manifests")
        .and_then(yaml::Node::as_map)
        .unwrap();
    let known = |name: &str| {
        pack.manifests
            .iter()
            .any(|manifest| *manifest.name == *name)
    };
    let values = if given.iter().any(|entry| known(&entry.key)) {
        vec![Arc::new(user[0].clone())]
    } else {
        Vec::new()
    };
    let name = presets
        .iter()
        .map(|at| &*pack.presets[*at].name)
        .collect::<Vec<_>>()
        .join("+");
    let span = user[0].span;
    let layer_name = LayerName::new(&*pack.name).unwrap();
    let category = Category::Addon("system-app".into());
    let layer = Arc::new(StackLayer {
        name: layer_name.clone(),
        category: category.clone(),
        profile: Arc::new(Profile {
            name: ProfileName::new("base").unwrap(),
            version: semver::Version::new(1, 0, 0),
            description: None,
            labels: BTreeMap::new(),
            kind: ProfileKind::AddOn,
            cloud: Cloud::all(),
            cluster_selector: None,
            variables: Vec::new(),
            layers: Vec::new(),
            ignore_fields: Vec::new(),
            moved: Vec::new(),
            digest: Digest::of(b""),
            span,
        }),
        layer: Arc::new(Layer {
            name: layer_name,
            category,
            source: LayerSource::Pack(PackRef {
                registry: RegistryName::new("community").unwrap(),
                name: Arc::clone(&pack.name),
                version: VersionReq::new(pack.version.as_str()).unwrap(),
                span,
            }),
            presets: Vec::new(),
            values: Vec::new(),
            values_mode: ValuesMode::Merge,
            depends_on: Vec::new(),
            ignore_fields: Vec::new(),
            namespace: None,
            span,
        }),
        pack: Some(Arc::clone(pack)),
        values,
        presets,
        depends_on: Vec::new(),
        ignore_fields: [].into(),
        span,
    });
    let prepared = [Arc::new(Prepared::new(&layer).unwrap_or_else(|problems| {
        panic!("{}", show(&problems, sources, Style::Plain))
    }))];
    let stack = Stack {
        cluster: Arc::new(cluster(span)),
        infra: None,
        layers: [layer].into(),
        edges: [].into(),
        bindings: BTreeMap::<ProfileName, BTreeMap<Arc<str>, Binding>>::new(),
        capabilities: Arc::new(Capabilities {
            kube_version: Version::new("1.33.2").unwrap(),
            api_versions: [].into(),
        }),
    };
    let project = project();
    let cx = Context::new(&stack, &prepared, &project, Uuid::nil(), Uuid::nil());
    (name, all_of(&prepared[0], &cx, sources))
}

fn all_of(prepared: &Prepared, cx: &Context<'_>, sources: &Sources) -> String {
    let fail = |problems: &[_]| -> ! { panic!("{}", show(problems, sources, Style::Plain)) };
    let start = Instant::now();
    let inputs = render::inputs(prepared, cx).unwrap_or_else(|problems| fail(&problems));
    let key = Key::from_bytes([1; 32]);
    let options = Options::default();
    let capabilities = &cx.stack().capabilities;
    let print = render::fingerprint(&key, prepared, &inputs, capabilities, &options);
    let looked = start.elapsed();
    let resolved = render::resolved(prepared, cx).unwrap_or_else(|problems| fail(&problems));
    let mut notes = Vec::new();
    if let Some(schema) = prepared.schema() {
        notes.extend(schema.warnings());
        notes.extend(schema.check(prepared, &resolved));
    }
    if has_errors(&notes) {
        fail(&notes);
    }
    let values = render::values(prepared, cx).unwrap_or_else(|problems| fail(&problems));
    let broken = BROKEN
        .iter()
        .find(|(name, _)| prepared.pack_name() == Some(name));
    let chance = || {
        let seed = Seed {
            generation: 1,
            made: jiff::Timestamp::UNIX_EPOCH,
            layer: prepared.layer().name.clone(),
        };
        Chance::new(&seed, &key, cx)
    };
    let rendered = match (render::render(prepared, &values, cx, chance()), broken) {
        (Ok(rendered), None) => rendered,
        (Err(problems), None) => fail(&problems),
        (Ok(_), Some((name, _))) => panic!("{name} is not broken any more"),
        (Err(problems), Some((_, why))) => {
            let text = show(&problems, sources, Style::Plain);
            assert!(text.contains(why), "{text}");
            return text;
        }
    };
    let start = Instant::now();
    let again =
        render::render(prepared, &values, cx, chance()).unwrap_or_else(|problems| fail(&problems));
    let took: Duration = start.elapsed();
    assert_eq!(rendered.objects, again.objects);
    notes.extend(rendered.warnings);
    let mut out = format!("# fingerprint {print}, looked up in {looked:?}, rendered in {took:?}\n");
    for wish in &rendered.namespaces {
        let _ = writeln!(
            out,
            "# namespace {} {:?} from {}",
            wish.name, wish.labels, wish.origin
        );
    }
    for line in show(&notes, sources, Style::Plain).lines() {
        let _ = writeln!(out, "# {line}");
    }
    for object in &rendered.objects {
        assert!(!object.key.name.is_empty());
        let _ = writeln!(out, "---\n# {} from {}", object.key, object.origin);
        out.push_str(&yaml::write_ordered(&object.value));
    }
    out
}

fn cluster(span: stratiform::diag::Span) -> Cluster {
    Cluster {
        name: ClusterName::new("prod-1").unwrap(),
        labels: BTreeMap::new(),
        cloud: Cloud::new("aws"),
        profiles: [].into(),
        existing: Some(Existing {
            kubernetes_version: Version::new("1.33.2").unwrap(),
        }),
        variables: BTreeMap::new(),
        overrides: Arc::default(),
        region: None,
        endpoint: Some("10.0.0.1:6443".into()),
        cloud_account: None,
        node_pools: [].into(),
        target: TargetSpec::Directory {
            path: PathBuf::from("out"),
            secrets: SecretPolicy::Write,
        },
        deletion: Deletion::Forget,
        span,
    }
}

fn project() -> Project {
    Project {
        name: "fleet".into(),
        documents: Vec::new(),
        state: PathBuf::new(),
        macros: BTreeMap::new(),
        ignore_fields: Vec::new(),
        versions: VersionPolicy::Mutable,
        moved: Vec::new(),
        delete_limit: 0,
    }
}
