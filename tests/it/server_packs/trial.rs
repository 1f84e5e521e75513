//! Packs on two servers: installed by us on the one, and by Helm on the other.

use std::collections::{BTreeSet, HashMap};
use std::thread;

use regex::Regex;
use serde_json::Value;
use tempfile::TempDir;

use super::server::{Difference, Id, Objects, differences, objects};
use super::shelf::{Release, Shelf};
use super::site::{Layer, Site};
use crate::support::planes::Plane;

/// Where nobody else is.
pub struct Planes {
    ours: Plane,
    theirs: Plane,
}

impl Planes {
    /// Starts both.
    #[track_caller]
    pub fn start() -> Option<Self> {
        thread::scope(|scope| {
            let ours = scope.spawn(|| Plane::start("ours"));
            let theirs = Plane::start("theirs");
            Some(Self {
                ours: ours.join().expect("it starts")?,
                theirs: theirs?,
            })
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
}

/// Some packs in a trial. What is wrong is gathered, so that one run tells all of it.
pub struct Trial<'a> {
    planes: &'a Planes,
    site: Site,
    scratch: TempDir,
    releases: Vec<Release>,
    before: [Objects; 2],
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
            before: planes.both(objects),
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
        let [ours, theirs] = self.made();
        let mut found = differences(&ours, &theirs);
        if !found.is_empty() {
            // Controllers may not have been done with it.
            let [ours, theirs] = self.made();
            found = differences(&ours, &theirs);
        }
        if !found.is_empty() {
            let chance = self.chance();
            found.retain(|one| !chance.contains(&place(one)));
        }
        let told = found.iter().map(ToString::to_string);
        self.problems.extend(told);
    }

    /// What has come since the trial began.
    fn made(&self) -> [Objects; 2] {
        let mut now = self.planes.both(objects);
        for (now, before) in now.iter_mut().zip(&self.before) {
            now.retain(|id, _| !before.contains_key(id));
        }
        now
    }

    /// Fields that differ from one rendering of Helm to the next.
    fn chance(&self) -> BTreeSet<(String, String, String)> {
        let mut chance = BTreeSet::new();
        for release in &self.releases {
            let render = || {
                let arguments = release.arguments("template");
                let ran = self.planes.theirs.helm(&borrowed(&arguments));
                documents(&ran.expect(0).stdout)
            };
            chance.extend(differences(&render(), &render()).iter().map(place));
        }
        chance
    }

    /// Removes some packs: all that they brought goes, but for what Helm leaves, too.
    pub fn removes(&mut self, layers: &[Layer<'_>], left: &[Layer<'_>]) {
        let folder = self.scratch.path();
        let gone: Vec<String> = layers
            .iter()
            .flat_map(|layer| layer.pack.releases(folder, layer.presets))
            .map(|release| release.name)
            .collect();
        let [had, _] = self.made();
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
        self.compare_left(&had);
    }

    /// What is left on both servers must be the same, but for what is not Helm's to delete: Namespaces, what lives in those
    /// that we delete (its hooks), and ClusterRoles that a controller has made again.
    fn compare_left(&mut self, had: &Objects) {
        let [ours, mut theirs] = self.made();
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
        for (id, _) in ours
            .iter()
            .filter(|(id, kept)| id.is_namespace() && kept.is_null())
        {
            if !ours.keys().any(|other| other.namespace == id.name) {
                self.problems
                    .push(format!("{id} is left, with nothing in it"));
            }
        }
        let left: Objects = ours
            .into_iter()
            .filter(|(id, _)| !id.is_namespace())
            .collect();
        let told = differences(&left, &theirs);
        let told = told.iter().map(|one| format!("after removing: {one}"));
        self.problems.extend(told);
    }

    /// Deletes what the trial has left on both servers, and looks whether all that was there before is as it was.
    pub fn ends(mut self) -> Vec<String> {
        for release in &self.releases {
            let command = ["uninstall", &release.name, "-n", &release.namespace];
            let _ = self.planes.theirs.helm(&command);
        }
        let left = self.made();
        thread::scope(|scope| {
            for (plane, left) in [&self.planes.ours, &self.planes.theirs]
                .into_iter()
                .zip(&left)
            {
                scope.spawn(|| delete(plane, left));
            }
        });
        let now = self.planes.both(objects);
        for (before, now) in self.before.iter().zip(&now) {
            let told = differences(now, before);
            let told = told.iter().map(|one| format!("after the trial: {one}"));
            self.problems.extend(told);
        }
        self.problems
    }
}

/// Installs or upgrades a release, with the namespaces that it takes for granted.
fn bring(plane: &Plane, release: &Release, command: &str) -> Result<(), String> {
    let mut arguments = release.arguments(command);
    arguments.extend(["--timeout", "60s"].map(str::to_owned));
    if command == "install" {
        arguments.push("--create-namespace".to_owned());
    }
    let lacks = Regex::new(r#"namespaces "([^"]+)" not found"#).expect("it is a pattern");
    let mut made = BTreeSet::new();
    loop {
        // Helm believes what it remembers of the kinds that are served, which this brings up to date.
        plane.kubectl(&["api-resources"]);
        let ran = plane.helm(&borrowed(&arguments));
        if ran.code == Some(0) {
            return Ok(());
        }
        let lacking = lacks.captures(&ran.stderr).map(|found| found[1].to_owned());
        match lacking {
            Some(namespace) if made.insert(namespace.clone()) => {
                plane.kubectl(&["create", "namespace", &namespace]);
                plane.helm(&["uninstall", &release.name, "-n", &release.namespace]);
            }
            _ => return Err(ran.stderr),
        }
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
    for id in objects.keys().filter(|id| !id.is_namespace()) {
        let mut command = vec!["wait", "--for=delete", "--timeout=60s"];
        let name = id.resource();
        command.push(&name);
        if !id.namespace.is_empty() {
            command.extend(["-n", &id.namespace]);
        }
        if id.kind == "CustomResourceDefinition" {
            plane.kubectl(&command);
        }
    }
}

fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

/// Where a difference is, whatever the namespace is called. What is written as a text is kept as data.
fn place(one: &Difference) -> (String, String, String) {
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
