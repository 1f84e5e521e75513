//! A project with one cluster on a real API server, with everything in it that is hard to get right.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};

use serde_json::Value;

use crate::support::planes::{Plane, User};
use crate::support::project::{Folder, Ran};

/// Applies whatever there is to apply, and tells it as JSON.
pub const APPLY: &[&str] = &["apply", "--auto-approve", "--approve-delete", "--json"];
/// Deletes everything.
pub const DESTROY: &[&str] = &["destroy", "--auto-approve", "--approve-delete", "--json"];

/// What the documents want.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// A value in many objects; another one changes them all.
    pub size: u32,
    /// So many ConfigMaps beside the others.
    pub extras: u32,
    /// Whether there is an object of a kind that the project itself defines.
    pub widget: bool,
    /// Whether there is a layer of a chart with hooks.
    pub web: bool,
    /// Whether the chart's pods are not ready until somebody lets go of them.
    pub holds: bool,
}

impl Shape {
    pub const WHOLE: Self = Self {
        size: 1,
        extras: 12,
        widget: true,
        web: true,
        holds: false,
    };
}

/// A project with one cluster, which has a namespace of the test's own.
pub struct Site<'a> {
    pub plane: &'a Plane,
    pub folder: Folder,
    pub space: String,
    pub kubeconfig: PathBuf,
}

/// An object by kind and name.
pub type Name = (String, String);

/// The chart's hooks, each a Job.
const HOOKS: &[(&str, &str)] = &[
    ("migrate", "pre-install,pre-upgrade"),
    ("announce", "post-install,post-upgrade"),
    ("farewell", "pre-delete"),
];

impl<'a> Site<'a> {
    /// A project that reaches a plane directly.
    pub fn new(plane: &'a Plane) -> Self {
        Self::by(plane, plane.kubeconfig(User::Admin), plane.namespace())
    }

    /// A project that reaches a plane by a kubeconfig.
    pub fn by(plane: &'a Plane, kubeconfig: PathBuf, space: String) -> Self {
        let folder = Folder::new("{deleteLimit: 100000}");
        folder.put(
            "cluster.yaml",
            format!(
                "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: berlin}}\nspec:\n  \
                 existing: {{kubernetesVersion: 1.36.0}}\n  profiles: [{{name: apps}}]\n  \
                 target: {{kubernetes: {{kubeconfig: {}}}}}\n",
                kubeconfig.display()
            ),
        );
        let site = Self {
            plane,
            folder,
            space,
            kubeconfig,
        };
        site.chart();
        site
    }

    fn chart(&self) {
        self.folder.put(
            "charts/web/Chart.yaml",
            "apiVersion: v2\nname: web\nversion: 1.0.0\n",
        );
        let mut text = WEB.to_owned();
        for (name, events) in HOOKS {
            text.push_str(&format!(
                "---\napiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{helm.sh/hook: '{events}'}}}}\nspec:\n  \
                 template:\n    spec: {{restartPolicy: Never, containers: [{{name: run, image: busybox}}]}}\n"
            ));
        }
        self.folder.put("charts/web/templates/all.yaml", text);
    }

    /// Writes documents that want something.
    pub fn wants(&self, shape: &Shape) {
        let space = &self.space;
        let mut layers = vec![
            "{name: base, category: system-app, manifests: [{file: manifests/base.yaml}]}"
                .to_owned(),
            "{name: data, category: system-app, dependsOn: [base], manifests: [{file: manifests/data.yaml}]}"
                .to_owned(),
        ];
        if shape.web {
            layers.push(format!(
                "{{name: web, category: system-app, dependsOn: [data], chart: {{path: charts/web, namespace: {space}}}, values: {{size: {}, holds: {}}}}}",
                shape.size, shape.holds
            ));
        }
        self.folder.put("profile.yaml", profile(&layers));
        self.folder
            .put("manifests/base.yaml", BASE.replace("SPACE", space));
        let mut data = DATA.to_owned();
        for at in 0..shape.extras {
            data.push_str(&format!(
                "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: extra-{at}, namespace: SPACE}}\ndata: {{size: 'SIZE'}}\n"
            ));
        }
        if shape.widget {
            data.push_str("---\napiVersion: SPACE.example.com/v1\nkind: Widget\nmetadata: {name: wheel, namespace: SPACE}\nspec: {size: SIZE}\n");
        }
        let data = data
            .replace("SPACE", space)
            .replace("SIZE", &shape.size.to_string());
        self.folder.put("manifests/data.yaml", data);
    }

