//! What helm 4.3.1 was seen to print, and how deep it goes.

use super::*;

#[test]
fn as_helm_prints() {
    let cases = [
        (
            "{{ mustToDuration \"90m\" }} {{ durationSeconds \"1.5\" }} {{ durationDays \"36h\" }}",
            "1h30m0s 1.5 1.5",
        ),
        (
            "{{ (mustToDuration 90).Minutes }} {{ typeOf (mustToDuration 1) }} {{ kindOf (mustToDuration 1) }}",
            "1.5 time.Duration int64",
        ),
        (
            "{{ durationRoundTo \"2h13m\" \"30m\" }} {{ durationTruncateTo \"2h13m\" \"1h\" }}",
            "2h0m0s 2h0m0s",
        ),
        (
            "{{ int (mustToDuration \"90m\") }} {{ toJson (mustToDuration \"1s\") }} {{ printf \"%d\" (mustToDuration \"1s\") }}",
            "0 1000000000 1000000000",
        ),
        (
            "{{ toToml (dict \"a\" 80.0 \"b\" (dict \"c\" (list 1 \"x\")) \"n\" nil) }}",
            "a = 80.0\n\n[b]\n  c = [1, \"x\"]\n",
        ),
        (
            "{{ toToml (list 1 2.5) }} {{ toToml \"x\" }}",
            "[1, 2.5] \"x\"",
        ),
        (
            "{{ fromToml \"a = 1\\n[b]\\nc = [true]\" }}",
            "map[a:1 b:map[c:[true]]]",
        ),
        (
            "{{ toYamlPretty (dict \"a\" (list 1 (dict \"b\" \"yes\"))) }}",
            "a:\n  - 1\n  - b: \"yes\"",
        ),
        (
            "{{ fromJson \"{x\" }}",
            "map[Error:invalid character 'x' looking for beginning of object key string]",
        ),
        (
            "{{ lookup \"v1\" \"Pod\" \"\" \"\" }}{{ getHostByName \"x\" }}",
            "map[]",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(run(text), expected, "{text}");
    }
    let fails = [
        (
            "{{ call .Values.name }}",
            "non-function .Values.name of type string",
        ),
        ("{{ index \"a\" 1 }}", "reflect: string index out of range"),
        (
            "{{ eq (list 1) (list 2) }}",
            "non-comparable type [%!s(int=2)]: []interface {}",
        ),
        ("{{ semver \"x\" }}", "invalid semantic version"),
        (
            "{{ toToml nil }}",
            "reflect: call of reflect.Value.Type on zero Value",
        ),
        (
            "{{ mustToDuration \"x\" }}",
            "could not parse duration \"x\"",
        ),
    ];
    for (text, expected) in fails {
        let got = run(text);
        assert!(
            got.starts_with("error: ") && got.ends_with(expected),
            "{text}: {got}"
        );
    }
}

#[test]
fn a_thousand_templates_inside_each_other() {
    let work = || {
        let text = "{{ define \"a\" }}{{ range $i, $x := list . }}{{ if $x.n }}{{ with $x }}\
            {{ include \"a\" (dict \"n\" (sub .n 1)) | nindent 0 }}{{ end }}{{ end }}{{ end }}{{ end }}\
            {{ include \"a\" (dict \"n\" 1000) | trim }}ok";
        let mut set = Set::default();
        set.parse("t", text).unwrap();
        execute(&set, "t", data(), &Limits::deep()).unwrap()
    };
    let thread = std::thread::Builder::new().stack_size(Limits::DEEP_STACK);
    assert_eq!(thread.spawn(work).unwrap().join().unwrap(), "ok");
}

#[test]
fn what_grows_without_end_is_stopped() {
    let texts = [
        "{{ $x := dict \"a\" 1 }}{{ range 60 }}{{ $x = dict \"a\" $x \"b\" $x }}{{ end }}{{ mergeOverwrite $x (dict \"a\" $x) | len }}",
        "{{ $x := list 1 }}{{ range 60 }}{{ $x = concat $x $x }}{{ end }}",
        "{{ range 10000 }}{{ $x := bcrypt \"a\" }}{{ end }}",
        "{{ $x := repeat 100000 \"x\" }}{{ replace \"x\" $x $x | len }}",
    ];
    for text in texts {
        assert!(run(text).starts_with("error: "), "{text}");
    }
}
