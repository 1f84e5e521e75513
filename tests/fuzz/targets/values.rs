//! Values, read, laid over others, set from the command line, and written.

#![no_main]

use libfuzzer_sys::fuzz_target;
use stratiform::render::chart::{SetKind, Tree, set};
use stratiform::yaml;

const BASE: &[u8] = b"a: x\nlist: [1, two, 3.5, ~]\nmap: {a: 1, b: {c: ~}}\n";

fuzz_target!(|data: &[u8]| {
    let base = Tree::parse(BASE).expect("these are values");
    let merged = Tree::parse(data).map(|values| base.merged(&values));
    let text = String::from_utf8_lossy(data);
    let first = text.lines().next().unwrap_or_default();
    let _ = set(&mut merged.unwrap_or(base), first, SetKind::Typed);
    for document in yaml::parse(&text).unwrap_or_default() {
        let written = yaml::write(&document);
        assert!(yaml::parse(&written).is_ok(), "{written}");
    }
});
