//! Objects as servers tell them, and how far they are.

use super::*;
use crate::yaml;

fn object(text: &str) -> Value {
    let mut all = yaml::parse(text).expect("tests write YAML");
    all.pop().expect("tests write an object")
}

/// `head` is what all rows have; each row adds to it in flow style: `spec: {...}, status: {...}`.
fn check(head: &str, rows: &[(&str, &str)]) {
    for (body, expected) in rows {
        let text = format!("{{{head}, {body}}}");
        assert_eq!(status(&object(&text)).to_string(), *expected, "{text}");
    }
}

#[test]
fn deployments() {
    check(
        "apiVersion: apps/v1, kind: Deployment",
        &[
            (
                "metadata: {generation: 2}, spec: {replicas: 3}, status: {observedGeneration: 1, replicas: 3}",
                "progressing: its controller has not looked at its latest change yet",
            ),
            (
                "metadata: {generation: 1}, spec: {replicas: 3}",
                "progressing: 0 of 3 replicas are there",
            ),
            (
                "spec: {}, status: {}",
                "progressing: 0 of 1 replica is there",
            ),
            (
                "spec: {replicas: 3}, status: {replicas: 4, updatedReplicas: 2}",
                "progressing: 2 of 3 replicas are updated",
            ),
            (
                "spec: {replicas: 3}, status: {replicas: 4, updatedReplicas: 3}",
                "progressing: 1 old replica has to go",
            ),
            (
                "spec: {replicas: 3}, status: {replicas: 3, updatedReplicas: 3, availableReplicas: 2, readyReplicas: 3}",
                "progressing: 2 of 3 replicas are available",
            ),
            (
                "spec: {replicas: 3}, status: {replicas: 3, updatedReplicas: 3, availableReplicas: 3, readyReplicas: 2}",
                "progressing: 2 of 3 replicas are ready",
            ),
            (
                "spec: {replicas: 1, progressDeadlineSeconds: 600}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: ReplicaSetUpdated}]}",
                "progressing: its new ReplicaSet is not available yet",
            ),
            (
                "spec: {replicas: 1, progressDeadlineSeconds: 600}, status: {replicas: 1, updatedReplicas: 1, availableReplicas: 1, readyReplicas: 1, conditions: [{type: Available, status: 'True'}, {type: Progressing, status: 'True', reason: NewReplicaSetAvailable}]}",
                "ready",
            ),
            (
                "spec: {replicas: 0, progressDeadlineSeconds: 2147483647}, status: {conditions: [{type: Available, status: 'False', reason: MinimumReplicasUnavailable}]}",
                "progressing: it is not available: MinimumReplicasUnavailable",
            ),
            (
                "spec: {replicas: 0, progressDeadlineSeconds: 2147483647}, status: {conditions: [{type: Available, status: 'True'}]}",
                "ready",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 1, conditions: [{type: Progressing, status: 'False', reason: ProgressDeadlineExceeded, message: ReplicaSet web-1 has timed out progressing.}]}",
                "failed: its progress deadline is exceeded: ProgressDeadlineExceeded: ReplicaSet web-1 has timed out progressing.",
            ),
            ("spec: {replicas: 1, paused: true}", "ready"),
            (
                "metadata: {deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: [foregroundDeletion]}",
                "terminating: it is being deleted and waits for its finalizers: foregroundDeletion",
            ),
        ],
    );
}