    /// A run that can be killed or listened to. Its progress goes to standard error.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.folder.command(arguments);
        // Nothing that is looked for is broken over lines.
        command.env("COLUMNS", "400");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(
            self.command(arguments)
                .output()
                .expect("the program starts"),
        )
    }

    #[track_caller]
    pub fn apply(&self) -> Ran {
        self.run(APPLY).exits(0)
    }

    /// Starts a run, and gives what it tells.
    pub fn start(&self, arguments: &[&str]) -> (Child, ChildStderr) {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let told = child.stderr.take().expect("it is a pipe");
        (child, told)
    }

    /// A run that tells a file.
    pub fn telling(&self, arguments: &[&str], file: &Path) -> Command {
        let mut command = self.command(arguments);
        let file = File::create(file).expect("files can be made");
        command.stdout(Stdio::null()).stderr(Stdio::from(file));
        command
    }

    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let all = [&["-n", &self.space], arguments].concat();
        self.plane.kubectl(&all).expect(0).stdout
    }

    /// The definition of the project's own kind.
    pub fn definition(&self) -> String {
        format!("widgets.{}.example.com", self.space)
    }

    /// What bears a project's mark, whatever project's.
    pub fn marked(&self) -> BTreeSet<Name> {
        let mut found = BTreeSet::new();
        let mut look = |arguments: &[&str]| {
            let columns =
                "-o=custom-columns=K:.kind,N:.metadata.name,P:.metadata.labels.stratiform/project";
            let listed = [
                &[
                    "get",
                    "--no-headers",
                    "--ignore-not-found",
                    columns,
                    "-n",
                    &self.space,
                ],
                arguments,
            ]
            .concat();
            let listed = self.plane.kubectl(&listed);
            for line in listed.stdout.lines() {
                let words: Vec<&str> = line.split_whitespace().collect();
                if let [kind, name, project] = words.as_slice()
                    && *project != "<none>"
                {
                    found.insert(((*kind).to_owned(), (*name).to_owned()));
                }
            }
            listed
        };
        look(&["configmaps,secrets,services,deployments,jobs"]).expect(0);
        look(&["namespace", &self.space]).expect(0);
        look(&["customresourcedefinition", &self.definition()]).expect(0);
        // Fails where the kind is not served, and then there are none.
        let _ = look(&[&self.definition()]);
        found
    }

    /// What the state knows, with or without what is in flight.
    pub fn known(&self, flights: bool) -> BTreeSet<Name> {
        if !self.folder.state().exists() {
            return BTreeSet::new();
        }
        let name =
            |key: &stratiform::model::ObjectKey| (key.kind.to_string(), key.name.to_string());
        let snapshot = self.folder.snapshot();
        let clusters = snapshot.clusters.values();
        let mut known = BTreeSet::new();
        for cluster in clusters {
            let objects = cluster.layers.values().flat_map(|layer| &layer.objects);
            let ours = objects.filter(|object| object.holder && !object.hook);
            known.extend(ours.map(|object| name(&object.key)));
            if flights {
                let intents = cluster.in_flight.iter().map(|flight| &flight.intent);
                known.extend(intents.map(|intent| name(&intent.key)));
            }
        }
        known
    }

    /// What there must be.
    pub fn wanted(&self, shape: &Shape) -> BTreeSet<Name> {
        let mut wanted = vec![
            ("Namespace", self.space.clone()),
            ("CustomResourceDefinition", self.definition()),
            ("ConfigMap", "settings".to_owned()),
            ("Secret", "login".to_owned()),
        ];
        wanted.extend((0..shape.extras).map(|at| ("ConfigMap", format!("extra-{at}"))));
        if shape.widget {
            wanted.push(("Widget", "wheel".to_owned()));
        }
        if shape.web {
            wanted.push(("Deployment", "web".to_owned()));
            wanted.push(("Service", "web".to_owned()));
        }
        let names = wanted.into_iter();
        names.map(|(kind, name)| (kind.to_owned(), name)).collect()
    }

    /// Nothing is in doubt, and documents, state and server say the same.
    #[track_caller]
    pub fn is_settled(&self, shape: &Shape, place: &str) {
        let plan = self.run(&["plan", "--refresh", "all", "--detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{place}: {plan:#?}");
        let drift = self.run(&["drift"]);
        assert_eq!(drift.code, Some(0), "{place}: {drift:#?}");
        let (wanted, marked) = (self.wanted(shape), self.marked());
        assert_eq!(marked, wanted, "{place}: the server is not what is wanted");
        assert_eq!(
            self.known(true),
            wanted,
            "{place}: the state is not what is there"
        );
        let (size, size_of) = (shape.size.to_string(), |what: &str, path: &str| {
            self.kubectl(&["get", what, &format!("-o=jsonpath={path}")])
        });
        for (what, path) in [
            ("configmap/settings", "{.data.size}"),
            ("configmap/extra-0", "{.data.size}"),
            (&*format!("{}/wheel", self.definition()), "{.spec.size}"),
            ("deployment/web", "{.metadata.annotations.size}"),
        ] {
            let name = what.rsplit('/').next().unwrap_or_default();
            if marked
                .iter()
                .any(|(kind, one)| one == name && kind != "Service")
            {
                assert_eq!(size_of(what, path), size, "{place}: {what}");
            }
        }
    }

    /// Nothing is left of it, here or there.
    #[track_caller]
    pub fn is_gone(&self, place: &str) {
        let marked = self.marked();
        assert!(
            marked.is_empty(),
            "{place}: objects outlive a destroy: {marked:#?}"
        );
        let snapshot = self.folder.snapshot();
        assert!(snapshot.clusters.is_empty(), "{place}: {snapshot:#?}");
    }

    /// Lets go of pods that hold.
    pub fn release(&self) {
        let wait = [
            "wait",
            "deployment/web",
            "--for=jsonpath={.status.unavailableReplicas}=1",
            "--timeout=120s",
        ];
        self.kubectl(&wait);
        self.kubectl(&[
            "annotate",
            "pods",
            "-l",
            "app=web",
            "stratiform.test/holds-",
        ]);
    }
}

