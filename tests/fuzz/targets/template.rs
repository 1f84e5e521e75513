//! A template, parsed and executed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stratiform::render::chart::Tree;
use stratiform::render::template::{Limits, Map, Set, Value, execute};

const VALUES: &[u8] = b"a: x\nlist: [1, two, 3.5, ~]\nmap: {a: \"{{ .Values.a }}\", b: 1}\nnested: {a: {b: 1}}\n";

const LIMITS: Limits = Limits {
    depth: 100,
    output_bytes: 4 << 20,
    steps: 200_000,
};

fuzz_target!(|text: &str| {
    let mut set = Set::default();
    if set.parse("t", text).is_err() {
        return;
    }
    let dot = Map::default();
    let values = Tree::parse(VALUES).expect("these are values");
    dot.insert("Values", values.to_template());
    dot.insert("Chart", Tree::empty().to_template());
    let _ = execute(&set, "t", Value::Map(dot), &LIMITS);
});