#[test]
fn stateful_sets() {
    check(
        "apiVersion: apps/v1, kind: StatefulSet",
        &[
            (
                "spec: {replicas: 2}, status: {replicas: 1}",
                "progressing: 1 of 2 replicas are there",
            ),
            (
                "spec: {replicas: 2}, status: {replicas: 2}",
                "progressing: 0 of 2 replicas are ready",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 3, readyReplicas: 3}",
                "progressing: 2 old replicas have to go",
            ),
            (
                "spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, status: {replicas: 3, readyReplicas: 3, currentRevision: a, updateRevision: b}",
                "progressing: 0 of 1 replica is updated above the partition",
            ),
            (
                "spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 2}}}, status: {replicas: 3, readyReplicas: 3, updatedReplicas: 1, currentRevision: a, updateRevision: b}",
                "ready",
            ),
            (
                "spec: {replicas: 3, updateStrategy: {rollingUpdate: {partition: 5}}}, status: {replicas: 3, readyReplicas: 3}",
                "ready",
            ),
            (
                "spec: {replicas: 2, updateStrategy: {rollingUpdate: {partition: 0}}}, status: {replicas: 2, readyReplicas: 2, updatedReplicas: 1, currentRevision: a, updateRevision: b}",
                "progressing: 1 of 2 replicas are updated",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 1, readyReplicas: 1, updatedReplicas: 1, currentRevision: a, updateRevision: b}",
                "progressing: its new revision is not the current one yet",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 1, readyReplicas: 1, currentRevision: b, updateRevision: b}",
                "ready",
            ),
            (
                "spec: {replicas: 3, updateStrategy: {type: OnDelete}}, status: {replicas: 1}",
                "ready",
            ),
        ],
    );
}

#[test]
fn daemon_sets() {
    check(
        "apiVersion: apps/v1, kind: DaemonSet",
        &[
            (
                "metadata: {generation: 1}, status: {desiredNumberScheduled: 0}",
                "progressing: its controller has not looked at it yet",
            ),
            (
                "metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 1}",
                "progressing: 1 of 2 replicas are scheduled",
            ),
            (
                "metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1}",
                "progressing: 1 of 2 replicas are available",
            ),
            (
                "metadata: {generation: 1}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2, numberReady: 2}",
                "ready",
            ),
            (
                "metadata: {generation: 1}, spec: {updateStrategy: {type: OnDelete}}, status: {observedGeneration: 1, desiredNumberScheduled: 2, currentNumberScheduled: 2, numberReady: 2}",
                "ready",
            ),
        ],
    );
}

#[test]
fn replica_sets() {
    check(
        "apiVersion: apps/v1, kind: ReplicaSet",
        &[
            (
                "spec: {replicas: 1}, status: {conditions: [{type: ReplicaFailure, status: 'True', reason: FailedCreate, message: quota}]}",
                "progressing: it cannot make its pods: FailedCreate: quota",
            ),
            (
                "spec: {replicas: 2}, status: {replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 1}",
                "progressing: 1 of 2 replicas are available",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 2, fullyLabeledReplicas: 2, availableReplicas: 2, readyReplicas: 2}",
                "progressing: 1 old replica has to go",
            ),
            (
                "spec: {replicas: 1}, status: {replicas: 1, fullyLabeledReplicas: 1, availableReplicas: 1, readyReplicas: 1}",
                "ready",
            ),
        ],
    );
}

#[test]
fn jobs_and_cron_jobs() {
    check(
        "apiVersion: batch/v1, kind: Job",
        &[
            ("spec: {}", "progressing: the Job has not started"),
            (
                "spec: {completions: 3}, status: {startTime: t, succeeded: 1, failed: 2}",
                "progressing: 1 of 3 runs of the Job are done, 2 failed",
            ),
            (
                "spec: {}, status: {conditions: [{type: Complete, status: 'True'}]}",
                "ready",
            ),
            (
                "spec: {}, status: {conditions: [{type: Failed, status: 'True', reason: BackoffLimitExceeded, message: Job has reached the specified backoff limit}]}",
                "failed: the Job failed: BackoffLimitExceeded: Job has reached the specified backoff limit",
            ),
            (
                "spec: {}, status: {startTime: t, conditions: [{type: Failed, status: 'False'}]}",
                "progressing: 0 of 1 runs of the Job are done",
            ),
            (
                "spec: {suspend: true}, status: {conditions: [{type: Suspended, status: 'True'}]}",
                "ready",
            ),
        ],
    );
    check(
        "apiVersion: batch/v1, kind: CronJob",
        &[("spec: {suspend: true}", "ready")],
    );
}

