//! Clusters on which Helm has installed something, taken over.

use std::path::Path;

use crate::support::Output;
use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};
use crate::support::project::{Folder, Ran};
use crate::support::registries::{Access, HelmRepository};

/// A chart with a password that is made up, one that is given, a quantity that servers write in their own way, and a hook.
fn chart(folder: &Folder, at: &str) {
    folder.put(
        &format!("{at}/Chart.yaml"),
        "apiVersion: v2\nname: shop\nversion: 1.2.3\nappVersion: \"7\"\n",
    );
    folder.put(
        &format!("{at}/values.yaml"),
        "replicas: 1\ngreeting: hello\nauth: {adminPassword: \"\"}\n",
    );
    folder.put(&format!("{at}/templates/_helpers.tpl"), "{{- define \"shop.labels\" -}}\napp: {{ .Release.Name }}\napp.kubernetes.io/managed-by: {{ .Release.Service }}\n{{- end -}}\n");
    folder.put(&format!("{at}/templates/all.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n  labels: {{- include \"shop.labels\" . | nindent 4 }}\ndata: {greeting: {{ .Values.greeting | quote }}, motto: {{ .Files.Get \"motto.txt\" | quote }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-made}\nstringData: {password: {{ randAlphaNum 16 | quote }}}\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: {{ .Release.Name }}-given}\nstringData: {password: {{ .Values.auth.adminPassword | quote }}}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: {{ .Release.Name }}}\nspec:\n  replicas: {{ .Values.replicas }}\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shop}}\n    spec: {containers: [{name: shop, image: shop, resources: {limits: {memory: 1024Mi, cpu: 1000m}}}]}\n");
    folder.put(&format!("{at}/motto.txt"), "ever onward\n");
    folder.put(&format!("{at}/templates/hook.yaml"), "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: {{ .Release.Name }}-migrate\n  annotations: {helm.sh/hook: 'pre-install,pre-upgrade'}\nspec:\n  template:\n    spec: {restartPolicy: Never, containers: [{name: run, image: 'busybox:1'}]}\n");
}

const GIVEN: &str = "hunter2-is-no-password";

/// A project, and a release of the chart on a plane.
fn installed(plane: &Plane, namespace: &str) -> Folder {
    let folder = Folder::new("{}");
    let source = Folder::new("{}");
    chart(&source, "shop");
    let at = source.path("shop");
    let at = at.to_str().expect("temporary folders are UTF-8");
    let given = format!("auth.adminPassword={GIVEN}");
    let install = [
        "upgrade",
        "--install",
        "shop",
        at,
        "-n",
        namespace,
        "--create-namespace",
        "--set",
        &given,
        "--set",
        "greeting=hi",
    ];
    plane.helm(&install).expect(0);
    let again = [&install[..], &["--set", "replicas=2"]].concat();
    plane.helm(&again).expect(0);
    folder
}

fn import(folder: &Folder, plane: &Plane, namespace: &str) -> Ran {
    import_with(folder, plane, namespace, &[])
}

fn import_with(folder: &Folder, plane: &Plane, namespace: &str, more: &[&str]) -> Ran {
    import_by(folder, &plane.kubeconfig(User::Admin), namespace, more)
}

fn import_by(folder: &Folder, kubeconfig: &Path, namespace: &str, more: &[&str]) -> Ran {
    let kubeconfig = kubeconfig.to_str().expect("temporary folders are UTF-8");
    let import = [
        "import",
        "--name",
        "berlin",
        "--kubeconfig",
        kubeconfig,
        "--namespace",
        namespace,
    ];
    folder.run(&[&import, more].concat())
}

fn versions(plane: &Plane, namespace: &str) -> String {
    let kinds = "configmaps,secrets,deployments,jobs";
    let path =
        "jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{\"\\n\"}{end}";
    plane
        .kubectl(&["get", kinds, "-n", namespace, "-o", path])
        .expect(0)
        .stdout
}

#[test]
fn a_release_is_taken_over_and_nothing_is_changed() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = installed(plane, &namespace);
    plane
        .kubectl(&["rollout", "status", "deployment/shop", "-n", &namespace])
        .expect(0);
    let before = versions(plane, &namespace);
    let said = import(&folder, plane, &namespace).exits(0);
    insta::assert_snapshot!(said.all().replace(&namespace, "NAMESPACE"), @r"
    Imported 1 release:
      shop: NAMESPACE/shop
      shop: what is in the Secret shop-made stays as it is; its chart would make up something else
    berlin: 6 objects as the documents want them, in 2 layers that are complete
    Nothing was touched.
    warning: `auth.adminPassword` of release shop looks like a secret: it is in secrets/berlin-shop_auth_adminPassword, which only you can read
    ");
    folder.is_settled();
    folder.run(&["drift"]).exits(0);
    assert_eq!(versions(plane, &namespace), before);

    // No secret in clear but in the file that is for it.
    let state = folder.kept();
    assert!(state.contains("kind: ConfigMap") && !state.contains(GIVEN));
    for below in ["profiles", "clusters", "charts"] {
        for (path, bytes) in folder.bytes(below) {
            assert!(!String::from_utf8_lossy(&bytes).contains(GIVEN), "{path}");
        }
    }
    let profile = folder
        .text("profiles/berlin.yaml")
        .replace(&namespace, "NAMESPACE");
    insta::assert_snapshot!(profile, @r"
    # Charts make up what the Secrets under `ignoreFields` hold anew whenever they are rendered: what is there stays.
    apiVersion: stratiform/v1
    kind: ClusterProfile
    metadata:
      name: berlin
    spec:
      type: add-on
      variables:
      - name: shop_auth_adminPassword
        required: true
        sensitive: true
      layers:
      - name: shop
        category: system-app
        chart:
          path: charts/berlin/NAMESPACE/shop
          namespace: NAMESPACE
          releaseName: shop
        values:
          auth:
            adminPassword: '{{ .spectro.var.shop_auth_adminPassword }}'
          greeting: hi
          replicas: 2
        ignoreFields:
        - kind: Secret
          name: shop-made
          paths:
          - data
          - stringData
    ");

    // From here on it is a cluster like any other.
    folder.edit(
        "profiles/berlin.yaml",
        "greeting: hi",
        "greeting: good morning",
    );
    folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    let ran = folder
        .run(&["apply", "--auto-approve", "--force-conflicts"])
        .exits(0);
    // In the place of what Helm's left.
    assert!(
        ran.err.contains("the pre-upgrade hook Job.batch"),
        "{}",
        ran.err
    );
    folder.is_settled();
    let map = plane
        .kubectl(&["get", "configmap", "shop", "-n", &namespace, "-o", "yaml"])
        .expect(0)
        .stdout;
    assert!(
        map.contains("greeting: good morning") && map.contains("stratiform/project"),
        "{map}"
    );
}

#[test]
fn what_cannot_be_imported_is_said() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = Folder::new("{}");
    let nothing = import(&folder, plane, &namespace).exits(1);
    insta::assert_snapshot!(nothing.err, @r"
    error: Helm has installed nothing there that we may see
     = help: see `helm list --all-namespaces` with the same kubeconfig
    ");
    assert_eq!(
        folder.files(""),
        ["state/stratiform.key", "stratiform.yaml"]
    );
}

#[test]
fn who_may_see_one_kind_of_releases_imports_those() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = installed(plane, &namespace);
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let stores = |kinds: &'static [&str]| {
        Faults::each(Fault::Answer(403), move |_, target| {
            let list = |kind: &&str| target.contains(&format!("/{kind}?"));
            target.contains("owner%3Dhelm") && kinds.iter().any(list)
        })
    };
    proxy.set_faults(stores(&["secrets", "configmaps"]));
    let ran = import_by(&folder, &kubeconfig, &namespace, &[]).exits(1);
    assert!(ran.err.contains("answers 403"), "{}", ran.err);
    proxy.set_faults(stores(&["configmaps"]));
    let ran = import_by(&folder, &kubeconfig, &namespace, &[]).exits(0);
    let said = "warning: what is in ConfigMaps is left out: ";
    assert!(ran.err.contains(said), "{}", ran.err);
    folder.is_settled();
}

