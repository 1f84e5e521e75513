//! A Helm repository: what helm makes, lists and pulls is what we list and fetch.

use std::fs;

use stratiform::remote::helm::Helm as Source;
use stratiform::remote::http::Endpoint;
use stratiform::remote::{Fetched, Freshness, ItemKind, Source as _};

use super::{Started, credentials, item, plain, root};
use crate::support::helm::Helm;
use crate::support::registries::{Access, HelmRepository};
use crate::support::{Output, Sandbox};

/// Entries as others write them; helm takes the first ones, and skips the last ones.
const ODD: &str = r#"  odd:
  - apiVersion: v2
    name: odd
    version: "1.50"
    appVersion: "1.10"
    description: numbers
    urls: [odd.tgz]
  - {name: odd, version: v2.0.0-rc.1, description: "in\nlines", urls: [odd.tgz], deprecated: true}
  - name: odd
    version: 01.2.3+build.7
    type: library
    dependencies:
    - {name: a, alias: same}
    - {name: a, alias: same}
  - name: otherName
    version: 3.0.0
  - {name: odd, version: latest}
  - {name: odd}
  - {name: odd, version: 4.0.0, type: plugin}
  - {name: odd, version: 5.0.0, maintainers: [null]}
  - {name: odd, version: 6.0.0, dependencies: [{name: a, alias: "a b"}]}
  - {name: a/b, version: 7.0.0}
  - null
  empty: []
"#;

/// A folder that `helm package` and `helm repo index` have filled.
fn fill(sandbox: &Sandbox, helm: &Helm) {
    for (name, version, app) in [
        ("web", "1.0.0", "2.4"),
        ("web", "1.1.0-rc.1", "2.5"),
        ("web", "1.1.0", "\"3.10\""),
        ("web", "1.1.0+build.5", "\"3.10\""),
        ("db", "0.1.0", "\"16\""),
    ] {
        let folder = format!("charts/{name}");
        sandbox.write(
            &format!("{folder}/Chart.yaml"),
            &format!(
                "apiVersion: v2\nname: {name}\nversion: {version}\nappVersion: {app}\n\
                 description: The chart {name}, with a description that is too long for one line of an index, and has \
                 some 'quotes' and a colon- like this\nkeywords: [one, two]\n"
            ),
        );
        sandbox.write(&format!("{folder}/values.yaml"), "a: 1\n");
        ran(
            helm,
            sandbox,
            &["package", &folder, "--destination", "served"],
        );
    }
    ran(helm, sandbox, &["repo", "index", "served"]);
}

#[track_caller]
fn ran(helm: &Helm, sandbox: &Sandbox, arguments: &[&str]) -> Output {
    Output::of(&mut helm.command(sandbox, arguments)).expect(0)
}

/// Name, version, version of the software, description.
type Row = [String; 4];

fn helms(helm: &Helm, sandbox: &Sandbox) -> Vec<Row> {
    let listed = ran(
        helm,
        sandbox,
        &[
            "search",
            "repo",
            "--versions",
            "--devel",
            "--output",
            "json",
        ],
    );
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).expect("it is JSON");
    let all = listed.as_array().expect("it is a list").iter();
    let mut rows: Vec<Row> = all
        .map(|one| {
            ["name", "version", "app_version", "description"]
                .map(|field| one[field].as_str().expect("it is a text").to_owned())
        })
        .collect();
    rows.sort();
    rows
}

fn ours(source: &Source) -> Vec<Row> {
    let listed = source.list(Freshness::Now).expect("it can be listed");
    let mut rows: Vec<Row> = listed
        .iter()
        .flat_map(|listing| {
            listing.offers.iter().map(|offer| {
                let text = |text: &Option<std::sync::Arc<str>>| {
                    text.as_deref().unwrap_or_default().to_owned()
                };
                [
                    format!("trial/{}", listing.item.name),
                    offer.version.to_string(),
                    text(&offer.app_version),
                    text(&offer.description),
                ]
            })
        })
        .collect();
    rows.sort();
    rows
}

fn open(started: &Started, url: &str, login: Option<(&str, &str)>) -> Source {
    let endpoint = Endpoint::new(
        &started.network,
        url,
        &plain(),
        root(),
        &started.registry,
        &login.map_or(started.credentials.clone(), credentials),
    );
    Source::new(endpoint.expect("it is an address"), started.cache.clone())
}

#[test]
fn we_list_and_fetch_what_helm_lists_and_pulls() {
    let Some(helm) = Helm::find() else {
        return;
    };
    let sandbox = Sandbox::empty();
    fill(&sandbox, &helm);
    let login = ("somebody", "secret word");
    let wants = Access {
        login: Some(login),
        ..Access::default()
    };
    let Some(repository) = HelmRepository::start(&sandbox.path("served"), wants) else {
        return;
    };
    let index = sandbox.read("served/index.yaml");
    let (head, tail) = index.split_once("generated:").expect("helm says when");
    sandbox.write("served/index.yaml", &format!("{head}{ODD}generated:{tail}"));
    let url = repository.url();
    ran(
        &helm,
        &sandbox,
        &[
            "repo",
            "add",
            "trial",
            url,
            "--username",
            login.0,
            "--password",
            login.1,
        ],
    );
    let theirs = helms(&helm, &sandbox);
    assert_eq!(theirs.len(), 9, "{theirs:?}");
    let started = Started::new(&sandbox, "cache");
    let source = open(&started, url, Some(login));
    assert_eq!(ours(&source), theirs);

    // The same as JSON.
    let value = stratiform::yaml::parse_first(&sandbox.read("served/index.yaml"));
    let json = serde_json::Value::from(value.expect("it is YAML")).to_string();
    sandbox.write("served/index.yaml", &json);
    let again = open(&Started::new(&sandbox, "other"), url, Some(login));
    assert_eq!(ours(&again), theirs);

    let before = repository.requests().len();
    let mut pins: Vec<(&str, &str, Fetched)> = Vec::new();
    for (name, version) in [("web", "1.0.0"), ("web", "1.1.0+build.5"), ("db", "0.1.0")] {
        let chart = item(ItemKind::Chart, name);
        let fetched = source.fetch(&chart, version, None).expect("it is there");
        let bytes = started.cache.read(&fetched.archive, 1 << 20);
        let bytes = bytes.expect("it can be read").expect("it is there");
        pins.push((name, version, fetched));
        let file = format!("served/{name}-{version}.tgz");
        assert_eq!(bytes, fs::read(sandbox.path(&file)).expect("helm made it"));
    }
    assert_eq!(repository.requests().len(), before + 3);
    // What is pinned and there is not asked for again.
    let next = open(&Started::new(&sandbox, "cache"), url, None);
    for (name, version, fetched) in &pins {
        let chart = item(ItemKind::Chart, name);
        let again = next.fetch(&chart, version, Some(fetched));
        assert_eq!(again.as_ref(), Ok(fetched));
    }
    assert_eq!(repository.requests().len(), before + 3);
    // And nobody else gets in.
    let error = open(&Started::new(&sandbox, "third"), url, None).list(Freshness::Now);
    let error = error.expect_err("it wants a password").to_string();
    assert!(error.contains("(401)"), "{error}");
}
