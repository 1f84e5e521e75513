//! A chart with hooks, applied by the program and installed by Helm: what both leave behind is the same.

use std::collections::BTreeSet;

use crate::support::planes::{Plane, User, plane};
use crate::support::project::Folder;

/// Hooks for everything, of all policies.
const HOOKS: &str = r#"{{- range list
  (dict "kind" "ServiceAccount" "name" "account" "on" "pre-install,pre-upgrade" "weight" "-5" "goes" "hook-succeeded")
  (dict "kind" "ConfigMap" "name" "stays" "on" "pre-install" "weight" "-4" "goes" "before-hook-creation") }}
apiVersion: v1
kind: {{ .kind }}
metadata:
  name: {{ .name }}
  annotations: {helm.sh/hook: {{ .on | quote }}, helm.sh/hook-weight: {{ .weight | quote }}, helm.sh/hook-delete-policy: {{ .goes | quote }}}
---
{{- end }}
{{- range list
  (dict "name" "before" "on" "pre-install" "goes" "before-hook-creation")
  (dict "name" "after" "on" "post-install" "goes" "hook-succeeded")
  (dict "name" "between" "on" "pre-upgrade,post-upgrade" "goes" "before-hook-creation")
  (dict "name" "back" "on" "pre-rollback" "goes" "before-hook-creation")
  (dict "name" "again" "on" "post-rollback,post-upgrade" "goes" "before-hook-creation")
  (dict "name" "gone" "on" "post-rollback" "goes" "hook-succeeded")
  (dict "name" "drain" "on" "pre-delete" "goes" "before-hook-creation")
  (dict "name" "wipe" "on" "post-delete" "goes" "hook-succeeded,hook-failed")
  (dict "name" "probe" "on" "test" "goes" "before-hook-creation") }}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .name }}
  labels: {replicas: {{ $.Values.replicas | quote }}}
  annotations: {helm.sh/hook: {{ .on | quote }}, helm.sh/hook-delete-policy: {{ .goes | quote }}}
spec:
  backoffLimit: 0
  template:
    metadata: {annotations: {stratiform.test/{{ if eq .name $.Values.fails }}fails: Error{{ else }}ok: "yes"{{ end }}}}
    spec: {restartPolicy: Never, containers: [{name: run, image: "busybox:1"}]}
---
{{- end }}
"#;

const WEB: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "nginx:1"}]}
"#;

/// A project of one cluster on a plane, whose chart goes into a namespace that is there.
fn project(plane: &Plane, namespace: &str) -> Folder {
    let folder = Folder::new("{}");
    folder.put(
        "charts/web/Chart.yaml",
        "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    );
    folder.put("charts/web/values.yaml", "replicas: 1\nfails: nothing\n");
    folder.put("charts/web/templates/hooks.yaml", HOOKS);
    folder.put("charts/web/templates/web.yaml", WEB);
    let kubeconfig = plane.kubeconfig(User::Admin);
    folder.put(
        "site.yaml",
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: stuff}}\nspec:\n  type: add-on\n  layers:\n    - name: web\n      category: system-app\n      \
             chart: {{path: charts/web, namespace: {namespace}}}\n      values: {{replicas: 1}}\n      timeout: 2m\n\
             ---\napiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: c0}}\nspec:\n  existing: {{kubernetesVersion: 1.33.1}}\n  profiles: [{{name: stuff}}]\n  \
             target: {{kubernetes: {{kubeconfig: '{}'}}}}\n",
            kubeconfig.display()
        ),
    );
    folder
}

/// What is in a namespace, without what every namespace has.
fn left(plane: &Plane, namespace: &str) -> BTreeSet<String> {
    let kinds = "deployments,jobs,serviceaccounts,configmaps";
    let all = plane
        .kubectl(&["get", kinds, "-n", namespace, "-o", "name"])
        .expect(0);
    let own = |name: &&str| {
        !matches!(
            *name,
            "serviceaccount/default" | "configmap/kube-root-ca.crt"
        )
    };
    all.stdout.lines().filter(own).map(str::to_owned).collect()
}

