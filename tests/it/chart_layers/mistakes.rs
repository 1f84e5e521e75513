//! What people are told when a chart cannot be rendered.

use std::fmt::Write as _;

use crate::support::project::Folder;
use crate::support::{Output, Sandbox};

use super::chart;

/// One file of a chart that is not as it should be, and what it is about. The rest is a chart that renders nothing.
const CASES: [(&str, &str, &str); 27] = [
    (
        "a value that is not there",
        "templates/a.yaml",
        "apiVersion: v1\nkind: ConfigMap\ndata: {x: {{ .Values.db.host.name }}}\n",
    ),
    (
        "a value that is no mapping",
        "templates/a.yaml",
        "x: {{ .Values.port.name }}\n",
    ),
    (
        "a value of a subchart that is not there",
        "charts/db/templates/a.yaml",
        "x: {{ .Values.disk.size }}\n",
    ),
    (
        "required",
        "templates/a.yaml",
        "x: {{ required \"a host is needed\" .Values.host }}\n",
    ),
    (
        "fail",
        "templates/a.yaml",
        "{{- if not .Values.tls }}\n{{ fail \"tls must be set\" }}\n{{- end }}\n",
    ),
    (
        "an action that does not end",
        "templates/a.yaml",
        "a: 1\nb: {{ if .Values.x }\n",
    ),
    (
        "no end",
        "templates/a.yaml",
        "a: 1\n{{ if .Values.x }}\nb: 2\n",
    ),
    (
        "an unknown function",
        "templates/a.yaml",
        "a: 1\nb: {{ nosuch .Values.x }}\n",
    ),
    (
        "a template that nobody defines",
        "templates/a.yaml",
        "a: 1\nb: {{ include \"common.names\" . }}\n",
    ),
    (
        "tpl",
        "templates/a.yaml",
        "a: 1\nb: {{ tpl \"{{ .Values.a.b.c }}\" . }}\n",
    ),
    (
        "tpl of what is no template",
        "templates/a.yaml",
        "a: 1\nb: {{ tpl \"{{ .Values.a \" . }}\n",
    ),
    (
        "a helper in a helper",
        "templates/a.yaml",
        "{{ define \"inner\" }}{{ .Values.a.b.c }}{{ end }}\n{{ define \"outer\" }}x: {{ include \"inner\" . }}{{ end }}\n{{ include \"outer\" . | indent 2 }}\n",
    ),
    (
        "a wrong argument",
        "templates/a.yaml",
        "a: {{ .Values.port | b64dec | trunc \"x\" }}\n",
    ),
    (
        "a schema that is not met",
        "values.schema.json",
        r#"{"properties": {"port": {"type": "string"}, "list": {"items": {"type": "string"}}}, "required": ["host"]}"#,
    ),
    ("no schema", "values.schema.json", "{\"type\": \"nosuch\"}"),
    (
        "a library",
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\ntype: library\n",
    ),
    (
        "a dependency that is not there",
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\ndependencies: [{name: cache, version: 1.x, repository: 'https://example.com'}]\n",
    ),
    (
        "another Kubernetes",
        "Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\nkubeVersion: '>=2.0.0'\n",
    ),
    ("no version", "Chart.yaml", "apiVersion: v2\nname: web\n"),
    ("a Chart.yaml that is no YAML", "Chart.yaml", "a: b: c\n"),
    ("values that are no YAML", "values.yaml", "a: [\n"),
    (
        "output that is no YAML",
        "templates/a.yaml",
        "kind: ConfigMap\ndata:\n  a: [{{ .Values.port }}\n",
    ),
    ("output that is a text", "templates/a.yaml", "just a text\n"),
    (
        "output with a list for a name",
        "templates/a.yaml",
        "kind: ConfigMap\nmetadata: {name: [a]}\n",
    ),
    (
        "recursion without an end",
        "templates/a.yaml",
        "{{ define \"x\" }}{{ include \"x\" . }}{{ end }}a: {{ include \"x\" . }}\n",
    ),
    (
        "a huge loop",
        "templates/a.yaml",
        "{{ range until 100000000 }}{{ range until 100000000 }}a{{ end }}{{ end }}\n",
    ),
    (
        "too much output",
        "templates/a.yaml",
        "a: {{ repeat 100000000 .Values.text }}\n",
    ),
];