/// A chart with a subchart that it names (under another name, and with a condition) and one that only lies there, served by a
/// Helm repository that the project knows.
fn repository(folder: &Folder, plane: &Plane) -> Option<HelmRepository> {
    let source = Folder::new("{}");
    let map = |name: &str, data: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {{{{ .Release.Name }}}}-{name}}}\ndata: {{{data}}}\n"
        )
    };
    source.put("site/Chart.yaml", "apiVersion: v2\nname: site\nversion: 2.0.1\ndependencies:\n- {name: cache, version: 0.3.0, alias: store, condition: store.enabled}\n");
    source.put("site/values.yaml", "title: none\nstore: {size: 1}\n");
    let own = map("site", "title: {{ .Values.title | quote }}");
    source.put("site/templates/site.yaml", own);
    for (name, version) in [("cache", "0.3.0"), ("stray", "0.1.0")] {
        source.put(
            &format!("site/charts/{name}/Chart.yaml"),
            format!("apiVersion: v2\nname: {name}\nversion: {version}\n"),
        );
        source.put(&format!("site/charts/{name}/values.yaml"), "size: 7\n");
        let text = map(
            "{{ .Chart.Name }}",
            "size: {{ .Values.size | quote }}, zone: {{ .Values.global.zone | quote }}",
        );
        source.put(&format!("site/charts/{name}/templates/all.yaml"), text);
    }
    let [chart, served] =
        [source.path("site"), folder.path("served")].map(|path| path.display().to_string());
    plane
        .helm(&["package", &chart, "--destination", &served])
        .expect(0);
    plane.helm(&["repo", "index", &served]).expect(0);
    let repository = HelmRepository::start(&folder.path("served"), Access::default())?;
    folder.put(
        "registries/own.yaml",
        format!("apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: own}}\nspec: {{helm: {{url: '{}'}}, access: {{plainHttp: true}}}}\n", repository.url()),
    );
    Some(repository)
}

