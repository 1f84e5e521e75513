//! Plans and drift of clusters on servers.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write;
use std::sync::Arc;

use crate::model::IgnoreFields;
use crate::target::{Contested, Operation, Owner, Rehearsal};
use crate::yaml::Value;

use super::server_scene::{MANAGER, Scene, WEB, key, live, told, value};
use super::*;

#[test]
fn what_servers_add_is_no_change() {
    // What was wanted before, how the server took it, what is live, what is wanted; and what is planned.
    let scaled = live().replace("replicas: 2\n", "replicas: 5\n");
    let other_cpu = live().replace("cpu: '1'", "cpu: '2'");
    let newer = WEB.replace("nginx:1", "nginx:2");
    let table = [
        (WEB, None, live(), WEB, "nothing"),
        (WEB, Some(live()), live(), WEB, "nothing"),
        (
            WEB,
            Some(live()),
            scaled.clone(),
            WEB,
            "Update: Repair (drifted)",
        ),
        (WEB, None, scaled, WEB, "Update: Repair (drifted)"),
        (
            WEB,
            Some(live()),
            other_cpu,
            WEB,
            "Update: Repair (drifted)",
        ),
        (
            WEB,
            Some(live()),
            live(),
            &newer,
            "Update: Update (renders differently)",
        ),
        (
            WEB,
            Some(live()),
            live().replace("nginx:1", "nginx:2"),
            &newer,
            "Record: Record (renders differently)",
        ),
        (
            WEB,
            Some(live()),
            live().replace("nginx:1", "nginx:3"),
            &newer,
            "Update: Update (renders differently, drifted)",
        ),
        // Another version of the same group, and a field that goes.
        (
            WEB,
            Some(live()),
            live().replace("apps/v1", "apps/v2"),
            WEB,
            "nothing",
        ),
        (
            WEB,
            Some(live()),
            live(),
            &WEB.replace("  replicas: 2\n", ""),
            "Update: Update (renders differently)",
        ),
    ];
    for (wrote, held, live, wants, expected) in table {
        let scene = Scene::new(WEB).wrote(wrote, held.as_deref());
        let scene = scene.wants(wants).holds(&live, Owner::Ours);
        assert_eq!(told(scene.planned().as_ref()), expected, "{live}");
        let drifted = expected.contains("drifted") || expected.starts_with("Record");
        assert_eq!(!scene.drift().is_empty(), drifted, "{live}");
    }
}

#[test]
fn the_measure_is_what_the_server_made_of_it() {
    let wrote = WEB.replace("replicas: 2\n", "replicas: 2\n  paused: false\n");
    let dropped = live().replace("  paused: false\n", "");
    let set = live();
    // The server dropped what says nothing. Somebody saying the same is a change, since we know.
    let scene = Scene::new(WEB).wrote(&wrote, Some(&dropped)).wants(&wrote);
    let scene = scene.holds(&set, Owner::Ours);
    assert_eq!(told(scene.planned().as_ref()), "Update: Repair (drifted)");
    // Where nobody knows, it is none.
    let scene = Scene::new(WEB).wrote(&wrote, None).wants(&wrote);
    let scene = scene.holds(&dropped, Owner::Ours);
    assert_eq!(told(scene.planned().as_ref()), "nothing");
    // What was held as it was written has the digest of that.
    let scene = Scene::new(WEB).wrote(WEB, Some(WEB));
    let prior = scene.prior.unwrap();
    assert_eq!(prior.held, Some(prior.blob));
}

