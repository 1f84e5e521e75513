#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests")]

mod limits;
mod looks;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tempfile::TempDir;

use crate::model::{Digest, Key, LayerName, ObjectKey, SecretPolicy, Seen};
use crate::target::{
    Ask, Expected, Extent, IndexEntry, Known, Manner, Observation, Observed, Operation, Outcome,
    Target, TargetError,
};

use super::DirectoryTarget;

/// A project with one target at `out/prod`.
struct Project(TempDir);

const TEXT: &str = "kind: ConfigMap\ndata: {a: b}\n";

fn secret_key() -> Key {
    Key::from_bytes([3; 32])
}

fn hash(text: &str) -> Digest {
    secret_key().hash(text.as_bytes())
}

fn layer(name: &str) -> LayerName {
    LayerName::new(name).unwrap()
}

fn map(name: &str) -> ObjectKey {
    ObjectKey::new("", "ConfigMap", "web", name)
}

impl Project {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn target(&self) -> DirectoryTarget {
        let path = Path::new("out/prod");
        DirectoryTarget::open(self.0.path(), path, SecretPolicy::Write, secret_key()).unwrap()
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join("out/prod").join(inside)
    }

    fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, inside: &str) -> String {
        fs::read_to_string(self.path(inside)).unwrap()
    }

    /// Every file and folder below the project's root, sorted.
    fn tree(&self) -> Vec<String> {
        fn walk(root: &Path, at: &Path, all: &mut Vec<String>) {
            for entry in fs::read_dir(at).unwrap() {
                let path = entry.unwrap().path();
                let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
                let inside = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                if is_folder {
                    walk(root, &path, all);
                    all.push(inside + "/");
                } else {
                    all.push(inside);
                }
            }
        }
        let mut all = Vec::new();
        walk(self.0.path(), self.0.path(), &mut all);
        all.sort();
        all
    }
}

fn put(at: &str, name: &str, text: &str, expected: Expected) -> Operation {
    Operation::Put {
        layer: layer(at),
        key: map(name),
        hook: false,
        text: text.into(),
        expected,
        manner: Manner::Apply,
        adopted: false,
    }
}

fn delete(at: &str, name: &str, expected: Expected) -> Operation {
    Operation::Delete {
        layer: layer(at),
        key: map(name),
        hook: false,
        expected,
    }
}

fn as_hook(mut operation: Operation) -> Operation {
    match &mut operation {
        Operation::Put { hook, .. } | Operation::Delete { hook, .. } => *hook = true,
    }
    operation
}

fn one(target: &DirectoryTarget, operation: Operation) -> Result<Option<Seen>, TargetError> {
    let mut answers = target.apply_now(&[operation]);
    assert_eq!(answers.len(), 1);
    answers.pop().unwrap()
}

fn seen_of(target: &DirectoryTarget, operation: Operation) -> Seen {
    one(target, operation).unwrap().unwrap()
}

fn entry(at: &str, name: &str) -> IndexEntry {
    IndexEntry {
        layer: layer(at),
        key: map(name),
        hook: false,
    }
}

fn known(at: &str, name: &str, content: Option<&str>, seen: Option<Seen>) -> Known {
    Known {
        layer: layer(at),
        key: map(name),
        hook: false,
        content: content.map(hash),
        seen,
    }
}

fn look(target: &DirectoryTarget, extent: Extent, known: Vec<Known>) -> Observation {
    let index = None;
    target
        .observe_now(&Ask {
            known,
            index,
            extent,
        })
        .unwrap()
}

fn look_at_one(target: &DirectoryTarget, extent: Extent, known: Known) -> Observed {
    look(target, extent, vec![known]).objects.pop().unwrap()
}

fn message(error: &TargetError, project: &Project) -> String {
    let root = project.0.path().to_str().unwrap().to_owned();
    error.to_string().replace(&root, "ROOT")
}

