//! Mutants of templates, executed.

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, TestRunner};
use stratiform::render::chart::Tree;
use stratiform::render::template::{Limits, Map, Set, Value, execute};

use super::cases;
use super::mutate::{mutated, mutations};
use super::seeds;

const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{ end }}",
    "{{ else }}",
    "{{ if .Values }}",
    "{{ range .Values.list }}",
    "{{ range until 100000 }}",
    "{{ with $ }}",
    "{{ define \"x\" }}",
    "{{ template \"x\" . }}",
    "{{ include \"t\" . }}",
    "{{ tpl . $ }}",
    "{{ block \"y\" . }}",
    "{{ break }}",
    "{{ continue }}",
    "{{/*",
    "*/}}",
    "{{ $x := . }}",
    "{{ $x = 1 }}",
    " | ",
    "(",
    ")",
    "\"",
    "`",
    "'",
    ".Values",
    "$.x",
    "nil",
    "1e999",
    "0x",
    "9223372036854775807",
    "-9223372036854775808",
    "\\x",
    "| quote",
    "| toYaml",
    "| fromYaml",
    "| nindent 999999",
    "| repeat 1000000",
    "| b64enc",
    "(repeat 9999999 \"ab\")",
    "(until 99999999)",
    "(regexMatch \"(a*)*\" \"aaaa\")",
    "(printf \"%999999999d\" 1)",
    "(set $ \"Values\" $)",
    "(set .Values \"self\" .Values)",
    "(index .Values.list 99)",
    "(slice .Values.list 3 1)",
    "(seq 1 99999999)",
    "(untilStep 0 9999999 1)",
    "(indent 99999999 \"x\")",
    "(splitList \"\" .Values.text)",
    "(mul 9223372036854775807 2)",
    "(div 1 0)",
    "(mod 1 0)",
    "(trunc -99 \"x\")",
    "(substr 5 1 \"abc\")",
    "(abbrev -1 \"abc\")",
    "(wrap 0 \"a b\")",
    "(chunk 0 .Values.list)",
    "(round 1e300 99)",
    "(semverCompare \"^1\" \"x\")",
    "(dict \"a\")",
    "(genSelfSignedCert \"x\" nil nil 99999999)",
    "é",
    "\u{1f600}",
];

/// A template that includes itself may nest so deep on a test's stack.
const LIMITS: Limits = Limits {
    depth: 100,
    output_bytes: 4 << 20,
    steps: 300_000,
};

#[test]
#[ignore = "run by a test that gives it a process of its own"]
fn mutants_of_templates() {
    let seeds = seeds::templates();
    let values = Tree::parse(seeds::DOT.as_bytes()).expect("these are values");
    let strategy = (any::<Index>(), mutations(WORDS));
    let config = Config {
        failure_persistence: None,
        ..Config::with_cases(cases(4_000))
    };
    let outcome = TestRunner::new(config).run(&strategy, |(seed, changes)| {
        let text = mutated(&seeds[seed.index(seeds.len())], &changes);
        let text = String::from_utf8_lossy(&text);
        let mut set = Set::default();
        if set.parse("t", &text).is_ok() {
            let dot = Map::default();
            dot.insert("Values", values.to_template());
            dot.insert("Chart", Tree::empty().to_template());
            let _ = execute(&set, "t", Value::Map(dot), &LIMITS);
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