#[test]
fn owners_are_respected() {
    let other = || Owner::OtherProject("1234".to_owned());
    let cluster = || Owner::OtherCluster("dev".to_owned());
    let helm = || Owner::Foreign("Helm release shop/web".to_owned());
    // Whether we wrote it, whose it is, whether it is wanted, whether it is adopted; and what is planned.
    let table = [
        (
            false,
            helm(),
            true,
            false,
            "Record: Conflict (renders differently); refused: Deployment.apps shop/web is on the server already and is not ours, but of Helm release shop/web; remove it there, or take it over with --adopt",
        ),
        (
            false,
            helm(),
            true,
            true,
            "Update: Adopt (renders differently)",
        ),
        (
            false,
            Owner::Ours,
            true,
            false,
            "Update: Adopt (renders differently)",
        ),
        (
            false,
            other(),
            true,
            true,
            "Record: Conflict (renders differently); refused: Deployment.apps shop/web is on the server already and belongs to another project, 1234; give it another name, or take it out of that project first",
        ),
        (
            false,
            cluster(),
            true,
            true,
            "Record: Conflict (renders differently); refused: Deployment.apps shop/web is on the server already and belongs to the cluster dev: both clusters go to one server; give each cluster a server of its own, or leave the object to one of them",
        ),
        (
            true,
            helm(),
            true,
            false,
            "Update: Repair (taken over by Helm release shop/web)",
        ),
        (
            true,
            other(),
            true,
            true,
            "Record: Conflict (); refused: Deployment.apps shop/web is on the server already and belongs to another project, 1234; give it another name, or take it out of that project first",
        ),
        (
            true,
            Owner::Ours,
            false,
            false,
            "Update: Delete (no longer rendered)",
        ),
        (
            true,
            helm(),
            false,
            false,
            "Record: Keep { because: TakenOver } (no longer rendered, taken over by Helm release shop/web)",
        ),
        (
            true,
            other(),
            false,
            true,
            "Record: Keep { because: TakenOver } (no longer rendered, taken over by the project 1234)",
        ),
    ];
    for (wrote, owner, wanted, adopt, expected) in table {
        let mut scene = Scene::new(WEB).holds(&live(), owner);
        if wrote {
            scene = scene.wrote(WEB, Some(&live()));
        }
        if wanted {
            scene = scene.wants(WEB);
        }
        scene.adopt = adopt;
        assert_eq!(told(scene.planned().as_ref()), expected);
    }
    // What an interrupted apply meant to make and somebody else made is not ours.
    let mut scene = Scene::new(WEB).wants(WEB).holds(&live(), helm());
    scene.in_flight = true;
    assert!(told(scene.planned().as_ref()).contains("Conflict"));
    let mut scene = Scene::new(WEB).wants(WEB).holds(&live(), Owner::Ours);
    scene.in_flight = true;
    assert_eq!(
        told(scene.planned().as_ref()),
        "Record: Record (interrupted last time)"
    );
}

#[test]
fn drift_says_who_did_it() {
    let managed = |entries: &str| {
        live().replace(
            "metadata: {name: web",
            &format!("metadata: {{managedFields: [{entries}], name: web"),
        )
    };
    let ours = "{manager: stratiform-01234567, operation: Apply, fieldsV1: {'f:spec': {'f:template': {'f:spec': {'f:containers': {'k:{\"name\":\"web\"}': {'f:image': {}}}}}}}}";
    let kubectl = "{manager: kubectl, operation: Update, subresource: scale, time: '2026-01-02T03:04:05Z', \
                   fieldsV1: {'f:spec': {'f:replicas': {}}}}";
    let scene = |live: &str, owner| Scene::new(WEB).wrote(WEB, None).holds(live, owner);
    let shown = |scene: &Scene| {
        let mut out = String::new();
        for drift in scene.drift() {
            let (word, fields) = match &drift.kind {
                DriftKind::Changed { fields } => ("changed".to_owned(), fields.clone()),
                DriftKind::TakenOver { by, fields } => {
                    (format!("taken over by {by}"), fields.clone())
                }
                other => (format!("{other:?}"), Vec::new()),
            };
            out += &word;
            for field in fields {
                let by = field
                    .by
                    .map(|by| format!("{} {} {:?}", by.name, by.operation, by.time));
                write!(out, "; {} {by:?}", field.path).unwrap();
            }
        }
        out
    };
    let scaled = managed(&format!("{ours}, {kubectl}")).replace("replicas: 2\n", "replicas: 5\n");
    assert_eq!(
        shown(&scene(&scaled, Owner::Ours)),
        "changed; spec.replicas Some(\"kubectl Update Some(2026-01-02T03:04:05Z)\")"
    );
    // With the same values, but nothing of it is ours any more.
    assert_eq!(
        shown(&scene(&managed(kubectl), Owner::Ours)),
        "taken over by kubectl"
    );
    assert_eq!(shown(&scene(&managed(ours), Owner::Ours)), "");
    assert_eq!(
        shown(&scene(&live(), Owner::Foreign("kubectl-edit".to_owned()))),
        "taken over by kubectl-edit"
    );
    assert_eq!(shown(&Scene::new(WEB).wrote(WEB, None)), "Deleted");
}

