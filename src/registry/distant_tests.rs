//! What comes from registries that are elsewhere.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Mutex;

use super::fake::Fake;
use super::testing::{Files, archive, asking, pack_json, registry, shown, supply};
use super::{Asked, FetchEvent, Found, Registries, Supply};
use crate::diag::Sources;
use crate::model::{Access, GitReference, Registry, RegistryKind, RegistryName, VersionReq};
use crate::remote::ItemKind::{self, Chart, Pack};
use crate::remote::http::HttpError;

/// A project with a folder of packs, a Helm repository, an OCI registry and a git repository.
struct Project {
    files: Files,
    fake: Fake,
}

impl Project {
    fn new() -> Self {
        let files = Files::new();
        files.pack("packs/web-1.0.0", "web", "1.0.0");
        let fake = Fake::default();
        for version in ["1.1.0", "v1.3.0", "2.0.0-rc.1"] {
            fake.put(Chart, "cilium", version, chart("cilium", version, "a: 1\n"));
        }
        fake.put(Pack, "ebs", "1.0.0", pack("ebs", "1.0.0", "size: 1\n"));
        Self { files, fake }
    }

    fn open<'a>(&'a self, sources: &'a Sources, supply: Supply<'a>) -> Registries<'a> {
        let (_, span) = asking(sources);
        let local = registry("local", "packs", span);
        let elsewhere = |name, kind| Registry {
            name: RegistryName::new(name).unwrap(),
            kind,
            access: Access::default(),
            span,
        };
        let url = || "https://example.com".into();
        let all = [
            local,
            elsewhere("helm", RegistryKind::Helm { url: url() }),
            elsewhere(
                "oci",
                RegistryKind::Oci {
                    url: "oci://example.com".into(),
                    packs: "spectro-packs/archive".into(),
                },
            ),
            elsewhere(
                "git",
                RegistryKind::Git {
                    url: url(),
                    reference: GitReference::Default,
                    path: None,
                },
            ),
        ];
        Registries::open(self.files.path(), &all, supply, sources).unwrap()
    }

    /// Resolves something, saves the lock, and says what it came to.
    fn resolve(&self, kind: ItemKind, registry: &str, name: &str, version: &str) -> String {
        self.resolve_with(supply(&self.fake), kind, registry, name, version)
    }

    fn resolve_with(
        &self,
        supply: Supply<'_>,
        kind: ItemKind,
        registry: &str,
        name: &str,
        version: &str,
    ) -> String {
        let sources = Sources::default();
        let registries = self.open(&sources, supply);
        let (_, span) = asking(&sources);
        let asked = Asked {
            span: Some(span),
            ..asked(kind, registry, name, version)
        };
        let found = registries.resolve(&asked);
        registries.lock().save().unwrap();
        match found {
            Ok(found) => found.version.to_string(),
            Err(problems) => shown(&problems, &sources, &self.files),
        }
    }
}

fn chart(name: &str, version: &str, values: &str) -> Vec<u8> {
    archive(&[
        (
            &format!("{name}/Chart.yaml"),
            &format!("name: {name}\nversion: {version}\n"),
        ),
        (&format!("{name}/values.yaml"), values),
    ])
}

fn pack(name: &str, version: &str, values: &str) -> Vec<u8> {
    archive(&[
        ("p/pack.json", &pack_json(name, version, "")),
        ("p/manifests/a.yaml", "kind: ConfigMap\n"),
        ("p/values.yaml", values),
    ])
}

fn asked(kind: ItemKind, registry: &str, name: &str, version: &str) -> Asked {
    let registry = RegistryName::new(registry).unwrap();
    Asked::by_hand(kind, registry, name, VersionReq::new(version).unwrap())
}

#[test]
fn what_is_locked_and_has_come_before_costs_no_request() {
    let project = Project::new();
    assert_eq!(project.resolve(Chart, "helm", "cilium", "1.x"), "v1.3.0");
    assert_eq!(project.resolve(Pack, "git", "ebs", "*"), "1.0.0");
    let before = project.fake.counts();
    assert_eq!(before, (2, 2, 2));
    let newer = chart("cilium", "1.4.0", "");
    project.fake.put(Chart, "cilium", "1.4.0", newer);
    assert_eq!(project.resolve(Chart, "helm", "cilium", "1.x"), "v1.3.0");
    assert_eq!(project.resolve(Pack, "git", "ebs", "*"), "1.0.0");
    assert_eq!(project.fake.counts(), before);
    project.fake.forget();
    assert_eq!(project.resolve(Chart, "helm", "cilium", "1.x"), "v1.3.0");
    assert_eq!(project.fake.counts(), (3, 2, 3), "fetched again, not asked");
    let lock = std::fs::read_to_string(project.files.path().join("stratiform.lock")).unwrap();
    assert!(
        lock.contains("version: \"v1.3.0\""),
        "as it is spelled there"
    );
    assert_eq!(lock.matches("archive: \"sha256:").count(), 2);
}

