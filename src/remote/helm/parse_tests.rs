#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use proptest::prelude::*;

use super::parse::of_whole;
use super::split::{OtherLayout, Piece, split};
use super::*;

/// As `helm repo index` writes it.
const INDEX: &str = r#"apiVersion: v1
entries:
  alpine:
  - apiVersion: v2
    appVersion: 3.19.1
    created: "2024-03-05T12:00:00.123456789Z"
    dependencies:
    - name: common
      repository: https://charts.example.com
      version: 2.x.x
    description: A small system that
      needs two lines
    digest: sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
    name: alpine
    urls:
    - alpine-1.1.0.tgz
    - https://elsewhere.example.com/alpine-1.1.0.tgz
    version: 1.1.0
  - apiVersion: v2
    deprecated: true
    description: |
      A block
      - that looks like a list

      # and has no comment
    digest: ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
    name: alpine
    urls:
    - alpine-1.0.0.tgz
    version: 1.0.0
  broken:
  - name: broken
    version: none
  - null
  empty: []
  nginx:
  - description: no digest
    name: nginx
    urls:
    - charts/nginx-0.1.0.tgz
    version: 0.1.0
generated: "2024-03-05T12:00:00.123456789Z"
"#;

fn told(index: &Index) -> String {
    let mut out = String::new();
    for listing in index.listings() {
        for offer in listing.offers {
            let chart = index.chart(&listing.item.name, &offer.version).unwrap();
            writeln!(
                out,
                "{} {} app {:?} {:?} deprecated {} {:?} {:?}",
                listing.item.name,
                offer.version,
                offer.app_version.as_deref(),
                offer.description.as_deref(),
                offer.deprecated,
                offer.archive.map(|digest| digest.hex()[..8].to_owned()),
                chart.urls
            )
            .unwrap();
        }
    }
    out
}

