//! Makes a case that differs smaller, so that a person can read it.

use super::tree::Chart;
use super::trees::Case;

/// How many smaller cases are tried. Each of them runs both programs.
const TRIES: usize = 400;

/// The smallest case found that still differs.
pub fn reduce(case: &Case, differs: impl Fn(&Case) -> bool) -> Case {
    let mut case = case.clone();
    let mut tries = 0;
    let mut attempt = |case: &mut Case, smaller: Case| {
        tries += 1;
        let better = tries <= TRIES && smaller != *case && differs(&smaller);
        if better {
            *case = smaller;
        }
        better
    };
    for without in [Case::without_flag, Case::without_values] {
        let mut at = 0;
        while let Some(smaller) = without(&case, at) {
            at += usize::from(!attempt(&mut case, smaller));
        }
    }
    for without in [
        without_subchart,
        without_file,
        without_document,
        without_line,
    ] {
        let mut at = 0;
        while let Some(chart) = without(&case.chart, &mut at.clone()) {
            let smaller = Case {
                chart,
                ..case.clone()
            };
            at += usize::from(!attempt(&mut case, smaller));
        }
    }
    let mut at = 0;
    while let Some(smaller) = case.without_value_line(at) {
        at += usize::from(!attempt(&mut case, smaller));
    }
    case
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