#[test]
fn pods() {
    check(
        "apiVersion: v1, kind: Pod",
        &[
            ("status: {}", "progressing: the pod is pending"),
            (
                "status: {phase: Pending, conditions: [{type: PodScheduled, status: 'False', reason: Unschedulable, message: 0/3 nodes are available}]}",
                "progressing: the pod is not scheduled: Unschedulable: 0/3 nodes are available",
            ),
            (
                "status: {phase: Pending, containerStatuses: [{name: web, state: {waiting: {reason: ContainerCreating}}}]}",
                "progressing: the pod is pending",
            ),
            (
                "status: {phase: Pending, containerStatuses: [{name: web, state: {waiting: {reason: ImagePullBackOff, message: 'Back-off pulling image \"nginx:none\"'}}}]}",
                "progressing: container web: ImagePullBackOff: Back-off pulling image \"nginx:none\"",
            ),
            (
                "status: {phase: Running, containerStatuses: [{name: web, state: {waiting: {reason: CrashLoopBackOff}}, lastState: {terminated: {exitCode: 1, reason: Error}}}]}",
                "progressing: container web: CrashLoopBackOff; it ended with 1: Error",
            ),
            (
                "status: {phase: Pending, initContainerStatuses: [{name: first, state: {terminated: {exitCode: 2, reason: Error, message: \"no database\\n\"}}}]}",
                "progressing: container first ended with 2: Error: no database",
            ),
            (
                "status: {phase: Running, conditions: [{type: Ready, status: 'False', reason: ContainersNotReady}]}",
                "progressing: the pod is not ready: ContainersNotReady",
            ),
            (
                "status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}",
                "ready",
            ),
            ("status: {phase: Succeeded}", "ready"),
            (
                "status: {phase: Failed, message: The node was low on memory}",
                "failed: the pod failed: The node was low on memory",
            ),
            (
                "status: {phase: Failed, containerStatuses: [{name: run, state: {terminated: {exitCode: 3}}}]}",
                "failed: the pod failed: container run ended with 3",
            ),
        ],
    );
}

#[test]
fn claims() {
    check(
        "apiVersion: v1, kind: PersistentVolumeClaim",
        &[
            ("status: {phase: Bound}", "ready"),
            (
                "status: {phase: Pending}",
                "progressing: it is not bound to a volume",
            ),
            ("status: {phase: Lost}", "failed: its volume is lost"),
        ],
    );
}

#[test]
fn claims_that_wait_for_their_first_consumer() {
    let late = object("{volumeBindingMode: WaitForFirstConsumer}");
    let pending = object("{status: {phase: Pending}}");
    assert!(awaits_consumer(&pending, &late));
    assert!(!awaits_consumer(
        &pending,
        &object("{volumeBindingMode: Immediate}")
    ));
    let scheduled = "{metadata: {annotations: {volume.kubernetes.io/selected-node: n}}, status: {phase: Pending}}";
    assert!(!awaits_consumer(&object(scheduled), &late));
}

#[test]
fn services() {
    check(
        "apiVersion: v1, kind: Service",
        &[
            ("spec: {type: ClusterIP, clusterIP: 10.0.0.1}", "ready"),
            (
                "spec: {type: ExternalName, externalName: example.com}",
                "ready",
            ),
            (
                "spec: {type: LoadBalancer, clusterIP: 10.0.0.1}, status: {loadBalancer: {}}",
                "progressing: the load balancer has no address yet",
            ),
            (
                "spec: {type: LoadBalancer}, status: {loadBalancer: {ingress: [{ip: 192.0.2.1}]}}",
                "ready",
            ),
            (
                "spec: {type: LoadBalancer, externalIPs: [192.0.2.1]}",
                "ready",
            ),
        ],
    );
}

