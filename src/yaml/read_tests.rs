//! What the reader accepts, refuses and understands: cases checked against sigs.k8s.io/yaml 1.6.

#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use super::{Limits, NodeKind, ScalarStyle, Value, parse, read, to_json, write, write_ordered};
use crate::diag::{Sources, Style, render};

/// The documents as JSON, one a line, or the error as goyaml prints it.
fn show(text: &str) -> String {
    match parse(text) {
        Ok(documents) => documents.iter().map(to_json).collect::<Vec<_>>().join("\n"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn scalars_mean_what_they_mean_to_helm() {
    for (text, json) in [
        ("y", "true"),
        ("Yes", "true"),
        ("ON", "true"),
        ("n", "false"),
        ("Off", "false"),
        ("yEs", r#""yEs""#),
        ("~", "null"),
        ("Null", "null"),
        ("0755", "493"),
        ("0o755", "493"),
        ("0x1F", "31"),
        ("0b101", "5"),
        ("-0b11", "-3"),
        ("0b-1", "-1"),
        ("1_000", "1000"),
        ("+1", "1"),
        ("08", "8"),
        (".5", "0.5"),
        (".5_0", "0.5"),
        ("1.", "1"),
        ("1e3", "1000"),
        ("1e999", r#""1e999""#),
        ("3.0", "3"),
        ("1.10", "1.1"),
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551616", "18446744073709552000"),
        ("1:30", r#""1:30""#),
        ("2001-01-01", r#""2001-01-01""#),
        ("<<", r#""<<""#),
        ("=", r#""=""#),
        ("'1'", r#""1""#),
        ("!!str 1", r#""1""#),
        ("!!int \"1\"", "1"),
        ("!!float 1", "1"),
        ("!!binary aGk=", r#""hi""#),
        ("!unknown 1", r#""1""#),
        ("! 1", r#""1""#),
        ("!!int x", "yaml: cannot decode !!str `x` as a !!int"),
        (
            "!!binary x",
            "yaml: !!binary value contains invalid base64 data",
        ),
    ] {
        assert_eq!(show(text), json, "{text}");
    }
    assert_eq!(parse(".inf").unwrap(), [Value::Float(f64::INFINITY)]);
    assert_eq!(parse("3.0").unwrap(), [Value::Int(3)]);
}

#[test]
fn keys_become_text() {
    for (text, json) in [
        ("1: a", r#"{"1":"a"}"#),
        ("1.10: a", r#"{"1.1":"a"}"#),
        ("1000000.0: a", r#"{"1e+06":"a"}"#),
        ("on: a", r#"{"true":"a"}"#),
        ("{a:b}", r#"{"a:b":null}"#),
        ("{a, b: 1}", r#"{"a":null,"b":1}"#),
        ("a: 1\na: 2", r#"{"a":2}"#),
        ("? a\n: b", r#"{"a":"b"}"#),
        ("'<<': 1", r#"{"<<":1}"#),
        ("~: a", "yaml: a key must not be null"),
        ("[a]: b", "yaml: a key must not be a list or a mapping"),
        (
            "18446744073709551615: a",
            "yaml: a number that is a key must fit 64 bits with its sign",
        ),
    ] {
        assert_eq!(show(text), json, "{text}");
    }
}

#[test]
fn collections_and_texts() {
    for (text, json) in [
        ("", ""),
        ("# nothing", ""),
        ("---", "null"),
        ("---\n---\na", "null\n\"a\""),
        ("a\n...\n---\nb", "\"a\"\n\"b\""),
        ("\u{feff}a: 1", r#"{"a":1}"#),
        ("a: 1\r\nb: 2\r\n", r#"{"a":1,"b":2}"#),
        (
            "a:\n- b\n- c: d\n  e: f",
            r#"{"a":["b",{"c":"d","e":"f"}]}"#,
        ),
        ("- - a\n  - b\n-\n- c", r#"[["a","b"],null,"c"]"#),
        ("[a, {b: c}, d: e,]", r#"["a",{"b":"c"},{"d":"e"}]"#),
        (r#"{"a":1,"b":[true,null]}"#, r#"{"a":1,"b":[true,null]}"#),
        ("a: b\n  c\n\n  d # e\n", r#"{"a":"b c\nd"}"#),
        ("a: 'it''s\n\n  x '", r#"{"a":"it's\nx "}"#),
        ("\"\\x41\\u00e9\\\n  b\\tc\"", "\"Aéb\\tc\""),
        ("a: |\n  x\n   y\n\n", r#"{"a":"x\n y\n"}"#),
        ("a: |\n  x", r#"{"a":"x"}"#),
        ("a: |+\n  x\n\n", r#"{"a":"x\n\n"}"#),
        ("a: |-\n  x\n\n", r#"{"a":"x"}"#),
        ("a: |2\n    x\n", r#"{"a":"  x\n"}"#),
        ("a: >\n  x\n  y\n\n  z\n   w\n", r#"{"a":"x y\nz\n w\n"}"#),
        ("a: &x [1]\nb: *x", r#"{"a":[1],"b":[1]}"#),
        (
            "a: &x {k: 1}\nb: {<<: *x, l: 2}",
            r#"{"a":{"k":1},"b":{"k":1,"l":2}}"#,
        ),
        // As in goyaml, the last one wins: a merge behind a key overrides it.
        ("{k: 1, <<: {k: 2}}", r#"{"k":2}"#),
        ("{<<: [{k: 1}, {k: 2, l: 3}]}", r#"{"k":1,"l":3}"#),
        ("%TAG !e! tag:yaml.org,2002:\n--- !e!str 1", r#""1""#),
    ] {
        assert_eq!(show(text), json, "{text}");
    }
}

#[test]
fn errors_are_those_of_goyaml() {
    for (text, message) in [
        (
            "a: b: c",
            "yaml: mapping values are not allowed in this context",
        ),
        (
            "x: 1\na: b: c",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "a: 1\n b: 2",
            "yaml: line 2: mapping values are not allowed in this context",
        ),
        (
            "a:\n  b: 1\n c: 2",
            "yaml: line 2: did not find expected key",
        ),
        ("a: [1", "yaml: line 1: did not find expected ',' or ']'"),
        ("a: {b", "yaml: line 1: did not find expected ',' or '}'"),
        ("- a\nb", "yaml: line 3: could not find expected ':'"),
        ("a: 'b", "yaml: found unexpected end of stream"),
        ("a: @b", "yaml: found character that cannot start any token"),
        (
            "a:\n\tb: c",
            "yaml: line 2: found character that cannot start any token",
        ),
        (
            "a: b\n\tc",
            "yaml: line 2: found a tab character that violates indentation",
        ),
        (
            "a: - b",
            "yaml: block sequence entries are not allowed in this context",
        ),
        (r#""\q""#, "yaml: found unknown escape character"),
        (
            r#""\ud800""#,
            "yaml: found invalid Unicode character escape code",
        ),
        ("a: *x", "yaml: unknown anchor 'x' referenced"),
        ("&a [*a]", "yaml: anchor 'a' value contains itself"),
        ("!e!x a", "yaml: found undefined tag handle"),
        (
            "{<<: 1}",
            "yaml: map merge requires map or sequence of maps as the value",
        ),
        ("%YAML 1.2\n---\n", "yaml: found incompatible YAML document"),
        ("a\u{7f}", "yaml: control characters are not allowed"),
    ] {
        assert_eq!(show(text), message, "{text}");
    }
    let error = parse("x: 1\né: b: c").unwrap_err();
    assert_eq!((error.line, error.column), (2, 5));
}

fn diagnose(text: &str, limits: Limits) -> String {
    let sources = Sources::default();
    let source = sources.add("values.yaml", text);
    let diagnostic = read(source, text, limits).unwrap_err();
    render(&[*diagnostic], &sources, Style::Plain)
}

#[test]
fn diagnostics_show_the_place_and_the_fix() {
    insta::assert_snapshot!(diagnose("a:\n\tb: c\n", Limits::default()), @r"
    error: found character that cannot start any token
     --> values.yaml:2:1
      |
    2 |     b: c
      | ^^^^
      |
      = help: indent with spaces
    ");
    insta::assert_snapshot!(diagnose("a: {{ .spectro.var.x }}\n", Limits::default()), @r#"
    error: a key must not be a list or a mapping
     --> values.yaml:1:5
      |
    1 | a: {{ .spectro.var.x }}
      |     ^
      |
      = help: put the value in quotes: "{{ ... }}"
    "#);
    insta::assert_snapshot!(diagnose("a:\n  b: [1\nc: d\n", Limits::default()), @r"
    error: did not find expected ',' or ']'
     --> values.yaml:3:2
      |
    2 |   b: [1
      |      - what is being read begins here
    3 | c: d
      |  ^
    ");
}

#[test]
fn limits_end_early() {
    let small = Limits {
        bytes: 30,
        depth: 3,
        nodes: 5,
    };
    let message = |text: &str| {
        let sources = Sources::default();
        read(sources.add("x", text), text, small)
            .unwrap_err()
            .summary
    };
    assert_eq!(message(&"a".repeat(31)), "the text is longer than 30 bytes");
    assert_eq!(message("[[[[]]]]"), "values are nested more than 3 deep");
    assert_eq!(
        message("&a [[&b [1]], *a]"),
        "anchor 'a' value contains itself"
    );
    assert_eq!(
        message("[&b [[1]], [*b]]"),
        "the text holds more than 5 values"
    );
    assert_eq!(message("[a,b,c,d,e]"), "the text holds more than 5 values");
    let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (before, name) in ('a'..'p').zip('b'..='p') {
        let aliases = vec![format!("*{before}"); 9].join(",");
        bomb.push_str(&format!("{name}: &{name} [{aliases}]\n"));
    }
    assert_eq!(show(&bomb), "yaml: document contains excessive aliasing");
    assert_eq!(
        show(&"[".repeat(100_000)),
        "yaml: values are nested more than 200 deep"
    );
}

#[test]
fn nodes_know_their_places() {
    let text = "a: &x [1, 'b']\nc:\n  d: |\n    text\n  e:\nf: *x\n";
    let sources = Sources::default();
    let nodes = read(sources.add("x", text), text, Limits::default()).unwrap();
    let at = |span: crate::diag::Span| &text[span.start as usize..span.end as usize];
    let root = &nodes[0];
    assert_eq!(at(root.span), text.trim_end());
    let entries = root.as_map().unwrap();
    assert_eq!(at(entries[0].key_span), "a");
    assert_eq!(at(entries[0].value.span), "&x [1, 'b']");
    let list = entries[0].value.as_list().unwrap();
    assert_eq!(at(list[1].span), "'b'");
    assert_eq!(
        list[1].kind,
        NodeKind::String("b".to_owned(), ScalarStyle::Quoted)
    );
    assert_eq!(at(entries[1].value.get("d").unwrap().span), "|\n    text");
    assert_eq!(at(entries[1].value.get("e").unwrap().span), "");
    assert_eq!(at(entries[2].value.span), "*x");
}

#[test]
fn merged_keys_are_no_duplicates() {
    let keys = |text: &str| {
        let sources = Sources::default();
        let nodes = read(sources.add("x", text), text, Limits::default()).unwrap();
        let entries = nodes[0].as_map().unwrap();
        entries
            .iter()
            .map(|entry| entry.key.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(keys("{<<: {a: 1, b: 2}, a: 3}"), ["b", "a"]);
    assert_eq!(keys("{a: 1, a: 2}"), ["a", "a"]);
}

/// Texts that are nearly YAML.
fn near_yaml() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b: ",
        ": ",
        "- ",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\n",
        "\n  ",
        "\n- ",
        "\t",
        "\r\n",
        "# c",
        "&a ",
        "*a",
        "!!str ",
        "!!int ",
        "<<: ",
        "---\n",
        "...\n",
        "'",
        "\"",
        "\\",
        "\\x4",
        "|",
        ">-\n",
        "|2\n",
        "%TAG ",
        "%YAML 1.1\n",
        "1_0",
        "~",
        "é",
        "\u{2028}",
        "\u{85}",
        "\u{feff}",
        "😀",
    ]);
    prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

/// Values as the reader makes them: whole numbers are integers.
fn values() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        any::<String>(),
        "[ -~\n]{0,20}",
        "([a-z':#\"]{1,9} {1,2}){10,30}[a-z]?",
        prop::sample::select(vec![
            "", "y", "1", "1:30", "<<", "\n", " \n", "\n\n", "a \nb", "- a"
        ])
        .prop_map(str::to_owned),
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        any::<f64>()
            .prop_filter("whole numbers are integers", |number| number.is_finite()
                && (number.fract() != 0.0 || number.abs() > 1e20))
            .prop_map(Value::Float),
        text.clone().prop_map(Value::String),
    ];
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::List),
            prop::collection::vec((text.clone(), inner), 0..4)
                .prop_map(|entries| Value::Map(entries.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn reading_never_panics(text in prop_oneof![any::<String>(), near_yaml()]) {
        let sources = Sources::default();
        let source = sources.add("x", text.as_str());
        let values = parse(&text);
        match read(source, &text, Limits::default()) {
            Ok(nodes) => {
                let same: Vec<Value> = nodes.iter().map(super::Node::to_value).collect();
                prop_assert_eq!(format!("{:?}", values.unwrap()), format!("{same:?}"));
            }
            Err(diagnostic) => {
                prop_assert!(values.is_err());
                render(&[*diagnostic], &sources, Style::Plain);
            }
        }
    }

    #[test]
    fn what_is_written_reads_back(value in values()) {
        prop_assert_eq!(parse(&write(&value)), Ok(vec![value.clone()]));
        let text = write_ordered(&value);
        let back = parse(&text).unwrap().remove(0);
        prop_assert_eq!(write_ordered(&back), text);
        prop_assert_eq!(&back, &value);
        let json = to_json(&value);
        prop_assert_eq!(to_json(&back), json.as_str());
        prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
