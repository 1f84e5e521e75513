//! The container images that a layer needs, for those who mirror them.
//!
//! Two sources, neither of them complete: `pack.content.images`, where a pack tells what it brings along, and the objects
//! themselves. In objects, what stands under `image` counts in two cases:
//! - in an element of a list called `containers`, `initContainers` or `ephemeralContainers`, at any depth and whatever the
//!   kind of the object: there it is an image, however short its name;
//! - anywhere else, as in custom resources and in volumes (`image: {reference: ...}`), when it looks like an image: a name
//!   with a tag or digest, or with a registry's host before it.
//!
//! Images that a program makes up while it runs are seen by nobody: an operator's own, and what a custom resource names in
//! parts (`image: {repository: ..., tag: ...}`).

use std::collections::BTreeSet;

use crate::model::Object;
use crate::yaml::Value;

/// Lists whose elements are containers.
const CONTAINERS: [&str; 3] = ["containers", "initContainers", "ephemeralContainers"];

/// The images that a pack's values name under `pack.content.images`, as `{image: ...}` or as plain texts.
pub fn images_of_values(values: &Value) -> BTreeSet<String> {
    let Some(Value::List(list)) = values.at(["pack", "content", "images"]) else {
        return BTreeSet::new();
    };
    list.iter()
        .filter_map(|entry| match entry {
            Value::Map(map) => map.get("image"),
            other => Some(other),
        })
        .filter_map(text)
        .map(str::to_owned)
        .collect()
}

/// The images that an object names.
pub fn images_of_object(object: &Object) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    // Definitions tell of fields that are called `image`, and have none.
    if &*object.key.kind != "CustomResourceDefinition" {
        look(&object.value, false, &mut found);
    }
    found
}

/// Looks for images in a value and below it. `sure` says that it is a container.
fn look(value: &Value, sure: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::List(list) => {
            for value in list {
                look(value, sure, found);
            }
        }
        Value::Map(map) => {
            for (key, value) in map {
                if key == "image" {
                    let named = text(value).or_else(|| text(value.at(["reference"])?));
                    found.extend(
                        named
                            .filter(|name| sure || looks_like_image(name))
                            .map(str::to_owned),
                    );
                }
                let containers = CONTAINERS.contains(&key.as_str());
                look(value, containers && matches!(value, Value::List(_)), found);
            }
        }
        _ => {}
    }
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()),
        _ => None,
    }
}

/// Whether a text is an image's name beyond doubt: `web:1.2`, `web@sha256:...`, `registry.example.com/web`,
/// `localhost:5000/web`, but neither `web`, `assets/logo.png` nor an address.
fn looks_like_image(text: &str) -> bool {
    let (name, digest) = match text.split_once('@') {
        Some((name, digest)) => (name, Some(digest)),
        None => (text, None),
    };
    let (path, tag) = match name.rsplit_once(':') {
        // What stands behind the last colon may be a port.
        Some((path, tag)) if !tag.contains('/') => (path, Some(tag)),
        _ => (name, None),
    };
    let host = path
        .split_once('/')
        .map(|(host, _)| host)
        .filter(|host| host.contains(['.', ':']) || *host == "localhost");
    let below_host = host.map_or(path, |host| &path[host.len() + 1..]);
    let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
    let good_path = below_host.split('/').all(|part| {
        part.chars().all(word) && part.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    let good_tag = tag.is_none_or(|tag| {
        let word = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        !tag.is_empty() && tag.len() <= 128 && tag.chars().all(word)
    });
    let good_digest = digest.is_none_or(|digest| {
        let hex = digest.strip_prefix("sha256:").unwrap_or_default();
        hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let good_host = host.is_none_or(|host| {
        let word = |c: char| c.is_ascii_alphanumeric() || ".-:".contains(c);
        host.chars().all(word) && host.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    let told = host.is_some() || tag.is_some() || digest.is_some();
    told && good_path && good_tag && good_digest && good_host
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use crate::model::{Object, ObjectKey, Plane};
    use crate::yaml::parse;

    use super::*;

    fn object(kind: &str, text: &str) -> Object {
        Object {
            key: ObjectKey {
                plane: Plane::Workload,
                group: "".into(),
                kind: kind.into(),
                namespace: "".into(),
                name: "x".into(),
            },
            value: Arc::new(parse(text).unwrap().remove(0)),
            hooks: Vec::new(),
            keep: None,
            origin: "x".into(),
        }
    }

    fn found(kind: &str, text: &str) -> Vec<String> {
        images_of_object(&object(kind, text)).into_iter().collect()
    }

    #[test]
    fn containers_of_every_kind_are_looked_at() {
        let pod = "
spec:
  containers:
  - {name: a, image: nginx}
  - {name: b, image: 'quay.io/a/b:1'}
  initContainers: [{image: busybox}]
  ephemeralContainers: [{image: debug@latest}]
  volumes:
  - image: {reference: 'quay.io/models/small:v2'}
  - image: {repository: x, tag: y}
";
        let names = [
            "busybox",
            "debug@latest",
            "nginx",
            "quay.io/a/b:1",
            "quay.io/models/small:v2",
        ];
        assert_eq!(found("Pod", pod), names);
        let indented = pod.replace('\n', "\n        ");
        let template = format!("spec:\n  jobTemplate:\n    spec:\n      template:{indented}");
        assert_eq!(found("CronJob", &template), names);
        assert_eq!(found("Anything", &template), names);
    }

    #[test]
    fn elsewhere_an_image_must_look_like_one() {
        let resource = "
spec:
  image: quay.io/prometheus/prometheus:v2.53.0
  sidecar: {image: 'registry.example.com/sidecar'}
  logo: {image: assets/logo.png}
  page: {image: 'https://example.com/a.png'}
  icon: {image: nginx}
  other: {image: [1, {image: 'localhost:5000/a'}]}
  containers: {image: nginx}
";
        assert_eq!(
            found("Prometheus", resource),
            [
                "localhost:5000/a",
                "quay.io/prometheus/prometheus:v2.53.0",
                "registry.example.com/sidecar"
            ]
        );
        let definition = "spec: {properties: {image: 'a/b:1'}}";
        assert!(found("CustomResourceDefinition", definition).is_empty());
    }

    #[test]
    fn names_of_images_are_told_from_other_texts() {
        let digest = format!("web@sha256:{}", "a".repeat(64));
        for (text, expected) in [
            ("web:1.2", true),
            ("library/web:1.2-rc.1_x", true),
            ("ghcr.io/a/b", true),
            ("[::1]:5000/a", false),
            ("localhost/web", true),
            (digest.as_str(), true),
            ("web@sha256:abc", false),
            ("web", false),
            ("library/web", false),
            ("/static/logo.png:1", false),
            ("https://example.com/a.png", false),
            ("data:image/png;base64,AAAA", false),
            ("Web:1.2", false),
            ("web: 1.2", false),
            ("web:", false),
            ("{{ .image }}:1", false),
            ("", false),
        ] {
            assert_eq!(looks_like_image(text), expected, "{text}");
        }
    }

    #[test]
    fn a_pack_names_its_images_in_two_ways() {
        let values = parse(
            "pack: {content: {images: [{image: 'a:1'}, 'b:2', {image: 'a:1'}, {other: c}, 7]}}",
        )
        .unwrap()
        .remove(0);
        let images: Vec<String> = images_of_values(&values).into_iter().collect();
        assert_eq!(images, ["a:1", "b:2"]);
        assert!(images_of_values(&Value::Null).is_empty());
    }
}
