//! Charts in the place of packs: what others read of them, and the version of Kubernetes that they give.

use insta::assert_snapshot;

use crate::support::Sandbox;

const PROFILE: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: base}
spec:
  type: full
  cloud: aws
  layers:
    - {name: system, category: os, manifests: [{name: none, inline: '# nothing'}]}
    - {name: cluster, category: k8s, chart: {path: kube}}
    - name: network
      category: cni
      chart: {path: net, standsFor: {pack: cni-cilium}}
      values: {ipam: {mode: "{{ .spectro.system.cloud.type }}-eni"}}
    - {name: disks, category: csi, manifests: [{name: none, inline: '# nothing'}]}
    - name: reader
      category: system-app
      values:
        mode: "{{ .spectro.pack.cni-cilium.ipam.mode }}"
        none: "{{ .spectro.pack.cni-calico.ipam.mode | default `none` }}"
        kubernetes: "{{ .spectro.system.kubernetes.version }}"
      manifests:
        - name: reader
          inline: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: reader, namespace: default}
            data:
              mode: {{ .Values.mode }}
              none: {{ .Values.none }}
              kubernetes: {{ .Values.kubernetes | quote }}
              capabilities: {{ .Capabilities.KubeVersion.Version }}
"#;

fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "p/stratiform.yaml",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: trial}\n",
    );
    sandbox.write("p/profile.yaml", PROFILE);
    sandbox.write(
        "p/cluster.yaml",
        "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: one}\nspec:\n  cloud: aws\n  \
         profiles: [{name: base}]\n  target: {directory: {path: rendered}}\n",
    );
    for (name, version) in [("kube", "1.31.4"), ("net", "0.1.0")] {
        sandbox.write(
            &format!("p/{name}/Chart.yaml"),
            &format!("apiVersion: v2\nname: {name}\nversion: {version}\n"),
        );
    }
    sandbox
}

fn read(sandbox: &Sandbox) -> String {
    let arguments = ["render", "--cluster", "one", "--layer", "reader"];
    let output = sandbox.run("p", &arguments).expect(0);
    let (_, data) = output
        .stdout
        .split_once("\ndata:\n")
        .expect("there is data");
    let lines = data.lines().take_while(|line| line.starts_with("  "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn others_see_the_pack_that_a_chart_stands_for_and_its_kubernetes() {
    let sandbox = project();
    assert_snapshot!(read(&sandbox), @r"
      capabilities: v1.31.4
      kubernetes: 1.31.4
      mode: aws-eni
      none: none
    ");
    // The chart may be of another version than what it brings.
    sandbox.edit(
        "p/profile.yaml",
        "{path: kube}",
        "{path: kube, standsFor: {pack: kubernetes, version: 1.30.9}}",
    );
    assert_snapshot!(read(&sandbox), @r"
      capabilities: v1.30.9
      kubernetes: 1.30.9
      mode: aws-eni
      none: none
    ");
    // Two that stand for the same pack are one too many.
    sandbox.edit(
        "p/profile.yaml",
        "    - name: reader\n      category",
        "    - {name: other, category: system-app, chart: {path: net, standsFor: {pack: cni-cilium}}}\n    - name: reader\n      category",
    );
    let refused = sandbox.run("p", &["render", "--layer", "reader"]).expect(3);
    let said = "layers `network` and `other` are both made of pack `cni-cilium`, or stand for it";
    assert!(refused.stderr.contains(said), "{refused}");
}
