#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use super::address::Address;
use super::repository::Repository;
use super::*;
use crate::model::{Access, GitReference, RegistryName, Sha256};
use crate::remote::cache::Cache;
use crate::remote::http::testing::{Server, Told};
use crate::remote::http::tests::{basic, nobody, plain, still};
use crate::remote::{Fetched, Freshness, Item, ItemKind, Network, RemoteError, Source};

/// A git repository in a folder, and a cache.
struct Origin {
    folder: TempDir,
}

impl Origin {
    /// A repository that gives whatever is asked for, as the large hosts do.
    fn new() -> Self {
        let origin = Self {
            folder: TempDir::new().unwrap(),
        };
        fs::create_dir(origin.path()).unwrap();
        origin.git(&["init", "--quiet", "--initial-branch=main"]);
        origin.git(&["config", "uploadpack.allowFilter", "true"]);
        origin.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
        origin
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("origin")
    }

    fn url(&self) -> String {
        format!("file://{}", self.path().display())
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.path());
        command.env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("HOME", self.folder.path());
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "tester");
            command.env(format!("GIT_{who}_EMAIL"), "tester@example.com");
            command.env(format!("GIT_{who}_DATE"), "2026-01-02T03:04:05Z");
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "git {arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn pack(&self, folder: &str, name: &str, version: &str) {
        let json = format!(
            r#"{{"name": "{name}", "version": "{version}", "displayName": "The {name}", "layer": "addon"}}"#
        );
        self.put(&format!("{folder}/pack.json"), &json);
        let values = format!("pack: {{namespace: {name}-{version}}}\n");
        self.put(&format!("{folder}/values.yaml"), &values);
    }

    fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "a change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn cache(&self) -> Cache {
        Cache::open(&self.folder.path().join("cache")).unwrap()
    }

    fn forget(&self) {
        fs::remove_dir_all(self.cache().folder()).unwrap();
    }

    fn place(&self, reference: GitReference) -> Place {
        Place {
            url: self.url().into(),
            reference,
            path: None,
        }
    }

    fn open_in(&self, network: &Arc<Network>, place: Place) -> Git {
        let around = Surroundings {
            network,
            cache: &self.cache(),
            credentials: &nobody(),
            root: Path::new("/"),
        };
        let name = RegistryName::new("trial").unwrap();
        Git::new(place, &Access::default(), &name, &around).unwrap()
    }

    /// The default branch, as a program sees it that has just been started.
    fn open(&self) -> Git {
        self.open_in(&still().0, self.place(GitReference::Default))
    }

    /// An error, without what differs from run to run.
    fn said<T: std::fmt::Debug>(&self, came: Result<T, RemoteError>) -> String {
        let folder = self.folder.path().to_string_lossy().into_owned();
        came.unwrap_err().to_string().replace(&folder, "[FOLDER]")
    }
}

fn pack(name: &str) -> Item {
    Item {
        kind: ItemKind::Pack,
        name: name.into(),
    }
}

fn told(git: &Git, freshness: Freshness) -> String {
    let listings = git.list(freshness).unwrap();
    let all = listings.iter().flat_map(|listing| {
        let versions = listing.offers.iter().map(|offer| &*offer.version);
        versions.map(|version| format!("{} {version}", listing.item.name))
    });
    all.collect::<Vec<_>>().join(", ")
}

/// The paths, modes and contents of an archive.
fn unpacked(cache: &Cache, digest: &Sha256) -> Vec<String> {
    let bytes = cache.read(digest, 1 << 20).unwrap().unwrap();
    let mut archive = tar::Archive::new(bytes.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
        let link = entry
            .link_name()
            .unwrap()
            .map(|link| link.display().to_string());
        let path = entry.path().unwrap().display().to_string();
        let mode = entry.header().mode().unwrap();
        format!("{path} {mode:o} {}", link.unwrap_or(text).trim())
    });
    entries.collect()
}

