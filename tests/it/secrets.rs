//! Secrets: they stand in the rendered files, and nowhere else.

use std::collections::HashSet;

use base64::Engine;

use crate::support::project::{Folder, Ran};

const DOCUMENTS: &str = r#"apiVersion: stratiform/v1
kind: Registry
metadata: {name: local}
spec: {directory: {path: packs}}
---
apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  variables:
    - {name: literal, format: string, required: true, sensitive: true}
    - {name: fromenv, format: string, required: true, sensitive: true}
    - {name: fromfile, format: string, required: true, sensitive: true}
  layers:
    - name: vault
      category: security
      pack: {name: vault, version: 1.0.0}
      values:
        token: "{{ .spectro.var.literal }}"
        manifests:
          vault:
            literal: "{{ .spectro.var.literal }}"
            fromenv: "user:{{ .spectro.var.fromenv }}@host"
            fromfile: "{{ .spectro.var.fromfile }}"
    - name: reader
      category: system-app
      dependsOn: [vault]
      values: {seen: "{{ .spectro.pack.vault.token }}"}
      manifests:
        - name: reader
          inline: |
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: reader, annotations: {note: "uses {{ .Values.seen }}"}}
            data: {half: "{{ .Values.seen | trunc 14 }}"}
---
apiVersion: stratiform/v1
kind: Cluster
metadata: {name: c0}
spec:
  existing: {kubernetesVersion: 1.33.1}
  profiles: [{name: stuff}]
  variables:
    literal: LITERAL
    fromenv: {fromEnv: TRIAL_TOKEN}
    fromfile: {fromFile: token.txt}
  target: {directory: {path: out/c0, secrets: write}}
"#;

const MANIFEST: &str = r#"apiVersion: v1
kind: Secret
metadata: {name: one}
data:
  literal: {{ .Values.literal | b64enc }}
  fixed: {{ "FIXED" | b64enc }}
stringData:
  fromenv: {{ .Values.fromenv }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: text}
data:
  file: |
    password = {{ .Values.fromfile }}
    other = public
"#;

const LITERAL: &str = "lit9Qk2mVx7Tz4Wp8Rs";
const ENVIRONMENT: &str = "env5Hn3bYc6Jd1Fg0Lv";
const FILE: &str = "fil8Xs4aUe2Mi7Ko6Pq";
const FIXED: &str = "fix3Zw9oBt5Gn1Dh2Ry";

fn project() -> Folder {
    let folder = Folder::new("{}");
    folder.put("all.yaml", DOCUMENTS.replace("LITERAL", LITERAL));
    folder.put("token.txt", format!("{FILE}\n"));
    folder.put(
        "packs/vault-1.0.0/pack.json",
        r#"{"name": "vault", "displayName": "Vault", "version": "1.0.0", "layer": "addon", "kubeManifests": ["manifests/vault.yaml"]}"#,
    );
    folder.put(
        "packs/vault-1.0.0/values.yaml",
        "pack: {namespace: default}\n",
    );
    folder.put(
        "packs/vault-1.0.0/manifests/vault.yaml",
        MANIFEST.replace("FIXED", FIXED),
    );
    folder
}

/// Pieces of a secret that are at least so long must be nowhere.
const LENGTH: usize = 12;

/// Every piece of this length of every secret, in clear and in base64 at each of its three offsets.
fn needles(secrets: &[&str]) -> Vec<String> {
    let mut all = Vec::new();
    for secret in secrets {
        let mut pieces = |text: &str| {
            for at in 0..=text.len() - LENGTH {
                all.push(text[at..at + LENGTH].to_owned());
            }
        };
        pieces(secret);
        for offset in 0..3 {
            let text = format!("{}{secret}", "x".repeat(offset));
            let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(text);
            // What the offset and the end have a part in is not only the secret's.
            pieces(&encoded[offset + 1..encoded.len() - 2]);
        }
    }
    all
}

/// Everything that was said and written, by where.
#[derive(Default)]
struct Heard(Vec<(String, Vec<u8>)>);

impl Heard {
    fn run(&mut self, folder: &Folder, token: &str, arguments: &[&str]) -> Ran {
        let ran = folder.run_with(&[("TRIAL_TOKEN", token)], arguments);
        self.0.push((arguments.join(" "), ran.all().into_bytes()));
        self.files(folder);
        ran
    }

    /// Files that must not know a secret: all but documents, packs, and what is rendered.
    fn files(&mut self, folder: &Folder) {
        for (path, bytes) in folder.bytes("") {
            let given = [
                "out/",
                "packs/",
                "all.yaml",
                "token.txt",
                "state/stratiform.key",
            ];
            if !given.iter().any(|given| path.starts_with(given)) {
                self.0.push((path, bytes));
            }
        }
    }