#[test]
fn charts_with_subcharts_come_from_their_registry() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let folder = Folder::new("{}");
    let Some(repository) = repository(&folder, plane) else {
        return;
    };
    let untouched = folder.files("");
    let archive = folder.path("served/site-2.0.1.tgz").display().to_string();
    let within = ["-n", &namespace, "--create-namespace"];
    let install = [
        "install",
        "front",
        &archive,
        "--set",
        "title=Welcome,store.size=3,global.zone=north",
    ];
    plane.helm(&[&install[..], &within].concat()).expect(0);
    let without = [
        ("there is no release that can be imported", &[][..]),
        ("there is no release back", &["--registry", "back=own"]),
        (
            "the project has no registry `other`",
            &["--registry", "front=other"],
        ),
        // It has not got this chart.
        ("site", &["--registry", "front=community"]),
    ];
    for (said, more) in without {
        let offline = ["--offline"];
        let ran = import_with(&folder, plane, &namespace, &[more, &offline].concat());
        assert!(
            ran.code != Some(0) && ran.err.contains(said),
            "{}",
            ran.all()
        );
        let left = folder
            .files("")
            .into_iter()
            .filter(|file| !file.starts_with("state/"));
        assert_eq!(left.collect::<Vec<_>>(), untouched);
    }

    // One more, which Helm keeps in a ConfigMap, and of another kind of chart.
    let chart = Folder::new("{}");
    self::chart(&chart, "shop");
    let shop = chart.path("shop").display().to_string();
    let install = [
        "install",
        "shop",
        &shop,
        "--set",
        "auth.adminPassword=hunter2",
    ];
    let mut helm = plane.helm_command(&[&install[..], &within].concat());
    Output::of(helm.env("HELM_DRIVER", "configmap")).expect(0);
    let before = versions(plane, &namespace);
    let said = import_with(&folder, plane, &namespace, &["--registry", "front=own"]).exits(0);
    insta::assert_snapshot!(said.all().replace(&namespace, "NAMESPACE"), @r"
    Imported 2 releases:
      front: NAMESPACE/front
      shop: NAMESPACE/shop
      shop: what is in the Secret shop-made stays as it is; its chart would make up something else
    berlin: 9 objects as the documents want them, in 3 layers that are complete
    Nothing was touched.
    warning: `auth.adminPassword` of release shop looks like a secret: it is in secrets/berlin-shop_auth_adminPassword, which only you can read
    Fetched one pack or chart.
    ");
    folder.is_settled();
    // The version is pinned by now.
    folder
        .run(&["plan", "--locked", "--detailed-exitcode"])
        .exits(0);
    folder.run(&["drift"]).exits(0);
    assert_eq!(versions(plane, &namespace), before);
    let profile = folder
        .text("profiles/berlin.yaml")
        .replace(&namespace, "NAMESPACE");
    insta::assert_snapshot!(profile, @r"
    # Charts make up what the Secrets under `ignoreFields` hold anew whenever they are rendered: what is there stays.
    apiVersion: stratiform/v1
    kind: ClusterProfile
    metadata:
      name: berlin
    spec:
      type: add-on
      variables:
      - name: shop_auth_adminPassword
        required: true
        sensitive: true
      layers:
      - name: front
        category: system-app
        chart:
          registry: own
          name: site
          version: 2.0.1
          namespace: NAMESPACE
          releaseName: front
        values:
          global:
            zone: north
          store:
            size: 3
          title: Welcome
      - name: shop
        category: system-app
        chart:
          path: charts/berlin/NAMESPACE/shop
          namespace: NAMESPACE
          releaseName: shop
        values:
          auth:
            adminPassword: '{{ .spectro.var.shop_auth_adminPassword }}'
        ignoreFields:
        - kind: Secret
          name: shop-made
          paths:
          - data
          - stringData
    ");

    // What comes from the registry is a chart like any other, with the values of its subcharts.
    folder.edit("profiles/berlin.yaml", "size: 3", "size: 4");
    let plan = folder.run(&["plan", "--detailed-exitcode"]).exits(2);
    assert!(
        plan.out.contains("front-store") && !plan.out.contains("front-stray"),
        "{}",
        plan.out
    );
    folder
        .run(&["apply", "--auto-approve", "--force-conflicts"])
        .exits(0);
    let size = [
        "get",
        "configmap",
        "front-store",
        "-n",
        &namespace,
        "-o=jsonpath={.data.size} {.data.zone}",
    ];
    assert_eq!(plane.kubectl(&size).expect(0).stdout, "4 north");
    drop(repository);
}

#[test]
fn a_chart_that_keeps_the_password_that_is_there_needs_no_exception() {
    let Some(plane) = plane() else { return };
    let namespace = plane.namespace();
    let (folder, source) = (Folder::new("{}"), Folder::new("{}"));
    source.put(
        "shop/Chart.yaml",
        "apiVersion: v2\nname: shop\nversion: 1.2.3\n",
    );
    source.put("shop/templates/all.yaml", "{{- $there := lookup \"v1\" \"Secret\" .Release.Namespace \"shop\" }}\napiVersion: v1\nkind: Secret\nmetadata: {name: shop}\ndata:\n  password: {{ if $there }}{{ $there.data.password }}{{ else }}{{ randAlphaNum 16 | b64enc }}{{ end }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\ndata: {size: one}\n");
    let at = source.path("shop");
    let at = at.to_str().expect("temporary folders are UTF-8");
    let install = [
        "install",
        "shop",
        at,
        "-n",
        &namespace,
        "--create-namespace",
    ];
    plane.helm(&install).expect(0);
    let password = || {
        let path = "jsonpath={.data.password}";
        let get = ["get", "secret", "shop", "-n", &namespace, "-o", path];
        plane.kubectl(&get).expect(0).stdout
    };
    let before = (versions(plane, &namespace), password());
    let said = import(&folder, plane, &namespace).exits(0);
    assert!(!said.all().contains("make up"), "{}", said.all());
    let profile = folder.text("profiles/berlin.yaml");
    assert!(!profile.contains("ignoreFields"), "{profile}");
    folder.is_settled();
    assert_eq!(versions(plane, &namespace), before.0);
    folder.edit(
        &format!("charts/berlin/{namespace}/shop/templates/all.yaml"),
        "{size: one}",
        "{size: two}",
    );
    folder
        .run(&["apply", "--auto-approve", "--force-conflicts"])
        .exits(0);
    folder.is_settled();
    assert_eq!(password(), before.1);
}
