//! What is planned and told of clusters on a real API server.

use std::path::Path;

use crate::support::planes::{Context, Plane, User, plane};
use crate::support::{Output, Sandbox};

/// A project with one cluster on a server, whose one layer is a Deployment in a namespace of the test's own.
struct Shop {
    plane: &'static Plane,
    sandbox: Sandbox,
    namespace: String,
}

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: NAMESPACE, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: nginx:1
          resources: {limits: {cpu: 1000m}}
          env: [{name: EMPTY, value: ''}]
---
apiVersion: v1
kind: Secret
metadata: {name: login, namespace: NAMESPACE}
stringData: {password: hunter2}
";

impl Shop {
    fn new(plane: &'static Plane) -> Self {
        let namespace = plane.namespace();
        plane
            .kubectl(&["create", "namespace", &namespace])
            .expect(0);
        let sandbox = Sandbox::empty();
        sandbox.write(
            "shop/stratiform.yaml",
            "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: shop}\n",
        );
        sandbox.write(
            "shop/profile.yaml",
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: shop}\nspec:\n  type: add-on\n  layers:\n    \
             - {name: web, category: system-app, manifests: [{file: web.yaml}]}\n",
        );
        sandbox.write("shop/web.yaml", &WEB.replace("NAMESPACE", &namespace));
        let shop = Self {
            plane,
            sandbox,
            namespace,
        };
        shop.cluster("prod", &plane.kubeconfig(User::Admin));
        shop
    }

    /// A cluster that is reached by a kubeconfig.
    fn cluster(&self, name: &str, kubeconfig: &Path) {
        let text = format!(
            "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {{name: {name}}}\nspec:\n  \
             existing: {{kubernetesVersion: 1.33.1}}\n  profiles: [{{name: shop}}]\n  \
             target: {{kubernetes: {{kubeconfig: {}}}}}\n",
            kubeconfig.display()
        );
        self.sandbox.write(&format!("shop/{name}.yaml"), &text);
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.sandbox.command("shop", arguments);
        // Nothing that is looked for is broken over lines.
        Output::of(command.env("COLUMNS", "400"))
    }

    /// Nothing is left to do, and nothing has drifted.
    #[track_caller]
    fn is_settled(&self) {
        let plan = self.run(&["plan", "--detailed-exitcode"]).expect(0);
        plan.says(&["No changes."]);
        self.run(&["drift"]).expect(0);
    }

    #[track_caller]
    fn kubectl(&self, arguments: &[&str]) -> String {
        let all = [arguments, &["-n", &self.namespace]].concat();
        self.plane.kubectl(&all).expect(0).stdout
    }

    #[track_caller]
    fn field(&self, path: &str) -> String {
        self.kubectl(&["get", "deployment/web", "-o", &format!("jsonpath={path}")])
    }
}

#[track_caller]
fn json(ran: &Output) -> serde_json::Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in\n{ran}"))
}