#[test]
fn packs_are_listed_and_fetched() {
    let origin = Origin::new();
    origin.pack("packs/web-1.0.0", "web", "1.0.0");
    origin.pack("packs/web-1.1.0", "web", "1.1.0");
    origin.pack("packs/again", "web", "1.1.0");
    origin.pack("one/two/three/four", "deep", "1.0.0");
    origin.pack("db", "db", " 22.04 ");
    origin.put("broken/pack.json", "{");
    origin.put("db/charts/db.tgz", "no chart\n");
    origin.put("db/run.sh", "exit\n");
    let run = origin.path().join("db/run.sh");
    let mut mode = fs::metadata(&run).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o700);
    fs::set_permissions(&run, mode).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", origin.path().join("db/link")).unwrap();
    let commit = origin.commit();

    let git = origin.open();
    assert_eq!(told(&git, Freshness::Now), "db 22.04, web 1.1.0, web 1.0.0");
    let offers = git.offers(&pack("db"), Freshness::Any).unwrap();
    assert_eq!(offers[0].description.as_deref(), Some("The db"));
    assert_eq!(git.offers(&pack("other"), Freshness::Any), Ok(vec![]));
    // Only what a list needs has come.
    let address = address(&origin);
    let network = still().0;
    let has = |path: &str| {
        let cache = origin.cache();
        let repository = Repository::open(&address, &network, &cache).unwrap();
        let object = format!("{commit}:{path}");
        repository
            .git()
            .succeeds(&["cat-file", "-e", &object])
            .unwrap()
    };
    assert!(has("db/pack.json") && !has("db/values.yaml"));

    let fetched = git.fetch(&pack("db"), "22.04", None).unwrap();
    assert_eq!(fetched.commit.as_deref(), Some(commit.as_str()));
    assert_eq!(
        unpacked(&origin.cache(), &fetched.archive),
        [
            "db-22.04/charts/db.tgz 644 no chart",
            "db-22.04/link 644 /etc/passwd",
            "db-22.04/pack.json 644 {\"name\": \"db\", \"version\": \" 22.04 \", \"displayName\": \"The db\", \"layer\": \"addon\"}",
            "db-22.04/run.sh 755 exit",
            "db-22.04/values.yaml 644 pack: {namespace: db- 22.04 }",
        ]
    );
    assert!(has("db/values.yaml") && !has("packs/web-1.0.0/values.yaml"));
    let chart = Item {
        kind: ItemKind::Chart,
        ..pack("db")
    };
    assert_eq!(git.offers(&chart, Freshness::Any), Ok(vec![]));
    assert!(git.fetch(&chart, "22.04", None).is_err());
}

fn address(origin: &Origin) -> Address {
    let name = RegistryName::new("trial").unwrap();
    let access = Access::default();
    Address::new(&origin.url(), &access, Path::new("/"), &name, &nobody()).unwrap()
}

#[test]
fn what_is_in_the_cache_needs_no_repository() {
    let origin = Origin::new();
    origin.pack("web", "web", "1.0.0");
    origin.commit();
    let fetched = origin.open().fetch(&pack("web"), "1.0.0", None).unwrap();
    fs::remove_dir_all(origin.path()).unwrap();
    let offline = origin.open_in(&Network::new(true), origin.place(GitReference::Default));
    for git in [origin.open(), offline] {
        assert_eq!(told(&git, Freshness::Any), "web 1.0.0");
        assert_eq!(git.fetch(&pack("web"), "1.0.0", None), Ok(fetched.clone()));
        assert_eq!(
            git.fetch(&pack("web"), "1.0.0", Some(&fetched)),
            Ok(fetched.clone())
        );
    }
    insta::assert_snapshot!(origin.said(origin.open().list(Freshness::Now)), @"git cannot get it from file://[FOLDER]/origin: '[FOLDER]/origin' does not appear to be a git repository; Could not read from remote repository.");
    origin.forget();
    let offline = origin.open_in(&Network::new(true), origin.place(GitReference::Default));
    insta::assert_snapshot!(origin.said(offline.list(Freshness::Now)), @"the newest commit of registry `trial` is not in the cache, and `--offline` forbids to fetch it");
    let again = offline.fetch(&pack("web"), "1.0.0", Some(&fetched));
    insta::assert_snapshot!(origin.said(again), @"pack `web` 1.0.0 of registry `trial` is not in the cache, and `--offline` forbids to fetch it");
}