    #[track_caller]
    fn knows_none(&self, secrets: &[&str]) {
        let needles: HashSet<Vec<u8>> = needles(secrets)
            .into_iter()
            .map(String::into_bytes)
            .collect();
        let mut looked_at = HashSet::new();
        for (place, bytes) in &self.0 {
            if !looked_at.insert(bytes) {
                continue;
            }
            if let Some(found) = bytes
                .windows(LENGTH)
                .find(|window| needles.contains(*window))
            {
                panic!(
                    "{} of {secrets:?} stands in {place}:\n{}",
                    String::from_utf8_lossy(found),
                    String::from_utf8_lossy(bytes)
                );
            }
        }
    }
}

#[test]
fn secrets_stand_in_the_rendered_files_only() {
    let folder = project();
    let mut heard = Heard::default();
    let everything: &[&[&str]] = &[
        &["validate", "-vv"],
        &["plan", "-vv", "--expand", "--out", "plan.bin"],
        &["plan", "--json"],
        &["plan", "--format", "markdown", "--expand"],
        &["show", "plan.bin", "--expand"],
        &["show", "plan.bin", "--json"],
        &["show", "c0"],
        &["show", "c0", "--json"],
        &["apply", "plan.bin", "-vv"],
        &["plan", "--detailed-exitcode"],
        &["drift", "-vv"],
        &["history", "--json"],
        &["state", "list", "--depth", "objects"],
        &["state", "show", "c0"],
        &["state", "show", "c0/vault"],
        &["state", "show", "c0/vault/Secret/default/one"],
        &["state", "show", "c0/vault/ConfigMap/default/text"],
        &["state", "show", "c0/reader/ConfigMap/default/reader"],
        &["state", "backup", "backup.db"],
        &["graph"],
        &["profile", "show", "stuff"],
    ];
    for arguments in everything {
        heard.run(&folder, ENVIRONMENT, arguments).exits(0);
    }
    let secrets = [LITERAL, ENVIRONMENT, FILE, FIXED];
    heard.knows_none(&secrets);
    let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
    let secret = folder.text("out/c0/vault/secret.default.one.yaml");
    assert!(
        secret.contains(&encoded(LITERAL)) && secret.contains(&encoded(FIXED)),
        "{secret}"
    );
    assert!(
        secret.contains(&format!("user:{ENVIRONMENT}@host")),
        "{secret}"
    );
    let text = folder.text("out/c0/vault/configmap.default.text.yaml");
    assert!(
        text.contains(FILE) && text.contains("other = public"),
        "{text}"
    );
    let reader = folder.text("out/c0/reader/configmap.default.reader.yaml");
    assert!(
        reader.contains(&format!("uses {LITERAL}")) && reader.contains(&LITERAL[..14]),
        "{reader}"
    );

    // Another secret: the plan says that it changes, and not into what.
    let other = "oth7Vc1rEa9Ls6Nk3Jm";
    let plan = heard
        .run(&folder, other, &["plan", "--expand", "--detailed-exitcode"])
        .exits(2);
    assert!(
        plan.out.contains("Secret") && !plan.out.contains("reader"),
        "{}",
        plan.out
    );
    heard.run(&folder, other, &["plan", "--json"]).exits(0);
    heard
        .run(&folder, other, &["plan", "--out", "other.bin"])
        .exits(0);
    // The plan is for that secret and for no other.
    let refused = heard
        .run(&folder, ENVIRONMENT, &["apply", "other.bin", "-vv"])
        .exits(1);
    assert!(
        refused.err.contains("renders other sensitive values now"),
        "{}",
        refused.err
    );
    assert_eq!(folder.text("out/c0/vault/secret.default.one.yaml"), secret);
    heard
        .run(
            &folder,
            other,
            &["apply", "--auto-approve", "-vv", "--json"],
        )
        .exits(0);
    heard
        .run(
            &folder,
            other,
            &["plan", "--refresh", "all", "--detailed-exitcode"],
        )
        .exits(0);
    let now = folder.text("out/c0/vault/secret.default.one.yaml");
    assert!(now.contains(&format!("user:{other}@host")), "{now}");

    // Somebody edits the secret on the target: the field is told, its values are not.
    let theirs = "thr2Wb8qHo4Cy5Tf0Xi";
    let (file, path) = (
        folder.text("out/c0/vault/secret.default.one.yaml"),
        "out/c0/vault/secret.default.one.yaml",
    );
    folder.edit(path, &format!("user:{other}@host"), theirs);
    folder.edit("out/c0/vault/configmap.default.text.yaml", FILE, theirs);
    for arguments in [
        &["drift", "--expand"][..],
        &["drift", "--json"],
        &["drift", "--format", "prometheus"],
    ] {
        let drift = heard.run(&folder, other, arguments).exits(2);
        assert!(
            arguments[1] == "--format" || drift.out.contains("fromenv"),
            "{}",
            drift.out
        );
    }
    heard.run(&folder, other, &["plan", "--expand"]).exits(0);
    heard.run(&folder, other, &["plan", "--json"]).exits(0);
    heard
        .run(&folder, other, &["apply", "--auto-approve", "-vv"])
        .exits(0);
    assert_eq!(folder.text(path), file);
    heard.run(&folder, other, &["drift"]).exits(0);
    heard.knows_none(&[LITERAL, ENVIRONMENT, FILE, FIXED, other, theirs]);

    // Rolled back without the old secret at hand: refused, and nothing is written.
    let back = heard
        .run(
            &folder,
            other,
            &["rollback", "c0", "--to", "1", "--auto-approve"],
        )
        .exits(1);
    assert!(back.err.contains("cannot be brought back"), "{}", back.err);
    assert_eq!(folder.text(path), file);
    heard
        .run(
            &folder,
            ENVIRONMENT,
            &["rollback", "c0", "--to", "1", "--auto-approve"],
        )
        .exits(0);
    assert_eq!(folder.text(path), secret);
    heard.knows_none(&[LITERAL, ENVIRONMENT, FILE, FIXED, other, theirs]);
}