#[test]
fn objects_stand_by_layer_with_hooks_apart_and_order_in_an_index() {
    let project = Project::new();
    let target = project.target();
    let operations = [
        put("net", "a", TEXT, Expected::Absent),
        put("net", "b", TEXT, Expected::Absent),
        as_hook(put("net", "a", TEXT, Expected::Absent)),
        put("apps", "a", TEXT, Expected::Absent),
    ];
    let answers = target.apply_now(&operations);
    assert_eq!(answers.len(), 4);
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Some(_)))));
    let hook = IndexEntry {
        hook: true,
        ..entry("net", "a")
    };
    let order = [
        entry("net", "b"),
        entry("net", "a"),
        hook,
        entry("apps", "a"),
    ];
    let seen = target.seal_now(&order).unwrap().unwrap();
    assert_eq!(
        project.tree(),
        [
            "out/",
            "out/prod/",
            "out/prod/.stratiform-index",
            "out/prod/apps/",
            "out/prod/apps/configmap.web.a.yaml",
            "out/prod/net/",
            "out/prod/net/configmap.web.a.yaml",
            "out/prod/net/configmap.web.b.yaml",
            "out/prod/net/hooks/",
            "out/prod/net/hooks/configmap.web.a.yaml",
        ]
    );
    assert_eq!(project.read("net/configmap.web.a.yaml"), TEXT);
    insta::assert_snapshot!(project.read(".stratiform-index"), @r"
    # The objects of this folder in the order in which stratiform applies them, one path a line.
    # Made anew by every apply; nothing else belongs here.
    net/configmap.web.b.yaml
    net/configmap.web.a.yaml
    net/hooks/configmap.web.a.yaml
    apps/configmap.web.a.yaml
    # check d52464aea882f6fff928e66da4ee4666749b16c8909608a9ea85da9725e3b9ab
    ");

    // The same order again changes nothing.
    assert_eq!(target.seal_now(&order).unwrap().unwrap(), seen);
}

#[test]
fn a_foreign_file_is_never_replaced() {
    let project = Project::new();
    let target = project.target();
    project.write("net/configmap.web.a.yaml", "theirs");
    let error = one(&target, put("net", "a", TEXT, Expected::Absent)).unwrap_err();
    assert!(matches!(error, TargetError::Moved { .. }));
    let other = Expected::Content(hash("what the plan saw"));
    for operation in [
        put("net", "a", TEXT, other),
        delete("net", "a", other),
        delete("net", "a", Expected::Absent),
    ] {
        let error = one(&target, operation).unwrap_err();
        insta::allow_duplicates! {
            insta::assert_snapshot!(message(&error, &project), @"ConfigMap web/a has changed on the target since the plan was made; plan again");
        }
    }
    assert_eq!(project.read("net/configmap.web.a.yaml"), "theirs");
    assert_eq!(
        project.tree().len(),
        4,
        "nothing is left behind: {:?}",
        project.tree()
    );
}

#[test]
fn what_was_seen_is_replaced_and_deleted() {
    let project = Project::new();
    let target = project.target();
    seen_of(&target, put("net", "a", "one", Expected::Absent));
    let seen = seen_of(
        &target,
        put("net", "a", "two", Expected::Content(hash("one"))),
    );
    assert_eq!(project.read("net/configmap.web.a.yaml"), "two");
    assert_eq!(
        seen.inode,
        fs::metadata(project.path("net/configmap.web.a.yaml"))
            .unwrap()
            .ino()
    );

    // A file that has gone cannot be replaced; to delete it again does no harm.
    let gone = Expected::Content(hash("x"));
    assert!(matches!(
        one(&target, put("net", "b", "x", gone)),
        Err(TargetError::Moved { .. })
    ));
    assert_eq!(one(&target, delete("net", "b", gone)).unwrap(), None);
    assert_eq!(one(&target, delete("elsewhere", "b", gone)).unwrap(), None);
    assert_eq!(
        one(&target, delete("net", "a", Expected::Content(hash("two")))).unwrap(),
        None
    );
    assert_eq!(project.tree(), [""; 0]);
}

#[test]
fn operations_stop_behind_the_first_that_fails() {
    let project = Project::new();
    project.write("net/configmap.web.b.yaml", "theirs");
    let operations = [
        put("net", "a", TEXT, Expected::Absent),
        put("net", "b", TEXT, Expected::Absent),
        put("net", "c", TEXT, Expected::Absent),
    ];
    let answers = project.target().apply_now(&operations);
    assert!(matches!(
        answers.as_slice(),
        [Ok(Some(_)), Err(TargetError::Moved { .. })]
    ));
    assert!(!project.path("net/configmap.web.c.yaml").exists());
}