#[test]
fn a_plan_is_what_the_server_makes_of_it() {
    let Some(plane) = plane() else { return };
    let shop = Shop::new(plane);
    shop.run(&["plan"]).expect(0).says(&["1 layer to create"]);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    shop.is_settled();
    // In other words the same: the server says that nothing would change.
    shop.sandbox.edit("shop/web.yaml", "1000m", "'1'");
    shop.run(&["plan"])
        .expect(0)
        .says(&["1 object  (only recorded)", "no objects"]);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    shop.is_settled();
    // What differs stands beside what the server gave by itself.
    shop.sandbox.edit("shop/web.yaml", "nginx:1", "nginx:2");
    let plan = shop.run(&["plan", "--detailed-exitcode"]).expect(2);
    plan.says(&[
        "spec.template.spec.containers",
        "-         image: nginx:1",
        "+         image: nginx:2",
    ]);
    let json = json(&shop.run(&["plan", "--json"]).expect(0));
    let after = &json["clusters"][0]["layers"][0]["objects"][0]["server"]["after"];
    let container = &after["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["imagePullPolicy"], "IfNotPresent", "{after:#}");
    assert!(after["status"].is_null(), "{after:#}");
    assert!(after["metadata"]["managedFields"].is_null(), "{after:#}");
    shop.run(&["apply", "--auto-approve"]).expect(0);
    assert_eq!(
        shop.field("{.spec.template.spec.containers[0].image}"),
        "nginx:2"
    );
    shop.is_settled();
    // A field that cannot change.
    let text = shop
        .sandbox
        .read("shop/web.yaml")
        .replace("{app: web}", "{app: shop}");
    shop.sandbox.write("shop/web.yaml", &text);
    shop.run(&["plan"])
        .expect(0)
        .says(&["±", "1 to replace", "--approve-replace", "immutable"]);
    shop.run(&["apply", "--auto-approve"]).expect(1);
    shop.run(&["apply", "--auto-approve", "--approve-replace"])
        .expect(0);
    assert_eq!(shop.field("{.spec.selector.matchLabels.app}"), "shop");
    shop.is_settled();
    // What the server would refuse.
    shop.sandbox
        .edit("shop/web.yaml", "replicas: 2", "replicas: -2");
    shop.run(&["plan"])
        .expect(1)
        .says(&["refused: ", "the server refuses", "spec.replicas"]);
}

#[test]
fn drift_says_who_did_what() {
    let Some(plane) = plane() else { return };
    let shop = Shop::new(plane);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    // What nobody but others speaks of is none.
    shop.kubectl(&["annotate", "deployment/web", "theirs=yes"]);
    shop.is_settled();
    shop.kubectl(&["scale", "deployment/web", "--replicas=5"]);
    let drift = shop.run(&["drift"]).expect(2);
    drift.says(&["spec.replicas: 2 -> 5", "by kubectl"]);
    let json = json(&shop.run(&["drift", "--json"]).expect(2));
    let field = &json["clusters"][0]["objects"][0]["fields"][0];
    assert_eq!(
        (&field["path"], &field["by"]["name"]),
        (&"spec.replicas".into(), &"kubectl".into())
    );
    // Taking it back is a matter of its own.
    shop.run(&["plan"])
        .expect(0)
        .says(&["drifted", "--force-conflicts", ".spec.replicas"]);
    shop.run(&["apply", "--auto-approve"]).expect(1);
    assert_eq!(shop.field("{.spec.replicas}"), "5");
    shop.run(&["apply", "--auto-approve", "--force-conflicts"])
        .expect(0);
    assert_eq!(shop.field("{.spec.replicas}"), "2");
    shop.is_settled();
    shop.kubectl(&["label", "deployment/web", "app=theirs", "--overwrite"]);
    let drift = shop.run(&["drift"]).expect(2);
    drift.says(&[
        "metadata.labels.app: \"web\" -> \"theirs\"",
        "by kubectl-label",
    ]);
    shop.run(&["apply", "--auto-approve", "--force-conflicts"])
        .expect(0);
    shop.is_settled();
    // Our marks gone: whose it is now is for people to say.
    shop.kubectl(&["label", "deployment/web", "stratiform/project-"]);
    shop.run(&["drift"]).expect(2).says(&["taken over by"]);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    shop.is_settled();
    shop.kubectl(&["delete", "deployment/web"]);
    shop.run(&["drift"]).expect(2).says(&["(deleted)"]);
    shop.run(&["plan"])
        .expect(0)
        .says(&["was deleted behind our back"]);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    shop.is_settled();
    // A secret changes, and nobody reads what it was or is.
    shop.kubectl(&[
        "patch",
        "secret/login",
        "-p",
        r#"{"stringData":{"password":"hunter3"}}"#,
    ]);
    let drift = shop
        .run(&["drift"])
        .expect(2)
        .says(&["(sensitive, changed)"]);
    let plan = shop.run(&["plan", "--expand"]).expect(0);
    for clear in ["hunter", "aHVudGVy"] {
        assert!(!format!("{drift}{plan}").contains(clear), "{drift}{plan}");
    }
}

#[test]
fn what_is_there_and_not_ours_names_its_owner() {
    let Some(plane) = plane() else { return };
    let shop = Shop::new(plane);
    shop.kubectl(&["create", "deployment", "web", "--image=nginx:0"]);
    let plan = shop.run(&["plan"]).expect(1);
    plan.says(&[
        "is on the server already and is not ours, but of kubectl-create",
        "--adopt",
    ]);
    shop.run(&["apply", "--auto-approve"]).expect(1);
    // To adopt it is one thing, to take from others what they own another.
    let plan = shop.run(&["plan", "--adopt"]).expect(0);
    plan.says(&["taken over", "--force-conflicts", "kubectl-create"]);
    let apply = ["apply", "--auto-approve", "--adopt", "--force-conflicts"];
    let ran = shop.run(&apply);
    // The selector that kubectl gave it is the one that we want.
    ran.expect(0);
    shop.is_settled();
}

#[test]
fn a_server_that_is_away_does_not_stop_the_others() {
    let Some(plane) = plane() else { return };
    let shop = Shop::new(plane);
    shop.run(&["apply", "--auto-approve"]).expect(0);
    let away = Context {
        server: "https://127.0.0.1:1".to_owned(),
        ..plane.context("away", User::Admin)
    };
    let kubeconfig = plane.kubeconfig_of(&[away]);
    shop.cluster("away", &kubeconfig);
    shop.sandbox.edit("shop/web.yaml", "nginx:1", "nginx:2");
    let plan = shop.run(&["plan"]).expect(1);
    plan.says(&[
        "+ away  (new, not verified)",
        "~ prod",
        "warning: cluster away is not verified",
        "1 cluster not verified",
    ]);
    let json = json(&shop.run(&["plan", "--json"]).expect(1));
    assert!(json["clusters"][0]["unverified"].is_string(), "{json:#}");
    assert!(json["clusters"][1]["unverified"].is_null(), "{json:#}");
    shop.run(&["apply", "--auto-approve"]).expect(1);
    assert_eq!(
        shop.field("{.spec.template.spec.containers[0].image}"),
        "nginx:2"
    );
}
