//! Packs on two servers: installed by us on the one, and by Helm on the other.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::thread;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::server::{Difference, Id, Objects, differences, objects};
use super::shelf::{Release, Shelf};
use super::site::{Layer, Site};
use crate::support::planes::Plane;

/// How often is looked at most, which takes a second or more, until both servers are alike.
const LOOKS: usize = 4;

/// How long apply and Helm may wait, on a machine that has much else to do.
pub const TIMEOUT: &str = "3m";

/// Where nobody else is.
pub struct Planes {
    ours: Plane,
    theirs: Plane,
    // What is on them when no pack is.
    before: [Objects; 2],
}

impl Planes {
    /// Starts both.
    #[track_caller]
    pub fn start() -> Option<Self> {
        let [ours, theirs] = thread::scope(|scope| {
            let ours = scope.spawn(|| started("ours"));
            let theirs = started("theirs");
            [ours.join().expect("it starts"), theirs]
        });
        let ((ours, ours_before), (theirs, theirs_before)) = (ours?, theirs?);
        Some(Self {
            ours,
            theirs,
            before: [ours_before, theirs_before],
        })
    }

    /// Does something on both servers at the same time.
    fn both<T: Send>(&self, work: impl Fn(&Plane) -> T + Sync) -> [T; 2] {
        thread::scope(|scope| {
            let ours = scope.spawn(|| work(&self.ours));
            let theirs = work(&self.theirs);
            [ours.join().expect("it ends well"), theirs]
        })
    }

    /// What has come since they were started.
    fn made(&self) -> [Objects; 2] {
        let mut now = self.both(objects);
        for (now, before) in now.iter_mut().zip(&self.before) {
            now.retain(|id, _| !before.contains_key(id));
        }
        now
    }
}

/// Labels of real nodes that some packs want.
const LABELS: [&str; 2] = [
    "node-role.kubernetes.io/control-plane=",
    "topology.kubernetes.io/zone=here",
];

/// A plane, with what is on it.
#[track_caller]
fn started(name: &str) -> Option<(Plane, Objects)> {
    let plane = Plane::start(name)?;
    let label = [&["label", "node", "--all"], &LABELS[..]].concat();
    plane.kubectl(&label).expect(0);
    let before = objects(&plane);
    Some((plane, before))
}

/// Looks until nothing is wrong, or often enough: controllers may not have been done with it.
fn patiently(mut look: impl FnMut() -> Vec<String>) -> Vec<String> {
    let mut wrong = look();
    for _ in 1..LOOKS {
        if wrong.is_empty() {
            break;
        }
        wrong = look();
    }
    wrong
}

/// Some packs in a trial. What is wrong is gathered, so that one run tells all of it.
pub struct Trial<'a> {
    planes: &'a Planes,
    site: Site,
    scratch: TempDir,
    releases: Vec<Release>,
    // What we have brought at any time, and what was left when that was compared last.
    had: Objects,
    left: Option<[Objects; 2]>,
    /// What is wrong so far.
    pub problems: Vec<String>,
}

impl<'a> Trial<'a> {
    /// A trial without packs.
    pub fn new(planes: &'a Planes, shelf: &Shelf) -> Self {
        Self {
            planes,
            site: Site::new(shelf, &planes.ours),
            scratch: tempfile::tempdir().expect("a temporary folder"),
            releases: Vec::new(),
            had: Objects::new(),
            left: None,
            problems: Vec::new(),
        }
    }

