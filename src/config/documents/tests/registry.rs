//! Registries of all kinds, and how one gets into them.

use std::path::Path;

use insta::assert_snapshot;

use crate::model::{Access, BindingSource, GitReference, Registry, RegistryKind};

use super::*;

/// The registry that a document's `spec` comes to.
fn decoded(spec: &str) -> Registry {
    let text = format!(
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: it}}\nspec: {spec}\n"
    );
    let all = documents(&[("stratiform.yaml", PROJECT), ("it.yaml", &text)]);
    all.registries[0].clone()
}

/// What is said of a registry with this `spec`.
fn said_of_spec(spec: &str) -> String {
    said(&format!(
        "kind: Registry\nmetadata: {{name: it}}\nspec: {spec}\n"
    ))
}

#[test]
fn every_kind_is_decoded() {
    let kind = |spec: &str| decoded(spec).kind;
    let url = |url: &str| url.into();
    assert_eq!(
        kind("{helm: {url: https://charts.example.com/stable/}}"),
        RegistryKind::Helm {
            url: url("https://charts.example.com/stable")
        }
    );
    assert_eq!(
        kind("{oci: {url: 'oci://r.example.com:5000/charts'}}"),
        RegistryKind::Oci {
            url: url("oci://r.example.com:5000/charts"),
            packs: "spectro-packs/archive".into()
        }
    );
    assert_eq!(
        kind("{oci: {url: 'oci://r.example.com', packs: /team/packs/}}"),
        RegistryKind::Oci {
            url: url("oci://r.example.com"),
            packs: "team/packs".into()
        }
    );
    let git = |more: &str| match kind(&format!(
        "{{git: {{url: 'git@example.com:a/b.git'{more}}}}}"
    )) {
        RegistryKind::Git {
            reference, path, ..
        } => (reference, path),
        other => panic!("{other:?}"),
    };
    assert_eq!(git(""), (GitReference::Default, None));
    let main = GitReference::Branch("main".into());
    assert_eq!(
        git(", branch: main, path: ./packs"),
        (main, Some("packs".into()))
    );
    assert_eq!(git(", tag: v1"), (GitReference::Tag("v1".into()), None));
    let commit = "0123456789ABCDEF0123456789abcdef01234567";
    let number = GitReference::Commit(commit.to_lowercase().into());
    assert_eq!(git(&format!(", commit: '{commit}'")), (number, None));
    for address in [
        "https://git.example.com/a.git",
        "ssh://git@git.example.com/a.git",
        "file:///srv/a.git",
        "../packs",
    ] {
        kind(&format!("{{git: {{url: '{address}'}}}}"));
    }
}

#[test]
fn access_is_decoded() {
    let registry = decoded(
        "{helm: {url: 'http://example.com'}, access: {username: {fromEnv: USER_NAME}, password: {fromFile: secrets/p}, \
         ca: ca.pem, certificate: c.pem, key: k.pem, proxy: 'socks5://proxy:1080', plainHttp: true}}",
    );
    let Access {
        username,
        password,
        token,
        ca,
        proxy,
        plain_http,
        ..
    } = registry.access;
    assert_eq!(
        username.unwrap().value,
        BindingSource::Env("USER_NAME".into())
    );
    assert_eq!(
        password.unwrap().value,
        BindingSource::File("secrets/p".into())
    );
    assert_eq!(ca.as_deref(), Some(Path::new("ca.pem")));
    assert_eq!(proxy.as_deref(), Some("socks5://proxy:1080"));
    assert!(token.is_none() && plain_http);
}