/// A profile with some layers, each in one line.
pub fn profile(layers: &[String]) -> String {
    let mut text = "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: apps}\nspec:\n  type: add-on\n  layers:\n".to_owned();
    for layer in layers {
        text.push_str(&format!("    - {layer}\n"));
    }
    text
}

/// What a run told, as far as it is JSON.
pub fn events(text: &str) -> Vec<Value> {
    let lines = text.lines();
    lines
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The hooks that runs on the way to one goal have told of.
#[derive(Debug, Default)]
pub struct Hooks {
    /// How often each was begun.
    pub begun: BTreeMap<String, usize>,
    done: BTreeSet<String>,
}

impl Hooks {
    /// Takes in what one more run told. A hook that has run must not be begun again.
    #[track_caller]
    pub fn heard(&mut self, told: &str, place: &str) {
        for event in events(told) {
            let hook = format!("{} {}", event["hookEvent"], event["hook"]);
            match event["event"].as_str() {
                Some("hook-started") => {
                    assert!(!self.done.contains(&hook), "{place}: {hook} runs twice");
                    *self.begun.entry(hook).or_default() += 1;
                }
                Some("hook-done") => assert!(self.done.insert(hook), "{place}: done twice"),
                _ => {}
            }
        }
    }

    /// The hooks that have run, by their events.
    pub fn ran(&self, event: &str) -> usize {
        let of = format!("\"{event}\" ");
        self.done
            .iter()
            .filter(|hook| hook.starts_with(&of))
            .count()
    }
}

const BASE: &str = "apiVersion: v1
kind: Namespace
metadata: {name: SPACE}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.SPACE.example.com}
spec:
  group: SPACE.example.com
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties: {spec: {type: object, properties: {size: {type: integer}}}}
";

const DATA: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: SPACE}
data: {size: 'SIZE'}
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: SPACE}
stringData: {password: hunter2}
";

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {size: '{{ .Values.size }}'}}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {stratiform.test/holds: '{{ .Values.holds }}'}
    spec:
      containers: [{name: web, image: nginx, resources: {limits: {cpu: 0.5, memory: 1024Mi}}}]
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
";
