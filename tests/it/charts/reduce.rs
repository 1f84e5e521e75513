//! Makes a case that differs smaller, so that a person can read it.

use super::tree::Chart;
use super::trees::Case;

/// How many smaller cases are tried. Each of them runs both programs.
const TRIES: usize = 250;

/// The smallest case found that still differs.
pub fn reduce(case: &Case, differs: impl Fn(&Case) -> bool) -> Case {
    let mut case = case.clone();
    let mut tries = 0;
    // What goes last can free what was needed before, such as a chart whose dependency is no longer listed.
    loop {
        let before = case.clone();
        for without in STEPS {
            let mut at = 0;
            while let Some(smaller) = without(&case, at) {
                tries += 1;
                if tries > TRIES {
                    return case;
                }
                if smaller != case && differs(&smaller) {
                    case = smaller;
                } else {
                    at += 1;
                }
            }
        }
        if case == before {
            return case;
        }
    }
}

/// Ways to a smaller case, the steepest first. Each leaves out the part of a number; nothing when there are not so many.
const STEPS: [fn(&Case, usize) -> Option<Case>; 7] = [
    Case::without_flag,
    Case::without_values,
    |case, at| with_chart(case, without_subchart(&case.chart, &mut at.clone())),
    |case, at| with_chart(case, without_file(&case.chart, &mut at.clone())),
    |case, at| with_chart(case, without_document(&case.chart, &mut at.clone())),
    |case, at| with_chart(case, without_line(&case.chart, &mut at.clone())),
    Case::without_value_line,
];

fn with_chart(case: &Case, chart: Option<Chart>) -> Option<Case> {
    let case = case.clone();
    chart.map(|chart| Case { chart, ..case })
}

/// The chart without one of the charts below it, counted through the whole tree.
fn without_subchart(chart: &Chart, at: &mut usize) -> Option<Chart> {
    for (place, below) in chart.subcharts.iter().enumerate() {
        let mut smaller = chart.clone();
        if *at == 0 {
            smaller.subcharts.remove(place);
            return Some(smaller);
        }
        *at -= 1;
        if let Some(below) = without_subchart(below, at) {
            smaller.subcharts[place] = below;
            return Some(smaller);
        }
    }
    None
}

/// The chart with one of its files, or of the charts below, changed or gone; counted through the whole tree.
fn with_file(
    chart: &Chart,
    at: &mut usize,
    change: &dyn Fn(&str, &mut usize) -> Option<Option<String>>,
) -> Option<Chart> {
    let mut smaller = chart.clone();
    for (path, text) in &chart.files {
        if let Some(changed) = change(text, at) {
            match changed {
                Some(text) => smaller.files.insert(path.clone(), text),
                None => smaller.files.remove(path),
            };
            return Some(smaller);
        }
    }
    for (place, below) in chart.subcharts.iter().enumerate() {
        if let Some(below) = with_file(below, at, change) {
            smaller.subcharts[place] = below;
            return Some(smaller);
        }
    }
    None
}

fn without_file(chart: &Chart, at: &mut usize) -> Option<Chart> {
    with_file(chart, at, &|_, at| {
        let hit = *at == 0;
        *at = at.wrapping_sub(1);
        hit.then_some(None)
    })
}

fn without_document(chart: &Chart, at: &mut usize) -> Option<Chart> {
    with_file(chart, at, &|text, at| {
        without_part(text, "\n---", at).map(Some)
    })
}

fn without_line(chart: &Chart, at: &mut usize) -> Option<Chart> {
    with_file(chart, at, &|text, at| {
        without_part(text, "\n", at).map(Some)
    })
}

/// A text without one of the parts between separators.
pub fn without_part(text: &str, separator: &str, at: &mut usize) -> Option<String> {
    let mut parts: Vec<&str> = text.split(separator).collect();
    if *at < parts.len() {
        parts.remove(*at);
        return Some(parts.join(separator));
    }
    *at -= parts.len();
    None
}

#[test]
fn what_does_not_matter_goes() {
    let mut dice = crate::support::project::Dice::new(4);
    let mut case = Case::generate(&mut dice);
    case.chart.files.insert(
        "templates/b.yaml".to_owned(),
        "a: 1\nneedle: 2\n---\nb: 3\n".to_owned(),
    );
    let small = reduce(&case, |case| {
        let file = case.chart.files.get("templates/b.yaml");
        file.is_some_and(|text| text.contains("needle"))
    });
    assert_eq!(small.chart.show(""), "=== templates/b.yaml\nneedle: 2\n");
    assert_eq!((small.values.len(), small.flags.len()), (0, 0));
}
