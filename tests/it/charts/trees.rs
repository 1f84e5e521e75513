//! Generated trees of charts, each with values of its users.

use super::compare::{Same, compare};
use super::reduce::{reduce, without_part};
use super::tree::{Chart, for_chart, tags};
use super::{count, on_all_cores, values};
use crate::support::Sandbox;
use crate::support::helm::{Helm, Render};
use crate::support::project::Dice;
use crate::support::skip::told;

/// What is rendered, by both programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The chart.
    pub chart: Chart,
    /// The texts of values files.
    pub values: Vec<String>,
    /// Other flags, each with its argument behind a `=`.
    pub flags: Vec<String>,
}

const SETS: [&str; 20] = [
    "alpha=1",
    "alpha=null",
    "count=1000000",
    "count=0x10",
    "image=a\\,b",
    "text=",
    "text=true",
    "nested.alpha=x",
    "nested.list={1,b,null}",
    "nested.count=null",
    "list[0]=q",
    "list={a,b}",
    "list[1].alpha=z",
    "front.enabled=false",
    "back.enabled=true",
    "front.nested.alpha=1.5",
    "global.alpha.count=3",
    "tags.web=true,tags.data=false",
    "back.cache.enabled=true",
    "front=null",
];

impl Case {
    /// A case from dice.
    pub fn generate(dice: &mut Dice) -> Self {
        let chart = Chart::generate(dice);
        let mut files = Vec::new();
        for _ in 0..dice.below(3) {
            let mut more = Vec::new();
            for key in ["front", "back", "store", "again", "face"] {
                if dice.chance(30) {
                    more.push((key.to_owned(), for_chart(dice, 2)));
                }
            }
            if dice.chance(30) {
                more.push(("tags".to_owned(), tags(dice)));
            }
            if dice.chance(25) {
                more.push(("global".to_owned(), values::value(dice, 2)));
            }
            files.push(values::lines(dice, &more));
        }
        let mut flags = Vec::new();
        for _ in 0..dice.below(4) {
            flags.push(format!("--set={}", dice.pick(&SETS)));
        }
        for (flag, percent) in [
            ("--include-crds", 30),
            ("--no-hooks", 20),
            ("--namespace=elsewhere", 25),
            ("--kube-version=1.29.4", 10),
            ("--api-versions=x/v1", 10),
        ] {
            if dice.chance(percent) {
                flags.push(flag.to_owned());
            }
        }
        Self {
            chart,
            values: files,
            flags,
        }
    }

    /// Without one of its flags.
    pub fn without_flag(&self, at: usize) -> Option<Self> {
        let mut smaller = self.clone();
        (at < self.flags.len()).then(|| {
            smaller.flags.remove(at);
            smaller
        })
    }

    /// Without one of its values files.
    pub fn without_values(&self, at: usize) -> Option<Self> {
        let mut smaller = self.clone();
        (at < self.values.len()).then(|| {
            smaller.values.remove(at);
            smaller
        })
    }

    /// Without one of the lines of its values files.
    pub fn without_value_line(&self, at: usize) -> Option<Self> {
        let mut smaller = self.clone();
        let mut at = at;
        let changed = smaller.values.iter_mut().find_map(|text| {
            let changed = without_part(text, "\n", &mut at)?;
            *text = changed;
            Some(())
        });
        changed.map(|()| smaller)
    }

    /// How both agree on it, or a text that shows the difference.
    fn compare(&self, helm: &Helm) -> Result<Same, String> {
        let sandbox = Sandbox::empty();
        self.chart.write(&sandbox.path("app"));
        let mut flags = self.flags.clone();
        for (at, text) in self.values.iter().enumerate() {
            sandbox.write(&format!("values-{at}.yaml"), text);
            flags.push(format!("--values=values-{at}.yaml"));
        }
        let render = Render {
            chart: "app".into(),
            flags,
            release: None,
        };
        compare(helm, &sandbox, &render)
    }

    fn show(&self) -> String {
        let mut text = format!("flags: {}\n", self.flags.join(" "));
        for (at, values) in self.values.iter().enumerate() {
            text += &format!("=== values-{at}.yaml\n{values}\n");
        }
        text + &self.chart.show("")
    }
}

/// As many trees as the variable `STRATIFORM_TREES` says.
#[test]
fn generated_charts_render_as_helm_renders_them() {
    trees(1, count("STRATIFORM_TREES", 40));
}

#[test]
#[ignore = "long: some minutes"]
fn many_generated_charts_render_as_helm_renders_them() {
    trees(1_000_000, count("STRATIFORM_TREES", 1_000));
}

fn trees(first: u64, many: u64) {
    let Some(helm) = Helm::find() else { return };
    let seeds: Vec<u64> = (first..first + many).collect();
    let compared = on_all_cores(&seeds, |seed| {
        let case = Case::generate(&mut Dice::new(*seed));
        case.compare(&helm).map_err(|_| *seed)
    });
    let same = |wanted| {
        compared
            .iter()
            .filter(|one| one.as_ref() == Ok(&wanted))
            .count()
    };
    let (rendered, refused) = (same(Same::Bytes), same(Same::Refused));
    let differ = compared.iter().filter(|one| one.is_err()).count();
    told(&format!(
        "{many} trees: {rendered} the same, {refused} refused, {differ} differ"
    ));
    // What both refuse says little, so most of them must render.
    assert!(refused * 10 <= compared.len() * 4, "most trees are refused");
    let differences: Vec<String> = compared
        .into_iter()
        .filter_map(Result::err)
        .take(2)
        .map(|seed| {
            let case = Case::generate(&mut Dice::new(seed));
            let small = reduce(&case, |case| case.compare(&helm).is_err());
            let why = small.compare(&helm).err().unwrap_or_default();
            format!("seed {seed}\n{}\n{why}", small.show())
        })
        .collect();
    assert!(
        differ == 0,
        "{differ} of {many} trees differ; the first of them:\n\n{}",
        differences.join("\n\n")
    );
}