#[test]
fn addresses_are_checked() {
    assert_snapshot!(said_of_spec("{helm: {url: charts.example.com}}"), @r"
    error: this is not an address
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: charts.example.com}}
      |                    ^^^^^^^^^^^^^^^^^^
      |
      = help: write it as `https://charts.example.com/stable`
    ");
    assert_snapshot!(said_of_spec("{helm: {url: 'oci://example.com/charts'}}"), @r"
    error: the address of a Helm repository does not begin with `oci://`
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: 'oci://example.com/charts'}}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `oci: {url: oci://example.com/charts}` in place of `helm`
    ");
    assert_snapshot!(said_of_spec("{oci: {url: 'https://example.com/charts'}}"), @r"
    error: the address of an OCI registry does not begin with `https://`
     --> it.yaml:4:19
      |
    4 | spec: {oci: {url: 'https://example.com/charts'}}
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it as `oci://registry.example.com/charts`
    ");
    assert_snapshot!(said_of_spec("{helm: {url: 'http://example.com/charts'}}"), @r"
    error: http without encryption has to be asked for
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: 'http://example.com/charts'}}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://`, or add `access: {plainHttp: true}`
    ");
    assert_snapshot!(said_of_spec("{helm: {url: 'https://example.com/index.yaml'}}"), @r"
    error: the address of a Helm repository does not name its `index.yaml`
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: 'https://example.com/index.yaml'}}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write `https://example.com`
    ");
    assert_snapshot!(said_of_spec("{helm: {url: 'https://example.com/?a=b'}}"), @r"
    error: an address has no `?` and no `#`
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: 'https://example.com/?a=b'}}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write it as `https://charts.example.com/stable`
    ");
    assert_snapshot!(said_of_spec("{git: {url: '--upload-pack=x'}}"), @r"
    error: this is not an address
     --> it.yaml:4:19
      |
    4 | spec: {git: {url: '--upload-pack=x'}}
      |                   ^^^^^^^^^^^^^^^^^
      |
      = help: write it as `https://git.example.com/team/packs.git` or `git@git.example.com:team/packs.git`
    ");
}