    /// Applies these packs on the one server, which must go well, and installs or upgrades them on the other. Both have the
    /// same then, and nothing is left to do.
    pub fn brings(&mut self, layers: &[Layer<'_>]) {
        let (ours, theirs) = self.try_bring(layers);
        if let Err(said) = ours {
            self.problems.push(format!("apply fails: {said}"));
        }
        if let Err(said) = theirs {
            self.problems.push(format!("helm fails: {said}"));
        }
        self.compare();
        self.problems.extend(self.site.unsettled());
    }

    /// The same, with what both programs say when they fail.
    pub fn try_bring(&mut self, layers: &[Layer<'_>]) -> (Result<(), String>, Result<(), String>) {
        self.site.has(layers);
        self.left = None;
        let folder = self.scratch.path();
        let releases: Vec<Release> = layers
            .iter()
            .flat_map(|layer| layer.pack.releases(folder, layer.presets))
            .collect();
        let there: BTreeSet<&str> = self.releases.iter().map(|there| &*there.name).collect();
        let done = thread::scope(|scope| {
            let theirs = scope.spawn(|| {
                releases.iter().try_for_each(|release| {
                    let command = if there.contains(&*release.name) {
                        "upgrade"
                    } else {
                        "install"
                    };
                    bring(&self.planes.theirs, release, command)
                })
            });
            let ran = self.site.run(&[
                "apply",
                "--auto-approve",
                "--approve-replace",
                "--approve-delete",
            ]);
            let ours = if ran.code == Some(0) {
                Ok(())
            } else {
                Err(ran.all())
            };
            (ours, theirs.join().expect("it ends well"))
        });
        self.releases = releases;
        done
    }

    /// Brings packs that cannot be installed, for reasons that both programs tell.
    pub fn must_fail(&mut self, layers: &[Layer<'_>], why: [&str; 2]) {
        let (ours, theirs) = self.try_bring(layers);
        for ((who, said), why) in [("apply", ours), ("helm", theirs)].into_iter().zip(why) {
            match said {
                Err(said) if said.contains(why) => {}
                other => self
                    .problems
                    .push(format!("{who} does not say {why:?}: {other:?}")),
            }
        }
        self.site
            .run(&["destroy", "--auto-approve", "--approve-delete"]);
    }

    /// What is on both servers must be the same, but for values that every rendering makes anew.
    fn compare(&mut self) {
        let found = patiently(|| {
            let [ours, theirs] = self.planes.made();
            let mut found = differences(&ours, &theirs);
            self.had.extend(ours);
            if !found.is_empty() {
                let chance = self.chance(&found);
                found.retain(|one| !chance.contains(&place(one)));
            }
            found.iter().map(ToString::to_string).collect()
        });
        self.problems.extend(found);
    }

    /// Where objects that differ do so from one rendering of Helm to the next as well.
    fn chance(&self, found: &[Difference]) -> BTreeSet<Place> {
        let differ: BTreeSet<(&str, &str)> = found
            .iter()
            .map(|one| (&*one.id.kind, &*one.id.name))
            .collect();
        let differ = &differ;
        thread::scope(|scope| {
            let all: Vec<_> = self
                .releases
                .iter()
                .map(|release| scope.spawn(move || self.chance_of(release, differ)))
                .collect();
            all.into_iter()
                .flat_map(|places| places.join().expect("it ends well"))
                .collect()
        })
    }

    fn chance_of(&self, release: &Release, differ: &BTreeSet<(&str, &str)>) -> Vec<Place> {
        let render = || {
            let arguments = release.arguments("template");
            let ran = self.planes.theirs.helm(&borrowed(&arguments));
            let mut objects = documents(&ran.expect(0).stdout);
            objects.retain(|id, _| differ.contains(&(&*id.kind, &*id.name)));
            objects
        };
        let one = render();
        if one.is_empty() {
            return Vec::new();
        }
        differences(&one, &render()).iter().map(place).collect()
    }

    /// Removes some packs: all that they brought goes, but for what Helm leaves, too.
    pub fn removes(&mut self, layers: &[Layer<'_>], left: &[Layer<'_>]) {
        let folder = self.scratch.path();
        let gone: Vec<String> = layers
            .iter()
            .flat_map(|layer| layer.pack.releases(folder, layer.presets))
            .map(|release| release.name)
            .collect();
        thread::scope(|scope| {
            let theirs = scope.spawn(|| {
                for release in self.releases.iter().rev() {
                    if gone.contains(&release.name) {
                        let command = ["uninstall", &release.name, "-n", &release.namespace];
                        self.planes.theirs.helm(&command).expect(0);
                    }
                }
            });
            let ran = if left.is_empty() {
                self.site
                    .run(&["destroy", "--auto-approve", "--approve-delete"])
            } else {
                self.site.has(left);
                self.site
                    .run(&["apply", "--auto-approve", "--approve-delete"])
            };
            if ran.code != Some(0) {
                self.problems.push(format!("removing fails: {}", ran.all()));
            }
            theirs.join().expect("it ends well");
        });
        self.releases
            .retain(|release| !gone.contains(&release.name));
        self.compare_left();
    }

    fn compare_left(&mut self) {
        let wrong = patiently(|| {
            let left = self.left.insert(self.planes.made()).clone();
            wrong_left(&self.had, left)
        });
        self.problems.extend(wrong);
    }

    /// Deletes what the trial has left on both servers, and looks whether all is as it was before the first trial.
    pub fn ends(mut self) -> Vec<String> {
        for release in &self.releases {
            let command = ["uninstall", &release.name, "-n", &release.namespace];
            let _ = self.planes.theirs.helm(&command);
        }
        if !self.releases.is_empty() {
            self.left = None;
        }
        let left = self.left.take().unwrap_or_else(|| self.planes.made());
        thread::scope(|scope| {
            for (plane, left) in [&self.planes.ours, &self.planes.theirs]
                .into_iter()
                .zip(&left)
            {
                scope.spawn(|| delete(plane, left));
            }
        });
        let wrong = patiently(|| {
            let now = self.planes.both(objects);
            let both = self.planes.before.iter().zip(&now);
            both.flat_map(|(before, now)| differences(now, before))
                .map(|one| format!("after the trial: {one}"))
                .collect()
        });
        self.problems.extend(wrong);
        self.problems
    }
}

/// What is left on both servers must be the same, but for what is not Helm's to delete: Namespaces, what lives in those
/// that we delete (its hooks), and ClusterRoles that a controller has made again.
fn wrong_left(had: &Objects, [ours, mut theirs]: [Objects; 2]) -> Vec<String> {
    theirs.retain(|id, object| {
        let namespace = Id {
            group: String::new(),
            kind: "Namespace".to_owned(),
            namespace: String::new(),
            name: id.namespace.clone(),
        };
        let went_along = had.contains_key(&namespace) && !ours.contains_key(&namespace);
        let gathered = had
            .get(id)
            .is_some_and(|had| !had["aggregationRule"].is_null());
        let again = gathered && object["aggregationRule"].is_null();
        !went_along && !again && !id.is_namespace()
    });
    let mut wrong = Vec::new();
    for (id, _) in ours
        .iter()
        .filter(|(id, kept)| id.is_namespace() && kept.is_null())
    {
        if !ours.keys().any(|other| other.namespace == id.name) {
            wrong.push(format!("{id} is left, with nothing in it"));
        }
    }
    let left: Objects = ours
        .into_iter()
        .filter(|(id, _)| !id.is_namespace())
        .collect();
    let told = differences(&left, &theirs);
    let told = told.iter().map(|one| format!("after removing: {one}"));
    wrong.extend(told);
    wrong
}

/// Installs or upgrades a release, with the namespaces that it takes for granted, and those that are still going waited for.
fn bring(plane: &Plane, release: &Release, command: &str) -> Result<(), String> {
    let mut arguments = release.arguments(command);
    arguments.extend(["--timeout", TIMEOUT].map(str::to_owned));
    if command == "install" {
        arguments.push("--create-namespace".to_owned());
    }
    let lacks = Regex::new(r#"namespaces "([^"]+)" not found"#).expect("it is a pattern");
    let goes = Regex::new(
        r#"in namespace (\S+) because it is being terminated|object is being deleted: namespaces "([^"]+)""#,
    )
    .expect("it is a pattern");
    let mut seen = BTreeSet::new();
    loop {
        // Helm believes what it remembers of the kinds that are served.
        let _ = fs::remove_dir_all(plane.folder().join(".kube/cache/discovery"));
        let ran = plane.helm(&borrowed(&arguments));
        if ran.code == Some(0) {
            return Ok(());
        }
        let named = |pattern: &Regex| {
            let found = pattern.captures(&ran.stderr)?;
            let name = found.iter().skip(1).flatten().next()?;
            Some(name.as_str().to_owned())
        };
        let (namespace, there): (String, &[&str]) = match (named(&lacks), named(&goes)) {
            (Some(lacking), _) => (lacking, &["create", "namespace"]),
            (None, Some(going)) => (
                going,
                &["wait", "--for=delete", "--timeout=60s", "namespace"],
            ),
            (None, None) => return Err(ran.stderr),
        };
        if !seen.insert((namespace.clone(), there)) {
            return Err(ran.stderr);
        }
        plane.kubectl(&[there, &[&namespace]].concat());
        plane.helm(&["uninstall", &release.name, "-n", &release.namespace]);
    }
}

/// Deletes objects; their namespaces go later.
fn delete(plane: &Plane, objects: &Objects) {
    let mut by_namespace: HashMap<&str, Vec<String>> = HashMap::new();
    for id in objects.keys() {
        by_namespace
            .entry(&id.namespace)
            .or_default()
            .push(id.resource());
    }
    for (namespace, names) in by_namespace {
        let mut command = vec!["delete", "--ignore-not-found", "--wait=false"];
        command.extend(names.iter().map(String::as_str));
        if !namespace.is_empty() {
            command.extend(["-n", namespace]);
        }
        plane.kubectl(&command);
    }
    let definitions: Vec<String> = objects
        .keys()
        .filter(|id| id.kind == "CustomResourceDefinition")
        .map(Id::resource)
        .collect();
    if !definitions.is_empty() {
        let mut command = vec!["wait", "--for=delete", "--timeout=60s"];
        command.extend(definitions.iter().map(String::as_str));
        plane.kubectl(&command);
    }
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Kind, name and field.
type Place = (String, String, String);

/// Where a difference is, whatever the namespace is called. What is written as a text is kept as data.
fn place(one: &Difference) -> Place {
    let field = one.field.replace(".stringData.", ".data.");
    (one.id.kind.clone(), one.id.name.clone(), field)
}

/// The objects of a rendering.
fn documents(text: &str) -> Objects {
    let documents = stratiform::yaml::parse(text).expect("helm writes YAML");
    documents
        .iter()
        .map(|document| serde_json::to_value(document).expect("it is JSON"))
        .filter(Value::is_object)
        .map(|object| (Id::of(&object), object))
        .collect()
}