#[test]
fn nothing_of_a_secret_comes_out() {
    let secret =
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, stringData: {password: hunter2}}";
    let on_server = |data: &str| {
        format!(
            "{{apiVersion: v1, kind: Secret, metadata: {{name: s, annotations: {{copy: hunter2, \
             kubectl.kubernetes.io/last-applied-configuration: hunter2}}}}, data: {{{data}}}, type: Opaque}}"
        )
    };
    let same = on_server("password: aHVudGVyMg==");
    let edited = on_server("password: aHVudGVyMw==, more: aHVudGVyMg==");
    for held in [None, Some(&*same)] {
        let scene = Scene::new(secret).wrote(secret, held).wants(secret);
        let scene = scene.holds(&same, Owner::Ours);
        assert_eq!(told(scene.planned().as_ref()), "nothing");
        let scene = scene.holds(&edited, Owner::Ours);
        let answer = || Rehearsal::Fine {
            after: Some(Arc::new(value(&same))),
        };
        let plan = scene.rehearsed(answer()).unwrap();
        assert_eq!(told(Some(&plan)), "Update: Repair (drifted)");
        let all = format!("{plan:?} {:?} {:?}", scene.drift(), scene.texts.0);
        for clear in ["hunter2", "aHVudGVyMg", "hunter3", "aHVudGVyMw"] {
            assert!(!all.contains(clear), "{clear}: {all}");
        }
    }
    // What is asked is the real text.
    let newer = secret.replace("hunter2", "hunter3");
    let scene = Scene::new(secret).wrote(secret, None).wants(&newer);
    let plan = scene.holds(&same, Owner::Ours);
    let desired = plan.desired();
    let asked = questions(&plan.planned().unwrap(), Some(&desired), false, &key());
    let Operation::Put { text, .. } = &asked[0].operation else {
        panic!("a put");
    };
    assert!(text.contains("hunter3"));
}

#[test]
fn of_what_is_new_the_server_only_says_whether_it_would_take_it() {
    let scene = || Scene::new(WEB).wants(WEB);
    let plan = scene().planned().unwrap();
    assert!(questions(&plan, Some(&scene().desired()), false, &key()).is_empty());
    for answer in [
        Rehearsal::Unknown,
        Rehearsal::Fine {
            after: Some(Arc::new(value(&live()))),
        },
        Rehearsal::Immutable {
            message: "somebody was quicker".to_owned(),
        },
    ] {
        assert_eq!(scene().rehearsed(answer).as_ref(), Some(&plan));
    }
    let message = "exceeded quota".to_owned();
    let mut plan = scene().rehearsed(Rehearsal::Refused { message }).unwrap();
    let doubt = "prod/front: as things are now, the server would refuse Deployment.apps shop/web: exceeded quota";
    assert_eq!(doubts(&plan), [doubt]);
    assert_eq!(judge(&mut plan, None, None).refusals, []);
}

