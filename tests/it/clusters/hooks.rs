//! Helm hooks on a server.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use stratiform::model::{HookDeletion, HookOutput, ObjectKey};
use stratiform::target::{Hook, HookLog, Pace, Patience, Target as _, TargetError};

use super::fixture::{Cluster, key, layer, marks};
use crate::support::planes::{Fault, Faults, Plane, Proxy, User, plane};

/// What hooks have printed.
type Printed = Arc<Mutex<Vec<HookLog>>>;

fn patience(printed: &Printed) -> Patience {
    let printed = Arc::clone(printed);
    Patience {
        timeout: Duration::from_secs(60),
        told: Arc::new(|_| {}),
        printed: Arc::new(move |log| printed.lock().expect("nobody panics").push(log)),
    }
}

fn job(namespace: &str, fails: &str) -> String {
    format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: migrate, namespace: {namespace}, annotations: {{helm.sh/hook: pre-install}}}}\nspec:\n  backoffLimit: 0\n  \
         template:\n    metadata: {{annotations: {{{fails}}}}}\n    \
         spec: {{restartPolicy: Never, containers: [{{name: run, image: 'busybox:1'}}]}}\n"
    )
}

fn hook(text: &str, deletions: &[HookDeletion]) -> Hook {
    Hook {
        layer: layer(),
        key: key(text),
        text: text.into(),
        deletions: deletions.to_vec(),
        outputs: Vec::new(),
    }
}

fn space(plane: &Plane) -> String {
    let name = plane.namespace();
    plane.kubectl(&["create", "namespace", &name]).expect(0);
    name
}

/// The uid of an object; empty when it is not there.
fn uid(plane: &Plane, key: &ObjectKey) -> String {
    let what = format!("{}/{}", key.kind_and_group(), key.name);
    let asked = [
        "get",
        &what,
        "-n",
        &key.namespace,
        "--ignore-not-found",
        "-o=jsonpath={.metadata.uid}",
    ];
    plane.kubectl(&asked).expect(0).stdout
}

fn run(cluster: &Cluster, hook: &Hook) -> Result<(), TargetError> {
    run_and_hear(cluster, hook).0
}

fn run_and_hear(cluster: &Cluster, hook: &Hook) -> (Result<(), TargetError>, Vec<HookLog>) {
    let printed = Printed::default();
    let running = cluster.target.run_hook(hook.clone(), patience(&printed));
    let ran = cluster.block_on(running);
    let printed = printed.lock().expect("nobody panics").clone();
    (ran, printed)
}

#[test]
fn a_job_is_waited_for_and_made_anew_the_next_time() {
    let Some(plane) = plane() else { return };
    let (cluster, space) = (Cluster::new(plane), space(plane));
    let text = job(&space, "");
    let before = hook(&text, &[HookDeletion::BeforeCreation, HookDeletion::Failed]);
    run(&cluster, &before).expect("it runs");
    let first = uid(plane, &before.key);
    let state = [
        "get",
        "job/migrate",
        "-n",
        &space,
        "-o=jsonpath={.status.succeeded} {.metadata.labels.stratiform/project}",
    ];
    // Without the marks by which our own objects are found.
    assert_eq!(plane.kubectl(&state).expect(0).stdout, "1 ");
    run(&cluster, &before).expect("it runs again");
    let second = uid(plane, &before.key);
    assert!(!first.is_empty() && !second.is_empty() && first != second);
    // It goes only when it says so.
    let clear = |hook: &Hook| cluster.block_on(cluster.target.clear_hook(hook.clone()));
    clear(&before).expect("nothing to do");
    assert_eq!(uid(plane, &before.key), second);
    clear(&hook(&text, &[HookDeletion::Succeeded])).expect("it goes");
    assert_eq!(uid(plane, &before.key), "");
    clear(&hook(&text, &[HookDeletion::Succeeded])).expect("it has gone already");
}

#[test]
fn a_job_that_fails_is_told_with_its_pods_and_goes_if_it_says_so() {
    let Some(plane) = plane() else { return };
    let (cluster, space) = (Cluster::new(plane), space(plane));
    let text = job(&space, "stratiform.test/fails: Error");
    for (deletions, stays) in [
        (vec![HookDeletion::BeforeCreation], true),
        (
            vec![HookDeletion::BeforeCreation, HookDeletion::Failed],
            false,
        ),
    ] {
        let hook = hook(&text, &deletions);
        let error = run(&cluster, &hook).expect_err("it fails").to_string();
        assert!(
            error.contains("is not ready: the Job failed: BackoffLimitExceeded"),
            "{error}"
        );
        assert!(
            error.contains("container run ended with 1: Error"),
            "{error}"
        );
        assert_eq!(!uid(plane, &hook.key).is_empty(), stays);
    }
}

