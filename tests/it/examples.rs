//! The examples do what they and their READMEs say.

use std::path::Path;

use crate::support::{Output, Sandbox};

/// What happens to the rendered folder of an example, and what is said of it.
struct Trial {
    /// The example's folder.
    example: &'static str,
    /// A file of the rendered folder that somebody edits, and what is replaced in it.
    edited: (&'static str, &'static str, &'static str),
    /// What drift calls the object and the field.
    edited_says: [&'static str; 3],
    /// A file of the rendered folder that somebody deletes, and what drift calls the object.
    deleted: (&'static str, [&'static str; 2]),
    /// A file of somebody else's.
    foreign: &'static str,
    /// What stays when everything is destroyed.
    stays: &'static [&'static str],
}

const TRIALS: [Trial; 4] = [
    Trial {
        example: "quickstart",
        edited: (
            "prod/shop/deployment.apps.shop.shop.yaml",
            "replicas: 6",
            "replicas: 60",
        ),
        edited_says: ["\"Deployment\"", "\"shop\"", "\"spec.replicas\""],
        deleted: (
            "staging/quota/resourcequota.shop.shop.yaml",
            ["\"ResourceQuota\"", "\"shop\""],
        ),
        foreign: "dev/shop/notes.txt",
        stays: &[],
    },
    Trial {
        example: "fleet",
        edited: (
            "krakow-2/till/configmap.till.till.yaml",
            "CURRENCY: PLN",
            "CURRENCY: EUR",
        ),
        edited_says: ["\"ConfigMap\"", "\"till\"", "\"data.CURRENCY\""],
        deleted: (
            "berlin-4/storage/storageclass.storage.k8s.io._.standard.yaml",
            ["\"StorageClass\"", "\"standard\""],
        ),
        foreign: "lodz-1/README",
        stays: &[],
    },
    Trial {
        example: "upgrade",
        edited: (
            "office/network/configmap.kube-system.network.yaml",
            "mtu: \"1450\"",
            "mtu: \"9000\"",
        ),
        edited_says: ["\"ConfigMap\"", "\"network\"", "\"data.mtu\""],
        deleted: (
            "office/kubernetes/configmap.kube-system.cluster.yaml",
            ["\"ConfigMap\"", "\"cluster\""],
        ),
        foreign: "office/kubernetes/kustomization.yaml",
        stays: &[],
    },
    Trial {
        example: "charts",
        edited: (
            "south/guestbook/configmap.guestbook.guestbook.yaml",
            "greeting: Bienvenida",
            "greeting: Hola",
        ),
        edited_says: ["\"ConfigMap\"", "\"guestbook\"", "\"data.greeting\""],
        deleted: (
            "north/guestbook/hooks/job.batch.guestbook.guestbook-migrate.yaml",
            ["\"Job\"", "\"guestbook-migrate\""],
        ),
        foreign: "north/guestbook/notes.txt",
        stays: &[
            "north/guestbook/customresourcedefinition.apiextensions.k8s.io._.topics.guestbook.example.com.yaml",
            "south/guestbook/customresourcedefinition.apiextensions.k8s.io._.topics.guestbook.example.com.yaml",
        ],
    },
];

/// An example in a sandbox of its own.
struct Example {
    sandbox: Sandbox,
    name: &'static str,
}

