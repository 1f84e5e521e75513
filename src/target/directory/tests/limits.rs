//! What is refused, and what is large or busy.

use super::*;

#[test]
fn secrets_are_written_for_their_owner_alone_or_not_at_all() {
    let project = Project::new();
    let secret = ObjectKey::new("", "Secret", "web", "token");
    let operation = Operation::Put {
        layer: layer("net"),
        key: secret.clone(),
        hook: false,
        text: "x".into(),
        expected: Expected::Absent,
        manner: Manner::Apply,
        adopted: false,
    };
    one(&project.target(), operation).unwrap();
    let mode = |file: &str| {
        fs::metadata(project.path(file))
            .unwrap()
            .permissions()
            .mode()
            & 0o777
    };
    assert_eq!(mode("net/secret.web.token.yaml"), 0o600);
    seen_of(&project.target(), put("net", "a", TEXT, Expected::Absent));
    assert_ne!(mode("net/configmap.web.a.yaml") & 0o400, 0);

    let accepts = |policy, key: &ObjectKey| {
        let target = DirectoryTarget::open(project.0.path(), Path::new("x"), policy, secret_key());
        target
            .unwrap()
            .accepts(key)
            .map_err(|error| error.to_string())
    };
    assert_eq!(accepts(SecretPolicy::Write, &secret), Ok(true));
    assert_eq!(accepts(SecretPolicy::Omit, &secret), Ok(false));
    let refused = accepts(SecretPolicy::Refuse, &secret).unwrap_err();
    assert!(
        refused.contains("Secret web/token") && refused.contains("secrets: write"),
        "{refused}"
    );
    let other = ObjectKey::new("example.com", "Secret", "web", "token");
    assert_eq!(accepts(SecretPolicy::Refuse, &other), Ok(true));
}

#[test]
fn a_folder_that_must_not_be_written_says_what_to_do() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: root may write everywhere");
        return;
    }
    let project = Project::new();
    fs::create_dir_all(project.path("net")).unwrap();
    fs::set_permissions(project.path("net"), fs::Permissions::from_mode(0o555)).unwrap();
    let error = one(&project.target(), put("net", "a", TEXT, Expected::Absent)).unwrap_err();
    assert!(
        message(&error, &project).ends_with("; give this user access to it"),
        "{error}"
    );
    fs::set_permissions(project.path("net"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn refusals_of_the_file_system_say_what_to_do() {
    let told =
        |errno: rustix::io::Errno| super::super::folder::io("write", "f".into(), errno).to_string();
    insta::assert_snapshot!(
        [rustix::io::Errno::NOSPC, rustix::io::Errno::ROFS, rustix::io::Errno::ACCESS, rustix::io::Errno::IO]
            .map(told)
            .join("\n"),
        @r"
        cannot write `f`; make room and run it again
        cannot write `f`; mount it for writing, or give the target another path
        cannot write `f`; give this user access to it
        cannot write `f`
        "
    );
}

#[test]
fn a_large_file_is_compared_and_not_parsed() {
    let project = Project::new();
    let target = project.target();
    let large = "a: b\n".repeat(4 << 20);
    seen_of(&target, put("net", "a", &large, Expected::Absent));
    let same = look_at_one(&target, Extent::Full, known("net", "a", Some(&large), None));
    assert!(matches!(same, Observed::Same { .. }));
    let Observed::Different {
        object: Err(why), ..
    } = look_at_one(&target, Extent::Full, known("net", "a", None, None))
    else {
        panic!("parsed");
    };
    assert!(why.contains("20971520 bytes"), "{why}");
}

#[test]
fn steps_of_one_cluster_do_not_disturb_each_other() {
    let project = Project::new();
    let target = project.target();
    let there = Expected::Content(hash(TEXT));
    // Each makes and removes the same folders all the time.
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let target = &target;
            scope.spawn(move || {
                for _ in 0..50 {
                    let name = format!("a{thread}");
                    one(target, put("net", &name, TEXT, Expected::Absent)).unwrap();
                    one(target, delete("net", &name, there)).unwrap();
                }
            });
        }
    });
    assert_eq!(project.tree(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_calls_at_once_are_answered() {
    let project = Project::new();
    let targets: Vec<Arc<dyn Target>> = (0..40)
        .map(|at| {
            let path = PathBuf::from(format!("out/c{at}"));
            let target =
                DirectoryTarget::open(project.0.path(), &path, SecretPolicy::Refuse, secret_key());
            Arc::new(target.unwrap()) as Arc<dyn Target>
        })
        .collect();
    let mut tasks = tokio::task::JoinSet::new();
    for target in targets {
        tasks.spawn(async move {
            let answers = target
                .apply(vec![put("net", "a", TEXT, Expected::Absent)])
                .await;
            let index = target.seal(vec![entry("net", "a")]).await.unwrap();
            let Outcome::Done(written) = &answers[0] else {
                panic!("{:?}", answers[0]);
            };
            let seen = written.seen;
            let ask = Ask {
                known: vec![known("net", "a", Some(TEXT), seen)],
                index,
                extent: Extent::Quick,
            };
            let observation = target.observe(ask).await.unwrap();
            assert_eq!(observation.objects, [Observed::Same { seen }]);
            assert!(observation.index_intact);
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}