#[test]
fn credentials_are_never_shown() {
    let secret = |spec: &str| {
        let said = said_of_spec(spec);
        assert!(!said.contains("hunter2"), "{said}");
        said
    };
    assert_snapshot!(secret("{helm: {url: 'https://me:hunter2@example.com'}}"), @r"
    error: the address of the registry `it` has credentials in it
     --> it.yaml:4:20
      |
    4 | spec: {helm: {url: ********************************}}
      |                    ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write them as `access: {username: ..., password: {fromEnv: NAME}}`, or run `stratiform registry login it`
    ");
    assert_snapshot!(secret("{git: {url: 'https://hunter2@example.com/a.git'}}"), @r"
    error: the address of the registry `it` has credentials in it
     --> it.yaml:4:19
      |
    4 | spec: {git: {url: ***********************************}}
      |                   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write them as `access: {username: ..., password: {fromEnv: NAME}}`, or run `stratiform registry login it`
    ");
    assert_snapshot!(secret("{helm: {url: https://example.com}, access: {username: me, password: hunter2}}"), @r"
    warning: the password of the registry `it` stands in the document for all to read
     --> it.yaml:4:75
      |
    4 | spec: {helm: {url: https://example.com}, access: {username: me, password: *******}}
      |                                                                           ^^^^^^^
      |
      = help: write `password: {fromEnv: NAME}` or `{fromFile: PATH}`, or leave it out and run `stratiform registry login it`
    ");
    assert_snapshot!(secret("{helm: {url: https://example.com}, access: {token: hunter2}}"), @r"
    warning: the token of the registry `it` stands in the document for all to read
     --> it.yaml:4:58
      |
    4 | spec: {helm: {url: https://example.com}, access: {token: *******}}
      |                                                          ^^^^^^^
      |
      = help: write `token: {fromEnv: NAME}` or `{fromFile: PATH}`, or leave it out and run `stratiform registry login it`
    ");
    assert_snapshot!(secret("{helm: {url: https://example.com}, access: {proxy: 'http://me:hunter2@proxy'}}"), @r"
    error: the address of a proxy has no password in it
     --> it.yaml:4:58
      |
    4 | spec: {helm: {url: https://example.com}, access: {proxy: *************************}}
      |                                                          ^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: set HTTPS_PROXY in the environment in place of `proxy`; a password may stand there
    ");
}

#[test]
fn a_secret_beside_something_wrong_is_not_shown_either() {
    assert_snapshot!(said_of_spec("{helm: {url: https://example.com}, access: {username: me, password: hunter2, ca: 1}}"), @r#"
    warning: the password of the registry `it` stands in the document for all to read
     --> it.yaml:4:75
      |
    4 | spec: {helm: {url: https://example.com}, access: {username: me, password: *******, ca: 1}}
      |                                                                           ^^^^^^^
      |
      = help: write `password: {fromEnv: NAME}` or `{fromFile: PATH}`, or leave it out and run `stratiform registry login it`
    error: `ca`: expected a string, found an integer
     --> it.yaml:4:88
      |
    4 | spec: {helm: {url: https://example.com}, access: {username: me, password: *******, ca: 1}}
      |                                                                                        ^
      |
      = help: put it in quotes: "1"
    "#);
}

#[test]
fn a_secret_is_not_shown_where_nothing_can_be_read() {
    for line in [
        "password: hunter2 : x",
        "password: \"hunter2",
        "password: [hunter2",
        "password: !!int hunter2",
        "\"password\" : |2-\n   x\n  y: hunter2: z",
        "apiToken: hunter2 : x",
        "proxy: https://me:hunter2@proxy : x : y",
        "\tpassword: hunter2",
        "password: >\n      hunter2\n   : - x",
    ] {
        let text = said(&format!(
            "kind: Registry\nmetadata: {{name: it}}\nspec:\n  access:\n    {line}\n    ca: ca.pem\n"
        ));
        assert!(text.contains("error: "), "{line}: {text}");
        assert!(!text.contains("hunter2"), "{line}: {text}");
    }
    assert_snapshot!(said_of_spec("{access: {username: me, password: hunter2 : x}}"), @r"
    error: did not find expected ',' or '}'
     --> it.yaml:4:49
      |
    4 | spec: {access: {username: me, password: ******* * ***
      |                - what is being read begins here ^
    ");
}

#[test]
fn a_secret_under_a_wrong_name_is_not_shown() {
    for access in [
        "pasword: hunter2",
        "password: {literal: hunter2, x: 1}",
        "password: {hunter2}",
        "token: [hunter2]",
        "proxy: 'https://me:hunter2@proxy:port'",
        "proxy: 'ftp://me:hunter2@proxy'",
    ] {
        let text = said_of_spec(&format!(
            "{{helm: {{url: https://example.com}}, access: {{{access}}}}}"
        ));
        assert!(text.contains("error: "), "{access}: {text}");
        assert!(!text.contains("hunter2"), "{access}: {text}");
    }
    for spec in [
        "{helm: {url: 'https://me:hunter2@example.com:port'}}",
        "{helm: {url: https://example.com, password: hunter2}}",
    ] {
        let text = said_of_spec(spec);
        assert!(text.contains("error: "), "{spec}: {text}");
        assert!(!text.contains("hunter2"), "{spec}: {text}");
    }
    // Where a name is shown, it can be mended.
    assert_snapshot!(said_of_spec("{helm: {url: https://example.com}, access: {token: {fromEnvv: IT}}}"), @r"
    error: unknown field `fromEnvv`
     --> it.yaml:4:59
      |
    4 | spec: {helm: {url: https://example.com}, access: {token: {fromEnvv: **}}}
      |                                                           ^^^^^^^^ not a field of a value source
      |
      = help: did you mean `fromEnv`?
    ");
}

#[test]
fn access_is_checked() {
    let access = |access: &str| {
        said_of_spec(&format!(
            "{{helm: {{url: https://example.com}}, access: {access}}}"
        ))
    };
    assert_snapshot!(access("{username: {fromEnv: A}}"), @r"
    error: `username` goes with `password`, which is missing
     --> it.yaml:4:51
      |
    4 | spec: {helm: {url: https://example.com}, access: {username: {fromEnv: A}}}
      |                                                   ^^^^^^^^
      |
      = help: add `password`, or remove `username`
    ");
    assert_snapshot!(access("{certificate: a.pem}"), @r"
    error: `certificate` goes with `key`, which is missing
     --> it.yaml:4:51
      |
    4 | spec: {helm: {url: https://example.com}, access: {certificate: a.pem}}
      |                                                   ^^^^^^^^^^^
      |
      = help: add `key`, or remove `certificate`
    ");
    assert_snapshot!(access("{username: {fromEnv: A}, password: {fromEnv: B}, token: {fromEnv: C}}"), @r"
    error: there is a token and a password, and only one of them is used
     --> it.yaml:4:99
      |
    4 | spec: {helm: {url: https://example.com}, access: {username: {fromEnv: A}, password: {fromEnv: B}, token: {fromEnv: C}}}
      |                                                                           -------- the password   ^^^^^
      |
      = help: remove one of them
    ");
    assert_snapshot!(access("{token: 12}"), @r"
    error: `token` must be a string
     --> it.yaml:4:58
      |
    4 | spec: {helm: {url: https://example.com}, access: {token: **}}
      |                                                          ^^
      |
      = help: put it in quotes, or better: take it from an environment variable or a file
    ");
    assert_snapshot!(access("{insecure: true}"), @r"
    error: unknown field `insecure`
     --> it.yaml:4:51
      |
    4 | spec: {helm: {url: https://example.com}, access: {insecure: true}}
      |                                                   ^^^^^^^^ not a field of an access
      |
      = help: certificates are always checked; `ca` names one to trust, `plainHttp` does without encryption
    ");
    assert_snapshot!(access("{proxy: 'ftp://a'}"), @r"
    error: the address of a proxy begins with `http://`, `https://` or `socks5://`
     --> it.yaml:4:58
      |
    4 | spec: {helm: {url: https://example.com}, access: {proxy: 'ftp://a'}}
      |                                                          ^^^^^^^^^
      |
      = help: write it as `http://proxy.example.com:3128`
    ");
    assert_snapshot!(said_of_spec("{directory: {path: x}, access: {plainHttp: true}}"), @r"
    error: a folder has no `access`
     --> it.yaml:4:30
      |
    4 | spec: {directory: {path: x}, access: {plainHttp: true}}
      |                              ^^^^^^
      |
      = help: remove `access`: whoever may read the folder is in
    ");
}

#[test]
fn states_of_git_are_checked() {
    let git = |more: &str| {
        said_of_spec(&format!(
            "{{git: {{url: https://example.com/a.git, {more}}}}}"
        ))
    };
    assert_snapshot!(git("branch: a, tag: b"), @r"
    error: a git registry has a `branch` or a `tag`
     --> it.yaml:4:62
      |
    4 | spec: {git: {url: https://example.com/a.git, branch: a, tag: b}}
      |                                                      -       ^
      |                                                      |
      |                                                      the other one
      |
      = help: remove one of them
    ");
    assert_snapshot!(git("commit: abc123"), @r"
    error: `abc123` is not the number of a commit
     --> it.yaml:4:54
      |
    4 | spec: {git: {url: https://example.com/a.git, commit: abc123}}
      |                                                      ^^^^^^
      |
      = help: write all 40 digits, as `git rev-parse` prints them
    ");
    assert_snapshot!(git("branch: --x"), @r"
    error: `--x` cannot be the name of a branch
     --> it.yaml:4:54
      |
    4 | spec: {git: {url: https://example.com/a.git, branch: --x}}
      |                                                      ^^^
    ");
    assert_snapshot!(git("path: ../x"), @r"
    error: `../x` leaves the repository
     --> it.yaml:4:52
      |
    4 | spec: {git: {url: https://example.com/a.git, path: ../x}}
      |                                                    ^^^^
      |
      = help: a path here is relative to the top of the repository
    ");
    assert_snapshot!(git("ref: x"), @r"
    error: unknown field `ref`
     --> it.yaml:4:46
      |
    4 | spec: {git: {url: https://example.com/a.git, ref: x}}
      |                                              ^^^ not a field of a git registry
      |
      = help: write `branch`, `tag` or `commit`
    ");
    assert_snapshot!(said_of_spec("{oci: {url: 'oci://a.example.com', packs: Team/x}}"), @r"
    error: `Team/x` is not a path in an OCI registry
     --> it.yaml:4:49
      |
    4 | spec: {oci: {url: 'oci://a.example.com', packs: Team/x}}
      |                                                 ^^^^^^
      |
      = help: its parts have lower-case letters, digits, `-`, `_` and `.`, with a letter or digit at both ends
    ");
}

#[test]
fn layers_may_name_registries_that_are_built_in() {
    let profile = |registry: &str| {
        format!(
            "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {{name: web}}\nspec:\n  type: add-on\n  layers:\n    \
             - {{name: a, category: security, chart: {{registry: {registry}, name: cert-manager, version: 1.x}}}}\n"
        )
    };
    let said = |registry: &str| {
        said_of(&[
            ("stratiform.yaml", PROJECT),
            ("web.yaml", &profile(registry)),
        ])
    };
    assert_eq!(said("jetstack"), "");
    assert_snapshot!(said("jetstak"), @r"
    error: there is no registry `jetstak`
     --> web.yaml:7:55
      |
    7 |     - {name: a, category: security, chart: {registry: jetstak, name: cert-manager, version: 1.x}}
      |                                                       ^^^^^^^
      |
      = help: did you mean `jetstack`?
    ");
    assert_snapshot!(said("nothing-like-it"), @r"
    error: there is no registry `nothing-like-it`
     --> web.yaml:7:55
      |
    7 |     - {name: a, category: security, chart: {registry: nothing-like-it, name: cert-manager, version: 1.x}}
      |                                                       ^^^^^^^^^^^^^^^
      |
      = help: declare it with a document of kind `Registry`; `stratiform registry list` shows those that are built in
    ");
}

#[test]
fn a_chart_says_which_pack_it_stands_for() {
    let chart = |more: &str| {
        format!(
            "kind: ClusterProfile\nmetadata: {{name: web}}\nspec:\n  type: add-on\n  layers:\n    \
             - {{name: a, category: security, chart: {{registry: jetstack, name: a, version: 1.x, {more}}}}}\n"
        )
    };
    assert_eq!(
        said(&chart("standsFor: {pack: cert-manager, version: 1.2.0}")),
        ""
    );
    assert_snapshot!(said(&chart("standsFor: {pack: a, version: 1 2}")), @r"
    error: `1 2` is not a version: only letters, digits, `.`, `-`, `_` and `+` may stand in it, as in `1.2.3-rc.1`
     --> it.yaml:7:118
      |
    7 |     - {name: a, category: security, chart: {registry: jetstack, name: a, version: 1.x, standsFor: {pack: a, version: 1 2}}}
      |                                                                                                                      ^^^
    ");
    assert_snapshot!(said(&chart("pack: {name: a}")), @r"
    error: unknown field `pack`
     --> it.yaml:7:88
      |
    7 |     - {name: a, category: security, chart: {registry: jetstack, name: a, version: 1.x, pack: {name: a}}}
      |                                                                                        ^^^^ not a field of a chart
      |
      = help: the pack that the chart stands for is told by `standsFor: {pack: NAME}`
    ");
}

#[test]
fn the_parts_of_a_registry() {
    assert_snapshot!(said("kind: Registry\nmetadata: {name: other}\nspec: {}\n"), @r"
    error: a registry needs one of `directory`, `helm`, `oci` or `git`
     --> it.yaml:4:7
      |
    4 | spec: {}
      |       ^^
      |
      = help: add `directory`, `helm`, `oci` or `git`, whichever it is made of
    ");
    assert_snapshot!(said("kind: Registry\nmetadata: {name: other}\nspec: {path: packs}\n"), @r"
    error: unknown field `path`
     --> it.yaml:4:8
      |
    4 | spec: {path: packs}
      |        ^^^^ not a field of a registry
      |
      = help: the path of a folder stands under `directory`: `directory: {path: ...}`
    ");
    assert_snapshot!(said("kind: Registry\nmetadata: {name: other}\nspec: {directory: packs}\n"), @r"
    error: `directory`: expected a mapping, found a string
     --> it.yaml:4:19
      |
    4 | spec: {directory: packs}
      |                   ^^^^^
      |
      = help: its only field is `path`
    ");
    assert_snapshot!(said("kind: Registry\nmetadata: {name: local}\nspec: {directory: {path: packs}}\n"), @r"
    error: two registries have the name `local`
     --> registry.yaml:3:18
      |
    3 | metadata: {name: local}
      |                  ^^^^^ the second one
      |
     ::: it.yaml:3:18
      |
    3 | metadata: {name: local}
      |                  ----- the first one
      |
      = help: rename or remove one of them
    ");
}