#[test]
fn hooks_leave_behind_what_helm_leaves() {
    let Some(plane) = plane() else { return };
    let (ours, theirs) = (plane.namespace(), plane.namespace());
    for namespace in [&ours, &theirs] {
        plane.kubectl(&["create", "namespace", namespace]).expect(0);
    }
    let folder = project(plane, &ours);
    let chart = folder.path("charts/web").display().to_string();
    let helm = |command: &[&str]| {
        let rest = ["-n", &theirs, "--timeout", "2m"];
        plane.helm(&[command, &rest].concat()).expect(0);
    };
    let ran = folder.run(&["apply", "--auto-approve", "--adopt"]).exits(0);
    assert!(
        ran.all().contains("the pre-install hook Job.batch"),
        "{}",
        ran.all()
    );
    helm(&["install", "web", &chart, "--wait"]);
    assert_eq!(left(plane, &ours), left(plane, &theirs));
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    folder.run(&["drift"]).exits(0);

    folder.edit("site.yaml", "replicas: 1", "replicas: 2");
    folder.run(&["apply", "--auto-approve"]).exits(0);
    helm(&["upgrade", "web", &chart, "--set", "replicas=2", "--wait"]);
    assert_eq!(left(plane, &ours), left(plane, &theirs));

    // Back to what it was: only what is for that runs, as it was then.
    for namespace in [&ours, &theirs] {
        let jobs = ["delete", "jobs", "--all", "-n", namespace];
        plane.kubectl(&jobs).expect(0);
    }
    let ran = folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(0);
    for said in [
        "> pre-rollback hook Job.batch",
        "the pre-rollback hook Job.batch",
        "> post-rollback hook Job.batch",
        "the post-rollback hook Job.batch",
    ] {
        assert!(ran.all().contains(said), "{said}: {}", ran.all());
    }
    assert!(!ran.all().contains("-upgrade hook"), "{}", ran.all());
    helm(&["rollback", "web", "1", "--wait"]);
    assert_eq!(left(plane, &ours), left(plane, &theirs));
    for namespace in [&ours, &theirs] {
        let path =
            "-o=jsonpath={range .items[*]}{.metadata.name}={.metadata.labels.replicas} {end}";
        let jobs = plane
            .kubectl(&["get", "jobs", "-n", namespace, path])
            .expect(0);
        assert_eq!(jobs.stdout, "again=1 back=1 ");
    }
    folder.edit("site.yaml", "replicas: 2", "replicas: 1");
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);

    folder
        .run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
    helm(&["uninstall", "web"]);
    assert_eq!(left(plane, &ours), left(plane, &theirs));
}

#[test]
fn what_hooks_print_is_shown() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = project(plane, &namespace);
    let told = "helm.sh/hook-output-log-policy: \"hook-succeeded, hook-failed\", helm.sh/hook:";
    folder.edit("charts/web/templates/hooks.yaml", "helm.sh/hook:", told);
    // A saved plan knows of it too.
    folder.run(&["plan", "--out", "saved.plan"]).exits(0);
    let apply = ["apply", "saved.plan", "--auto-approve"];
    let ran = folder.run(&apply).exits(0);
    let printed = |event: &str, name: &str, err: &str| {
        let lines: Vec<&str> = err.lines().collect();
        let lead = format!("c0/web: the {event} hook Job.batch {namespace}/{name} (Pod {name}-");
        let told = lines.windows(3).filter(|lines| {
            lines[0].starts_with(&lead) && lines[0].ends_with(", container run) has printed:")
        });
        let texts: Vec<[&str; 2]> = told.map(|lines| [lines[1], lines[2]]).collect();
        assert_eq!(texts, [["    one", "    two"]], "{err}");
    };
    // The second is gone by then.
    printed("pre-install", "before", &ran.err);
    printed("post-install", "after", &ran.err);

    folder.edit(
        "site.yaml",
        "values: {replicas: 1}",
        "values: {replicas: 2, fails: between}",
    );
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    printed("pre-upgrade", "between", &ran.err);
}

#[test]
fn a_hook_that_fails_is_told_and_the_next_apply_begins_again() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = project(plane, &namespace);
    folder.edit(
        "site.yaml",
        "values: {replicas: 1}",
        "values: {replicas: 1, fails: after}",
    );
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    for said in [
        "the post-install hook Job.batch",
        "the Job failed: BackoffLimitExceeded",
        "container run ended with 1: Error",
    ] {
        assert!(ran.all().contains(said), "{said}: {}", ran.all());
    }
    folder.edit("site.yaml", ", fails: after", "");
    let ran = folder.run(&["apply", "--auto-approve"]).exits(0);
    assert!(
        ran.all().contains("the post-install hook Job.batch"),
        "{}",
        ran.all()
    );
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    // A namespace that we made goes with what its hooks left in it.
    folder
        .run(&["destroy", "--auto-approve", "--approve-delete"])
        .exits(0);
    let gone = plane
        .kubectl(&["get", "namespace", &namespace, "--ignore-not-found"])
        .expect(0);
    assert_eq!(gone.stdout, "");
}