#[test]
fn an_index_is_read_without_what_is_broken() {
    let index = Index::parse(INDEX.as_bytes()).unwrap();
    insta::assert_snapshot!(told(&index), @r#"
alpine 1.1.0 app Some("3.19.1") Some("A small system that needs two lines") deprecated false Some("ba7816bf") ["alpine-1.1.0.tgz", "https://elsewhere.example.com/alpine-1.1.0.tgz"]
alpine 1.0.0 app None Some("A block - that looks like a list  # and has no comment ") deprecated true Some("ba7816bf") ["alpine-1.0.0.tgz"]
nginx 0.1.0 app None Some("no digest") deprecated false None ["charts/nginx-0.1.0.tgz"]
"#);
    assert_eq!(index.versions(), 3);
}

#[test]
fn all_layouts_say_the_same() {
    let expected = Index::parse(INDEX.as_bytes()).unwrap();
    let value = crate::yaml::parse_first(INDEX).unwrap();
    let json: serde_json::Value = value.clone().into();
    let deeper = crate::yaml::write(&value);
    let texts = [
        INDEX.replace('\n', "\r\n"),
        format!("\u{feff}# a comment\n---\n{INDEX}"),
        INDEX.replace("  alpine:\n", "\n  # a comment\n  'alpine': # another\n"),
        json.to_string(),
        format!("{json:#}"),
        deeper,
        format!("{{apiVersion: v1, entries: {}}}", json["entries"]),
        format!("entries: {}\napiVersion: v1\n", json["entries"]),
    ];
    for text in texts {
        assert_eq!(
            Index::parse(text.as_bytes()),
            Ok(expected.clone()),
            "{text}"
        );
    }
}

#[test]
fn a_text_is_taken_apart_only_when_its_lines_tell_how() {
    let taken = |text: &str| {
        let mut pieces = String::new();
        let outside = split(text, &mut |piece| {
            match piece {
                Piece::Name(name) => write!(pieces, "{name}:").unwrap(),
                Piece::Entry(lines) => write!(pieces, "{lines:?},").unwrap(),
            }
            Ok(())
        });
        outside.map(|outside| format!("{pieces} {outside:?}"))
    };
    for (text, expected) in [
        (
            "a: 1\nentries:\n  x:\n  - b: 1\n    c: |\n      - d\n  - e\n  w:\n      - f\nz: 2\n",
            r#"x:"  - b: 1\n    c: |\n      - d\n","  - e\n",w:"      - f\n", "a: 1\nz: 2\n""#,
        ),
        (
            "entries:\n  x:\n  -\n    a: 1\n",
            r#"x:"  -\n    a: 1\n", """#,
        ),
        ("entries:\n  x:\n  w:\n", r#"x:w: """#),
    ] {
        assert_eq!(taken(text).as_deref(), Ok(expected), "{text}");
    }
    for text in [
        "",
        "a: 1\n",
        "entries: {}\n",
        "entries:\n- a\n",
        "entries:\n  - a\n",
        "entries:\n  x: [a]\n",
        "entries:\n  x: &a\n    - b\n  y: *a\n",
        "entries:\n    x:\n    - a\n  y:\n",
        "entries:\n  x:\n    - a\n   - b\n",
        "entries:\n  x:\n    a: b\n",
        "entries:\n  ? x\n  : - a\n",
        "entries:\n  x:\r  - a\n",
        "entries:\n  x:\n  - a\nentries:\n  x:\n  - a\n\tb\n",
    ] {
        let read = taken(text);
        let refused = read == Err(OtherLayout) || Index::parse(text.as_bytes()).is_err();
        assert!(refused, "{text:?}: {read:?}");
    }
}

#[test]
fn what_is_no_index_says_so() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"\xff", "it is not a text in UTF-8"),
        (b"<html>Please log in</html>", "it has no `apiVersion`"),
        (b"entries:\n  a:\n  - name: a\n", "it has no `apiVersion`"),
        (b"{\"entries\": {}}", "it has no `apiVersion`"),
        (
            b"apiVersion: v1\nentries: []\n",
            "its `entries` are not a mapping of lists",
        ),
        (
            b"apiVersion: v1\nentries: {a: {}}\n",
            "its `entries` are not a mapping of lists",
        ),
        (b"apiVersion: v1\nentries:\n  a:\n  - \"b\n", "yaml: "),
    ];
    for (text, expected) in cases {
        let error = Index::parse(text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let mut long = "apiVersion: v1\nentries: {a: [".to_owned();
    while long.len() <= 33 << 20 {
        long += "{name: a, version: 1.2.3, description: 'this goes on and on and on and on'},\n";
    }
    let error = Index::parse(format!("{long}]}}").as_bytes()).unwrap_err();
    insta::assert_snapshot!(error, @"it is longer than 32 MiB and not laid out as `helm repo index` does it, which would take too much memory");
}

/// A scalar as somebody may have written it into an index.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9 ]{1,12}",
        "'[a-z:#-]{0,3}(\n {1,9}[- #a-z]{0,5}){0,2}'",
        "\"[a-z:#-]{0,3}(\n {0,9}[- #a-z]{0,5}){0,2}\"",
        "[|>][+-]?(\n {1,9}[- #a-z:]{1,6}){1,3}",
        "[a-z]{1,4}(\n {1,9}[-#a-z]{1,4}){1,2}",
        "\\[[a-z]{1,3}(,\n {0,8}[a-z]{0,3}){0,2}\\]",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn pieces_are_read_as_the_whole_is(
        entries in prop::collection::vec(
            (prop_oneof!["  [a-z]{1,3}:", " [a-z]{1,3}:", "[a-z]{1,3}:"], prop::collection::vec((0_usize..5, scalar(), scalar()), 0..3)),
            0..4,
        ),
    ) {
        let mut text = "apiVersion: v1\nentries:\n".to_owned();
        for (name, versions) in &entries {
            writeln!(text, "{name}").unwrap();
            for (at, (indent, one, other)) in versions.iter().enumerate() {
                let space = " ".repeat(*indent);
                writeln!(text, "{space}- name: a\n{space}  version: {at}.0.0\n{space}  description: {one}\n{space}  appVersion: {other}").unwrap();
            }
        }
        // Whatever a whole text says, its pieces say the same; what is wrong as a whole may not be wrong in pieces.
        if let Ok((mut whole, true)) = of_whole(&text) {
            whole.finish();
            prop_assert_eq!(Index::parse(text.as_bytes()), Ok(whole), "{}", text);
        }
    }
}