/// A chart without mistakes but for one file.
fn broken(write: impl Fn(&str, &str), file: &str, text: &str) {
    for (path, content) in [
        ("Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"),
        ("values.yaml", "port: 80\ntext: text\nlist: [1, 2]\n"),
        (
            "charts/db/Chart.yaml",
            "apiVersion: v2\nname: db\nversion: 1.0.0\n",
        ),
        (file, text),
    ] {
        write(path, content);
    }
}

/// Runs the program, which must say nothing on standard output.
#[track_caller]
fn refused(sandbox: &Sandbox, chart: &str, more: &[&str]) -> Output {
    let mut command = sandbox.command(".", &["render", "--chart", chart]);
    let output = Output::of(command.args(more).env("COLUMNS", "80"));
    assert_eq!(output.stdout, "", "{output}");
    output.expect(1)
}

#[test]
fn mistakes_in_a_chart_are_told_with_their_place() {
    let sandbox = Sandbox::empty();
    let mut all = String::new();
    for (about, file, text) in CASES {
        let _ = std::fs::remove_dir_all(sandbox.path("web"));
        broken(
            |path, content| sandbox.write(&format!("web/{path}"), content),
            file,
            text,
        );
        let told = refused(&sandbox, "web", &[]);
        let _ = writeln!(all, "## {about}\n{}", told.stderr);
    }
    sandbox
        .settings()
        .bind(|| insta::assert_snapshot!("render_chart_mistakes", all));
}

#[test]
fn mistakes_on_the_command_line_are_told() {
    let sandbox = Sandbox::empty();
    broken(
        |path, content| sandbox.write(&format!("web/{path}"), content),
        "templates/a.yaml",
        "a: {{ .Values | toJson }}\n",
    );
    sandbox.write("empty/README.md", "not a chart\n");
    sandbox.write("text.tgz", "not an archive\n");
    sandbox.write("bad.yaml", "a: [\n");
    let long = "a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on";
    let mut all = String::new();
    for (chart, more) in [
        ("nowhere", &[][..]),
        ("empty", &[]),
        ("text.tgz", &[]),
        ("web", &["--release", long]),
        ("web", &["--release", "Web"]),
        ("web", &["--kube-version", "x"]),
        ("web", &["--values", "nowhere.yaml"]),
        ("web", &["--values", "bad.yaml"]),
        ("web", &["--set", "a"]),
        ("web", &["--set", "a[0]x=1"]),
        ("web", &["--set-string", "a=b,c"]),
        ("web", &["--set-json", "a={"]),
        ("web", &["--set-file", "a=nowhere"]),
        ("web", &["--set-literal", "a"]),
    ] {
        let told = refused(&sandbox, chart, more);
        let _ = writeln!(all, "## {chart} {}\n{}", more.join(" "), told.stderr);
    }
    sandbox
        .settings()
        .bind(|| insta::assert_snapshot!("render_chart_arguments", all));
}

#[test]
fn a_loop_that_takes_too_long_is_ended() {
    let sandbox = Sandbox::empty();
    let text = "{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}\n";
    broken(
        |path, content| sandbox.write(&format!("web/{path}"), content),
        "templates/a.yaml",
        text,
    );
    let told = refused(&sandbox, "web", &[]);
    assert!(told.stderr.contains("it may never end"), "{told}");
    let text = "{{ range until 1000000 }}{{ $.Values.text | repeat 100 }}{{ end }}\n";
    sandbox.write("web/templates/a.yaml", text);
    let told = refused(&sandbox, "web", &[]);
    assert!(told.stderr.contains("prints more than"), "{told}");
}

