//! What is others': objects, and fields.

use stratiform::target::{Manner, Owner, Rehearsal, TargetError};

use super::fixture::{Cluster, config_map, key, namespace, put, put_over, replace, text};
use crate::support::planes::plane;

#[test]
fn what_is_others_is_not_overwritten() {
    let Some(plane) = plane() else { return };
    let (ours, others) = (Cluster::new(plane), Cluster::new(plane));
    let name = plane.namespace();
    let texts: Vec<String> = ["a", "b", "c", "d", "e"]
        .map(|one| config_map(&name, one, "ours"))
        .into();
    plane.kubectl(&["create", "namespace", &name]).expect(0);
    plane.apply(&config_map(&name, "a", "ours"));
    // With one object the server is asked for it, with many for a list.
    let error = ours.fails(&[put(&texts[0])]).to_string();
    assert_eq!(
        error,
        format!(
            "ConfigMap {name}/a is there and is not ours: it is of kubectl; take it over with `--adopt`, or give it \
             another name"
        )
    );
    let all: Vec<_> = texts.iter().map(|text| put(text)).collect();
    let error = ours.fails(&all);
    assert!(matches!(error, TargetError::Foreign { .. }), "{error}");

    others.done(&[put(&texts[1])]);
    let error = ours.fails(&[put(&texts[1])]).to_string();
    assert!(
        error.contains(&format!(
            "another project, {}, which has to let go",
            others.marks.project
        )),
        "{error}"
    );
    assert_eq!(
        ours.live(&key(&texts[1])).2,
        Owner::OtherProject(others.marks.project.to_string())
    );
    let error = ours.fails(&[ours.delete(&key(&texts[1]))]);
    assert!(matches!(error, TargetError::Denied { .. }), "{error}");
}

#[test]
fn what_is_adopted_is_ours() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let settings = config_map(&name, "settings", "one");
    plane.kubectl(&["create", "namespace", &name]).expect(0);
    plane.apply(&settings);
    let (_, before, owner) = cluster.live(&key(&settings));
    assert_eq!(owner, Owner::Foreign("kubectl".to_owned()));
    cluster.done(&[put_over(&settings, Manner::Apply)]);
    let (_, after, owner) = cluster.live(&key(&settings));
    assert_eq!((owner, after), (Owner::Ours, before));
}

#[test]
fn fields_of_others_are_named_and_taken_over_only_when_asked() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let (one, two) = (
        config_map(&name, "settings", "one"),
        config_map(&name, "settings", "two"),
    );
    cluster.done(&[put(&namespace(&name)), put(&one)]);
    let edit = [
        "patch",
        "configmap",
        "settings",
        "-n",
        &name,
        "--field-manager=somebody",
        "-p",
        r#"{"data":{"key":"theirs"}}"#,
    ];
    plane.kubectl(&edit).expect(0);

    let rehearsals = cluster.rehearse(&[
        put_over(&two, Manner::Apply),
        put_over(&two, Manner::TakeOver),
    ]);
    let [
        Rehearsal::Contested {
            fields,
            after: Some(after),
        },
        Rehearsal::Fine { after: Some(taken) },
    ] = rehearsals.as_slice()
    else {
        panic!("{rehearsals:?}")
    };
    assert_eq!(fields[0].field, ".data.key");
    assert_eq!(fields[0].manager, "somebody");
    assert_eq!(text(after, &["data", "key"]), "two");
    assert_eq!(text(taken, &["data", "key"]), "two");
    assert_eq!(after.at(["metadata", "managedFields"]), None);

    let error = cluster.fails(&[put_over(&two, Manner::Apply)]).to_string();
    assert_eq!(
        error,
        format!(
            "ConfigMap {name}/settings: .data.key (somebody) owned by others; leave them out or to others with \
             `ignoreFields`, or take them over with `--force-conflicts`"
        )
    );
    let (object, ..) = cluster.live(&key(&two));
    assert_eq!(
        text(&object, &["data", "key"]),
        "theirs",
        "a dry run keeps nothing"
    );
    cluster.done(&[put_over(&two, Manner::TakeOver)]);
    assert_eq!(text(&cluster.live(&key(&two)).0, &["data", "key"]), "two");
}

#[test]
fn a_rehearsal_tells_what_cannot_be_told_what_cannot_change_and_what_is_refused() {
    let Some(plane) = plane() else { return };
    let cluster = Cluster::new(plane);
    let name = plane.namespace();
    let service = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: web, namespace: {name}}}\nspec: {{clusterIP: {ip}, ports: [{{port: 80}}]}}\n"
        )
    };
    let nowhere = cluster.rehearse(&[
        put(&service("None")),
        put(&config_map(&name, "a", "b")),
        put("apiVersion: none.example.com/v1\nkind: None\nmetadata: {name: a, namespace: default}\n"),
    ]);
    assert_eq!(nowhere, vec![Rehearsal::Unknown; 3]);
    cluster.done(&[put(&namespace(&name)), put(&service("10.0.200.1"))]);
    let bad = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: bad, namespace: {name}}}\nspec: {{ports: [{{port: 99999}}]}}\n"
    );
    let operations = [
        put_over(&service("10.0.200.2"), Manner::Apply),
        put(&bad),
        put_over(&service("10.0.200.1"), Manner::Apply),
        cluster.delete(&key(&service(""))),
        replace(&cluster, &service("10.0.200.2")),
    ];
    let rehearsals = cluster.rehearse(&operations);
    let [
        Rehearsal::Immutable { message },
        Rehearsal::Refused { message: refused },
        Rehearsal::Fine { after: Some(after) },
        Rehearsal::Fine { after: None },
        Rehearsal::Unknown,
    ] = rehearsals.as_slice()
    else {
        panic!("{rehearsals:?}")
    };
    assert!(message.contains("may not change once set"), "{message}");
    assert!(refused.contains("must be between 1 and 65535"), "{refused}");
    assert_eq!(text(after, &["spec", "clusterIP"]), "10.0.200.1");
    cluster.done(&[replace(&cluster, &service("10.0.200.2"))]);
    assert_eq!(
        text(&cluster.live(&key(&service(""))).0, &["spec", "clusterIP"]),
        "10.0.200.2"
    );
}