#[test]
fn what_does_not_run_is_ready_at_once_and_pods_run_to_their_end() {
    let Some(plane) = plane() else { return };
    let (cluster, space) = (Cluster::new(plane), space(plane));
    let head = |kind: &str, name: &str| {
        format!(
            "apiVersion: v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: {space}, annotations: {{helm.sh/hook: pre-install}}}}\n"
        )
    };
    let account = head("ServiceAccount", "migrate");
    let service = format!(
        "{}spec: {{type: LoadBalancer, ports: [{{port: 80}}]}}\n",
        head("Service", "front")
    );
    let pod = format!(
        "{}spec: {{restartPolicy: Never, containers: [{{name: run, image: 'busybox:1'}}]}}\n",
        head("Pod", "run")
    );
    for text in [account, service, pod] {
        let hook = hook(&text, &[HookDeletion::BeforeCreation]);
        run(&cluster, &hook).expect("it runs");
        assert!(!uid(plane, &hook.key).is_empty());
    }
    let phase = [
        "get",
        "pod/run",
        "-n",
        &space,
        "-o=jsonpath={.status.phase}",
    ];
    assert_eq!(plane.kubectl(&phase).expect(0).stdout, "Succeeded");
}

#[test]
fn nothing_that_is_no_hook_is_touched_for_one() {
    let Some(plane) = plane() else { return };
    let (cluster, space) = (Cluster::new(plane), space(plane));
    let text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {space}}}\ndata: {{a: '1'}}\n"
    );
    plane.apply(&text);
    let there = uid(plane, &key(&text));
    for deletions in [&[HookDeletion::BeforeCreation][..], &[]] {
        let error = run(&cluster, &hook(&text, deletions)).expect_err("it is somebody's");
        assert!(matches!(error, TargetError::Foreign { .. }), "{error}");
    }
    assert_eq!(uid(plane, &key(&text)), there);
}

#[test]
fn a_hook_that_the_server_refuses_says_why() {
    let Some(plane) = plane() else { return };
    let (cluster, space) = (Cluster::new(plane), space(plane));
    let nowhere = job("no-such-namespace", "");
    let error = run(&cluster, &hook(&nowhere, &[]))
        .expect_err("it cannot be made")
        .to_string();
    assert!(
        error.contains("there is no namespace no-such-namespace"),
        "{error}"
    );
    let unknown = format!(
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: a, namespace: {space}}}\n"
    );
    let error = run(&cluster, &hook(&unknown, &[]))
        .expect_err("it is not served")
        .to_string();
    assert!(error.contains("it serves no Widget.example.com"), "{error}");
}

#[test]
fn what_hooks_print_is_told_when_they_want_it() {
    let Some(plane) = plane() else { return };
    let space = space(plane);
    let logs = |_: &str, target: &str| target.contains("/log?");
    let proxy = Proxy::start(plane, Faults::none());
    let kubeconfig = proxy.kubeconfig(plane, User::Admin);
    let cluster = Cluster::with(kubeconfig, marks(0x77, 1), Pace::default());
    let pod = format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: check, namespace: {space}, annotations: {{helm.sh/hook: test}}}}\nspec:\n  restartPolicy: Never\n  \
         containers: [{{name: a, image: 'busybox:1'}}, {{name: b, image: 'busybox:1'}}]\n"
    );
    let good = job(&space, "");
    let bad = job(&space, "stratiform.test/fails: Error");
    let wants = |text: &str, outputs: &[HookOutput]| {
        let deletions = [HookDeletion::BeforeCreation, HookDeletion::Failed];
        Hook {
            outputs: outputs.to_vec(),
            ..hook(text, &deletions)
        }
    };
    let both = [HookOutput::Succeeded, HookOutput::Failed];
    for (text, outputs, containers) in [
        (&pod, &both[..], &["a", "b"][..]),
        (&good, &[HookOutput::Succeeded], &["run"]),
        (&good, &[HookOutput::Failed], &[]),
        (&good, &[], &[]),
        (&bad, &[HookOutput::Succeeded], &[]),
        (&bad, &[HookOutput::Failed], &["run"]),
    ] {
        let (ran, printed) = run_and_hear(&cluster, &wants(text, outputs));
        assert_eq!(ran.is_ok(), *text != bad, "{ran:?}");
        let told: Vec<&str> = printed.iter().map(|log| log.container.as_str()).collect();
        assert_eq!(told, containers, "{text}");
        assert!(
            printed
                .iter()
                .all(|log| log.text == Ok("one\ntwo\n".to_owned())),
            "{printed:?}"
        );
    }
    let path = format!("/api/v1/namespaces/{space}/pods/check/log");
    let asked = proxy.asked();
    let first = asked.iter().find(|asked| asked.path == path);
    let query = &first.expect("it was asked").query;
    assert_eq!(query, "container=a&tailLines=1000&limitBytes=262144");

    // That nothing can be had changes nothing.
    for (fault, why) in [
        (Fault::Answer(403), "the proxy of a test answers 403"),
        (Fault::Answer(404), "the proxy of a test answers 404"),
    ] {
        proxy.set_faults(Faults::each(fault, logs));
        let (ran, printed) = run_and_hear(&cluster, &wants(&good, &both));
        assert!(ran.is_ok(), "{ran:?}");
        let texts: Vec<_> = printed.into_iter().map(|log| log.text).collect();
        assert_eq!(texts, [Err(why.to_owned())]);
    }
    let pods = |_: &str, target: &str| target.contains("/pods?labelSelector=job-name");
    proxy.set_faults(Faults::each(Fault::Answer(403), pods));
    let (ran, printed) = run_and_hear(&cluster, &wants(&bad, &both));
    let error = ran.expect_err("it fails").to_string();
    assert!(error.contains("the Job failed"), "{error}");
    assert!(
        printed[0].text.is_err() && printed.len() == 1,
        "{printed:?}"
    );
}