#[test]
fn only_empty_folders_go_and_never_the_root() {
    let project = Project::new();
    let target = project.target();
    let there = Expected::Content(hash(TEXT));
    let fill = || {
        let operations = [
            put("net", "a", TEXT, Expected::Absent),
            as_hook(put("net", "a", TEXT, Expected::Absent)),
            put("apps", "a", TEXT, Expected::Absent),
        ];
        assert!(target.apply_now(&operations).iter().all(Result::is_ok));
        target
            .seal_now(&[entry("net", "a"), entry("apps", "a")])
            .unwrap();
    };
    let empty = || {
        let operations = [
            delete("net", "a", there),
            as_hook(delete("net", "a", there)),
            delete("apps", "a", there),
        ];
        assert!(target.apply_now(&operations).iter().all(Result::is_ok));
        assert_eq!(target.seal_now(&[]).unwrap(), None);
    };
    fill();
    empty();
    assert_eq!(project.tree(), [""; 0]);
    assert_eq!(target.seal_now(&[]).unwrap(), None);

    fill();
    project.write("apps/notes.txt", "theirs");
    fs::create_dir(project.path("theirs")).unwrap();
    empty();
    assert_eq!(
        project.tree(),
        [
            "out/",
            "out/prod/",
            "out/prod/apps/",
            "out/prod/apps/notes.txt",
            "out/prod/theirs/"
        ]
    );
}

#[test]
fn nothing_is_followed_out_of_the_folder() {
    let project = Project::new();
    let elsewhere = TempDir::new().unwrap();
    let file = elsewhere.path().join("configmap.web.a.yaml");
    fs::write(&file, TEXT).unwrap();
    let target = project.target();
    let there = Expected::Content(hash(TEXT));
    let refused = |what: &str| {
        for operation in [
            put("net", "a", "x", there),
            put("net", "b", "x", Expected::Absent),
            delete("net", "a", there),
        ] {
            let error = one(&target, operation).unwrap_err();
            assert!(
                matches!(error, TargetError::Outside { .. }),
                "{what}: {error}"
            );
        }
        for extent in [Extent::Quick, Extent::Full] {
            let ask = Ask {
                known: vec![known("net", "a", Some(TEXT), None)],
                index: None,
                extent,
            };
            let error = target.observe_now(&ask).unwrap_err();
            assert!(
                matches!(error, TargetError::Outside { .. }),
                "{what}: {error}"
            );
        }
    };
    // The layer's folder.
    fs::create_dir_all(project.path("")).unwrap();
    symlink(elsewhere.path(), project.path("net")).unwrap();
    refused("layer");
    insta::assert_snapshot!(
        message(&one(&target, put("net", "a", "x", there)).unwrap_err(), &project),
        @"`ROOT/out/prod/net` is a symbolic link, and nothing is followed out of a target's folder; put a real folder in its place"
    );
    // The target's folder, and the folder that it stands in.
    fs::remove_file(project.path("net")).unwrap();
    fs::remove_dir(project.path("")).unwrap();
    fs::create_dir(elsewhere.path().join("net")).unwrap();
    fs::rename(&file, elsewhere.path().join("net/configmap.web.a.yaml")).unwrap();
    symlink(elsewhere.path(), project.0.path().join("out/prod")).unwrap();
    refused("target");
    assert!(target.seal_now(&[]).is_err() && target.seal_now(&[entry("net", "a")]).is_err());
    fs::remove_file(project.0.path().join("out/prod")).unwrap();
    fs::remove_dir(project.0.path().join("out")).unwrap();
    symlink(elsewhere.path(), project.0.path().join("out")).unwrap();
    refused("parent");

    let names: Vec<_> = fs::read_dir(elsewhere.path().join("net"))
        .unwrap()
        .collect();
    assert_eq!(names.len(), 1);
    assert_eq!(
        fs::read_to_string(elsewhere.path().join("net/configmap.web.a.yaml")).unwrap(),
        TEXT
    );
}

#[test]
fn a_target_stays_below_the_root() {
    for path in ["/abs", "../x", "a/../../x"] {
        let opened = DirectoryTarget::open(
            Path::new("/p"),
            Path::new(path),
            SecretPolicy::Refuse,
            secret_key(),
        );
        assert!(
            matches!(opened, Err(TargetError::Unrooted { .. })),
            "{path}"
        );
    }
}