/// What is edited in the project with the whole chart, and the file where.
const LAYER_CASES: [(&str, &str, &str, &str); 9] = [
    (
        "a value that is not there",
        "charts/web/templates/web.yaml",
        ".Values.greeting",
        ".Values.greetings.all.day",
    ),
    (
        "a value of the subchart that is not there",
        "charts/web/charts/db/templates/db.yaml",
        ".Values.size",
        ".Values.disk.size",
    ),
    (
        "a wrong manifest",
        "charts/web/templates/web.yaml",
        "kind: ConfigMap",
        "kind: [ConfigMap]",
    ),
    (
        "no object",
        "charts/web/templates/web.yaml",
        "apiVersion: v1\n",
        "",
    ),
    (
        "another Kubernetes",
        "charts/web/Chart.yaml",
        "name: web",
        "name: web\nkubeVersion: '>=1.34'",
    ),
    (
        "a path that is not there",
        "site.yaml",
        "charts/web",
        "charts/wep",
    ),
    (
        "a path of something that is no chart",
        "site.yaml",
        "charts/web",
        "charts",
    ),
    (
        "a chart of a registry",
        "site.yaml",
        "path: charts/web",
        "name: web, version: 1.x",
    ),
    (
        "a name for a release that is too long",
        "site.yaml",
        "namespace: shop",
        "releaseName: a-name-that-goes-on-and-on-and-on-and-on-and-on-and-on",
    ),
];

#[test]
fn mistakes_in_a_layer_are_told_with_what_to_set() {
    let mut all = String::new();
    for (about, file, from, to) in LAYER_CASES {
        let folder = chart::project();
        folder.put(
            "registry.yaml",
            "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: local}\nspec: {directory: {path: packs}}\n",
        );
        std::fs::create_dir(folder.path("packs")).expect("a folder can be made");
        folder.edit(
            "site.yaml",
            "{replicas: 3}",
            "{replicas: 3, store: {enabled: true}}",
        );
        folder.edit(file, from, to);
        let mut command = folder.command(&["validate"]);
        let told = Output::of(command.env("COLUMNS", "80")).expect(3);
        let _ = writeln!(all, "## {about}\n{}", told.stderr);
    }
    let sandbox = Sandbox::empty();
    sandbox
        .settings()
        .bind(|| insta::assert_snapshot!("chart_layer_mistakes", all));
}

