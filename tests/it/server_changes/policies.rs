//! What others on a server refuse, and what they change on its way in.

use std::time::{Duration, Instant};

use super::site::Site;
use crate::support::planes::plane;

const QUOTA: &str = "apiVersion: v1
kind: ResourceQuota
metadata: {namespace: NAMESPACE, name: few}
spec: {hard: {count/secrets: '1'}}
";

const LIMITS: &str = "apiVersion: v1
kind: LimitRange
metadata: {namespace: NAMESPACE, name: small}
spec:
  limits:
  - {type: Container, default: {memory: 64Mi}, defaultRequest: {memory: 32Mi}, max: {memory: 128Mi}}
";

/// A pod that says nothing of its memory, and a Secret.
const POD: &str = "apiVersion: v1
kind: Pod
metadata: {namespace: NAMESPACE, name: pod}
spec: {containers: [{name: main, image: 'nginx:1', resources: {requests: {cpu: 10m}}}]}
---
apiVersion: v1
kind: Secret
metadata: {namespace: NAMESPACE, name: first}
stringData: {a: b}
---
";

#[test]
fn quotas_and_limits_are_told_in_the_server_s_words() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    for text in [QUOTA, LIMITS] {
        plane.apply(&text.replace("NAMESPACE", &site.namespace));
    }
    let counted = "--for=jsonpath={.status.hard.count/secrets}=1";
    site.kubectl(&["wait", counted, "resourcequota/few", "--timeout=60s"]);

    // What a limit adds is nobody's drift.
    site.layers(&[("pods", POD)]);
    site.apply(&[]).exits(0);
    let memory = "{.spec.containers[0].resources.limits.memory}";
    assert_eq!(site.field("pod/pod", memory), "64Mi");
    site.is_settled();

    // One more than may be there.
    let more = format!(
        "{POD}{}",
        POD[POD
            .find("apiVersion: v1\nkind: Secret")
            .expect("it is there")..]
            .replace("first", "second")
    );
    site.layers(&[("pods", &more)]);
    let failed = site.apply(&[]).exits(1);
    for said in ["Secret", "/second", "exceeded quota: few"] {
        assert!(failed.err.contains(said), "{said}: {}", failed.err);
    }
    assert!(!failed.all().contains("Ygo="), "{}", failed.all());

    // More than one may have.
    let greedy = POD.replace("requests: {cpu: 10m}", "limits: {memory: 1Gi}");
    site.layers(&[("pods", &greedy.replace("name: pod}", "name: greedy}"))]);
    let failed = site.apply(&[]).exits(1);
    let said = "maximum memory usage per Container is 128Mi, but limit is 1Gi";
    assert!(failed.err.contains(said), "{}", failed.err);
    assert!(failed.err.contains("/greedy"), "{}", failed.err);

    site.layers(&[("pods", POD)]);
    site.apply(&[]).exits(0);
    site.is_settled();
}

/// Refuses one word in ConfigMaps of the namespace, and puts another in the place of a third.
const POLICIES: &str = "apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE]}]
  validations:
  - {expression: \"!has(object.data) || !('level' in object.data) || object.data.level != 'extreme'\", message: nothing is extreme here}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicy
metadata: {name: NAME}
spec:
  failurePolicy: Fail
  reinvocationPolicy: Never
  matchConstraints:
    resourceRules: [{apiGroups: [''], apiVersions: [v1], resources: [configmaps], operations: [CREATE, UPDATE]}]
  matchConditions:
  - {name: asks, expression: \"has(object.data) && 'level' in object.data\"}
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration:
      expression: >-
        Object{data: {'level': object.data.level == 'loud' ? 'low' : string(object.data.level), 'seen': 'yes'}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: MutatingAdmissionPolicyBinding
metadata: {name: NAME}
spec:
  policyName: NAME
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: NAME}}}
";

fn map(level: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{namespace: NAMESPACE, name: settings}}\ndata: {{level: {level}}}\n"
    )
}

#[test]
fn policies_refuse_and_change_what_is_written() {
    let Some(plane) = plane() else { return };
    let site = Site::new(plane);
    plane.apply(&POLICIES.replace("NAME", &site.namespace));
    // Servers hear of policies a moment later.
    let end = Instant::now() + Duration::from_secs(60);
    let tries = |level: &str| {
        let literal = format!("--from-literal=level={level}");
        let create = [
            "create",
            "configmap",
            "try",
            &literal,
            "--dry-run=server",
            "-o=yaml",
            "-n",
            &site.namespace,
        ];
        plane.kubectl(&create)
    };
    while tries("extreme").code == Some(0) || !tries("loud").stdout.contains("seen:") {
        assert!(
            Instant::now() < end,
            "no policy is at work: {}",
            tries("loud")
        );
    }

    // Of what is not there yet the plan says what the server thinks of it now; apply tries it.
    site.layers(&[("maps", &map("extreme"))]);
    let plan = site.folder.run(&["plan"]).exits(0);
    let doubt = "warning: c0/maps: as things are now, the server would refuse ConfigMap ";
    assert!(
        plan.err.contains(doubt) && plan.err.contains("nothing is extreme here"),
        "{}",
        plan.err
    );
    let failed = site.apply(&[]).exits(1);
    for said in ["ConfigMap", "/settings", "nothing is extreme here"] {
        assert!(failed.err.contains(said), "{said}: {}", failed.err);
    }

    // A server that puts something else in its place, and something beside it.
    site.layers(&[("maps", &map("loud"))]);
    site.apply(&[]).exits(0);
    assert_eq!(
        site.field("configmap/settings", "{.data}"),
        r#"{"level":"low","seen":"yes"}"#
    );
    site.is_settled();
    site.apply(&[]).exits(0);

    // What is there is asked about by the plan, and a refusal ends it there.
    site.layers(&[("maps", &map("extreme"))]);
    let plan = site.folder.run(&["plan"]).exits(1);
    insta::assert_snapshot!(site.plain(&plan.all()), @r#"
    ~ c0
      ~ maps manifests  (same version edited)
        ~ ConfigMap NAMESPACE/settings
          @@ -4,4 +4,4 @@ data
              name: settings
              namespace: NAMESPACE
            data:
          -   level: low
          +   level: extreme

    refused: c0/maps: the server refuses ConfigMap NAMESPACE/settings: configmaps "settings" is
      forbidden: ValidatingAdmissionPolicy 'NAMESPACE' with binding 'NAMESPACE' denied request: nothing is
      extreme here
      what would work: mend what the layer renders, or have the server allow it

    Plan: 1 cluster to change (of 1): 0 layers to create, 1 to update, 0 to delete; 1 object ~1.
    "#);
    site.layers(&[("maps", &map("high"))]);
    site.apply(&[]).exits(0);
    assert_eq!(site.field("configmap/settings", "{.data.level}"), "high");
    site.is_settled();
}