#[test]
fn a_pinned_commit_is_fetched_when_the_branch_has_moved_on() {
    let origin = Origin::new();
    origin.pack("web", "web", "1.0.0");
    origin.commit();
    let old = origin.open().fetch(&pack("web"), "1.0.0", None).unwrap();
    origin.put("web/values.yaml", "pack: {namespace: other}\n");
    origin.pack("new", "new", "2.0.0");
    origin.commit();
    // Nobody asks when any answer will do.
    assert_eq!(told(&origin.open(), Freshness::Any), "web 1.0.0");
    assert_eq!(told(&origin.open(), Freshness::Now), "new 2.0.0, web 1.0.0");
    let new = origin.open().fetch(&pack("web"), "1.0.0", None).unwrap();
    assert_ne!(new.archive, old.archive);
    // From an empty cache, and from servers that can do less and less.
    for setting in [
        "",
        "uploadpack.allowFilter",
        "uploadpack.allowAnySHA1InWant",
    ] {
        if !setting.is_empty() {
            origin.git(&["config", setting, "false"]);
        }
        origin.forget();
        let git = origin.open();
        assert_eq!(
            git.fetch(&pack("web"), "1.0.0", Some(&old)),
            Ok(old.clone()),
            "without {setting}"
        );
        assert_eq!(git.fetch(&pack("web"), "1.0.0", None), Ok(new.clone()));
    }
    let wrong = Fetched {
        archive: Sha256::of(b"other"),
        commit: old.commit.clone(),
    };
    let refused = origin.open().fetch(&pack("web"), "1.0.0", Some(&wrong));
    insta::assert_snapshot!(origin.said(refused), @"pack `web` 1.0.0 of registry `trial` has the digest sha256:ac77e118f1211c8d84ef7f2f1fe7e91f15bb766c40e8b5d48571f51b607c245e, and the lock file says sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa; it is not used");
}

#[test]
fn a_server_of_old_gives_a_single_commit_out_of_its_history() {
    let origin = Origin::new();
    origin.pack("web", "web", "1.0.0");
    let old = origin.commit();
    origin.pack("web", "web", "2.0.0");
    let new = origin.commit();
    origin.git(&["config", "uploadpack.allowAnySHA1InWant", "false"]);
    let mut address = address(&origin);
    // Only this protocol of git looks at what may be asked for.
    let version = ("protocol.version".to_owned(), "0".into());
    address.settings.push(version);
    let (network, cache) = (still().0, origin.cache());
    let repository = Repository::open(&address, &network, &cache).unwrap();
    repository.need(&new, &GitReference::Default).unwrap();
    assert!(
        !repository
            .git()
            .succeeds(&["cat-file", "-e", &old])
            .unwrap()
    );
    for reference in [GitReference::Branch("main".into()), GitReference::Default] {
        repository.need(&old, &reference).unwrap();
    }
    let unknown = repository.need(&"1".repeat(40), &GitReference::Default);
    insta::assert_snapshot!(origin.said(unknown), @"there is no commit 1111111111111111111111111111111111111111 in file://[FOLDER]/origin");
}

#[test]
fn what_a_killed_git_has_left_does_not_hinder() {
    let origin = Origin::new();
    origin.pack("web", "web", "1.0.0");
    origin.commit();
    assert_eq!(told(&origin.open(), Freshness::Now), "web 1.0.0");
    let address = address(&origin);
    let (network, cache) = (still().0, origin.cache());
    let repository = Repository::open(&address, &network, &cache).unwrap();
    let folder = repository.git().folder.clone();
    drop(repository);
    assert!(folder.join("shallow").exists());
    fs::write(folder.join("shallow.lock"), "").unwrap();
    origin.pack("web", "web", "2.0.0");
    origin.commit();
    assert_eq!(told(&origin.open(), Freshness::Now), "web 2.0.0");
}

