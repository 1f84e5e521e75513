//! How closely a folder is looked at.

use super::*;

#[test]
fn a_quick_look_reads_only_what_looks_different() {
    let project = Project::new();
    let target = project.target();
    let seen = seen_of(&target, put("net", "a", TEXT, Expected::Absent));
    let file = project.path("net/configmap.web.a.yaml");
    let quick = |content: &str| {
        look_at_one(
            &target,
            Extent::Quick,
            known("net", "a", Some(content), Some(seen)),
        )
    };
    // The content that we claim to know is wrong, and a quick look cannot notice.
    assert_eq!(
        quick("not what is there"),
        Observed::Same { seen: Some(seen) }
    );
    let full = look_at_one(
        &target,
        Extent::Full,
        known("net", "a", Some("not what is there"), Some(seen)),
    );
    assert!(matches!(full, Observed::Different { .. }));

    // An edit that keeps the size, at once.
    let edited = TEXT.replace('b', "c");
    fs::write(&file, &edited).unwrap();
    let Observed::Different {
        object,
        content,
        seen: fresh,
    } = quick(TEXT)
    else {
        panic!("not noticed")
    };
    assert_eq!(content, hash(&edited));
    assert_eq!(
        object.unwrap().at(["data", "a"]).unwrap().as_str(),
        Some("c")
    );
    assert_eq!(fresh, None, "what was changed just now is not remembered");

    // The same content in a file of another time.
    fs::write(&file, TEXT).unwrap();
    assert_eq!(quick(TEXT), Observed::Same { seen: None });
    fs::remove_file(&file).unwrap();
    assert_eq!(quick(TEXT), Observed::Absent);
    assert_eq!(
        look_at_one(
            &target,
            Extent::Quick,
            known("gone", "a", Some(TEXT), Some(seen))
        ),
        Observed::Absent
    );
}

#[test]
fn times_of_long_ago_are_remembered() {
    let project = Project::new();
    project.write("net/configmap.web.a.yaml", TEXT);
    let root = fs::File::open(project.path("net/configmap.web.a.yaml")).unwrap();
    let mut stat = rustix::fs::fstat(root).unwrap();
    assert_eq!(super::super::look::settled(&stat), None);
    stat.st_mtime -= 60;
    assert_eq!(
        super::super::look::settled(&stat),
        None,
        "the change of its metadata is as new as before"
    );
    stat.st_ctime -= 60;
    assert_eq!(
        super::super::look::settled(&stat),
        Some(super::super::look::seen(&stat))
    );
}

#[test]
fn our_own_time_is_no_tick_of_the_clock() {
    let project = Project::new();
    let target = project.target();
    // Of what is written in a row by others, many files share one time. Ours do not.
    let mut times: Vec<i64> = (0..50)
        .map(|at| {
            seen_of(
                &target,
                put("net", &format!("a{at}"), TEXT, Expected::Absent),
            )
            .mtime
        })
        .collect();
    times.dedup();
    assert_eq!(times.len(), 50);
}

#[test]
fn a_full_look_lists_what_nobody_asked_for() {
    let project = Project::new();
    let target = project.target();
    seen_of(&target, put("net", "a", TEXT, Expected::Absent));
    seen_of(&target, as_hook(put("net", "a", TEXT, Expected::Absent)));
    target.seal_now(&[entry("net", "a")]).unwrap();
    project.write("net/.configmap.web.b.yaml.stratiform-tmp", "half");
    project.write("..stratiform-index.stratiform-tmp", "half");
    project.write("net/hooks/configmap.web.z.yaml", "theirs");
    project.write("net/configmap.web.z.yaml", "theirs");
    project.write("other/deep/file", "theirs");
    project.write("README.md", "theirs");
    symlink("/", project.path("net/link")).unwrap();
    let hook = Known {
        hook: true,
        ..known("net", "a", Some(TEXT), None)
    };
    let seen = look(
        &target,
        Extent::Full,
        vec![known("net", "a", Some(TEXT), None), hook.clone()],
    );
    let paths: Vec<_> = seen
        .unmanaged
        .iter()
        .map(|unmanaged| unmanaged.path.as_str())
        .collect();
    assert_eq!(
        paths,
        [
            "README.md",
            "net/configmap.web.z.yaml",
            "net/hooks/configmap.web.z.yaml",
            "net/link",
            "other/"
        ]
    );
    assert!(
        seen.objects
            .iter()
            .all(|object| matches!(object, Observed::Same { .. }))
    );
    assert_eq!(look(&target, Extent::Quick, vec![hook]).unmanaged, []);
}