#[test]
fn what_is_no_file_is_told_and_left_alone() {
    let project = Project::new();
    let target = project.target();
    let outside = project.0.path().join("outside");
    fs::write(&outside, TEXT).unwrap();
    project.write("net/x", "");
    fs::create_dir(project.path("net/configmap.web.folder.yaml")).unwrap();
    symlink(&outside, project.path("net/configmap.web.link.yaml")).unwrap();
    symlink("nowhere", project.path("net/configmap.web.broken.yaml")).unwrap();
    let pipe = rustix::fs::mknodat(
        rustix::fs::CWD,
        project.path("net/configmap.web.pipe.yaml"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::from_raw_mode(0o600),
        0,
    );
    pipe.unwrap();
    let _socket =
        std::os::unix::net::UnixListener::bind(project.path("net/configmap.web.socket.yaml"))
            .unwrap();
    let before = project.tree();
    let mut told = String::new();
    for name in ["folder", "link", "broken", "pipe", "socket"] {
        for extent in [Extent::Quick, Extent::Full] {
            let seen = look_at_one(&target, extent, known("net", name, Some(TEXT), None));
            let Observed::Different {
                object: Err(why),
                content,
                ..
            } = seen
            else {
                panic!("{name}: {seen:?}");
            };
            if extent == Extent::Full {
                told += &format!("{name}: {why}\n");
            }
            for operation in [
                put("net", name, "x", Expected::Content(content)),
                delete("net", name, Expected::Content(content)),
                put("net", name, "x", Expected::Absent),
            ] {
                let error = one(&target, operation).unwrap_err();
                assert!(
                    matches!(error, TargetError::Occupied { .. }),
                    "{name}: {error}"
                );
            }
        }
    }
    insta::assert_snapshot!(told, @r"
    folder: it is a folder and not a file
    link: it is a symbolic link and not a file
    broken: it is a symbolic link and not a file
    pipe: it is a pipe and not a file
    socket: it is a socket and not a file
    ");
    let error = one(&target, put("net", "pipe", "x", Expected::Absent)).unwrap_err();
    insta::assert_snapshot!(message(&error, &project), @"`ROOT/out/prod/net/configmap.web.pipe.yaml` is a pipe where a file belongs; move it away");
    project.write("web", "a file where a layer belongs");
    let error = one(&target, put("web", "a", "x", Expected::Absent)).unwrap_err();
    insta::assert_snapshot!(message(&error, &project), @"`ROOT/out/prod/web` is a file where a folder belongs; move it away");
    fs::remove_file(project.path("web")).unwrap();
    assert_eq!(project.tree(), before);
    assert_eq!(fs::read_to_string(outside).unwrap(), TEXT);
}

#[test]
fn what_a_killed_apply_left_is_no_obstacle_and_is_swept() {
    let project = Project::new();
    project.write("net/.configmap.web.a.yaml.stratiform-tmp", "half");
    project.write("net/.configmap.web.gone.yaml.stratiform-tmp", "half");
    project.write("old/.configmap.web.gone.yaml.stratiform-tmp", "half");
    project.write("old/hooks/.configmap.web.gone.yaml.stratiform-tmp", "half");
    project.write("net/.theirs.stratiform-tmp", "theirs");
    let target = project.target();
    seen_of(&target, put("net", "a", TEXT, Expected::Absent));
    target.seal_now(&[entry("net", "a")]).unwrap();
    assert_eq!(
        project.tree(),
        [
            "out/",
            "out/prod/",
            "out/prod/.stratiform-index",
            "out/prod/net/",
            "out/prod/net/.theirs.stratiform-tmp",
            "out/prod/net/configmap.web.a.yaml",
        ]
    );
}

#[test]
fn an_index_is_known_by_its_look_and_by_its_content() {
    let project = Project::new();
    let target = project.target();
    let intact = |index, content: &[&str]| {
        let known = content
            .iter()
            .map(|name| known("net", name, Some(TEXT), None))
            .collect();
        let extent = Extent::Quick;
        target
            .observe_now(&Ask {
                known,
                index,
                extent,
            })
            .unwrap()
            .index_intact
    };
    assert!(intact(None, &[]), "nothing to keep in order");
    assert!(!intact(None, &["a"]), "never finished");
    seen_of(&target, put("net", "a", TEXT, Expected::Absent));
    let index = target.seal_now(&[entry("net", "a")]).unwrap();
    assert!(intact(index, &["a"]));
    assert!(
        !intact(None, &["a"]),
        "left by an apply that nobody recorded"
    );

    // A copy has another look and the same content.
    let (file, copy) = (project.path(".stratiform-index"), project.path("copy"));
    fs::copy(&file, &copy).unwrap();
    fs::rename(&copy, &file).unwrap();
    assert!(intact(index, &["a"]));
    assert!(!intact(index, &["a", "b"]), "an index of other objects");
    fs::write(
        &file,
        project.read(".stratiform-index").replace("web.a", "web.b"),
    )
    .unwrap();
    assert!(!intact(index, &["b"]), "edited");
    fs::write(&file, "").unwrap();
    assert!(!intact(index, &["a"]));
    fs::remove_file(&file).unwrap();
    assert!(!intact(index, &["a"]));
}