impl Example {
    fn new(name: &'static str) -> Self {
        let sandbox = Sandbox::examples();
        Self { sandbox, name }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> Output {
        self.sandbox
            .run(&format!("examples/{}", self.name), arguments)
    }

    /// A path in the example, from the sandbox's root.
    fn at(&self, path: &str) -> String {
        format!("examples/{}/{path}", self.name)
    }

    #[track_caller]
    fn edit(&self, path: &str, from: &str, to: &str) {
        self.sandbox.edit(&self.at(path), from, to);
    }

    #[track_caller]
    fn is_settled(&self) {
        self.run(&["plan", "--detailed-exitcode"])
            .expect(0)
            .says(&["No changes."]);
        self.run(&["drift", "--fail-on", "unmanaged"]).expect(0);
    }

    /// Compares a run with the snapshot of this name.
    fn compare(&self, snapshot: &str, output: &Output) {
        let name = format!("{}_{snapshot}", self.name.replace('-', "_"));
        self.sandbox
            .settings()
            .bind(|| insta::assert_snapshot!(name, output));
    }

    /// Validates, compares the plan, and applies it until there is nothing left to do.
    fn begins(&self) {
        let valid = self.run(&["validate"]).expect(0);
        assert_eq!(valid.stderr, "", "an example has nothing odd about it");
        self.compare("plan", &self.run(&["plan"]).expect(0));
        self.run(&["apply", "--auto-approve"]).expect(0);
        self.is_settled();
    }

    /// Goes through what may happen to the rendered folder.
    fn goes_through(&self, trial: &Trial) {
        let rendered = |path: &str| self.at(&format!("rendered/{path}"));
        let (edited, from, to) = trial.edited;
        let (deleted, deleted_says) = trial.deleted;

        self.sandbox.write(&rendered(trial.foreign), "not ours\n");
        self.run(&["drift", "--json"])
            .expect(0)
            .says(&[trial.foreign_name()]);
        self.run(&["drift", "--fail-on", "unmanaged"]).expect(2);
        self.run(&["plan", "--detailed-exitcode"]).expect(0);

        let before = self.sandbox.read(&rendered(edited));
        self.sandbox.edit(&rendered(edited), from, to);
        self.run(&["drift", "--json"])
            .expect(2)
            .says(&trial.edited_says);
        self.run(&["plan", "--detailed-exitcode"]).expect(2);
        self.sandbox.remove(&rendered(deleted));
        self.run(&["drift", "--json"])
            .expect(2)
            .says(&trial.edited_says)
            .says(&deleted_says);
        self.compare("drift", &self.run(&["drift"]).expect(2));

        self.run(&["apply", "--auto-approve"]).expect(0);
        assert_eq!(self.sandbox.read(&rendered(edited)), before);
        assert!(self.sandbox.path(rendered(deleted)).is_file());
        self.run(&["drift"]).expect(0);

        self.run(&["destroy", "--auto-approve"]).expect(0);
        let mut left: Vec<&str> = trial.stays.to_vec();
        left.push(trial.foreign);
        left.sort_unstable();
        assert_eq!(self.sandbox.files(&self.at("rendered")), left);
        assert_eq!(self.sandbox.read(&rendered(trial.foreign)), "not ours\n");
        assert_eq!(self.run(&["state", "list"]).expect(0).stdout, "");
    }
}

impl Trial {
    fn foreign_name(&self) -> &str {
        let path = Path::new(self.foreign);
        path.file_name()
            .and_then(|name| name.to_str())
            .unwrap_or(self.foreign)
    }
}

fn live(trial: &Trial) {
    let example = Example::new(trial.example);
    let lock = example.sandbox.read(&example.at("stratiform.lock"));
    example.begins();
    example.goes_through(trial);
    // Everything is pinned in the lock as it is committed.
    assert_eq!(example.sandbox.read(&example.at("stratiform.lock")), lock);
}

#[test]
fn quickstart() {
    live(&TRIALS[0]);
}

#[test]
fn fleet() {
    live(&TRIALS[1]);
}

#[test]
fn upgrade() {
    live(&TRIALS[2]);
}

/// Charts in folders are pinned by what is in them; a lock has nothing to say of them.
#[test]
fn charts() {
    let example = Example::new("charts");
    example.begins();
    assert!(!example.sandbox.path(example.at("stratiform.lock")).exists());
    example.goes_through(&TRIALS[3]);
}

#[test]
fn the_guestbook_does_what_its_readme_says() {
    let example = Example::new("charts");
    example.run(&["apply", "--auto-approve"]).expect(0);
    let secret = |cluster: &str| {
        let path = format!("rendered/{cluster}/guestbook/secret.guestbook.guestbook.yaml");
        example.sandbox.read(&example.at(&path))
    };
    let before = [secret("north"), secret("south")];
    assert_ne!(before[0], before[1]);

    example.edit("clusters/south.yaml", "replicas: 1", "replicas: 30");
    let refused = example.run(&["plan"]).expect(3);
    assert!(refused.stderr.contains("`replicas`: maximum"), "{refused}");
    example.edit("clusters/south.yaml", "replicas: 30", "replicas: 3");
    example
        .run(&["plan"])
        .expect(0)
        .says(&["~ Deployment.apps guestbook/guestbook", "1 object ~1"]);

    let chart = "charts/guestbook/Chart.yaml";
    example.edit(chart, "version: 1.0.0", "version: 1.1.0");
    example.edit(chart, "\"3.1\"", "\"3.2\"");
    let plan = example.run(&["plan"]).expect(0);
    example.compare("version", &plan);
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
    example
        .run(&["apply", "--auto-approve", "--rotate", "guestbook"])
        .expect(0);
    let password = |text: &str| {
        let line = text.lines().find(|line| line.contains("ADMIN_PASSWORD"));
        line.map(str::to_owned).expect("there is a password")
    };
    for (cluster, before) in ["north", "south"].iter().zip(&before) {
        assert_ne!(password(&secret(cluster)), password(before));
    }
    example
        .run(&[
            "render",
            "--chart",
            "examples/charts/charts/guestbook",
            "--set",
            "cache.enabled=true",
        ])
        .expect(0)
        .says(&["# Source: guestbook/charts/cache/templates/cache.yaml"]);
}

#[test]
fn packs_of_the_examples_are_as_packs_should_be() {
    let sandbox = Sandbox::examples();
    let is_pack = |path: &String| path.ends_with("/pack.json");
    let packs = sandbox.files("examples").into_iter().filter(is_pack);
    let folders: Vec<String> = packs
        .map(|path| format!("examples/{}", path.trim_end_matches("/pack.json")))
        .collect();
    let mut arguments = vec!["pack", "lint"];
    arguments.extend(folders.iter().map(String::as_str));
    let lint = sandbox.run(".", &arguments).expect(0);
    let fine = lint.stdout.lines().filter(|line| line.ends_with(": fine"));
    assert_eq!(fine.count(), folders.len(), "{lint}");
}

#[test]
fn a_value_of_quickstart_changes() {
    let example = Example::new("quickstart");
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.edit("clusters/prod.yaml", "replicas: 6", "replicas: 8");
    let plan = example.run(&["plan"]).expect(0);
    example.compare("change", &plan);
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
}

#[test]
fn the_token_of_quickstart_stands_where_it_should_only() {
    let example = Example::new("quickstart");
    let token = "example-token-that-opens-nothing";
    let encoded = "ZXhhbXBsZS10b2tlbi10aGF0LW9wZW5zLW5vdGhpbmc=";
    let plan = example.run(&["plan", "--expand"]).expect(0);
    let apply = example.run(&["apply", "--auto-approve"]).expect(0);
    for output in [plan, apply] {
        let text = output.to_string();
        assert!(!text.contains(token) && !text.contains(encoded), "{text}");
    }
    let holds = |path: &str| {
        let path = example.sandbox.path(example.at(path));
        let bytes =
            std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        [token, encoded].iter().any(|text| {
            let mut windows = bytes.windows(text.len());
            windows.any(|window| window == text.as_bytes())
        })
    };
    // Where the target writes Secrets, and nowhere else.
    let holding: Vec<String> = example
        .sandbox
        .files(&example.at(""))
        .into_iter()
        .filter(|path| holds(path))
        .collect();
    assert_eq!(
        holding,
        [
            "rendered/prod/alerts/secret.monitoring.alert-router.yaml",
            "secrets/alert-token.example"
        ]
    );
}

#[test]
fn a_fleet_rolls_out_in_waves() {
    let example = Example::new("fleet");
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.edit(
        "profiles/till.yaml",
        "values: [early, rest]",
        "values: [rest]",
    );
    example.edit(
        "profiles/till.yaml",
        "values: [canary]",
        "values: [canary, early]",
    );
    let plan = example
        .run(&["plan"])
        .expect(0)
        .says(&["9 clusters to change (of 40)"]);
    example.compare("wave", &plan);
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
    let till = example
        .sandbox
        .read(&example.at("rendered/hamburg-1/till/deployment.apps.till.till.yaml"));
    assert!(till.contains("stores/till:3.2.0"), "{till}");
}

#[test]
fn stores_scale_their_tills_as_they_like() {
    let example = Example::new("fleet");
    example.run(&["apply", "--auto-approve"]).expect(0);
    let till = "rendered/uppsala-1/till/deployment.apps.till.till.yaml";
    example.edit(till, "replicas: 1", "replicas: 5");
    example.run(&["drift"]).expect(0);
    example.run(&["plan", "--detailed-exitcode"]).expect(0);
}

#[test]
fn a_version_train_moves_only_by_update() {
    let example = Example::new("upgrade");
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
    example
        .run(&["update", "edge-proxy"])
        .expect(0)
        .says(&["edge-proxy", "1.2.0 -> 1.3.0"]);
    let plan = example.run(&["plan"]).expect(0);
    example.compare("train", &plan);
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
    let ingress = example
        .sandbox
        .files(&example.at("rendered/office/ingress"));
    assert_eq!(
        ingress,
        [
            "deployment.apps.ingress.edge-proxy.yaml",
            "poddisruptionbudget.policy.ingress.edge-proxy.yaml"
        ]
    );
}

#[test]
fn kubernetes_goes_up_one_minor_version_at_a_time() {
    let example = Example::new("upgrade");
    let to = |from: &str, to: &str| {
        let version = |version: &str| format!("name: base, version: {version}");
        example.edit("clusters/office.yaml", &version(from), &version(to));
    };
    example.run(&["apply", "--auto-approve"]).expect(0);

    to("1.0.0", "1.2.0");
    example.compare("skip", &example.run(&["plan"]).expect(1));
    let all = ["apply", "--auto-approve", "--approve-repave"];
    example.run(&all).expect(1);

    to("1.2.0", "1.1.0");
    example.compare("repave", &example.run(&["plan"]).expect(0));
    let refused = example.run(&["apply", "--auto-approve"]).expect(1);
    assert!(refused.stderr.contains("--approve-repave"), "{refused}");
    example.run(&all).expect(0);
    example.is_settled();

    to("1.1.0", "1.2.0");
    example.run(&all).expect(0);
    to("1.2.0", "1.1.0");
    let back = example.run(&all).expect(1);
    assert!(back.stderr.contains("breaks a rule"), "{back}");
}

#[test]
fn real_packs() {
    let Some(packs) = std::env::var_os("STRATIFORM_PACKS") else {
        skipped("STRATIFORM_PACKS names no folder of packs");
        return;
    };
    let packs = Path::new(&packs);
    if !packs.is_dir() {
        skipped(&format!("{} is no folder", packs.display()));
        return;
    }
    let example = Example::new("real-packs");
    let packs = packs.canonicalize().expect("the folder is there");
    std::os::unix::fs::symlink(&packs, example.sandbox.path(example.at("packs")))
        .expect("a link can be made");
    example.run(&["validate"]).expect(0);
    example.compare("plan", &example.run(&["plan"]).expect(0));
    example.run(&["apply", "--auto-approve"]).expect(0);
    example.is_settled();
    example.goes_through(&Trial {
        example: "real-packs",
        edited: (
            "edge-site/hello/service.hello-universe.ui.yaml",
            "port: 8080",
            "port: 80",
        ),
        edited_says: ["\"Service\"", "\"ui\"", "\"spec.ports"],
        deleted: (
            "edge-site/multus/daemonset.apps.kube-system.kube-multus-ds.yaml",
            ["\"DaemonSet\"", "\"kube-multus-ds\""],
        ),
        foreign: "edge-site/hello/notes.txt",
        stays: &[],
    });
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}
