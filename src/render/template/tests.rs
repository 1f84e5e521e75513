//! Whole templates: what they print, and what their errors say.

#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::yaml;

fn data() -> Value {
    let json = serde_json::json!({
        "Values": {
            "name": "web", "port": 80, "big": 1_000_000, "ratio": 0.5, "on": true, "empty": null,
            "list": ["a", "b"], "map": {"b": 1, "a": "x"}, "mixed": ["a", 1, null, {"k": "v"}],
        },
        "Release": {"Name": "rel"},
    });
    Value::from(&yaml::Value::from(json))
}

fn run(text: &str) -> String {
    let mut set = Set::default();
    if let Err(error) = set.parse("t", text) {
        return format!("parse error: {error}");
    }
    match execute(&set, "t", data(), &Limits::default()) {
        Ok(text) => text,
        Err(error) => format!("error: {error}"),
    }
}

#[test]
fn templates_print() {
    let cases = [
        ("a {{- /* c */}} b", "a b"),
        ("a {{- 1 -}} b", "a1b"),
        ("{{ .Values.name }}:{{ .Values.port }}", "web:80"),
        (
            "{{ .Values.big }} {{ .Values.ratio }} {{ .Values.list }} {{ .Values.map }}",
            "1e+06 0.5 [a b] map[a:x b:1]",
        ),
        ("[{{ .Values.missing }}]", "[]"),
        ("{{ $x := .Values.missing }}[{{ $x.y.z }}]", "[]"),
        ("{{ (.Values.missing).x }}", ""),
        (
            "{{ if and .Values.on .Values.name }}y{{ else }}n{{ end }}",
            "y",
        ),
        (
            "{{ if eq .Values.name \"x\" }}1{{ else if .Values.on }}2{{ else }}3{{ end }}",
            "2",
        ),
        (
            "{{ range $i, $v := .Values.list }}{{ $i }}={{ $v }};{{ end }}",
            "0=a;1=b;",
        ),
        (
            "{{ range $k, $v := .Values.map }}{{ $k }}={{ $v }};{{ end }}",
            "a=x;b=1;",
        ),
        (
            "{{ range .Values.missing }}x{{ else }}none{{ end }}",
            "none",
        ),
        (
            "{{ range 3 }}{{ . }}{{ if eq . 1 }}{{ break }}{{ end }}{{ end }}",
            "01",
        ),
        (
            "{{ range $i := 3 }}{{ if eq $i 1 }}{{ continue }}{{ end }}{{ $i }}{{ end }}",
            "02",
        ),
        (
            "{{ with .Values.name }}{{ . }}{{ end }}{{ with .Values.missing }}x{{ else }}-{{ end }}",
            "web-",
        ),
        (
            "{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}",
            "2",
        ),
        (
            "{{ define \"d\" }}<{{ . }}>{{ end }}{{ template \"d\" .Values.name }}{{ template \"d\" }}",
            "<web><>",
        ),
        (
            "{{ define \"d\" }}{{ .x }}{{ end }}{{ include \"d\" (index .Values.mixed 3) }}",
            "",
        ),
        ("{{ block \"b\" .Values.name }}({{ . }}){{ end }}", "(web)"),
        (
            "{{ tpl \"{{ .Values.name }}-{{ .Release.Name }}\" . }}",
            "web-rel",
        ),
        (
            "{{ printf \"%s %d %v %q\" \"a\" 3 .Values.port \"x\\\"\" }}",
            "a 3 80 \"x\\\"\"",
        ),
        (
            "{{ printf \"%d %s %d\" .Values.port 3 \"x\" }}",
            "%!d(float64=80) %!s(int=3) %!d(string=x)",
        ),
        (
            "{{ printf \"%s\" }} {{ printf \"%s\" \"a\" \"b\" }}",
            "%!s(MISSING) a%!(EXTRA string=b)",
        ),
        (
            "{{ printf \"%#v %6v %#v\" (dict \"a\" nil) (list nil 1) nil }}",
            "map[string]interface {}{\"a\":interface {}(nil)} [<nil>      1] <nil>",
        ),
        ("{{ print 1 2 \"a\" 3 4 }}", "1 2a3 4"),
        (
            "{{ 0x10 }} {{ 010 }} {{ 1_000 }} {{ 'a' }} {{ 1e3 }} {{ `raw` }}",
            "16 8 1000 97 1000 raw",
        ),
        ("{{ .Values.name | }}", "web"),
        (
            "{{ index .Values.list 1 }} {{ len .Values.map }} {{ index \"abc\" 0 }}",
            "b 2 97",
        ),
        (
            "{{ \"a\nb\" }}",
            "parse error: template: t:1: unterminated quoted string",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(run(text), expected, "{text}");
    }
}

#[test]
fn errors_say_where() {
    let texts = [
        "{{ end }}",
        "{{ if true }}x",
        "{{ if true }}{{ define \"x\" }}{{ end }}{{ end }}",
        "{{ nope 1 }}",
        "line\n  {{ $x }}",
        "{{ .x",
        "{{ break }}",
        "{{ 1 | 2 }}",
        "{{ (1 }}",
        "{{ \"a\".b }}",
        "{{ .Values.missing.deeper }}",
        "a\nb {{ .Values.name.x }}",
        "{{ include \"gone\" . }}",
        "{{ template \"gone\" }}",
        "{{ eq .Values.port 80 }}",
        "{{ len 3 }}",
        "{{ index .Values.list 5 }}",
        "{{ include .Values.port . }}",
        "{{ include .Values.missing . }}",
        "{{ not }}",
        "{{ .Values.name \"x\" }}",
        "{{ range .Values.port }}{{ end }}",
        "{{ define \"a\" }}\n{{ .Values.name.x }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"b\" . }}",
        "{{ define \"a\" }}{{ fail \"no\" }}{{ end }}{{ template \"a\" . }}",
        "{{ tpl \"{{ .Values.name\" . }}",
        "{{ required \"give a name\" .Values.missing }}",
        "{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "{{ range 100000000 }}{{ end }}",
    ];
    let mut shown = String::new();
    for text in texts {
        let line = run(text);
        let short: String = line.chars().take(400).collect();
        shown.push_str(&format!("{}\n  {}\n", text.replace('\n', "\\n"), short));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn places_are_where_the_text_stands() {
    let text = "a: 1\nb: é {{ .Values.name.x }}\n";
    let mut set = Set::default();
    set.parse("f.yaml", text).unwrap();
    let error = execute(&set, "f.yaml", data(), &Limits::default()).unwrap_err();
    let place = error.place().unwrap();
    assert_eq!((place.line, place.column), (2, 9));
    assert_eq!(&text[place.range.clone()], ".Values.name.x");
}

#[test]
fn pipelines_alone() {
    assert_eq!(
        evaluate(" .Release.Name | printf \"%s!\" ", data())
            .unwrap()
            .to_data()
            .unwrap(),
        yaml::Value::from("rel!")
    );
    assert!(matches!(evaluate(".Release.Nope", data()), Ok(Value::Nil)));
    assert!(matches!(
        evaluate("1 }}x{{ 2", data()),
        Err(EvalError::Parse(_))
    ));
    assert!(matches!(evaluate("", data()), Err(EvalError::Parse(_))));
}

/// Runs on a thread with the stack that threads have by default, so that a stack too deep would abort the test.
fn on_small_stack(texts: Vec<String>) -> Vec<String> {
    let work = move || texts.iter().map(|text| run(text)).collect();
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.unwrap().join().unwrap()
}

#[test]
fn deep_nesting_is_an_error_and_no_crash() {
    let define = |inner: &str| {
        format!("{{{{ define \"a\" }}}}{inner}{{{{ end }}}}{{{{ include \"a\" . }}}}")
    };
    let texts = vec![
        define("{{ include \"a\" . }}"),
        define("{{ template \"a\" . }}"),
        define("{{ range .Values.list }}{{ with $ }}{{ if (and true (include \"a\" . | quote)) }}x{{ end }}{{ end }}{{ end }}"),
        define("{{ tpl \"{{ include \\\"a\\\" . }}\" . }}"),
        "(".repeat(10_000),
        format!("{{{{ {}1{} }}}}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("{}{}", "{{ if true }}".repeat(100_000), "{{ end }}".repeat(100_000)),
        format!("{}x{}", "{{ if true }}".repeat(140), "{{ end }}".repeat(140)),
        format!("{}{}", "{{ if true }}{{ else ".repeat(100_000), "{{ end }}"),
        "{{ $x := list }}{{ range 30000 }}{{ $x = list $x }}{{ end }}{{ $x | len }}".to_owned(),
        "{{ $x := list }}{{ range 30000 }}{{ $x = list $x }}{{ end }}{{ toJson $x }}".to_owned(),
        "{{ $x := list }}{{ range 30000 }}{{ $x = list $x }}{{ end }}{{ toYaml $x | len }}{{ print $x | len }}".to_owned(),
        "{{ $x := dict }}{{ $y := set $x \"x\" $x }}{{ print $x | len }}{{ toYaml $x }}{{ deepCopy $x }}".to_owned(),
        "{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ print $x | len }}".to_owned(),
        "{{ $x := list 1 }}{{ range 60 }}{{ $x = list $x $x }}{{ end }}{{ deepEqual $x (deepCopy $x) }}".to_owned(),
        "{{ $x := \"xxxxxxxxxxxxxxxx\" }}{{ range 60 }}{{ $x = cat $x $x }}{{ end }}".to_owned(),
        "{{ repeat 1000000000 \"x\" }}".to_owned(),
        "{{ indent 1000000000 \"x\" }}".to_owned(),
        "{{ printf \"%999999d%999999d\" 1 2 | len }}".to_owned(),
        "{{ until 1000000000 }}".to_owned(),
    ];
    let results: Vec<String> = on_small_stack(texts)
        .iter()
        .map(|line| line.chars().rev().take(90).collect::<String>())
        .map(|line| line.chars().rev().collect())
        .collect();
    insta::assert_snapshot!(results.join("\n"));
}

/// Pieces of templates, whole and broken, in any order.
fn pieces() -> impl proptest::strategy::Strategy<Value = String> {
    use proptest::prelude::*;
    let piece = prop_oneof![
        8 => proptest::sample::select(vec![
            "{{", "}}", "{{- ", " -}}", "{{ if .Values.on }}", "{{ else }}", "{{ else if 1 }}", "{{ end }}",
            "{{ range $i, $v := .Values.list }}", "{{ with .Values.map }}", "{{ define \"a\" }}",
            "{{ template \"a\" . }}", "{{ include \"a\" . }}", "{{ block \"b\" . }}", "{{ break }}",
            "{{ $x := . }}", "{{ $x }}", "{{ $x = 1 }}", "{{/*", "*/}}", "\"", "`", "'", "\\", "(", ")", "|",
            " . ", ".a.b", "$", ":=", "=", ",", "1e", "0x", "-", "printf \"%d\" 1", "tpl \"{{ . }}\" $",
            "{{ .Values | toYaml | nindent 2 }}", "index .Values.list 1", "nil", "\n", "\u{e9}",
        ]).prop_map(str::to_owned),
        1 => proptest::sample::select(Functions::standard().names()).prop_map(|name| format!(" {name} ")),
        1 => any::<String>(),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest::proptest! {
    #[test]
    fn any_text_ends_in_a_text_or_an_error(text in pieces()) {
        let mut set = Set::default();
        match set.parse("t", &text) {
            Ok(()) => {
                let limits = Limits { steps: 10_000, ..Limits::default() };
                if let Err(error) = execute(&set, "t", data(), &limits) {
                    let range = error.place().map(|place| place.range.clone());
                    proptest::prop_assert!(range.is_none_or(|range| text.get(range).is_some()), "{error}");
                }
            }
            Err(error) => proptest::prop_assert!(text.get(error.place.range.clone()).is_some(), "{error}"),
        }
    }

    #[test]
    fn any_function_takes_any_arguments(
        name in proptest::sample::select(Functions::standard().names()),
        args in proptest::collection::vec(proptest::sample::select(vec![
            ".Values.name", ".Values.list", ".Values.map", ".Values.mixed", ".Values.missing", ".Values.port", "nil",
            "true", "1", "-1", "-5", "9223372036854775807", "-9223372036854775808", "1e30", "3", "0", "\"\"", "\"a\"", "\"\u{e9}\"", "\"(\"",
            "\"%s %d %[3]*.[2]*[1]f\"", "(list 1 2)", "(dict)", "(trunc 4 \"abc\u{e9}\")", "\"1.2.3\"", "\"2006-01-02\"",
            "(until 3)", "(semver \"1.2\")", "(keys .Values.map)", "(split \",\" \"a,b\")", "\"9e9h\"", "\"[[:x\"", "\"\\\\\"",
        ]), 0..5),
    ) {
        let text = format!("{{{{ {name} {} }}}}", args.join(" "));
        run(&text);
    }
}

mod helm;
mod randomness;
