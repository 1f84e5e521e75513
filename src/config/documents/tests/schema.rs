//! The JSON Schema against documents.

use std::collections::BTreeMap;

use crate::config::documents::kind::Kind;
use crate::config::documents::shape::{Shape, Type};
use crate::config::documents::{schema, starter};
use crate::yaml;

use super::*;

/// Every way to a server.
const SERVERS: &str = "apiVersion: stratiform/v1\nkind: ClusterGroup\nmetadata: {name: g}\nspec: {clusters: [\
    {name: a, target: {kubernetes: {kubeconfig: a, context: b}}}, {name: b, target: {kubernetes: {}}},\
    {name: c, target: {kubernetes: {kubeconfigFrom: {fromEnv: C}}}}, {name: d, target: {kubernetes: {inCluster: true}}}]}\n";

fn json_of(text: &str) -> Vec<serde_json::Value> {
    let sources = Sources::default();
    let source = sources.add("it", text);
    yaml::read(source, text, yaml::Limits::default())
        .unwrap()
        .iter()
        .map(|node| node.to_value().into())
        .collect()
}

#[test]
fn the_starter_project_has_nothing_wrong() {
    let root = folder(starter());
    let (all, problems, sources) = load(root.path());
    assert_eq!(render(&problems, &sources, Style::Plain), "");
    let all = all.unwrap();
    assert_eq!((all.profiles.len(), all.clusters.len()), (2, 1));
    let registry = root.path().join("packs");
    let packs = all.profiles.iter().flat_map(|profile| &profile.layers);
    for layer in packs {
        let crate::model::LayerSource::Pack(pack) = &layer.source else {
            panic!("a pack");
        };
        let found = fs::read_dir(&registry).unwrap().any(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.rsplit_once('-').unwrap().0 == &*pack.name
        });
        assert!(found, "{} is there", pack.name);
    }
}

#[test]
fn good_documents_fit_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let starter = starter()
        .iter()
        .filter(|(path, _)| path.ends_with(".yaml") && !path.starts_with("packs/"))
        .map(|(_, text)| *text);
    let registries = "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: a}\nspec: {helm: {url: https://a.example.com}, access: {token: {fromEnv: T}, ca: ca.pem}}\n\
        ---\napiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: b}\nspec: {oci: {url: 'oci://b.example.com', packs: p}, access: {username: me, password: {fromFile: p}}}\n\
        ---\napiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: c}\nspec: {git: {url: https://c.example.com/a.git, tag: v1, path: packs}}\n";
    let own = [
        PROJECT,
        REGISTRY,
        registries,
        good::PROFILE,
        good::CLUSTER,
        good::GROUP,
        SERVERS,
    ];
    for text in starter.chain(own) {
        for document in json_of(text) {
            let wrong: Vec<_> = validator
                .iter_errors(&document)
                .map(|error| format!("{error} at {}", error.instance_path))
                .collect();
            assert!(wrong.is_empty(), "{document:#}\n{wrong:#?}");
        }
    }
}

#[test]
fn bad_documents_do_not_fit_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for text in [
        "apiVersion: stratiform/v2\nkind: Project\nmetadata: {name: a}",
        "apiVersion: stratiform/v1\nkind: Projekt\nmetadata: {name: a}",
        "apiVersion: stratiform/v1\nkind: Project",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: A b}",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: a}\nspec: {documents: a}",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: a}\nspec: {unknown: a}",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: a}\nspec: {deleteLimit: -1}",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: a}\nspec: {}",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: a}\nspec: {helm: {}}",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: a}\nspec: {helm: {url: a}, oci: {url: b}}",
        "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {name: a}\nspec: {helm: {url: a}, access: {plainHttp: 1}}",
        "apiVersion: stratiform/v1\nkind: Cluster\nmetadata: {name: a}\nspec: {}",
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: a, version: 1.2}\nspec: {type: infra, layers: []}",
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: a}\nspec: {type: cluster, layers: []}",
        "apiVersion: stratiform/v1\nkind: ClusterProfile\nmetadata: {name: a}\nspec: {type: infra, layers: [{name: a, category: os}]}",
        "apiVersion: stratiform/v1\nkind: ClusterGroup\nmetadata: {name: a}\nspec: {clusters: [{labels: {}}]}",
        "apiVersion: stratiform/v1\nkind: ClusterGroup\nmetadata: {name: a}\nspec: {clusters: [{name: a, variables: {x: {fromenv: A}}}]}",
    ] {
        for document in json_of(text) {
            assert!(!validator.is_valid(&document), "{text}");
        }
    }
}

/// Puts a shape and all below it into a table by name.
fn collect(shape: &'static Shape, all: &mut BTreeMap<&'static str, String>) {
    let text = format!("{shape:?}");
    if let Some(known) = all.insert(shape.name, text.clone()) {
        assert_eq!(
            known, text,
            "two shapes have one name, and would hide each other"
        );
        return;
    }
    for field in shape.all_fields() {
        let mut ty = &field.ty;
        while let Type::List(inner) | Type::Map(inner) | Type::NameMap(inner) = ty {
            ty = inner;
        }
        if let Type::Shape(shape) | Type::ScalarOr(shape) = ty {
            collect(shape, all);
        }
    }
}

#[test]
fn shapes_have_names_of_their_own() {
    let mut all = BTreeMap::new();
    for kind in Kind::ALL {
        collect(kind.shape(), &mut all);
    }
    assert_eq!(all.len(), schema()["$defs"].as_object().unwrap().len());
}
