//! What charts look up on a server.

use std::fmt::Write as _;

use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};
use crate::support::project::Folder;

/// A chart that keeps the password that is there, counts the Services of its namespace, and says where it runs.
const KEEPING: &str = "{{- $there := lookup \"v1\" \"Secret\" .Release.Namespace \"login\" }}\napiVersion: v1\nkind: Secret\nmetadata: {name: login}\ndata:\n  password: {{ if $there }}{{ $there.data.password }}{{ else }}{{ randAlphaNum 16 | b64enc }}{{ end }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: found}\ndata:\n  services: {{ len (lookup \"v1\" \"Service\" .Release.Namespace \"\").items | quote }}\n  port: {{ with lookup \"v1\" \"Service\" .Release.Namespace \"door\" }}{{ (index .spec.ports 0).port | quote }}{{ else }}none{{ end }}\n  users: {{ with $there }}{{ .data.password | b64dec | printf \"admin:%s\" | quote }}{{ else }}nobody{{ end }}\n  widgets: {{ lookup \"example.com/v1\" \"Widget\" \"\" \"any\" | empty | quote }}\n";

/// A project whose cluster has one layer for each of these charts, each of which needs the one before.
fn project(kubeconfig: &std::path::Path, namespace: &str, charts: &[(&str, &str)]) -> Folder {
    let folder = Folder::new("{}");
    let kubeconfig = kubeconfig.display();
    folder.put("clusters/berlin.yaml", format!("apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: berlin}}\nspec:\n  existing: {{kubernetesVersion: 1.36.0}}\n  profiles: [{{name: apps}}]\n  target: {{kubernetes: {{kubeconfig: {kubeconfig}}}}}\n"));
    let mut layers = String::new();
    let mut needs = String::new();
    for (name, template) in charts {
        writeln!(layers, "    - {{name: {name}, category: system-app, chart: {{path: charts/{name}, namespace: {namespace}}}{needs}}}").expect("strings can be written to");
        needs = format!(", dependsOn: [{name}]");
        let chart = format!("apiVersion: v2\nname: {name}\nversion: 1.0.0\n");
        folder.put(&format!("charts/{name}/Chart.yaml"), chart);
        folder.put(&format!("charts/{name}/templates/all.yaml"), template);
    }
    folder.put("profiles/apps.yaml", format!("apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: apps}}\nspec:\n  type: add-on\n  layers:\n{layers}"));
    folder
}

/// A field of an object: `secret/login`, `.data.password`.
fn field(plane: &Plane, namespace: &str, object: &str, path: &str) -> String {
    let path = format!("jsonpath={{{path}}}");
    let said = plane.kubectl(&["get", object, "-n", namespace, "-o", &path]);
    said.expect(0).stdout
}

