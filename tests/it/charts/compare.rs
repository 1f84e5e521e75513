//! Two renderings compared.

use std::collections::BTreeSet;

use similar::TextDiff;

use crate::support::Sandbox;
use crate::support::helm::{Bytes, Helm, Render, ours};

/// How two renderings are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Same {
    /// The same bytes.
    Bytes,
    /// The same but for lines that differ between two runs of helm, too.
    ButForRandom,
    /// Both refuse.
    Refused,
}

/// How often helm is asked again what is random. Two runs can agree on a short random text by chance, and the order in
/// which helm prints the crds of charts that no Chart.yaml lists is random, too.
const RUNS: usize = 8;

/// Renders with both, and gives how they agree, or shows how they do not.
pub fn compare(helm: &Helm, sandbox: &Sandbox, render: &Render) -> Result<Same, String> {
    let (theirs, ours) = (helm.template(sandbox, render), ours(sandbox, render));
    match (&theirs.rendered, &ours.rendered) {
        (None, None) => Ok(Same::Refused),
        (Some(theirs), Some(ours)) if theirs == ours => Ok(Same::Bytes),
        (Some(first), Some(ours)) => {
            let mut runs = vec![first.clone()];
            loop {
                runs.extend(helm.template(sandbox, render).rendered);
                if runs.last() == Some(ours) {
                    return Ok(Same::ButForRandom);
                }
                let compared = but_for_random(&runs, ours);
                if compared.is_ok() || runs.len() >= RUNS {
                    return compared.map(|()| Same::ButForRandom);
                }
            }
        }
        _ => Err(format!("helm {theirs}\nwe   {ours}")),
    }
}

/// Whether ours differs from helm's only in lines in which helm's own runs differ. A random line hides nothing but itself:
/// all other lines stand where they stand in one of helm's runs, and there are as many of them.
fn but_for_random(runs: &[Vec<u8>], ours: &[u8]) -> Result<(), String> {
    let lines = |text| -> Vec<String> {
        let text = String::from_utf8_lossy(text);
        text.split('\n').map(str::to_owned).collect()
    };
    let ours = lines(ours);
    let runs: Vec<_> = runs.iter().map(|run| lines(run)).collect();
    // A random certificate can have a line more or less.
    let first = runs
        .iter()
        .find(|run| run.len() == ours.len())
        .unwrap_or(&runs[0]);
    let random: BTreeSet<usize> = runs
        .iter()
        .filter(|run| run.len() == first.len())
        .flat_map(|run| (0..first.len()).filter(|at| first[*at] != run[*at]))
        .collect();
    let masked = |lines: &[String]| {
        let lines = lines.iter().enumerate().map(|(at, line)| {
            if random.contains(&at) {
                "(random)\n".to_owned()
            } else {
                format!("{line}\n")
            }
        });
        lines.collect::<String>()
    };
    let (theirs, ours) = (masked(first), masked(&ours));
    if theirs == ours {
        return Ok(());
    }
    Err(difference(&theirs, &ours))
}

fn difference(helm: &str, ours: &str) -> String {
    let diff = TextDiff::from_lines(helm, ours);
    let text = diff
        .unified_diff()
        .context_radius(4)
        .header("helm", "stratiform")
        .to_string();
    let lines: Vec<&str> = text.lines().collect();
    let shown = &lines[..lines.len().min(60)];
    format!(
        "{}\n({} lines of difference)",
        shown.join("\n"),
        lines.len()
    )
}

/// The heart of what helm says when it refuses: what stands behind the last place or function named.
pub fn core(told: &str) -> Option<&str> {
    // Warnings stand before it.
    let told = told.split_once("Error: ")?.1.trim_end();
    let told = told
        .strip_suffix("Use --debug flag to render out invalid YAML")
        .unwrap_or(told)
        .trim_end();
    let mut rest = told;
    while let Some(at) = rest.find("executing \"") {
        let after = &rest[at..];
        rest = &after[after.find(">: ").map_or(after.len(), |at| at + 3)..];
    }
    if let Some(call) = rest.strip_prefix("error calling ") {
        rest = call.split_once(": ").map_or(call, |(_, core)| core);
    }
    (rest.len() < told.len()).then_some(rest)
}

#[test]
fn a_random_line_hides_only_itself() {
    let runs = ["a: 1\nb: x\nc: 2\n", "a: 1\nb: y\nc: 2\n"].map(|run| run.as_bytes().to_vec());
    assert_eq!(but_for_random(&runs, b"a: 1\nb: z\nc: 2\n"), Ok(()));
    for other in ["a: 1\nb: z\nc: 3\n", "a: 1\nb: z\n", "a: 1\nb: z\n\nc: 2\n"] {
        assert!(but_for_random(&runs, other.as_bytes()).is_err());
    }
}

#[test]
fn the_core_of_a_message_is_what_the_function_says() {
    let told = "Error: template: c/templates/t.yaml:1:3: executing \"c/templates/t.yaml\" at <include \"x\" .>: error calling \
        include: template: c/templates/t.yaml:2:7: executing \"x\" at <fail \"no: way\">: error calling fail: no: way\n\n\
        Use --debug flag to render out invalid YAML\n";
    assert_eq!(core(told), Some("no: way"));
    assert_eq!(
        core("Error: parse error at (c/templates/t.yaml:1): unclosed action"),
        None
    );
}

/// For the tests of whole refusals.
pub fn both_refuse_alike(theirs: &Bytes, ours: &Bytes) -> Result<(), String> {
    let told = |bytes: &Bytes| bytes.told.split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted =
        core(&theirs.told).map(|core| core.split_whitespace().collect::<Vec<_>>().join(" "));
    match wanted {
        Some(core) if !told(ours).contains(&core) => Err(format!("helm {theirs}\nwe   {ours}")),
        _ => Ok(()),
    }
}