#[test]
fn a_pack_is_read_out_of_its_archive() {
    let project = Project::new();
    let sources = Sources::default();
    let registries = project.open(&sources, supply(&project.fake));
    let resolved = registries
        .resolve(&asked(Pack, "oci", "ebs", "1.x"))
        .unwrap();
    let Found::Pack(pack) = resolved.content else {
        panic!("a pack");
    };
    assert_eq!((&*pack.name, pack.manifests.len()), ("ebs", 1));
    assert_eq!(sources.get(pack.source).name, "oci/ebs-1.0.0/pack.json");
    let project = Files::new();
    project.put("p/pack.json", pack_json("ebs", "1.0.0", ""));
    project.put("p/manifests/a.yaml", "kind: ConfigMap\n");
    project.put("p/values.yaml", "size: 1\n");
    let folder = super::read(&project.path().join("p"), "p".as_ref(), &sources).unwrap();
    assert_eq!(folder.digest, pack.digest, "the same as of its folder");
}

#[test]
fn everything_is_fetched_once() {
    let project = Project::new();
    for at in 0..20 {
        let name = format!("chart-{at}");
        project
            .fake
            .put(Chart, &name, "1.0.0", chart(&name, "1.0.0", ""));
    }
    let events = Mutex::new(Vec::new());
    let watch = |event: &FetchEvent| events.lock().unwrap().push(event.clone());
    let supply = Supply {
        watch: &watch,
        ..supply(&project.fake)
    };
    let sources = Sources::default();
    let registries = project.open(&sources, supply);
    let mut all: Vec<_> = (0..20)
        .map(|at| asked(Chart, "helm", &format!("chart-{at}"), "1.x"))
        .collect();
    all.push(asked(Chart, "helm", "cilium", "1.x"));
    all.push(asked(Chart, "helm", "cilium", "^1.2"));
    all.push(asked(Chart, "helm", "absent", "1.x"));
    all.push(asked(Pack, "local", "web", "1.x"));
    // Twice, as a thousand clusters would.
    registries.gather(all.iter().chain(&all));
    for asked in &all {
        let _ = registries.resolve(asked);
        let _ = registries.resolve(asked);
    }
    assert_eq!(project.fake.counts(), (1, 23, 21));
    let events = events.into_inner().unwrap();
    assert_eq!(events[0], FetchEvent::Began(23));
    assert_eq!(events.last(), Some(&FetchEvent::Ended));
    assert_eq!(events.len(), 2 + 2 * 23);
}

