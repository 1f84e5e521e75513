//! Real packs, out of the folder that STRATIFORM_PACKS names, rendered with each of their presets.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stratiform::diag::{Sources, Style, render as show};
use stratiform::engine::{PackRequest, RenderedCluster, render_pack};
use stratiform::model::{Capabilities, ClusterName, Key, Version};
use stratiform::render::template::Limits;
use stratiform::{registry, yaml};

/// Packs that Helm cannot render either as they are, with all presets or with some, and why: an `{{ end }}` that lacks a
/// brace, values that no longer fit the chart.
const BROKEN: [(&str, &str); 3] = [
    ("external-snapshotter", "unexpected EOF"),
    ("piraeus-operator", "nil pointer evaluating"),
    (
        "elastic-stack",
        "At least one of statefulSet or deployment is required",
    ),
];

/// Required values that packs leave to their users.
const USER_VALUES: &str = "manifests:\n  install-falcon: {agentPackageUrl: https://example.com/falcon.rpm, customerId: c1d}\n  vsclass: {driver: ebs.csi.aws.com}\n";

#[test]
fn real_packs_render() {
    let Some(folder) = std::env::var_os("STRATIFORM_PACKS").map(PathBuf::from) else {
        eprintln!("skipped: STRATIFORM_PACKS names no folder of packs");
        return;
    };
    let mut folders: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("pack.json").is_file())
        .collect();
    folders.sort();
    let (mut objects, mut failed) = (0, 0);
    for path in &folders {
        let sources = Arc::new(Sources::default());
        let Ok(pack) = registry::read(path, path, &sources) else {
            continue;
        };
        let broken = BROKEN.iter().find(|(name, _)| *pack.name == **name);
        let presets = pack
            .presets
            .iter()
            .map(|preset| vec![format!("{}:{}", preset.group, preset.name)]);
        for presets in std::iter::once(Vec::new()).chain(presets) {
            match (rendered(path, &presets, &sources), broken) {
                (Ok(rendered), _) => {
                    let layers = rendered.layers.iter();
                    objects += layers.map(|(_, objects)| objects.len()).sum::<usize>();
                }
                (Err(said), Some((_, why))) if said.contains(why) => failed += 1,
                (Err(said), _) => panic!("{}: {said}", path.display()),
            }
        }
    }
    eprintln!(
        "rendered {objects} objects of {} packs; {failed} are broken",
        folders.len()
    );
    assert!(objects > 0, "no pack renders in {}", folder.display());
}

/// Twice, since what is random must come out the same.
fn rendered(
    folder: &Path,
    presets: &[String],
    sources: &Arc<Sources>,
) -> Result<RenderedCluster, String> {
    let source = sources.add("user.yaml", USER_VALUES);
    let values = yaml::read(source, USER_VALUES, yaml::Limits::default()).unwrap();
    let values = Arc::new(values[0].clone());
    let render = || {
        let request = PackRequest {
            folder,
            presets: presets.to_vec(),
            variables: [("NGC_API_KEY".into(), "key".into())].into(),
            values: vec![Arc::clone(&values)],
            cluster: ClusterName::new("prod-1").unwrap(),
            namespace: None,
            capabilities: Capabilities::assumed(Version::new("1.33.2").unwrap(), []),
            limits: Limits::default(),
            key: Key::from_bytes([1; 32]),
            now: jiff::Timestamp::UNIX_EPOCH,
        };
        render_pack(&request, sources).map_err(|problems| show(&problems, sources, Style::Plain))
    };
    let (first, second) = (render()?, render()?);
    assert!(
        first.layers == second.layers,
        "{} differs from one rendering to the next",
        folder.display()
    );
    Ok(first)
}