#[test]
fn branches_tags_commits_and_folders_are_found() {
    let origin = Origin::new();
    origin.pack("packs/web", "web", "1.0.0");
    let commit = origin.commit();
    origin.git(&["tag", "light"]);
    origin.git(&["tag", "--annotate", "--message", "a tag", "heavy"]);
    origin.git(&["checkout", "--quiet", "-b", "feature/a"]);
    origin.pack("packs/web", "web", "2.0.0");
    origin.commit();
    origin.git(&["checkout", "--quiet", "main"]);
    let list = |reference, path: Option<&str>| {
        let place = Place {
            path: path.map(Into::into),
            ..origin.place(reference)
        };
        told(&origin.open_in(&still().0, place), Freshness::Now)
    };
    for reference in [
        GitReference::Default,
        GitReference::Branch("main".into()),
        GitReference::Tag("light".into()),
        GitReference::Tag("heavy".into()),
        GitReference::Commit(commit.as_str().into()),
    ] {
        assert_eq!(list(reference, None), "web 1.0.0");
    }
    let branch = GitReference::Branch("feature/a".into());
    for path in ["packs", "./packs/", "packs/web", ""] {
        assert_eq!(list(branch.clone(), Some(path)), "web 2.0.0");
    }
    assert_eq!(list(branch, Some("pack")), "");
    let list = |place| origin.said(origin.open_in(&still().0, place).list(Freshness::Now));
    let mut all = String::new();
    for reference in [
        GitReference::Branch("none".into()),
        GitReference::Tag("main".into()),
        GitReference::Commit("--upload-pack=x".into()),
        GitReference::Commit("2".repeat(40).into()),
    ] {
        all += &format!("{}\n", list(origin.place(reference)));
    }
    let nowhere = Place {
        url: format!("{}/nowhere", origin.url()).into(),
        ..origin.place(GitReference::Default)
    };
    all += &list(nowhere);
    insta::assert_snapshot!(all, @r#"
there is no branch `none` in file://[FOLDER]/origin
there is no tag `main` in file://[FOLDER]/origin
git cannot get it from file://[FOLDER]/origin: `--upload-pack=x` is not the full number of a commit
there is no commit 2222222222222222222222222222222222222222 in file://[FOLDER]/origin
git cannot get it from file://[FOLDER]/origin/nowhere: '[FOLDER]/origin/nowhere' does not appear to be a git repository; Could not read from remote repository.
"#);
}

/// Why the default branch of a repository on a server cannot be had.
fn refused(server: &Server, access: &Access) -> String {
    let origin = Origin::new();
    let around = Surroundings {
        network: &still().0,
        cache: &origin.cache(),
        credentials: &nobody(),
        root: Path::new("/"),
    };
    let name = RegistryName::new("trial").unwrap();
    let place = Place {
        url: server.url("/packs.git").into(),
        ..origin.place(GitReference::Default)
    };
    let git = Git::new(place, access, &name, &around).unwrap();
    let said = origin.said(git.list(Freshness::Now));
    said.replace(&server.host(), "[HOST]")
}

#[test]
fn credentials_are_given_and_not_told() {
    let server = Server::script([Told::status(401).header("WWW-Authenticate", "Basic")]);
    let said = refused(&server, &basic("me", "hidden word"));
    insta::assert_snapshot!(said, @"http://[HOST]/packs.git is refused with the name and password that were given: let git know them, or set STRATIFORM_REGISTRY_TRIAL_USERNAME and STRATIFORM_REGISTRY_TRIAL_PASSWORD, or STRATIFORM_REGISTRY_TRIAL_TOKEN");
    let first = &server.asked()[0];
    let header = first.header("authorization");
    assert_eq!(header, Some("Basic bWU6aGlkZGVuIHdvcmQ="));
    let said = refused(&server, &plain());
    insta::assert_snapshot!(said, @"http://[HOST]/packs.git is refused without credentials: let git know them, or set STRATIFORM_REGISTRY_TRIAL_USERNAME and STRATIFORM_REGISTRY_TRIAL_PASSWORD, or STRATIFORM_REGISTRY_TRIAL_TOKEN");
}

#[test]
fn a_server_that_fails_for_now_is_asked_again() {
    let server = Server::script([Told::status(503)]);
    let said = refused(&server, &plain());
    insta::assert_snapshot!(said, @"git cannot get it from http://[HOST]/packs.git: unable to access 'http://[HOST]/packs.git/': The requested URL returned error: 503");
    assert_eq!(server.count(), 5);
    let server = Server::script([Told::status(404)]);
    let said = refused(&server, &plain());
    insta::assert_snapshot!(said, @"git cannot get it from http://[HOST]/packs.git: repository 'http://[HOST]/packs.git/' not found");
    assert_eq!(server.count(), 1);
}

#[test]
fn threads_and_programs_share_one_repository() {
    let origin = Origin::new();
    origin.pack("web", "web", "1.0.0");
    origin.commit();
    let (one, other) = (origin.open(), origin.open());
    let fetched: Vec<Fetched> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|at| {
                let git = if at % 2 == 0 { &one } else { &other };
                scope.spawn(|| git.fetch(&pack("web"), "1.0.0", None).unwrap())
            })
            .collect();
        let joined = threads.into_iter().map(|thread| thread.join().unwrap());
        joined.collect()
    });
    assert!(fetched.iter().all(|one| *one == fetched[0]));
}
