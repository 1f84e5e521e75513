//! Mutants of values, read, laid over each other and written again.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stratiform::render::chart::{SetKind, Tree, set};
use stratiform::yaml;

use super::cases;
use super::mutate::{mutated, mutations};
use super::seeds;

const WORDS: &[&str] = &[
    ": ",
    "- ",
    "? ",
    "\n",
    "\n  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ",",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "!!binary ",
    "!x ",
    "|",
    ">",
    "|+9",
    ">-",
    "'",
    "\"",
    "\"\\",
    "\"\\u",
    "#",
    " #",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "~",
    "null: ",
    "1e999",
    "0x",
    ".inf",
    "yes",
    "@",
    "`",
    "\u{feff}",
    "\u{85}",
    "\u{2028}",
    "\0",
    "a: &b [*b]\n",
    "[[[[[[[[[[[[[[[[[[[[",
    "{a: {a: {a: {a: {a: ",
    "a: &x [x, x]\nb: &y [*x, *x]\nc: &z [*y, *y]\n",
];
const SETS: &[&str] = &[
    "a=1",
    "a.b=",
    "a[0]=1",
    "a[99999999]=1",
    "a[-1]=1",
    "={",
    "a={1,2",
    "a=\\",
    ",",
    "a.",
    ".a=1",
    "a[",
    "a]=1",
    "a=null",
    "nested.a=1,name.x=2",
    "list[1].x=3",
    "a=1,b",
    "a==",
    "\u{1f600}=x",
    "[0]=1",
];

#[test]
#[ignore = "run by a test that gives it a process of its own"]
fn mutants_of_values() {
    let seeds = seeds::values();
    let base = Tree::parse(seeds::DOT.as_bytes()).expect("these are values");
    let strategy = (
        any::<Index>(),
        mutations(WORDS),
        proptest::sample::select(SETS),
        mutations(SETS),
    );
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases(1_500))
    };
    let outcome = TestRunner::new(config).run(&strategy, |(seed, changes, given, wrong)| {
        let text = mutated(&seeds[seed.index(seeds.len())], &changes);
        let mut tree = base.clone();
        if let Ok(parsed) = Tree::parse(&text) {
            tree = base.merged(&parsed);
        }
        let given = mutated(given.as_bytes(), &wrong);
        let _ = set(&mut tree, &String::from_utf8_lossy(&given), SetKind::Typed);
        if let Ok(documents) = yaml::parse(&String::from_utf8_lossy(&text)) {
            for document in &documents {
                // What was read can be written, and is then read as the same.
                let written = yaml::write(document);
                let again = yaml::parse(&written);
                prop_assert_eq!(
                    again.as_deref(),
                    Ok(std::slice::from_ref(document)),
                    "{}",
                    written
                );
            }
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
