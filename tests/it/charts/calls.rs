//! Generated calls of template functions, each in a template of one line.
//!
//! One call that fails makes its chart fail, so the calls of a chart are rendered together, and what fails is told apart
//! and taken out until the others render.

use std::collections::BTreeMap;

use super::compare::{both_refuse_alike, compare};
use super::expressions::{VALUES, call};
use super::{count, none, on_all_cores};
use crate::support::Sandbox;
use crate::support::helm::{Helm, Render, ours};
use crate::support::project::Dice;
use crate::support::skip::told;

/// How many calls a chart has. More of them take fewer runs, until reading them all again at every failure costs more.
const TOGETHER: u64 = 40;

/// As many calls as the variable `STRATIFORM_CALLS` says.
#[test]
fn generated_calls_come_out_as_in_helm() {
    calls(1, count("STRATIFORM_CALLS", 400));
}

#[test]
#[ignore = "long: some minutes"]
fn many_generated_calls_come_out_as_in_helm() {
    calls(1_000_000, count("STRATIFORM_CALLS", 8_000));
}

fn calls(first: u64, many: u64) {
    let Some(helm) = Helm::find() else { return };
    let batches: Vec<u64> = (0..many.div_ceil(TOGETHER)).map(|at| first + at).collect();
    let compared = on_all_cores(&batches, |seed| batch(&helm, *seed));
    let refused: usize = compared.iter().map(|(refused, _)| refused).sum();
    let differences: Vec<String> = compared.into_iter().flat_map(|(_, found)| found).collect();
    let all = batches.len() * usize::try_from(TOGETHER).expect("it is small");
    told(&format!(
        "{all} calls: {refused} refused, {} differ",
        differences.len()
    ));
    assert!(refused * 2 < all, "most calls are refused");
    none(&differences, all);
}

/// Compares the calls of one chart: gives how many helm refuses, and the differences.
fn batch(helm: &Helm, seed: u64) -> (usize, Vec<String>) {
    let mut dice = Dice::new(seed);
    let mut calls: BTreeMap<String, String> = (0..TOGETHER)
        .map(|at| (format!("{at:04}"), call(&mut dice)))
        .collect();
    let mut differences = Vec::new();
    let mut refused = 0;
    loop {
        let (sandbox, render) = chart(&calls);
        let theirs = helm.template(&sandbox, &render);
        if theirs.rendered.is_some() {
            break;
        }
        let Some(name) = blamed(&theirs.told, &calls) else {
            differences.push(format!("helm blames none of the calls: {}", theirs.told));
            break;
        };
        refused += 1;
        let call = calls.remove(&name).expect("it is one of them");
        let (sandbox, render) = chart(&BTreeMap::from([(name, call.clone())]));
        let ours = ours(&sandbox, &render);
        let alike = if ours.rendered.is_some() {
            Err(format!("helm {theirs}\nwe   {ours}"))
        } else {
            both_refuse_alike(&theirs, &ours)
        };
        if let Err(why) = alike {
            differences.push(format!("seed {seed}: {{{{ {call} }}}}\n{why}"));
        }
    }
    let (sandbox, render) = chart(&calls);
    if compare(helm, &sandbox, &render).is_ok() {
        return (refused, differences);
    }
    for (name, call) in calls {
        let (sandbox, render) = chart(&BTreeMap::from([(name, call.clone())]));
        if let Err(why) = compare(helm, &sandbox, &render) {
            differences.push(format!("seed {seed}: {{{{ {call} }}}}\n{why}"));
        }
    }
    (refused, differences)
}

/// A chart of calls, each in a template of its own.
fn chart(calls: &BTreeMap<String, String>) -> (Sandbox, Render) {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "c/Chart.yaml",
        "apiVersion: v2\nname: c\nversion: 1.0.0\nannotations: {a: x}\n",
    );
    sandbox.write("c/values.yaml", VALUES);
    sandbox.write(
        "c/templates/_helpers.tpl",
        "{{ define \"a\" }}a:{{ . }}{{ end }}{{ define \"abc\" }}{{ .Release.Name }}{{ end }}",
    );
    for (name, call) in calls {
        // Raw, with its type, and as JSON: what a chart could see of it.
        let text = format!(
            "{{{{- define \"t{name}\" }}}}{{{{ {call} }}}}{{{{ end -}}}}\nkind: Call\nraw: {{{{ include \"t{name}\" . | quote }}}}\n\
             type: {{{{ typeOf {call} | quote }}}}\njson: {{{{ toJson {call} | quote }}}}\n"
        );
        sandbox.write(&format!("c/templates/{name}.yaml"), &text);
    }
    let render = Render {
        chart: "c".into(),
        ..Render::default()
    };
    (sandbox, render)
}

/// The call whose template helm names.
fn blamed(told: &str, calls: &BTreeMap<String, String>) -> Option<String> {
    let named = told.match_indices(".yaml").find_map(|(at, _)| {
        let name = told.get(at.checked_sub(4)?..at)?;
        calls.contains_key(name).then(|| name.to_owned())
    });
    named.or_else(|| {
        let defined = told.split("\"t").nth(1)?.get(..4)?;
        calls.contains_key(defined).then(|| defined.to_owned())
    })
}