#[test]
fn what_cannot_be_is_told() {
    let project = Project::new();
    let said = |kind, registry, name, version| project.resolve(kind, registry, name, version);
    insta::assert_snapshot!(said(Chart, "helm", "cillium", "1.x"), @r"
    error: no chart `cillium` in registry `helm`
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: did you mean `cilium`?
    ");
    insta::assert_snapshot!(said(Chart, "helm", "cilium", "3.x"), @r"
    error: no version of `cilium` matches `3.x`; there are 1.1.0, v1.3.0, 2.0.0-rc.1
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
    ");
    insta::assert_snapshot!(said(Pack, "helm", "ebs", "1.x"), @r"
    error: registry `helm` is a Helm repository, which has charts and no packs
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: make the layer of a chart: `chart: {registry: helm, name: ebs, version: ...}`
    ");
    insta::assert_snapshot!(said(Chart, "git", "cilium", "1.x"), @r"
    error: registry `git` is a git repository of packs, and has no charts of their own
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: take the chart from a Helm repository or an OCI registry
    ");
    insta::assert_snapshot!(said(Chart, "local", "web", "1.x"), @r"
    error: registry `local` is a folder of packs, and has no charts of their own
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: name a chart in a folder by its path: `chart: {path: charts/...}`
    ");
    insta::assert_snapshot!(said(Chart, "jetstak", "web", "1.x"), @r"
    error: no registry `jetstak`
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: did you mean `jetstack`?
    ");
    project.fake.put(Chart, "broken", "1.0.0", b"text".to_vec());
    insta::assert_snapshot!(said(Chart, "helm", "broken", "1.x"), @r"
    error: chart `broken` 1.0.0 of registry `helm` cannot be read
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = note: it is not a gzipped tar archive: invalid gzip header
    ");
    project
        .fake
        .put(Pack, "broken", "1.0.0", archive(&[("a/b", "")]));
    insta::assert_snapshot!(said(Pack, "oci", "broken", "1.x"), @r"
    error: cannot open the pack in `oci/broken-1.0.0`
     = note: it holds no `pack.json`, neither at its top nor in a folder there
    ");
    assert_eq!(
        said(Chart, "jetstack", "cilium", "1.1.0"),
        "1.1.0",
        "built in"
    );
}

#[test]
fn another_archive_than_the_locked_one_is_refused() {
    let project = Project::new();
    project.resolve(Chart, "helm", "cilium", "1.x");
    project.fake.put(
        Chart,
        "cilium",
        "v1.3.0",
        chart("cilium", "1.3.0", "a: 2\n"),
    );
    project.fake.forget();
    let digests = vec![("[0-9a-f]{64}", "DIGEST")];
    insta::with_settings!({filters => digests.clone()}, {
        insta::assert_snapshot!(project.resolve(Chart, "helm", "cilium", "1.x"), @r"
        error: cannot fetch chart `cilium` v1.3.0 from registry `helm`
         --> profile.yaml:1:7
          |
        1 | pack: here
          |       ^^^^
          |
          = note: cilium v1.3.0 has the digest sha256:DIGEST, and the lock file says sha256:DIGEST; it is not used
          = help: if it was replaced on purpose, `stratiform update cilium` takes what is there now
        ");
    });
    // A lock that was edited by hand.
    let path = project.files.path().join("stratiform.lock");
    let lock = std::fs::read_to_string(&path).unwrap();
    let without = lock.lines().filter(|line| !line.contains("archive:"));
    let mut without = without.collect::<Vec<_>>().join("\n");
    without.push('\n');
    std::fs::write(&path, without).unwrap();
    insta::with_settings!({filters => digests}, {
        insta::assert_snapshot!(project.resolve(Chart, "helm", "cilium", "1.x"), @r"
        error: chart `cilium` v1.3.0 is not what was locked
         --> profile.yaml:1:7
          |
        1 | pack: here
          |       ^^^^
          |
          = note: the lock has the digest DIGEST, and it has DIGEST
          = help: if it was replaced on purpose, `stratiform update cilium` takes what is there now
        ");
    });
}

#[test]
fn with_locked_nothing_new_is_looked_for() {
    let project = Project::new();
    project.resolve(Chart, "helm", "cilium", "1.x");
    let before = project.fake.counts();
    let locked = || Supply {
        locked: true,
        ..supply(&project.fake)
    };
    let said = |requirement| project.resolve_with(locked(), Chart, "helm", "cilium", requirement);
    assert_eq!(said("1.x"), "v1.3.0");
    insta::assert_snapshot!(said("1.1.x"), @r"
    error: chart helm/cilium 1.1.x is not in `stratiform.lock`, and `--locked` forbids to add it
     --> profile.yaml:1:7
      |
    1 | pack: here
      |       ^^^^
      |
      = help: run `stratiform lock` without `--locked`, and keep the file in version control
    ");
    assert_eq!(project.fake.counts(), before);
}

#[test]
fn an_update_moves_to_what_is_there_now_and_says_what_that_changes() {
    let project = Project::new();
    project.resolve(Chart, "helm", "cilium", "1.x");
    project.resolve(Chart, "helm", "cilium", "1.1.0");
    project.resolve(Pack, "git", "ebs", "1.x");
    let sources = Sources::default();
    let registries = project.open(&sources, supply(&project.fake));
    assert_eq!(registries.updates(None).unwrap(), []);
    let newer = chart("cilium", "1.4.0", "a: 1\nb: 2\n");
    project.fake.put(Chart, "cilium", "1.4.0", newer);
    // A branch of git goes on without a new version.
    project
        .fake
        .put(Pack, "ebs", "1.0.0", pack("ebs", "1.0.0", "size: 2\n"));
    let registries = project.open(&sources, supply(&project.fake));
    let updates = registries.updates(None).unwrap();
    let told: Vec<_> = updates
        .iter()
        .map(|update| {
            let defaults = registries.defaults(update).unwrap();
            format!(
                "{}: {} -> {} {} {:?} {:?}",
                update.key,
                update.from.version,
                update.to,
                update.is_replaced(),
                defaults.before.unwrap(),
                defaults.after
            )
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    pack git/ebs 1.x: 1.0.0 -> 1.0.0 true "size: 1\n" "size: 2\n"
    chart helm/cilium 1.x: v1.3.0 -> 1.4.0 false "a: 1\n" "a: 1\nb: 2\n"
    "#);
    registries.move_pins(&updates).unwrap();
    registries.lock().save().unwrap();
    assert_eq!(project.resolve(Chart, "helm", "cilium", "1.x"), "1.4.0");
    assert_eq!(project.resolve(Pack, "git", "ebs", "1.x"), "1.0.0");
    let registries = project.open(&sources, supply(&project.fake));
    assert_eq!(registries.updates(None).unwrap(), []);
}

#[test]
fn a_registry_that_cannot_be_reached_is_asked_once() {
    let url = || "https://example.com/v2/none".to_owned();
    let dead = HttpError::Unreachable {
        url: url(),
        why: "refused".to_owned(),
    };
    // A registry may forbid what it does not have.
    let missing = HttpError::Forbidden {
        url: url(),
        given: "without credentials",
    };
    for (error, times) in [(dead, 1), (missing, 2)] {
        let project = Project::new();
        project.fake.break_with(error.into());
        let sources = Sources::default();
        let registries = project.open(&sources, supply(&project.fake));
        let oci = RegistryName::new("oci").unwrap();
        let any = VersionReq::new("1.x").unwrap();
        let problems = registries.look(&oci, "none", &any).unwrap_err();
        let told = shown(&problems, &sources, &project.files);
        assert!(told.contains("cannot ask registry `oci`"), "{told}");
        assert_eq!(project.fake.counts().1, times, "{told}");
    }
}
