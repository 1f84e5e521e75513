//! Random values and the time in templates: made once, the same from then on, known to nobody, and other ones on request.

use crate::support::project::Folder;

const DOCUMENTS: &str = r#"apiVersion: stratiform/v1
kind: ClusterProfile
metadata: {name: stuff}
spec:
  type: add-on
  layers:
    - name: vault
      category: security
      manifests:
        - name: vault
          inline: |
            apiVersion: v1
            kind: Secret
            metadata: {name: login}
            stringData: {password: {{ randAlphaNum 24 | quote }}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: text}
            data:
              token: {{ randAlphaNum 24 | quote }}
              made: {{ now | date "2006-01-02T15:04:05Z07:00" | quote }}
              size: "3"
    - name: plain
      category: system-app
      manifests:
        - {name: plain, inline: "{apiVersion: v1, kind: ConfigMap, metadata: {name: plain}, data: {a: b}}"}
---
apiVersion: stratiform/v1
kind: ClusterGroup
metadata: {name: all}
spec:
  clusters: [{name: c0}, {name: c1}]
  template:
    existing: {kubernetesVersion: 1.33.1}
    profiles: [{name: stuff}]
    target: {directory: {path: "out/{name}", secrets: write}}
"#;

const SECRET: &str = "vault/secret.default.login.yaml";
const TEXT: &str = "vault/configmap.default.text.yaml";

fn project() -> Folder {
    let folder = Folder::new("{}");
    folder.put("all.yaml", DOCUMENTS);
    folder
}

fn field(folder: &Folder, file: &str, name: &str) -> String {
    let text = folder.text(file);
    let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
    let value = line.unwrap_or_else(|| panic!("{file} has no {name}:\n{text}"));
    value
        .trim_start_matches(':')
        .trim()
        .trim_matches('"')
        .to_owned()
}

/// The password, the token and the time of a cluster.
fn values(folder: &Folder, cluster: &str) -> [String; 3] {
    [
        field(folder, &format!("out/{cluster}/{SECRET}"), "password"),
        field(folder, &format!("out/{cluster}/{TEXT}"), "token"),
        field(folder, &format!("out/{cluster}/{TEXT}"), "made"),
    ]
}

/// Looks through everything that was written but the rendered files.
fn nowhere(folder: &Folder, said: &[&str], secrets: &[&str]) {
    for secret in secrets {
        for text in said {
            assert!(!text.contains(secret), "{secret} stands in {text}");
        }
        for (path, bytes) in folder.bytes("") {
            if !path.starts_with("out/") {
                let found = bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes());
                assert!(!found, "{secret} stands in {path}");
            }
        }
    }
}

#[test]
fn random_values_stay_until_they_are_rotated() {
    let folder = project();
    folder.run(&["validate"]).exits(0);
    let first = folder
        .run(&["plan", "--expand", "--out", "plan.bin"])
        .exits(0);
    folder.run(&["apply", "plan.bin"]).exits(0);
    let before = values(&folder, "c0");
    let [password, token, made] = &before;
    assert_eq!((password.len(), token.len()), (24, 24));
    let others = values(&folder, "c1");
    assert!(password != token && *password != others[0] && *token != others[1]);
    made.parse::<jiff::Timestamp>().expect("a time");
    folder
        .run(&["plan", "--detailed-exitcode", "--refresh", "all"])
        .exits(0);
    folder.run(&["drift"]).exits(0);

    // Somebody changes both files: repaired with the same values.
    for (file, value) in [(SECRET, password), (TEXT, token)] {
        folder.edit(&format!("out/c0/{file}"), value, "thrown-away");
    }
    let drift = folder.run(&["drift", "--expand"]).exits(2);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(values(&folder, "c0"), before);

    // Another field changes, and the random ones do not.
    folder.edit("all.yaml", "size: \"3\"", "size: \"4\"");
    let plan = folder
        .run(&["plan", "--expand", "--cluster", "c0"])
        .exits(0);
    assert!(
        plan.out.contains("+   size")
            && !plan.out.contains("+   token")
            && !plan.out.contains("login"),
        "{}",
        plan.out
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(values(&folder, "c0"), before);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);

    // Random values do not stand in the way of going back.
    folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(0);
    assert_eq!(values(&folder, "c0"), before);
    assert_eq!(field(&folder, &format!("out/c0/{TEXT}"), "size"), "3");
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(values(&folder, "c0"), before);

    // Rotated on one cluster: a plan shows it first.
    let rotate = ["--rotate", "vault", "--cluster", "c0"];
    let plan = folder
        .run(&[&["plan", "--expand", "--detailed-exitcode"], &rotate[..]].concat())
        .exits(2);
    for part in [
        "rotated on request",
        "password: (sensitive, changed)",
        "token: (sensitive, changed)",
    ] {
        assert!(plan.out.contains(part), "{part}: {}", plan.out);
    }
    folder
        .run(&[&["plan", "--out", "rotate.bin"], &rotate[..]].concat())
        .exits(0);
    folder.run(&["apply", "rotate.bin"]).exits(0);
    let after = values(&folder, "c0");
    assert!(after[0] != before[0] && after[1] != before[1]);
    assert_eq!(values(&folder, "c1"), others);
    folder
        .run(&["plan", "--detailed-exitcode", "--refresh", "all"])
        .exits(0);
    let shown = folder.run(&["state", "show", "c0"]).exits(0);
    assert!(shown.out.contains("generation 2"), "{}", shown.out);

    // What was rotated away cannot be brought back.
    let back = folder
        .run(&["rollback", "c0", "--to", "1", "--auto-approve"])
        .exits(1);
    assert!(back.err.contains("cannot be brought back"), "{}", back.err);
    assert_eq!(values(&folder, "c0"), after);

    let history = folder.run(&["history"]).exits(0);
    let said = [&first.out, &drift.out, &plan.out, &shown.out, &history.out].map(String::as_str);
    let secrets = [&before[..2], &after[..2], &others[..2]].concat();
    let secrets: Vec<&str> = secrets.iter().map(String::as_str).collect();
    nowhere(&folder, &said, &secrets);
    folder.run(&["state", "verify"]).exits(0);
}

