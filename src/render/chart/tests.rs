//! Charts from their files to their values, each rule of Helm on its own.
#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use crate::diag::causes;
use crate::model::{ChartFile, ChartFiles, Digest};
use crate::yaml;

fn files(files: &[(&str, &str)]) -> ChartFiles {
    let files = files.iter().map(|(path, data)| ChartFile {
        path: (*path).into(),
        data: data.as_bytes().into(),
    });
    ChartFiles {
        origin: "web.tgz".into(),
        digest: Digest::of(b""),
        files: files.collect(),
    }
}

/// A chart whose files are named by the charts that they are in: `b/values.yaml` belongs to the subchart `b`. Each gets a
/// `Chart.yaml` with a name and what is given under `b/`.
pub(super) fn chart(given: &[(&str, &str)]) -> ChartFiles {
    let mut all: Vec<(String, String)> = Vec::new();
    let mut charts = vec![""];
    for (path, text) in given {
        let (folder, file) = inside(path);
        if !charts.contains(&folder) {
            charts.push(folder);
        }
        if file != "Chart.yaml" {
            all.push((
                format!("{}{file}", below_charts(folder)),
                (*text).to_owned(),
            ));
        }
    }
    for folder in charts {
        let own = given
            .iter()
            .find(|(path, _)| inside(path) == (folder, "Chart.yaml"));
        let name = folder.rsplit('/').next().unwrap_or("");
        let name = if name.is_empty() { "web" } else { name };
        let more = own.map_or("", |(_, text)| text);
        let text = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n{more}");
        all.push((format!("{}Chart.yaml", below_charts(folder)), text));
    }
    let all: Vec<(&str, &str)> = all.iter().map(|(path, text)| (&**path, &**text)).collect();
    files(&all)
}

/// The charts above a file, and its path in the innermost one.
fn inside(path: &str) -> (&str, &str) {
    let folder = ["templates/", "crds/"]
        .iter()
        .filter_map(|folder| path.find(folder))
        .min();
    let file = folder.unwrap_or_else(|| path.rfind('/').map_or(0, |at| at + 1));
    (path[..file].trim_end_matches('/'), &path[file..])
}

fn below_charts(folder: &str) -> String {
    let names = folder.split('/').filter(|name| !name.is_empty());
    names.map(|name| format!("charts/{name}/")).collect()
}

pub(super) fn load(files: &ChartFiles) -> Result<Chart, String> {
    Chart::load(files).map_err(|error| causes(&error).join(": "))
}

pub(super) fn resolved(given: &[(&str, &str)], user: &str) -> Result<Resolved, String> {
    let chart = load(&chart(given))?;
    let user = Tree::parse(user.as_bytes()).map_err(|error| error.to_string())?;
    resolve(&chart, &user, "v1.37.0", Options::default()).map_err(|error| causes(&error).join(": "))
}

fn json(tree: &Tree) -> String {
    serde_json::Value::from(tree).to_string()
}

/// The values of a chart as JSON.
fn values(given: &[(&str, &str)], user: &str) -> String {
    json(&resolved(given, user).unwrap().values)
}

/// The full paths of all charts that take part.
fn paths(given: &[(&str, &str)], user: &str) -> String {
    fn add(chart: &Chart, found: &mut Vec<String>) {
        found.push(chart.path.to_string());
        for subchart in &chart.subcharts {
            add(subchart, found);
        }
    }
    let mut found = Vec::new();
    add(&resolved(given, user).unwrap().chart, &mut found);
    found.sort();
    found.join(" ")
}