#[test]
fn namespaces_hold_no_secrets() {
    let folder = project();
    let mut heard = Heard::default();
    let values = "pack: {namespace: default}\n";
    let more = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {a: 'x{{ .Values.fromfile }}'}}\n";
    for (path, text) in [
        (
            "packs/vault-1.0.0/manifests/vault.yaml",
            format!("{MANIFEST}{more}"),
        ),
        (
            "packs/vault-1.0.0/manifests/vault.yaml",
            format!("{MANIFEST}{more}").replace("FIXED", "{{ randAlphaNum 9 }}"),
        ),
        (
            "packs/vault-1.0.0/values.yaml",
            "pack: {namespace: web, namespaceLabels: {web: 'a={{ .spectro.var.fromfile }}'}}\n"
                .to_owned(),
        ),
    ] {
        folder.put("packs/vault-1.0.0/values.yaml", values);
        folder.put("packs/vault-1.0.0/manifests/vault.yaml", MANIFEST);
        folder.put(path, text);
        let plan = heard.run(&folder, ENVIRONMENT, &["plan", "-vv"]).exits(3);
        assert!(
            plan.err
                .contains("a sensitive value stands in a name, label or annotation of a namespace"),
            "{}",
            plan.err
        );
    }
    heard.knows_none(&[ENVIRONMENT, FILE]);
}

#[test]
fn mistakes_do_not_tell_secrets() {
    let folder = project();
    let mut heard = Heard::default();
    // A secret that is no number, no name, no YAML, and is not there at all.
    folder.edit(
        "all.yaml",
        "{name: fromenv, format: string,",
        "{name: fromenv, format: number,",
    );
    heard
        .run(&folder, ENVIRONMENT, &["validate", "-vv"])
        .exits(3);
    folder.edit(
        "all.yaml",
        "{name: fromenv, format: number,",
        "{name: fromenv, format: string, regex: '^[0-9]+$',",
    );
    heard.run(&folder, ENVIRONMENT, &["plan", "-vv"]).exits(3);
    folder.edit("all.yaml", ", regex: '^[0-9]+$',", ",");
    folder.edit(
        "packs/vault-1.0.0/manifests/vault.yaml",
        "metadata: {name: text}",
        "metadata: {name: \"{{ .Values.fromfile }}\"}",
    );
    heard.run(&folder, ENVIRONMENT, &["plan", "-vv"]).exits(3);
    folder.edit(
        "packs/vault-1.0.0/manifests/vault.yaml",
        "metadata: {name: \"{{ .Values.fromfile }}\"}",
        "metadata: {name: text",
    );
    heard.run(&folder, ENVIRONMENT, &["plan", "-vv"]).exits(3);
    folder.edit(
        "packs/vault-1.0.0/manifests/vault.yaml",
        "metadata: {name: text",
        "metadata: {name: {{ fail .Values.fromfile }}}",
    );
    heard.run(&folder, ENVIRONMENT, &["plan", "-vv"]).exits(3);
    heard.knows_none(&[ENVIRONMENT, FILE, FIXED]);
}