#[test]
fn definitions_and_api_services() {
    check(
        "apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition",
        &[
            ("spec: {}", "progressing: it is not established yet"),
            (
                "status: {conditions: [{type: NamesAccepted, status: 'False', reason: ListKindConflict, message: WidgetList is already in use}]}",
                "failed: its names are not accepted: ListKindConflict: WidgetList is already in use",
            ),
            (
                "status: {conditions: [{type: Established, status: 'False', reason: Installing}]}",
                "progressing: it is not established yet",
            ),
            (
                "status: {conditions: [{type: Established, status: 'False', reason: NotAccepted}]}",
                "failed: it cannot be established: NotAccepted",
            ),
            (
                "status: {conditions: [{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]}",
                "ready",
            ),
        ],
    );
    check(
        "apiVersion: apiregistration.k8s.io/v1, kind: APIService",
        &[
            ("spec: {}", "progressing: it is not available yet"),
            (
                "status: {conditions: [{type: Available, status: 'False', reason: MissingEndpoints}]}",
                "progressing: it is not available: MissingEndpoints",
            ),
            (
                "status: {conditions: [{type: Available, status: 'True'}]}",
                "ready",
            ),
        ],
    );
}

#[test]
fn what_is_ready_as_soon_as_it_is_there() {
    for kind in [
        "v1, kind: ConfigMap",
        "v1, kind: Namespace",
        "policy/v1, kind: PodDisruptionBudget",
        "networking.k8s.io/v1, kind: Ingress",
        "rbac.authorization.k8s.io/v1, kind: ClusterRole",
    ] {
        check(
            &format!("apiVersion: {kind}"),
            &[(
                "metadata: {generation: 2}, status: {observedGeneration: 2}",
                "ready",
            )],
        );
    }
    check(
        "apiVersion: v1, kind: Namespace",
        &[(
            "metadata: {deletionTimestamp: t}",
            "terminating: it is being deleted",
        )],
    );
}

#[test]
fn anything_else_by_its_conditions() {
    check(
        "apiVersion: example.com/v1, kind: Widget",
        &[
            ("spec: {}", "ready"),
            (
                "metadata: {generation: 3}, status: {observedGeneration: 2, conditions: [{type: Ready, status: 'True'}]}",
                "progressing: its controller has not looked at its latest change yet",
            ),
            (
                "metadata: {generation: 3}, status: {conditions: [{type: Ready, status: 'False', observedGeneration: 2}]}",
                "ready",
            ),
            (
                "status: {conditions: [{type: Reconciling, status: 'True', reason: Busy}, {type: Ready, status: 'True'}]}",
                "progressing: it is being reconciled: Busy",
            ),
            (
                "status: {conditions: [{type: Stalled, status: 'True', reason: NoSource, message: there is none}]}",
                "failed: it is stalled: NoSource: there is none",
            ),
            (
                "status: {conditions: [{type: Ready, status: Unknown, reason: Checking}]}",
                "progressing: it is not ready: Checking",
            ),
            (
                "status: {conditions: [{type: Available, status: 'False'}]}",
                "progressing: it is not available",
            ),
            (
                "status: {conditions: [{type: Available, status: 'False'}, {type: Ready, status: 'True'}]}",
                "ready",
            ),
        ],
    );
}

#[test]
fn hooks_run_to_their_end() {
    let rows = [
        (
            "{apiVersion: v1, kind: Pod, status: {phase: Running, conditions: [{type: Ready, status: 'True'}]}}",
            "progressing: the pod runs",
        ),
        (
            "{apiVersion: v1, kind: Pod, status: {phase: Succeeded}}",
            "ready",
        ),
        (
            "{apiVersion: batch/v1, kind: Job, status: {startTime: t}}",
            "progressing: 0 of 1 runs of the Job are done",
        ),
        (
            "{apiVersion: batch/v1, kind: Job, status: {conditions: [{type: Complete, status: 'True'}]}}",
            "ready",
        ),
        (
            "{apiVersion: apps/v1, kind: Deployment, spec: {replicas: 3}}",
            "ready",
        ),
    ];
    for (text, expected) in rows {
        assert_eq!(hook_status(&object(text)).to_string(), expected, "{text}");
    }
}