#[test]
fn nulls_delete_defaults_and_stay_where_there_are_none() {
    let defaults = "a: 1\nb: {c: 1, d: {e: 1}, n: ~}\nn: ~\ns: 1\nt: {x: 1}\n";
    let cases = [
        ("", r#"{"a":1,"b":{"c":1,"d":{"e":1}},"s":1,"t":{"x":1}}"#),
        (
            "a: ~\nb: {d: ~}\nother: ~\n",
            r#"{"b":{"c":1},"other":null,"s":1,"t":{"x":1}}"#,
        ),
        (
            "s: {x: 1}\nt: 5\nb: {c: {q: 1}}\n",
            r#"{"a":1,"b":{"c":{"q":1},"d":{"e":1}},"s":{"x":1},"t":5}"#,
        ),
    ];
    for (user, expected) in cases {
        assert_eq!(
            values(&[("values.yaml", defaults)], user),
            expected,
            "{user}"
        );
    }
}

#[test]
fn nulls_for_a_subchart_act_on_its_own_defaults() {
    let given = [
        ("values.yaml", "b: {x: ~}\n"),
        ("b/values.yaml", "x: 1\nw: 2\nz: {p: 1, q: 1}\n"),
    ];
    assert_eq!(
        values(&given, "b: {z: {p: ~}}"),
        r#"{"b":{"global":{},"w":2,"z":{"q":1}}}"#
    );
}

#[test]
fn globals_are_handed_down_and_seen_deep_inside_by_all() {
    let given = [
        ("values.yaml", "global: {a: 1, deep: {in: {x: 1}}}\n"),
        (
            "b/values.yaml",
            "global: {a: 2, own: 3, deep: {in: {w: 2}, at: 1}}\n",
        ),
        ("c/values.yaml", "{}"),
    ];
    // What `b` adds two mappings down is seen by `web` and `c`, since they share it.
    let shared = r#""in":{"w":2,"x":1}"#;
    assert_eq!(
        values(&given, ""),
        format!(r#"{{"b":{{"global":{{"a":1,"deep":{{"at":1,{shared}}},"own":3}}}},"#)
            + &format!(r#""c":{{"global":{{"a":1,"deep":{{{shared}}}}}}},"#)
            + &format!(r#""global":{{"a":1,"deep":{{{shared}}}}}}}"#)
    );
    // A template that changes it in one chart changes it in the others.
    let values = resolved(&given, "").unwrap().template_values();
    let script = "{{ $_ := set .global.deep.in \"z\" 9 }}{{ .b.global.deep.in.z }} {{ .c.global.deep.in.z }}";
    let functions = crate::render::template::Functions::standard();
    let mut set = crate::render::template::Set::new(functions);
    set.parse("t", script).unwrap();
    let limits = crate::render::template::Limits::default();
    let out = crate::render::template::execute(&set, "t", values, &limits).unwrap();
    assert_eq!(out, "9 9");
}

#[test]
fn conditions_win_over_tags_and_only_truth_values_count() {
    let dependency =
        |more: &str| format!("dependencies:\n- {{name: b, version: 1, repository: '', {more}}}\n");
    let on = "web web/charts/b";
    let cases = [
        ("condition: b.enabled", "", on),
        ("condition: b.enabled", "b: {enabled: false}", "web"),
        ("condition: b.enabled", "b: {enabled: 'false'}", on),
        (
            "condition: 'x,b.enabled'",
            "x: {y: 1}\nb: {enabled: false}",
            "web",
        ),
        (
            "condition: 'x,b.enabled'",
            "x: true\nb: {enabled: false}",
            on,
        ),
        ("condition: 'x, b.enabled'", "b: {enabled: false}", on),
        ("tags: [t]", "tags: {t: false}", "web"),
        ("tags: [t, u]", "tags: {t: false, u: true}", on),
        ("tags: [t]", "tags: {t: 'no thanks'}", on),
        ("tags: [t], condition: x", "tags: {t: false}\nx: true", on),
    ];
    for (more, user, expected) in cases {
        let metadata = dependency(more);
        let given = [("Chart.yaml", metadata.as_str()), ("b/values.yaml", "{}")];
        assert_eq!(paths(&given, user), expected, "{more} {user}");
    }
}

#[test]
fn one_chart_takes_part_under_several_names() {
    let metadata = "dependencies:\n- {name: b, version: 1, repository: '', alias: one}\n- {name: b, version: 1, \
                    repository: '', alias: two, condition: two.enabled}\n- {name: c, version: '>2', repository: ''}\n";
    let given = [
        ("Chart.yaml", metadata),
        ("b/values.yaml", "x: 1\n"),
        ("b/c/values.yaml", "x: 1\n"),
        ("b/c/d/values.yaml", "x: 1\n"),
        ("c/values.yaml", "{}"),
        ("unlisted/values.yaml", "{}"),
    ];
    // `c` stays although its version does not fit; charts below `b/c` keep the old name in their paths.
    assert_eq!(
        paths(&given, "two: {enabled: false}"),
        "web web/charts/b/charts/c/charts/d web/charts/c web/charts/one web/charts/one/charts/c web/charts/unlisted"
    );
    let chart = resolved(&given, "").unwrap().chart;
    let names: Vec<_> = chart
        .metadata
        .dependencies
        .iter()
        .map(|one| &*one.name)
        .collect();
    assert_eq!(names, ["one", "two", "c"]);
}

#[test]
fn what_two_copies_share_is_in_the_last_of_them() {
    let metadata = "dependencies:\n- {name: b, version: 1, repository: ''}\n- {name: b, version: 1, repository: '', \
                    alias: two}\n";
    let missing = "dependencies: [{name: none, version: '', repository: ''}]\n";
    let given = [
        ("Chart.yaml", metadata),
        ("b/Chart.yaml", missing),
        ("b/c/Chart.yaml", missing),
        ("b/c/d/values.yaml", "{}"),
    ];
    assert_eq!(
        paths(&given, ""),
        "web web/charts/b web/charts/b/charts/c web/charts/two web/charts/two/charts/c web/charts/two/charts/c/charts/d \
         web/charts/two/charts/c/charts/d"
    );
}

#[test]
fn values_are_imported_below_the_charts_own() {
    let metadata = "dependencies:\n- name: b\n  version: 1.x\n  repository: ''\n  import-values: [data, {child: x, parent: \
                    p.q}, {child: none}, 5]\n";
    let given = [
        ("Chart.yaml", metadata),
        ("values.yaml", "k: own\n"),
        (
            "b/values.yaml",
            "exports: {data: {k: theirs, l: 1}}\nx: {w: 1}\n",
        ),
    ];
    assert_eq!(
        values(&given, ""),
        r#"{"b":{"exports":{"data":{"k":"theirs","l":1}},"global":{},"x":{"w":1}},"k":"own","l":1,"p":{"q":{"w":1}}}"#
    );
    let chart = resolved(&given, "").unwrap().chart;
    let imports = &chart.metadata.dependencies[0].import_values;
    let imports: Vec<String> = imports.iter().map(json).collect();
    assert_eq!(
        imports.join(" "),
        r#"{"child":"exports.data","parent":"."} {"child":"x","parent":"p.q"} {"child":"none","parent":"<nil>"}"#
    );
}

#[test]
fn charts_that_share_what_they_list_import_once_and_then_list_nothing() {
    let twice = "dependencies:\n- {name: b, version: 1.x, repository: ''}\n- {name: b, version: 1.x, repository: '', \
                 alias: two}\n";
    let imports =
        "dependencies:\n- {name: d, version: 1.x, repository: '', import-values: [data]}\n";
    let given = [
        ("Chart.yaml", twice),
        ("b/values.yaml", ""),
        ("b/c/Chart.yaml", imports),
        ("b/c/d/values.yaml", "exports: {data: {l: 1}}\n"),
    ];
    let chart = resolved(&given, "").unwrap().chart;
    let found = chart.subcharts.iter().map(|chart| {
        let inner = &chart.subcharts[0];
        let imports = inner.metadata.dependencies[0].import_values.len();
        (
            &*chart.metadata.name,
            inner.values.get("l").map(json),
            imports,
        )
    });
    let found: Vec<_> = found.collect();
    assert_eq!(found, [("b", Some("1".to_owned()), 0), ("two", None, 0)]);
}

#[test]
fn nulls_that_are_imported_show_in_later_imports_unless_those_are_empty() {
    let metadata = "dependencies:\n- {name: b, version: 1.x, repository: '', import-values: [one, two, three]}\n";
    let exports = "exports: {one: {k: ~}, two: {l: 1}, three: {}}\n";
    let given = [("Chart.yaml", metadata), ("b/values.yaml", exports)];
    let chart = resolved(&given, "").unwrap().chart;
    assert_eq!(
        json(chart.values.get("b").unwrap().get("exports").unwrap()),
        r#"{"one":{"k":null},"three":{},"two":{"k":null,"l":1}}"#
    );
}

#[test]
fn what_helm_refuses_is_refused_in_its_words() {
    let library = "type: library\n";
    let missing =
        "dependencies: [{name: x, version: 1}, {name: b, version: 1}, {name: z, version: 1}]\n";
    let listed = "dependencies: [{name: b, version: 1}]\n";
    let b = ("b/values.yaml", "{}");
    type Given<'g> = &'g [(&'g str, &'g str)];
    let cases: [(Given<'_>, &str, &str); 6] = [
        (
            &[("Chart.yaml", library)],
            "",
            "library charts are not installable",
        ),
        (
            &[("Chart.yaml", missing), b],
            "",
            "an error occurred while checking for chart dependencies. You may need to run 'helm dependency build' to \
             fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: x, z",
        ),
        (&[b], "b: x", "type mismatch on b: %!t(string=x)"),
        (
            &[("Chart.yaml", listed), b],
            "b: ~",
            "chart dependencies processing failed: type mismatch on b: %!t(<nil>)",
        ),
        (
            &[("Chart.yaml", "kubeVersion: '<1.30'\n")],
            "",
            "chart requires kubeVersion: <1.30 which is incompatible with Kubernetes v1.37.0",
        ),
        (
            &[(
                "b/values.schema.json",
                r#"{"properties": {"x": {"type": "string"}}}"#,
            )],
            "b: {x: 1}",
            "values don't meet the specifications of the schema(s) in the following chart(s):\nb:\n- at '/x': got number, \
             want string\n",
        ),
    ];
    for (given, user, expected) in cases {
        assert_eq!(resolved(given, user).unwrap_err(), expected);
    }
}

#[test]
fn texts_of_the_metadata_are_made_of_any_scalar() {
    let more = "appVersion: 1.10\nannotations: {a: 1e30, b: ~, c: true}\nKeywords: [1, ~]\ndescription: \"a\\tb\\u00ad\"\n";
    let metadata = load(&chart(&[("Chart.yaml", more)])).unwrap().metadata;
    assert_eq!(metadata.app_version, "1.1");
    let annotations: Vec<_> = metadata.annotations.values().map(String::as_str).collect();
    assert_eq!(annotations, ["1e+30", "", "true"]);
    assert_eq!(metadata.keywords, ["1", ""]);
    assert_eq!(metadata.description, "a b");
}

#[test]
fn broken_metadata_is_refused_in_helms_words() {
    let base = "apiVersion: v2\nname: a\nversion: 1.0.0\n";
    let json = "cannot load Chart.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
    let cases = [
        ("", "validation: chart.metadata.name is required".to_owned()),
        (
            "- a\n",
            format!("{json}array into Go value of type loader.chartBase"),
        ),
        ("apiVersion: v4\n", "unsupported chart version".to_owned()),
        (
            "name: a/b\n",
            "validation: chart.metadata.name \"a/b\" is invalid".to_owned(),
        ),
        (
            "name: a\n",
            "validation: chart.metadata.version is required".to_owned(),
        ),
        (
            "name: a\nversion: x\n",
            "validation: chart.metadata.version \"x\" is invalid".to_owned(),
        ),
        (
            &format!("{base}type: x\n"),
            "validation: chart.metadata.type must be application or library".to_owned(),
        ),
        (
            &format!("{base}keywords: x\n"),
            format!("{json}string into Go struct field .keywords of type []string"),
        ),
        (
            &format!("{base}maintainers: [x]\n"),
            format!("{json}string into .maintainers.0 of type v2.Maintainer"),
        ),
        (
            &format!("{base}dependencies: [{{tags: x}}]\n"),
            format!("{json}string into Go struct field .dependencies.0.tags of type []string"),
        ),
        (
            &format!("{base}dependencies: [~]\n"),
            "validation: dependencies must not contain empty or null nodes".to_owned(),
        ),
        (
            &format!("{base}dependencies: [{{name: b, alias: x/y}}]\n"),
            "validation: dependency \"b\" has disallowed characters in the alias".to_owned(),
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(load(&files(&[("Chart.yaml", text)])).unwrap_err(), expected);
    }
    assert_eq!(load(&files(&[])).unwrap_err(), "Chart.yaml file is missing");
    let base = ("Chart.yaml", base);
    assert_eq!(
        load(&files(&[base, ("charts/README.md", "")])).unwrap_err(),
        "error unpacking subchart README.md in a: Chart.yaml file is missing"
    );
    let broken = files(&[base, ("charts/b.tgz", "x")]);
    let error = Chart::load(&broken).unwrap_err();
    assert_eq!(error.chart(), Some("a/charts/b.tgz"));
}

#[test]
fn files_are_told_apart() {
    let text = "name: a\nversion: 1.0.0\ndependencies: [{name: b, condition: x}]\n";
    let chart = load(&files(&[
        ("Chart.yaml", text),
        (
            "requirements.yaml",
            "dependencies: [{name: c}, {name: d}]\n",
        ),
        ("Chart.lock", ""),
        ("README.md", ""),
        ("crds/a.yaml", ""),
        ("charts/_x/y", ""),
        ("charts/.x", ""),
        ("charts/c-1.tgz.prov", ""),
        ("templates/a.yaml", ""),
    ]))
    .unwrap();
    let paths = |files: &[ChartFile]| -> Vec<String> {
        files.iter().map(|file| file.path.to_string()).collect()
    };
    assert_eq!(
        paths(&chart.files),
        [
            "requirements.yaml",
            "README.md",
            "crds/a.yaml",
            "charts/c-1.tgz.prov"
        ]
    );
    assert_eq!(paths(&chart.templates), ["templates/a.yaml"]);
    // As in Go, the second list is decoded into the elements of the first.
    let dependencies = &chart.metadata.dependencies;
    let found: Vec<_> = dependencies
        .iter()
        .map(|one| (&*one.name, &*one.condition))
        .collect();
    assert_eq!(found, [("c", "x"), ("d", "")]);
}

#[test]
fn values_are_set_one_by_one() {
    let cases = [
        (
            r"a[0][1].b=x\,y,c=007,d=-5,e=TRUE,f=Null,g=0,h=+5,i=1_0,j=",
            r#"{"a":[[null,{"b":"x,y"}]],"c":"007","d":-5,"e":true,"f":null,"g":0,"h":5,"i":"1_0","j":""}"#,
        ),
        ("a={1,x},b={}", r#"{"a":[1,"x"],"b":[""]}"#),
        ("a={b}c=1", r#"{"a":["b"],"c":1}"#),
        (
            "a[0].b=1,a[0].c=2,a[2]=z",
            r#"{"a":[{"b":1,"c":2},null,"z"]}"#,
        ),
        ("a.", "{}"),
        ("=1", "{}"),
        ("a[0", "{}"),
        ("a[0].b=", r#"{"a":[]}"#),
        ("a", "failed parsing --set data: key \"a\" has no value"),
        (
            "a,b=1",
            "failed parsing --set data: key \"a\" has no value (cannot end with ,)",
        ),
        (
            "a.=1",
            "failed parsing --set data: key map \"a\" has no value",
        ),
        (
            "a[x]=1",
            "failed parsing --set data: error parsing index: strconv.Atoi: parsing \"x\": invalid syntax",
        ),
        (
            "a[-1]=1",
            "failed parsing --set data: negative -1 index not allowed",
        ),
        (
            "a[70000]=1",
            "failed parsing --set data: index of 70000 is greater than maximum supported index of 65536",
        ),
        (
            "a[0]x=1",
            "failed parsing --set data: unexpected data at end of array index: ['x']",
        ),
        (
            "a={b",
            "failed parsing --set data: list must terminate with '}'",
        ),
        (
            "a=1,a.b=2",
            "failed parsing --set data: unable to parse key: interface conversion: interface {} is int64, not \
                       map[string]interface {}",
        ),
    ];
    let run = |text: &str, kind: SetKind<'_>| {
        let mut tree = Tree::empty();
        match set(&mut tree, text, kind) {
            Ok(()) => json(&tree),
            Err(error) => error.to_string(),
        }
    };
    for (text, expected) in cases {
        assert_eq!(run(text, SetKind::Typed), expected, "{text}");
    }
    let read = |name: &str| Ok(format!("<{name}>").into_bytes());
    for (text, kind, expected) in [
        ("a={1,true}", SetKind::String, r#"{"a":["1","true"]}"#),
        (
            r#"a={"b": 1.5},c=[1] , d="#,
            SetKind::Json,
            r#"{" d":null,"a":{"b":1.5},"c":[1]}"#,
        ),
        (
            r#"{"a": {"b": null}}"#,
            SetKind::Json,
            r#"{"a":{"b":null}}"#,
        ),
        ("a=x", SetKind::Json, "failed parsing --set-json data a=x"),
        (
            "a=f,b={g,h}",
            SetKind::File(&read),
            r#"{"a":"<f>","b":["<g>","<h>"]}"#,
        ),
        (
            r"a[0].b=\,c=d",
            SetKind::Literal,
            r#"{"a":[{"b":"\\,c=d"}]}"#,
        ),
    ] {
        assert_eq!(run(text, kind), expected, "{text}");
    }
}

#[test]
fn resolving_shares_what_does_not_change() {
    let given = [("values.yaml", "big: {x: {y: 1}}\nsmall: 1\n")];
    let chart = load(&chart(&given)).unwrap();
    let user = Tree::from(&yaml::parse("small: 2").unwrap()[0]);
    let found = resolve(&chart, &user, "v1.37.0", Options::default()).unwrap();
    let big = |tree: &Tree| std::sync::Arc::clone(tree.get("big").unwrap().as_map().unwrap());
    assert!(std::sync::Arc::ptr_eq(
        &big(&found.values),
        &big(&chart.values)
    ));
}
