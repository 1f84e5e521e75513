//! What files are called.
//!
//! `<kind>[.<group>].<namespace>.<name>.yaml`, all in lower case. An object without a namespace has `_` in its place:
//! `namespace._.web.yaml`. Two objects never share a file, also where the file system does not tell upper case from lower
//! case, with one exception: kinds that differ in their case alone, which no API server has.
//!
//! - Lower-case letters, digits and `-` stand for themselves; every other byte is `%` and two digits, as in URLs:
//!   `system:node` is `system%3Anode`.
//! - A dot stands for itself only in the group and in the name of an object without a namespace. So a name is what stands
//!   behind the last dot, or behind the first `._.`: nothing is ambiguous.
//! - A name of more than 200 bytes is cut, and ends in `~` and a digest of the whole.

use crate::model::{LayerName, ObjectKey, Plane};

/// The folder of a layer's Helm hooks.
pub(super) const HOOKS: &str = "hooks";
/// The file that keeps the order. It must not end in `.yaml`, or GitOps tools would take it for an object.
pub(super) const INDEX: &str = ".stratiform-index";

/// Longest file name. File systems allow 255 bytes; the temporary name adds some.
const LONGEST: usize = 200;
/// How much is left of a name that is too long.
const KEPT: usize = 150;
const SUFFIX: &str = ".yaml";
const TEMPORARY: &str = ".stratiform-tmp";

/// Where an object's file stands within its folder.
pub(super) fn file_name(key: &ObjectKey) -> String {
    let mut out = String::with_capacity(96);
    match key.plane {
        Plane::Workload => {}
        // `%` is never followed by anything but digits elsewhere.
        Plane::Management => out.push_str("%management."),
    }
    if key.kind.is_empty() {
        out.push('%');
    }
    for byte in key.kind.bytes() {
        encode(byte.to_ascii_lowercase(), false, &mut out);
    }
    out.push('.');
    if !key.group.is_empty() {
        key.group
            .bytes()
            .for_each(|byte| encode(byte, true, &mut out));
        out.push('.');
    }
    let dots = key.namespace.is_empty();
    if dots {
        out.push('_');
    }
    key.namespace
        .bytes()
        .for_each(|byte| encode(byte, false, &mut out));
    out.push('.');
    key.name
        .bytes()
        .for_each(|byte| encode(byte, dots, &mut out));
    if out.len() + SUFFIX.len() > LONGEST {
        let digest = blake3::hash(out.as_bytes()).to_hex();
        out.truncate(KEPT);
        out.push('~');
        out.push_str(&digest[..32]);
    }
    out.push_str(SUFFIX);
    out
}

fn encode(byte: u8, dots: bool, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || dots && byte == b'.' {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}

/// An object's path within the target's folder: `web/deployment.apps.shop.web.yaml`.
pub fn file_path(layer: &LayerName, key: &ObjectKey, hook: bool) -> String {
    path(layer, hook, &file_name(key))
}

/// A file's path within the target's folder.
pub(super) fn path(layer: &LayerName, hook: bool, file: &str) -> String {
    let layer = layer.as_str();
    if hook {
        format!("{layer}/{HOOKS}/{file}")
    } else {
        format!("{layer}/{file}")
    }
}

/// The hidden name under which a file is written before it is renamed.
pub(super) fn temporary(file: &str) -> String {
    format!(".{file}{TEMPORARY}")
}

/// Whether a file is what a killed apply left of its writing.
pub(super) fn is_temporary(file: &str) -> bool {
    file.strip_prefix('.')
        .and_then(|rest| rest.strip_suffix(TEMPORARY))
        .is_some_and(|inner| inner == INDEX || inner.ends_with(SUFFIX))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn files_are_called_by_what_they_hold() {
        let table = [
            (
                ("", "ConfigMap", "web", "front"),
                "configmap.web.front.yaml",
            ),
            (
                ("apps", "Deployment", "web", "front"),
                "deployment.apps.web.front.yaml",
            ),
            (("", "Namespace", "", "web"), "namespace._.web.yaml"),
            (
                (
                    "rbac.authorization.k8s.io",
                    "ClusterRole",
                    "",
                    "system:node",
                ),
                "clusterrole.rbac.authorization.k8s.io._.system%3Anode.yaml",
            ),
            (
                (
                    "apiextensions.k8s.io",
                    "CustomResourceDefinition",
                    "",
                    "widgets.example.com",
                ),
                "customresourcedefinition.apiextensions.k8s.io._.widgets.example.com.yaml",
            ),
            (
                ("", "ConfigMap", "kube-system", "kube-root-ca.crt"),
                "configmap.kube-system.kube-root-ca%2Ecrt.yaml",
            ),
            (
                ("", "ConfigMap", "..", "../../x"),
                "configmap.%2E%2E.%2E%2E%2F%2E%2E%2Fx.yaml",
            ),
            (("", "", "", "A_%\u{e9}"), "%._.%41%5F%25%C3%A9.yaml"),
        ];
        for ((group, kind, namespace, name), file) in table {
            assert_eq!(
                file_name(&ObjectKey::new(group, kind, namespace, name)),
                file
            );
        }
        let long = file_name(&ObjectKey::new("", "ConfigMap", "web", &"a".repeat(253)));
        assert!(long.len() <= LONGEST && long.contains('~'), "{long}");
        let management = ObjectKey {
            plane: Plane::Management,
            ..ObjectKey::new("", "Secret", "web", "x")
        };
        assert_eq!(file_name(&management), "%management.secret.web.x.yaml");
    }

    /// Short parts from few letters, so that what could be confused is met often.
    fn part(letters: &'static str) -> impl Strategy<Value = String> {
        prop_oneof![
            8 => proptest::string::string_regex(&format!("[{letters}]{{0,4}}")).unwrap(),
            1 => proptest::string::string_regex("[ab]{160,240}").unwrap(),
        ]
    }

    fn keys() -> impl Strategy<Value = Vec<ObjectKey>> {
        let key = (
            any::<bool>(),
            part("a._%"),
            part("ab.~_"),
            part("ab.A_"),
            part("abA.%2E_~/"),
        );
        let key = key.prop_map(|(management, kind, group, namespace, name)| ObjectKey {
            plane: if management {
                Plane::Management
            } else {
                Plane::Workload
            },
            ..ObjectKey::new(&group, &kind, &namespace, &name)
        });
        proptest::collection::vec(key, 1..400)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn two_objects_never_share_a_file(keys in keys()) {
            let mut taken: HashMap<String, ObjectKey> = HashMap::new();
            for key in keys {
                let file = file_name(&key);
                prop_assert!(file.len() <= LONGEST);
                prop_assert!(!file.contains('/') && !file.starts_with('.'));
                prop_assert!(!is_temporary(&file) && is_temporary(&temporary(&file)));
                // A file system that does not tell the cases apart sees this.
                if let Some(other) = taken.insert(file.to_lowercase(), key.clone()) {
                    prop_assert_eq!(&other, &key, "{}", file);
                }
            }
        }
    }
}