#[test]
fn what_a_layer_made_itself_changes_nothing() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = project(
        &plane.kubeconfig(User::Admin),
        &namespace,
        &[("keeps", KEEPING)],
    );
    folder.apply();
    folder.is_settled();
    let password = || field(plane, &namespace, "secret/login", ".data.password");
    let first = password();
    assert_eq!(
        field(plane, &namespace, "configmap/found", ".data"),
        r#"{"port":"none","services":"0","users":"nobody","widgets":"true"}"#
    );

    // Others come and go, and a plan that does not look does not know.
    plane.apply(&format!("apiVersion: v1\nkind: Service\nmetadata: {{name: door, namespace: {namespace}}}\nspec: {{ports: [{{port: 8443}}]}}\n"));
    folder
        .run(&["plan", "--refresh", "none", "--detailed-exitcode"])
        .exits(0);
    let plan = folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    let says = |line: &str| assert!(plan.out.contains(line), "{line}\n{}", plan.out);
    says("~ keeps 1.0.0  (what it looks up on the server has changed)");
    says("+   port: \"8443\"");
    says("1 object ~1.");
    folder.apply();
    folder.is_settled();
    assert_eq!(
        field(plane, &namespace, "configmap/found", ".data.port"),
        "8443"
    );
    assert_eq!(password(), first);
    folder
        .run(&["apply", "--rotate", "keeps", "--auto-approve"])
        .exits(0);
    assert_ne!(password(), first);
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn an_adopted_password_stays_and_is_never_in_clear() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    plane
        .kubectl(&["create", "namespace", &namespace])
        .expect(0);
    let from = "--from-literal=password=correct-horse-battery";
    let secret = [
        "create", "secret", "generic", "login", "-n", &namespace, from,
    ];
    plane.kubectl(&secret).expect(0);
    let folder = project(
        &plane.kubeconfig(User::Admin),
        &namespace,
        &[("keeps", KEEPING)],
    );
    let plan = folder.run(&["plan", "--adopt", "--out", "first.plan"]);
    assert!(!plan.exits(0).all().contains("correct-horse"));
    let saved = String::from_utf8_lossy(&folder.bytes(".")["first.plan"]).into_owned();
    assert!(saved.contains("ConfigMap") && !saved.contains("correct-horse"));
    folder
        .run(&["apply", "first.plan", "--auto-approve"])
        .exits(0);
    let users = || field(plane, &namespace, "configmap/found", ".data.users");
    let password = || field(plane, &namespace, "secret/login", ".data.password");
    let kept = password();
    assert_eq!(users(), "admin:correct-horse-battery");
    folder.is_settled();

    // It stays when something else changes, and when the state is lost.
    folder.edit("charts/keeps/templates/all.yaml", "admin:%s", "root:%s");
    folder.apply();
    assert_eq!(users(), "root:correct-horse-battery");
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path(&format!("state/stratiform.db{ending}")));
    }
    folder.run(&["state", "rebuild"]).exits(0);
    folder.is_settled();
    folder.edit("charts/keeps/templates/all.yaml", "root:%s", "boss:%s");
    folder.apply();
    folder.is_settled();
    assert_eq!(users(), "boss:correct-horse-battery");
    assert_eq!(password(), kept);
    let state = folder.kept();
    assert!(state.contains("widgets: \"true\""));
    assert!(!state.contains("correct-horse") && !state.contains(&kept));
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn a_chart_that_bears_no_other_secret_hides_all() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    plane
        .kubectl(&["create", "namespace", &namespace])
        .expect(0);
    let from = "--from-literal=word=open-sesame-now";
    let secret = [
        "create", "secret", "generic", "door", "-n", &namespace, from,
    ];
    plane.kubectl(&secret).expect(0);
    // The chart itself does not say the word: before it is asked for, it is nothing.
    let picky = "{{- $word := dig \"data\" \"word\" \"\" (lookup \"v1\" \"Secret\" .Release.Namespace \"door\") | b64dec }}\n{{- if not (has (sha256sum $word) (list .Values.hash (sha256sum \"\"))) }}{{ fail \"another word\" }}{{ end }}\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: said, annotations: {word: {{ $word | quote }}}}\ndata: {word: {{ $word | quote }}}\n";
    let folder = project(
        &plane.kubeconfig(User::Admin),
        &namespace,
        &[("picky", picky)],
    );
    let hash = "e7f28627ce417f8f04f3555f0606d9f3c21f91204461d7cc0b2fadd2b0c26dcc";
    folder.put("charts/picky/values.yaml", format!("hash: {hash}\n"));
    let plan = folder
        .run(&["plan", "--adopt", "--out", "first.plan"])
        .exits(0);
    let saved = String::from_utf8_lossy(&folder.bytes(".")["first.plan"]).into_owned();
    assert!(!plan.all().contains("open-sesame"));
    assert!(saved.contains("ConfigMap") && !saved.contains("open-sesame"));
    folder
        .run(&["apply", "first.plan", "--auto-approve"])
        .exits(0);
    let said = field(plane, &namespace, "configmap/said", ".data.word");
    assert_eq!(said, "open-sesame-now");
    let state = folder.kept();
    assert!(state.contains("name: said") && !state.contains("open-sesame"));
    folder.is_settled();
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn what_another_layer_makes_is_found_once_it_is_there() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let makes = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: made}\ndata: {key: value}\n";
    let finds = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: finds}\ndata:\n  key: {{ (lookup \"v1\" \"ConfigMap\" .Release.Namespace \"made\").data | default dict | toJson | quote }}\n";
    let folder = project(
        &plane.kubeconfig(User::Admin),
        &namespace,
        &[("makes", makes), ("finds", finds)],
    );
    folder.apply();
    let key = || field(plane, &namespace, "configmap/finds", ".data.key");
    assert_eq!(key(), "{}");
    let plan = folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    let why = "what it looks up on the server has changed";
    assert!(plan.out.contains(why), "{}", plan.out);
    folder.apply();
    folder.is_settled();
    assert_eq!(key(), r#"{"key":"value"}"#);
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}

#[test]
fn without_an_answer_nothing_is_guessed() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let proxy = Proxy::start(plane, Faults::none());
    let folder = project(
        &proxy.kubeconfig(plane, User::Admin),
        &namespace,
        &[("keeps", KEEPING)],
    );
    folder.apply();
    let told = |arguments: &[&str], code: i32| {
        let said = folder.run(arguments).exits(code).all();
        let address = proxy.context(plane, "one", User::Admin).server;
        said.replace(&namespace, "NAMESPACE")
            .replace(&address, "SERVER")
    };
    let refused = Faults::each(Fault::Answer(403), |_, target| target.contains("/services"));
    proxy.set_faults(refused);
    let said = told(&["plan"], 1);
    let why = "layer keeps looks up all Service in NAMESPACE (v1), which is not known: SERVER";
    assert!(said.contains(why) && said.contains("answers 403"), "{said}");
    // What the state knows is believed as long as nobody has to know more.
    proxy.set_faults(Faults::each(Fault::CutBefore, |_, _| true));
    told(&["plan", "--refresh", "none", "--detailed-exitcode"], 0);
    folder.edit("charts/keeps/templates/all.yaml", "nobody", "none");
    let said = told(&["plan", "--refresh", "none"], 1);
    assert!(
        said.contains("layer keeps looks up Secret NAMESPACE/login (v1)"),
        "{said}"
    );
    proxy.set_faults(Faults::none());
    told(&["plan", "--refresh", "none", "--detailed-exitcode"], 2);
    folder.apply();
    folder.is_settled();
    folder.run(&["destroy", "--auto-approve"]).exits(0);
}
