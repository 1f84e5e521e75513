//! A git repository over http, as the large hosts serve them.

use std::path::PathBuf;
use std::process::Command;

use stratiform::model::GitReference;
use stratiform::remote::git::{Git, Place, Surroundings};
use stratiform::remote::{Freshness, ItemKind, Source as _};

use super::{Started, item, plain, root};
use crate::support::Sandbox;
use crate::support::registries::{GitServer, git};

fn put(sandbox: &Sandbox, folder: &str, name: &str, version: &str) -> String {
    sandbox.write(
        &format!("served/packs/{folder}/pack.json"),
        &format!(r#"{{"name": "{name}", "version": "{version}", "layer": "addon"}}"#),
    );
    sandbox.write(
        &format!("served/packs/{folder}/values.yaml"),
        &format!("pack: {{namespace: {name}}}\nversion: {version}\n"),
    );
    let repository = sandbox.path("served/packs");
    git(&repository, &["add", "--all"]);
    git(&repository, &["commit", "--quiet", "--message", "a pack"]);
    let commit = git(&repository, &["rev-parse", "HEAD"]);
    commit.trim().to_owned()
}

fn open(started: &Started, url: &str) -> Git {
    let place = Place {
        url: format!("{url}/packs/.git").into(),
        reference: GitReference::Branch("main".into()),
        path: None,
    };
    let around = Surroundings {
        network: &started.network,
        cache: &started.cache,
        credentials: &started.credentials,
        root: root(),
    };
    Git::new(place, &plain(), &started.registry, &around).expect("it is an address")
}

/// The bare repository in a cache.
fn bare(started: &Started) -> PathBuf {
    let areas = started.cache.folder().join("areas");
    let mut areas = std::fs::read_dir(areas).expect("there are areas");
    let area = areas.next().expect("there is one").expect("it can be read");
    area.path().join("in/bare")
}

/// Whether a repository has an object without asking anybody.
fn has(started: &Started, object: &str) -> bool {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(bare(started));
    command.args(["cat-file", "-e", object]);
    command.env("GIT_ALLOW_PROTOCOL", "none");
    command.output().expect("git runs").status.success()
}

#[test]
fn packs_come_over_http_and_only_those_that_are_wanted() {
    let sandbox = Sandbox::empty();
    git(
        &sandbox.path("served/packs"),
        &["init", "--quiet", "--initial-branch=main"],
    );
    let old = put(&sandbox, "web", "web", "1.0.0");
    put(&sandbox, "db", "db", "1.0.0");
    let new = put(&sandbox, "web", "web", "2.0.0");
    let Some(server) = GitServer::start(&sandbox.path("served")) else {
        return;
    };
    let started = Started::new(&sandbox, "cache");
    let source = open(&started, server.url());
    let listed = source.list(Freshness::Now).expect("it can be listed");
    let names: Vec<&str> = listed.iter().map(|listing| &*listing.item.name).collect();
    assert_eq!(names, ["db", "web"]);
    assert!(has(&started, &format!("{new}:web/pack.json")));
    assert!(!has(&started, &format!("{new}:web/values.yaml")));
    assert!(!has(&started, &old), "the history has come");

    let web = item(ItemKind::Pack, "web");
    let fetched = source.fetch(&web, "2.0.0", None).expect("it is there");
    assert_eq!(fetched.commit.as_deref(), Some(new.as_str()));
    assert!(has(&started, &format!("{new}:web/values.yaml")));
    assert!(!has(&started, &format!("{new}:db/values.yaml")));

    // Nobody is asked for what is there.
    let before = server.requests().len();
    let next = open(&Started::new(&sandbox, "cache"), server.url());
    assert_eq!(next.list(Freshness::Recent).expect("it is there"), listed);
    assert_eq!(
        next.fetch(&web, "2.0.0", Some(&fetched)),
        Ok(fetched.clone())
    );
    assert_eq!(next.fetch(&web, "2.0.0", None), Ok(fetched.clone()));
    assert_eq!(server.requests().len(), before);

    // What was pinned comes when the branch has moved on, to somebody with an empty cache.
    put(&sandbox, "web", "web", "3.0.0");
    let other = open(&Started::new(&sandbox, "other"), server.url());
    assert_eq!(other.fetch(&web, "2.0.0", Some(&fetched)), Ok(fetched));
    let offers = other.offers(&web, Freshness::Now).expect("they can be had");
    assert_eq!(&*offers[0].version, "3.0.0");
}