#[test]
fn a_layer_that_comes_back_has_its_last_values() {
    let folder = project();
    folder.run(&["apply", "--auto-approve"]).exits(0);
    folder
        .run(&["apply", "--auto-approve", "--rotate", "vault"])
        .exits(0);
    let before = values(&folder, "c0");
    let documents = folder.text("all.yaml");
    let (from, to) = (
        documents.find("    - name: vault").expect("a layer"),
        documents.find("    - name: plain").expect("a layer"),
    );
    folder.put(
        "all.yaml",
        format!("{}{}", &documents[..from], &documents[to..]),
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert!(!folder.path(&format!("out/c0/{SECRET}")).exists());
    folder.put("all.yaml", &documents);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(values(&folder, "c0"), before);

    // Another name, and another place: the same values.
    let renamed = documents
        .replace(
            "- name: vault\n      category",
            "- name: safe\n      category",
        )
        .replace(
            "  type: add-on\n",
            "  type: add-on\n  moved: [{from: vault, to: safe}]\n",
        );
    folder.put("all.yaml", &renamed);
    let refused = folder.run(&["plan", "--rotate", "safe"]).exits(3);
    assert!(
        refused.err.contains("while it is renamed"),
        "{}",
        refused.err
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let moved = |file: &str| file.replace("vault/", "safe/");
    assert_eq!(
        field(&folder, &format!("out/c0/{}", moved(SECRET)), "password"),
        before[0]
    );
    assert_eq!(
        field(&folder, &format!("out/c0/{}", moved(TEXT)), "made"),
        before[2]
    );
    folder.put("all.yaml", renamed.replace("\"out/", "\"elsewhere/"));
    folder
        .run(&["apply", "--auto-approve", "--approve-delete"])
        .exits(0);
    assert_eq!(
        field(
            &folder,
            &format!("elsewhere/c0/{}", moved(SECRET)),
            "password"
        ),
        before[0]
    );
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
}

#[test]
fn what_fails_half_way_keeps_its_values() {
    let folder = project();
    folder
        .run(&["apply", "--auto-approve", "--cluster", "c0"])
        .exits(0);
    let before = values(&folder, "c0");
    // The new name's folder cannot be made.
    folder.put("out/c0/safe", "in the way");
    folder.edit(
        "all.yaml",
        "- name: vault\n      category",
        "- name: safe\n      category",
    );
    folder.edit(
        "all.yaml",
        "  type: add-on\n",
        "  type: add-on\n  moved: [{from: vault, to: safe}]\n",
    );
    folder
        .run(&["apply", "--auto-approve", "--cluster", "c0"])
        .exits(1);
    std::fs::remove_file(folder.path("out/c0/safe")).expect("it can be removed");
    folder
        .run(&["apply", "--auto-approve", "--cluster", "c0"])
        .exits(0);
    let after = ["password", "token"];
    let files = [SECRET, TEXT].map(|file| format!("out/c0/{}", file.replace("vault/", "safe/")));
    for (at, name) in after.into_iter().enumerate() {
        assert_eq!(field(&folder, &files[at], name), before[at]);
    }

    // A rotation that did not begin is not half a rotation.
    let file = folder.path("out/c0/safe");
    std::fs::rename(&file, folder.path("aside")).expect("it can be moved");
    folder.put("out/c0/safe", "in the way");
    let rotate = [
        "apply",
        "--auto-approve",
        "--cluster",
        "c0",
        "--rotate",
        "safe",
    ];
    folder.run(&rotate).exits(1);
    std::fs::remove_file(&file).expect("it can be removed");
    std::fs::rename(folder.path("aside"), &file).expect("it can be moved");
    folder
        .run(&["apply", "--auto-approve", "--cluster", "c0"])
        .exits(0);
    let password = field(&folder, &files[0], "password");
    folder
        .run(&[
            "plan",
            "--cluster",
            "c0",
            "--detailed-exitcode",
            "--refresh",
            "all",
        ])
        .exits(0);
    folder.run(&rotate).exits(0);
    assert_ne!(field(&folder, &files[0], "password"), password);
}

#[test]
fn only_what_is_random_is_rotated() {
    let folder = project();
    let early = folder.run(&["plan", "--rotate", "vault"]).exits(1);
    assert!(
        early.err.contains("nothing to rotate in layer `vault`"),
        "{}",
        early.err
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let table: [(&[&str], &str); 4] = [
        (&["plain"], "there is nothing to rotate in layer `plain`"),
        (
            &["vault", "--rotate", "plain"],
            "there is nothing to rotate in layer `plain`",
        ),
        (&["nobody"], "no cluster that was asked for has it"),
        (&["vault", "--layer", "plain"], "--layer leaves it out"),
    ];
    for (arguments, expected) in table {
        let arguments = [&["apply", "--auto-approve", "--rotate"], arguments].concat();
        let ran = folder.run(&arguments).exits(1);
        assert!(ran.err.contains(expected), "{}", ran.err);
    }
    folder.run(&["plan", "--out", "plan.bin"]).exits(0);
    let whole = folder
        .run(&["apply", "plan.bin", "--rotate", "vault"])
        .exits(1);
    assert!(whole.err.contains("applied as it is"), "{}", whole.err);
}

#[test]
fn names_may_be_random_as_well() {
    let folder = project();
    folder.edit(
        "all.yaml",
        "metadata: {name: text}",
        "metadata: {name: 'text-{{ randAlpha 5 | lower }}'}",
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    folder.run(&["plan", "--detailed-exitcode"]).exits(0);
    let before = folder.files("out/c0/vault");
    let rotated = folder
        .run(&["apply", "--auto-approve", "--rotate", "vault", "--json"])
        .exits(0);
    assert_ne!(folder.files("out/c0/vault"), before);
    assert_eq!(
        folder.files("out/c0/vault").len(),
        before.len(),
        "{}",
        rotated.out
    );
    let file = folder
        .files("out/c0/vault")
        .into_iter()
        .find(|file| file.contains("text-"))
        .expect("a file with a random name");
    let token = field(&folder, &format!("out/c0/vault/{file}"), "token");
    nowhere(&folder, &[&rotated.out], &[&token]);
}

#[test]
fn random_values_and_sensitive_ones_go_together() {
    let folder = project();
    folder.edit(
        "all.yaml",
        "  layers:\n",
        "  variables:\n    - {name: given, format: string, default: given-by-hand, sensitive: true}\n  layers:\n",
    );
    folder.edit(
        "all.yaml",
        "metadata: {name: text}\n            data:\n",
        "metadata: {name: 'text-{{ randAlpha 5 | lower }}'}\n            data:\n              both: '{{ .spectro.var.given }}/{{ randAlphaNum 12 }}'\n",
    );
    let plan = folder.run(&["plan", "--expand"]).exits(0);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let files = folder.files("out/c0/vault");
    let file = files.iter().find(|file| file.contains("text-"));
    let file = format!("out/c0/vault/{}", file.expect("a file with a random name"));
    let both = field(&folder, &file, "both");
    let (given, made) = both.split_once('/').expect("two parts");
    assert_eq!((given, made.len()), ("given-by-hand", 12));
    let token = field(&folder, &file, "token");
    folder.edit(&file, made, "thrown-away");
    let drift = folder.run(&["drift", "--expand"]).exits(2);
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(field(&folder, &file, "both"), both);
    nowhere(&folder, &[&plan.out, &drift.out], &[made, &token]);
}

#[test]
fn chance_may_decide_what_there_is() {
    let folder = project();
    let more = r#"            {{- range $i := until (randInt 1 5) }}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: "chosen-{{ $i }}", annotations: {note: "{{ randAlpha 20 }}"}}
            {{- end }}
"#;
    let documents = folder.text("all.yaml");
    folder.put(
        "all.yaml",
        documents.replace("    - name: plain\n", &format!("{more}    - name: plain\n")),
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    let before = values(&folder, "c0");
    let note = field(
        &folder,
        "out/c0/vault/service.default.chosen-0.yaml",
        "note",
    );
    folder
        .run(&["plan", "--detailed-exitcode", "--refresh", "all"])
        .exits(0);
    nowhere(&folder, &[], &[&before[0], &before[1], &note]);
    // A template that bears no other value than the one that it had.
    let more = "            {{- if ne (now | date \"2006\") (dict \"made\" \"YEAR\").made }}{{ fail \"no\" }}{{ end }}\n";
    let year = &before[2][..4];
    let more = more.replace("YEAR", year);
    folder.put(
        "all.yaml",
        documents.replace("    - name: plain\n", &format!("{more}    - name: plain\n")),
    );
    folder.run(&["apply", "--auto-approve"]).exits(0);
    assert_eq!(values(&folder, "c0"), before);
    folder
        .run(&["plan", "--detailed-exitcode", "--refresh", "all"])
        .exits(0);
    nowhere(&folder, &[], &[&before[0]]);
}
