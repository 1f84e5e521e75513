//! The charts of real packs, out of the folder that STRATIFORM_PACKS names.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::compare::{Same, compare};
use super::{none, on_all_cores};
use crate::support::Sandbox;
use crate::support::helm::{Helm, Render};
use crate::support::skip::told;

/// A chart, and what its pack says about its values.
struct Packed {
    chart: PathBuf,
    values: Option<String>,
}

#[test]
fn charts_of_packs_render_as_helm_renders_them() {
    let Some(folder) = std::env::var_os("STRATIFORM_PACKS").map(PathBuf::from) else {
        told("skipped: STRATIFORM_PACKS names no folder of packs");
        return;
    };
    let Some(helm) = Helm::find() else { return };
    let sandbox = Sandbox::empty();
    let charts = charts(&folder);
    assert!(!charts.is_empty(), "no charts in {}", folder.display());
    let mut cases = Vec::new();
    for (at, packed) in charts.iter().enumerate() {
        let render = |flags: &[&str]| Render {
            chart: packed.chart.clone(),
            flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
            release: None,
        };
        cases.push(render(&[]));
        if let Some(values) = &packed.values {
            let name = format!("values-{at}.yaml");
            sandbox.write(&name, values);
            cases.push(render(&["--values", &name]));
            cases.push(render(&[
                "--values",
                &name,
                "--include-crds",
                "--no-hooks",
                "--namespace",
                "elsewhere",
                "--kube-version",
                "1.29.4",
            ]));
        } else {
            cases.push(render(&["--include-crds", "--no-hooks"]));
        }
    }
    let compared = on_all_cores(&cases, |case| {
        compare(&helm, &sandbox, case).map_err(|why| format!("{case:?}\n{why}"))
    });
    let same = |wanted| compared.iter().filter(|one| **one == Ok(wanted)).count();
    told(&format!(
        "{} cases of {} charts: {} the same, {} but for random lines, {} refused",
        cases.len(),
        charts.len(),
        same(Same::Bytes),
        same(Same::ButForRandom),
        same(Same::Refused)
    ));
    let differences: Vec<String> = compared.into_iter().filter_map(Result::err).collect();
    none(&differences, cases.len());
}

/// All charts of all packs of a folder.
fn charts(folder: &Path) -> Vec<Packed> {
    let mut packs: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder of packs can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| path.join("pack.json").is_file())
        .collect();
    packs.sort();
    let mut found = Vec::new();
    for pack in packs {
        let text = std::fs::read(pack.join("pack.json")).expect("pack.json can be read");
        let json: serde_json::Value = serde_json::from_slice(&text).expect("pack.json is JSON");
        let charts = json["charts"].as_array().into_iter().flatten();
        let charts: Vec<PathBuf> = charts
            .filter_map(|chart| Some(pack.join(chart.as_str()?)))
            .filter(|chart| chart.exists())
            .collect();
        let values = std::fs::read_to_string(pack.join("values.yaml")).unwrap_or_default();
        for chart in &charts {
            let name = chart_name(chart);
            let flat = (charts.len() == 1).then(|| section(&values, &["charts"]));
            let values = section(&values, &["charts", &name]).or(flat.flatten());
            found.push(Packed {
                chart: chart.clone(),
                values,
            });
        }
    }
    found
}

/// The name in a chart's Chart.yaml.
fn chart_name(chart: &Path) -> String {
    let text = if chart.is_dir() {
        std::fs::read_to_string(chart.join("Chart.yaml")).expect("there is a Chart.yaml")
    } else {
        let file = std::fs::File::open(chart).expect("the archive can be read");
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(file));
        let entries = archive.entries().expect("it is an archive");
        let mut entries = entries.map(|entry| entry.expect("the archive is whole"));
        let is_chart = |path: &Path| path.ends_with("Chart.yaml") && path.components().count() == 2;
        let mut entry = entries
            .find(|entry| is_chart(&entry.path().expect("entries have paths")))
            .expect("there is a Chart.yaml");
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("it is text");
        text
    };
    let name = text.lines().find_map(|line| line.strip_prefix("name:"));
    let name = name.expect("charts have names").trim();
    name.trim_matches(['"', '\'']).to_owned()
}

/// The text under a path of keys, moved to the left margin: a values file that says what the pack says, letter by letter.
fn section(text: &str, path: &[&str]) -> Option<String> {
    let Some((key, rest)) = path.split_first() else {
        return Some(text.to_owned());
    };
    let is_key = |line: &&str| {
        line.strip_prefix(key)
            .and_then(|rest| rest.strip_prefix(':'))
            .is_some_and(|rest| rest.trim().is_empty() || rest.trim_start().starts_with('#'))
    };
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    let below: Vec<&str> = text
        .lines()
        .skip_while(|line| !is_key(line))
        .skip(1)
        .take_while(|line| is_blank(line) || line.starts_with(' '))
        .collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = below
        .iter()
        .filter(|line| !is_blank(line))
        .map(indent)
        .min()?;
    let lines = below.iter().map(|line| {
        let blank = line
            .get(..margin)
            .is_none_or(|start| !start.trim().is_empty());
        format!(
            "{}\n",
            if blank {
                line.trim_start()
            } else {
                &line[margin..]
            }
        )
    });
    section(&lines.collect::<String>(), rest)
}

#[test]
fn a_section_of_values_keeps_its_letters() {
    let text = "pack:\n  namespace: x\n# a comment\ncharts:\n  # more\n  web:\n    a: 0755\n\n    b: |\n      x\n        y\n  other:\n    c: 1\nz: 1\n";
    let found = section(text, &["charts", "web"]);
    assert_eq!(found.as_deref(), Some("a: 0755\n\nb: |\n  x\n    y\n"));
    assert_eq!(section(text, &["charts", "none"]), None);
}