#[test]
fn a_schema_is_told_with_the_paths_of_the_layer() {
    let folder = chart::project();
    folder.put(
        "charts/web/charts/db/values.schema.json",
        r#"{"properties": {"size": {"type": "number"}}}"#,
    );
    folder.edit("site.yaml", "{replicas: 3}", "{store: {enabled: true}}");
    let told = folder.run(&["plan"]).exits(3).err;
    for said in [
        "`store.size`: got string, want number",
        "in layer `site`",
        "on cluster c0",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn messages_of_charts_tell_no_secrets() {
    let secret = "sec7Rq1nWz4Ke9Ud";
    for (file, text) in [
        ("templates/x.yaml", "a: {{ fail .Values.token }}\n"),
        ("templates/x.yaml", "a: {{ required .Values.token nil }}\n"),
        ("templates/x.yaml", "a: {{ tpl .Values.template . }}\n"),
        ("templates/x.yaml", "{{ .Values.token }}\n"),
        ("templates/x.yaml", "a: [{{ .Values.token }}\n"),
        ("templates/x.yaml", "kind: a\na: *{{ .Values.token }}\n"),
        (
            "templates/x.yaml",
            "a: {{ mustToDate \"2006\" .Values.token }}\n",
        ),
        (
            "templates/x.yaml",
            "a: {{ index .Values.list .Values.token }}\n",
        ),
        (
            "values.schema.json",
            r#"{"properties": {"token": {"pattern": "^[0-9]+$"}}}"#,
        ),
        (
            "values.schema.json",
            r#"{"properties": {"token": {"format": "ipv4", "maxLength": 3}}}"#,
        ),
        (
            "values.schema.json",
            r#"{"properties": {"token": {"const": "b", "enum": ["a"]}}}"#,
        ),
    ] {
        let folder = chart::project();
        folder.edit(
            "site.yaml",
            "{replicas: 3}",
            r#"{token: "{{ .spectro.var.token }}", template: "{{`{{`}} fail \"{{ .spectro.var.token }}\" {{`}}`}}", list: [1]}"#,
        );
        folder.edit(
            "site.yaml",
            "  layers:",
            "  variables: [{name: token, format: string, required: true, sensitive: true}]\n  layers:",
        );
        folder.edit(
            "site.yaml",
            "  profiles:",
            &format!("  variables: {{token: {secret}}}\n  profiles:"),
        );
        folder.put(&format!("charts/web/{file}"), text);
        let ran: [_; 2] = [&["plan", "-vv"][..], &["validate", "-vv"]]
            .map(|arguments| folder.run(arguments).exits(3));
        for ran in ran {
            assert!(
                ran.err.contains("site") && ran.err.contains("error"),
                "{}",
                ran.err
            );
            assert!(!ran.all().contains(secret), "{text}: {}", ran.all());
        }
    }
}

#[test]
fn values_come_from_files_pipes_and_flags_in_the_order_of_helm() {
    use std::io::Write as _;
    use std::process::Stdio;

    let folder = Folder::new("{}");
    broken(
        |path, content| drop(folder.put(&format!("web/{path}"), content)),
        "templates/a.yaml",
        "a: {{ .Values | toJson | quote }}\n",
    );
    folder.put("values.yaml", "from: file\nfile: true\n");
    folder.put("text.txt", "a,b\n");
    let mut command = folder.command(&[
        "render",
        "--chart",
        "web",
        "-f",
        "values.yaml",
        "-f",
        "-",
        "--set",
        "n=1,m.a[1]=x",
        "--set-string",
        "s=1",
        "--set-json",
        "j={\"a\":[1]}",
        "--set-file",
        "f=text.txt",
        "--set-literal",
        "l=a,b=c",
        "--set",
        "from=flag",
        "--set",
        "port=null",
    ]);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.expect("the program starts");
    let mut pipe = child.stdin.take().expect("a pipe");
    pipe.write_all(b"from: pipe\npipe: true\n")
        .expect("it reads");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    let out = String::from_utf8_lossy(&output.stdout);
    let values: serde_json::Value = out
        .split_once("a: ")
        .and_then(|(_, text)| serde_json::from_str::<String>(text.trim()).ok())
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| panic!("{out}"));
    let expected = serde_json::json!({
        "db": {"global": {}}, "from": "flag", "file": true, "pipe": true, "n": 1, "m": {"a": [null, "x"]}, "s": "1",
        "j": {"a": [1]}, "f": "a,b\n", "l": "a,b=c", "text": "text", "list": [1, 2],
    });
    assert_eq!(values, expected);
}

#[test]
fn a_reader_that_leaves_early_is_no_error() {
    use std::io::Read as _;
    use std::process::Stdio;

    let folder = Folder::new("{}");
    broken(
        |path, content| drop(folder.put(&format!("web/{path}"), content)),
        "templates/a.yaml",
        "a: {{ repeat 1000000 \"x\" }}\n",
    );
    let mut command = folder.command(&["render", "--chart", "web"]);
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.expect("the program starts");
    let mut first = [0; 4];
    let mut pipe = child.stdout.take().expect("a pipe");
    pipe.read_exact(&mut first).expect("it writes");
    drop(pipe);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(first, *b"---\n");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert_eq!(output.status.code(), Some(0));
}