#[test]
fn the_server_has_the_last_word() {
    let after = |live: &str| Some(Arc::new(value(live)));
    let fine = |live: &str| Rehearsal::Fine { after: after(live) };
    let newer = WEB.replace("nginx:1", "nginx:2");
    let scaled = live().replace("replicas: 2\n", "replicas: 5\n");
    let update = || {
        Scene::new(WEB)
            .wrote(WEB, Some(&live()))
            .wants(&newer)
            .holds(&live(), Owner::Ours)
    };
    let repair = || {
        Scene::new(WEB)
            .wrote(WEB, Some(&live()))
            .wants(WEB)
            .holds(&scaled, Owner::Ours)
    };
    let adopt = || {
        let mut scene = Scene::new(WEB)
            .wants(WEB)
            .holds(&live(), Owner::Foreign("x".to_owned()));
        scene.adopt = true;
        scene
    };
    let claim = "{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: data}, spec: {storageClassName: a}}";
    let grow = || {
        let scene = Scene::new(claim).wrote(claim, Some(claim));
        scene
            .wants(&claim.replace(": a}", ": b}"))
            .holds(claim, Owner::Ours)
    };
    let contested = || Rehearsal::Contested {
        fields: vec![Contested {
            field: ".spec.replicas".to_owned(),
            manager: "kubectl".to_owned(),
        }],
        after: after(&live()),
    };
    let immutable = || Rehearsal::Immutable {
        message: "field is immutable".to_owned(),
    };
    let refused = || Rehearsal::Refused {
        message: "no".to_owned(),
    };
    let table = [
        (
            update(),
            Rehearsal::Unknown,
            "Update: Update (renders differently)",
        ),
        (
            update(),
            fine(&live().replace("nginx:1", "nginx:2")),
            "Update: Update (renders differently)",
        ),
        (
            update(),
            fine(&live()),
            "Record: Record (renders differently)",
        ),
        (repair(), fine(&live()), "Update: Repair (drifted)"),
        (repair(), fine(&scaled), "nothing"),
        (
            adopt(),
            fine(&live()),
            "Record: Record (renders differently)",
        ),
        (
            adopt(),
            fine(&live().replace("{app: web", "{app: web, ours: x")),
            "Update: Adopt (renders differently)",
        ),
        (
            repair(),
            contested(),
            "Update: Repair (drifted); --force-conflicts takes over .spec.replicas from kubectl on Deployment.apps shop/web",
        ),
        (
            update(),
            immutable(),
            "Replace: Replace (renders differently, cannot be changed in place: field is immutable); --approve-replace deletes Deployment.apps shop/web and makes it anew",
        ),
        (
            update(),
            refused(),
            "Update: Update (renders differently); refused: the server refuses Deployment.apps shop/web: no; mend what the layer renders, or have the server allow it",
        ),
        (
            grow(),
            immutable(),
            "Replace: Replace (renders differently, cannot be changed in place: field is immutable); --approve-replace deletes PersistentVolumeClaim shop/data and makes it anew; --approve-delete deletes PersistentVolumeClaim shop/data",
        ),
    ];
    for (scene, answer, expected) in table {
        let said = format!("{answer:?}");
        assert_eq!(told(scene.rehearsed(answer).as_ref()), expected, "{said}");
    }
    let plan = update()
        .rehearsed(fine(&live().replace("nginx:1", "nginx:2")))
        .unwrap();
    let says = plan.layers[0].objects[0].server.clone().unwrap();
    let (before, after) = (says.before.unwrap(), says.after.unwrap());
    assert!(
        before.contains("imagePullPolicy: Always") && !before.contains("status"),
        "{before}"
    );
    assert!(after.contains("nginx:2"), "{after}");
    // What the server holds is the measure from now on.
    let plan = update().rehearsed(fine(&live())).unwrap();
    let layer = &plan.layers[0];
    let held = layer.record.as_ref().unwrap().objects[0].held.unwrap();
    assert!(layer.blobs.iter().any(|blob| blob.digest == held));
}

#[test]
fn fields_of_others_are_left_to_them() {
    let rules = || {
        vec![IgnoreFields {
            kind: Some("Deployment".into()),
            name: None,
            paths: vec!["spec.replicas".parse().unwrap()],
        }]
    };
    let managed = |manager: &str, operation: &str| {
        let entry = format!(
            "{{manager: {manager}, operation: {operation}, fieldsV1: {{'f:spec': {{'f:replicas': {{}}, 'f:paused': {{}}}}}}}}"
        );
        let ours = "{manager: stratiform-01234567, operation: Apply, fieldsV1: {'f:spec': {'f:template': {'f:spec': {'f:containers': {'k:{\"name\":\"web\"}': {'f:image': {}}}}}}}}";
        live()
            .replace(
                "metadata: {name: web",
                &format!("metadata: {{managedFields: [{entry}, {ours}], name: web"),
            )
            .replace("replicas: 2\n", "replicas: 7\n")
    };
    let newer = WEB.replace("nginx:1", "nginx:2");
    let after = |live: &str| {
        let mut scene = Scene::new(WEB)
            .wrote(WEB, None)
            .wants(&newer)
            .holds(live, Owner::Ours);
        scene.rules = rules();
        assert!(scene.drift().is_empty());
        let plan = scene.planned().unwrap();
        value(&plan.layers[0].objects[0].after.as_ref().unwrap().text)
    };
    // An autoscaler owns it: we make no claim to it.
    let others = after(&managed("hpa", "Update"));
    assert_eq!(others.at(["spec", "replicas"]), None);
    // It would go with our claim, if we gave that up.
    let ours = after(&managed(MANAGER, "Apply"));
    assert_eq!(ours.at(["spec", "replicas"]), Some(&Value::from(7)));
}
