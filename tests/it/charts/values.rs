//! Values as text, with all that YAML 1.1 reads in its own way, under keys that meet again and again.

use std::fmt::Write as _;

use crate::support::project::Dice;

/// Keys that charts, their parents and users all set.
pub const KEYS: [&str; 7] = ["alpha", "count", "image", "list", "nested", "on", "text"];

const SCALARS: [&str; 34] = [
    "1",
    "0",
    "-3",
    "80",
    "1000000",
    "12345678901234567890",
    "0.1",
    "1e3",
    "1.0",
    "0755",
    "0x1F",
    "1_000",
    "true",
    "false",
    "yes",
    "off",
    "null",
    "~",
    "\"\"",
    "\"1\"",
    "\"yes\"",
    "text",
    "two words",
    "2024-01-01",
    "12:30:45",
    "v1.2.3",
    "'it''s'",
    "\"tab\\there\"",
    "\"\\u00e9\\U0001F600\"",
    "\"line\\nbreak\"",
    "\" padded \"",
    "\"{{ .Release.Name }}-tpl\"",
    "\"<&>\"",
    "{}",
];

/// A value, written in one line.
pub fn value(dice: &mut Dice, depth: u32) -> String {
    match dice.below(if depth == 0 { 6 } else { 10 }) {
        0..=5 => (*dice.pick(&SCALARS)).to_owned(),
        6 => {
            let items: Vec<String> = (0..dice.below(4)).map(|_| value(dice, depth - 1)).collect();
            format!("[{}]", items.join(", "))
        }
        _ => table(dice, depth - 1),
    }
}

/// A table in one line.
fn table(dice: &mut Dice, depth: u32) -> String {
    let entries: Vec<String> = (0..dice.below(4))
        .map(|_| {
            let key = *dice.pick(&KEYS);
            let key = if key == "on" { "\"on\"" } else { key };
            format!("{key}: {}", value(dice, depth))
        })
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// Lines of values: some of the keys that all share, and whatever else is given.
pub fn lines(dice: &mut Dice, more: &[(String, String)]) -> String {
    let mut text = String::new();
    for key in KEYS.iter().filter(|key| **key != "on") {
        match dice.below(10) {
            0..=3 => {}
            // Templates walk through these two.
            4..=8 if *key == "nested" => {
                let _ = writeln!(text, "nested: {}", table(dice, 2));
            }
            4..=8 if *key == "list" => {
                let items: Vec<String> = (0..dice.below(4)).map(|_| value(dice, 1)).collect();
                let _ = writeln!(text, "list: [{}]", items.join(", "));
            }
            9 if *key == "text" => {
                text.push_str("text: |\n  first {{ .Chart.Name }}\n    second\n\n  # third\n")
            }
            _ => {
                let _ = writeln!(text, "{key}: {}", value(dice, 2));
            }
        }
    }
    for (key, value) in more {
        let _ = writeln!(text, "{key}: {value}");
    }
    text
}
