//! What is random stays, and what it leads to can be found out.

use super::*;

fn seed(byte: u8) -> Seed {
    let now = "2026-01-02T03:04:05Z".parse().unwrap();
    let key = [byte; 32];
    Seed { key, now }
}

fn set(files: &[(&str, &str)]) -> Set {
    let mut set = Set::default();
    for (name, text) in files {
        set.parse(name, text).unwrap();
    }
    set
}

/// What the last of the files prints, and whether that came of the seed.
fn print_with(seed: Seed, files: &[(&str, &str)]) -> (String, bool) {
    let mut run = Run::new(set(files), Limits::default(), Some(seed));
    let name = files[files.len() - 1].0;
    let text = run.execute(name, data()).unwrap();
    (text, run.seeded())
}

fn print(files: &[(&str, &str)]) -> String {
    print_with(seed(1), files).0
}

#[test]
fn the_key_decides() {
    let text = [(
        "t",
        "{{ randAlphaNum 20 }} {{ uuidv4 }} {{ randInt 5 900000 }} {{ shuffle \"abcdefghij\" }}",
    )];
    assert_eq!(print(&text), print(&text));
    let (other, seeded) = print_with(seed(2), &text);
    assert!(seeded);
    for (one, other) in print(&text).split(' ').zip(other.split(' ')) {
        assert_ne!(one, other);
        assert_eq!(one.len().max(5), other.len().max(5));
    }
    assert!(
        !print_with(
            seed(1),
            &[("t", "{{ .Values.name | upper }} {{ date \"2006\" 0 }}")]
        )
        .1
    );
}

#[test]
fn each_place_has_its_own_values() {
    let text = print(&[(
        "t",
        "{{ range 3 }}{{ randAlpha 12 }} {{ end }}{{ randAlpha 12 }} {{ randAlpha  12 }}",
    )]);
    let mut all: Vec<&str> = text.split(' ').collect();
    assert_eq!(all.len(), 5);
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 5, "{text}");
}

#[test]
fn edits_elsewhere_change_nothing() {
    let helper = |before: &str| {
        format!("{before}{{{{ define \"p\" }}}}{{{{ randAlphaNum 16 | b64enc }}}}{{{{ end }}}}")
    };
    let before = print(&[("h", &helper("")), ("t", "{{ include \"p\" . }}")]);
    let after = print(&[
        (
            "h",
            &helper("{{ define \"q\" }}{{ randAlphaNum 16 }}{{ end }}\n\n"),
        ),
        (
            "t",
            "{{ include \"q\" . | trunc 0 }}{{ if true }}{{ with .Values.missing }}{{ else }}{{ include   \"p\"\n . }}{{ end }}{{ end }}",
        ),
    ]);
    assert_eq!(before, after);
    let elsewhere = print(&[("h", &helper("")), ("u", "{{ include \"p\" . }}")]);
    assert_ne!(before, elsewhere);
    let by_tpl = print(&[
        ("h", &helper("")),
        ("t", "{{ tpl \"{{ include \\\"p\\\" . }}\" . }}"),
    ]);
    assert_ne!(before, by_tpl);
}

#[test]
fn a_run_goes_on_over_templates() {
    let set = set(&[
        ("a", "{{ $_ := set .Values \"name\" randAlpha }}"),
        ("b", "{{ .Values.name }}"),
    ]);
    let mut run = Run::new(set.clone(), Limits::default(), Some(seed(1)));
    let error = run.execute("a", data()).unwrap_err().to_string();
    assert!(
        error.contains("wrong number of args for randAlpha: want 1 got 0"),
        "{error}"
    );
    assert_eq!(run.execute("b", data()).unwrap(), "web");
    assert!(!run.seeded());
}

#[test]
fn without_a_seed_they_fail() {
    for call in [
        "randAlphaNum 3",
        "now",
        "uuidv4",
        "ago 0",
        "date \"2006\" \"x\"",
    ] {
        let error = evaluate(call, Value::Nil).unwrap_err().to_string();
        assert!(error.contains("needs a seed"), "{call}: {error}");
    }
}

#[test]
fn time_is_the_seed_s() {
    let text = "{{ now | date \"2006-01-02 15:04:05\" }} {{ now.Unix }} {{ ago 1767323040 }} {{ htmlDate \"?\" }}";
    let (text, seeded) = print_with(seed(1), &[("t", text)]);
    assert_eq!(text, "2026-01-02 03:04:05 1767323045 5s 2026-01-02");
    assert!(seeded);
}

#[test]
fn altered_values_differ_everywhere() {
    let text = "{{ randAlphaNum 9 }} {{ randNumeric 9 }} {{ randInt 1 3 }} {{ uuidv4 }} {{ randBytes 9 }} \
        {{ shuffle \"abc\" }} {{ now.Year }} {{ now | date \"05\" }} {{ range 2 }}{{ randAlpha 5 }}{{ end }}";
    let set = set(&[("t", text)]);
    let mut run = Run::new(set.clone(), Limits::default(), Some(seed(1)));
    let one = run.execute("t", data()).unwrap();
    let memo = run.into_memo().unwrap();
    let mut run = Run::altered(set, Limits::default(), memo);
    let other = run.execute("t", data()).unwrap();
    for (one, other) in one.split(' ').zip(other.split(' ')) {
        assert_ne!(one, other);
        assert_eq!(one.len(), other.len());
    }
}
