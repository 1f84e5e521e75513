//! What it means when a server says no to a write.

use kube::core::Status;

use crate::model::ObjectKey;
use crate::target::{Contested, TargetError};

use super::failure::Failure;

/// What it means when a server says no to a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Others own fields, with other values.
    Contested(Vec<Contested>),
    /// The namespace is not there.
    NoNamespace,
    /// The namespace is being deleted.
    NamespaceGoes,
    /// There is no such path: the kind is not served, or not yet.
    NoKind,
    /// There is no such object.
    NoObject,
    /// A field cannot change.
    Immutable,
    /// It is not the object that was meant: it was deleted and made anew.
    Another,
    /// A webhook cannot be asked, or not without doing something.
    NoWebhook,
    /// It is not valid, or a policy or a role forbids it.
    Refused,
    /// The server as a whole does not work, or does not let us in.
    Unusable,
}

/// What a status means.
pub(super) fn meaning(status: &Status) -> Meaning {
    match status.code {
        401 | 429 => Meaning::Unusable,
        403 if has_cause(status, "NamespaceTerminating") => Meaning::NamespaceGoes,
        404 => missing(status),
        409 => conflict(status),
        _ if status.message.contains("failed calling webhook") => Meaning::NoWebhook,
        400 if status.message.contains("does not support dry run") => Meaning::NoWebhook,
        422 if is_immutable(status) => Meaning::Immutable,
        // What server-side apply says of a field that the schema does not have.
        500 if status
            .message
            .contains("failed to create typed patch object") =>
        {
            Meaning::Refused
        }
        500.. => Meaning::Unusable,
        _ => Meaning::Refused,
    }
}

/// What a failed write of an object is told as. `unreachable` makes the error for a server that does not work.
pub(super) fn error(
    key: &ObjectKey,
    failure: &Failure,
    unreachable: impl FnOnce() -> TargetError,
) -> TargetError {
    let Some(status) = failure.status() else {
        return unreachable();
    };
    let refusal = refusal(key, status, unreachable);
    match (failure, refusal) {
        (Failure::SaidLater(_), refusal @ TargetError::Unreachable { .. }) => refusal,
        (Failure::SaidLater(_), refusal) => TargetError::Unsure {
            refusal: Box::new(refusal),
        },
        (_, refusal) => refusal,
    }
}

fn refusal(
    key: &ObjectKey,
    status: &Status,
    unreachable: impl FnOnce() -> TargetError,
) -> TargetError {
    let key = key.clone();
    let words = words(status);
    let message = match meaning(status) {
        Meaning::Unusable => return unreachable(),
        Meaning::Contested(fields) => return TargetError::Contested { key, fields },
        Meaning::Another => return TargetError::Moved { key },
        Meaning::NoNamespace => format!(
            "there is no namespace {}; add it to a layer before this one, or make it",
            key.namespace
        ),
        Meaning::NamespaceGoes => format!(
            "the namespace {} is being deleted; wait until it is gone, and run it again",
            key.namespace
        ),
        Meaning::NoKind => no_kind(&key),
        Meaning::Immutable => {
            format!("{words}; plan again, so that it can be planned as a replacement")
        }
        Meaning::NoWebhook => format!("{words}; see whether what serves that webhook runs"),
        Meaning::Refused if is_role(status) => {
            format!("{words}; a role for this user has to allow it")
        }
        Meaning::NoObject | Meaning::Refused => words,
    };
    TargetError::Denied { key, message }
}

/// What is said of an object whose kind is not served.
pub(super) fn no_kind(key: &ObjectKey) -> String {
    format!(
        "it serves no {}; is the CustomResourceDefinition missing?",
        key.kind_and_group()
    )
}

/// The server's words; its code when it has none. Values are left out where they are whole parts of objects: nobody reads
/// them, and something secret may be in them.
pub(super) fn words(status: &Status) -> String {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    let invalid: Vec<String> = causes
        .filter(|cause| cause.message.starts_with(INVALID))
        .map(|cause| format!("{}: {}", cause.field, without_value(&cause.message)))
        .collect();
    if status.code == 422 && status.message.len() > LONG && !invalid.is_empty() {
        invalid.join("; ")
    } else if status.message.is_empty() {
        format!("it answers {}", status.code)
    } else {
        status.message.clone()
    }
}

/// How a cause begins that tells the value that is not valid.
const INVALID: &str = "Invalid value: ";

/// Messages that are longer than this, in bytes, have whole parts of objects in them.
const LONG: usize = 400;

/// A cause without the value that it tells: `Invalid value: {...}: field is immutable`.
fn without_value(message: &str) -> &str {
    let reason = message.rsplit_once(": ").map(|(_, reason)| reason);
    reason.unwrap_or(message)
}

fn missing(status: &Status) -> Meaning {
    let details = status.details.as_ref();
    let kind = details.map_or("", |details| details.kind.as_str());
    let name = details.map_or("", |details| details.name.as_str());
    match (kind, name) {
        ("namespaces", _) => Meaning::NoNamespace,
        ("", _) | (_, "") => Meaning::NoKind,
        _ => Meaning::NoObject,
    }
}

fn conflict(status: &Status) -> Meaning {
    let fields = contested(status);
    if !fields.is_empty() {
        Meaning::Contested(fields)
    } else if status.message.contains("Precondition failed") {
        Meaning::Another
    } else if status.message.contains("being deleted")
        || status.message.contains("being terminated")
    {
        Meaning::NamespaceGoes
    } else {
        Meaning::Refused
    }
}

/// The fields that others own, by the causes of a conflict.
fn contested(status: &Status) -> Vec<Contested> {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    causes
        .filter(|cause| cause.reason == "FieldManagerConflict")
        .map(|cause| Contested {
            field: cause.field.clone(),
            manager: manager(&cause.message),
        })
        .collect()
}

/// The manager in `conflict with "kubectl-edit" using apps/v1`, which stands there as Go quotes texts.
fn manager(message: &str) -> String {
    let Some((_, rest)) = message.split_once('"') else {
        return message.to_owned();
    };
    let mut name = String::new();
    let mut escaped = false;
    for letter in rest.chars() {
        match letter {
            '\\' if !escaped => escaped = true,
            '"' if !escaped => break,
            letter => {
                escaped = false;
                name.push(letter);
            }
        }
    }
    name
}

fn has_cause(status: &Status, reason: &str) -> bool {
    let mut causes = status.details.iter().flat_map(|details| &details.causes);
    causes.any(|cause| cause.reason == reason)
}

/// Whether a role is missing. Webhooks and quotas refuse with the same code and reason.
fn is_role(status: &Status) -> bool {
    status.code == 403 && status.message.contains(" cannot ")
}

/// Whether a field is refused only because the object is there already, by the words that Kubernetes has for it (its
/// validation packages know no code for that).
fn is_immutable(status: &Status) -> bool {
    const WORDS: [&str; 8] = [
        "field is immutable",
        "is immutable",
        "may not be changed",
        "may not change once set",
        "cannot change roleRef",
        "Forbidden: updates to ",
        "updates may not change fields",
        "field cannot be changed",
    ];
    WORDS.iter().any(|words| status.message.contains(words))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Meaning, error, manager, meaning, words};
    use crate::model::ObjectKey;
    use crate::target::kubernetes::failure::Failure;
    use crate::target::{Contested, TargetError};

    fn said(code: u16, message: &str, details: &serde_json::Value) -> Failure {
        let body = json!({"kind": "Status", "message": message, "code": code, "details": details});
        Failure::said(code, body.to_string().as_bytes())
    }

    #[test]
    fn what_is_refused_after_a_try_that_was_cut_may_have_been_done() {
        let key = ObjectKey::new("", "ConfigMap", "web", "settings");
        let told = |failure: &Failure| {
            error(&key, failure, || TargetError::Unreachable {
                server: "it".to_owned(),
                why: "it answers 503".to_owned(),
            })
        };
        let forbidden = said(403, "no", &json!({}));
        assert!(matches!(told(&forbidden), TargetError::Denied { .. }));
        assert!(!forbidden.is_unsure());
        let later = forbidden.later();
        assert!(later.is_unsure());
        insta::assert_snapshot!(told(&later), @"the server refuses ConfigMap web/settings: no; whether an earlier try was carried out is not known");
        let away = said(503, "no", &json!({}));
        assert!(away.is_unsure());
        assert!(matches!(
            told(&away.later()),
            TargetError::Unreachable { .. }
        ));
    }

    fn means(code: u16, message: &str, details: &serde_json::Value) -> Meaning {
        meaning(said(code, message, details).status().expect("it is one"))
    }

    #[test]
    fn conflicts_name_managers_and_fields() {
        let causes = json!({"causes": [
            {"reason": "FieldManagerConflict", "message": "conflict with \"kubectl-edit\" using apps/v1", "field": ".spec.replicas"},
            {"reason": "FieldManagerConflict", "message": "conflict with \"hpa\" with subresource \"scale\" using apps/v1", "field": ".spec.paused"},
        ]});
        let field = |field: &str, manager: &str| Contested {
            field: field.to_owned(),
            manager: manager.to_owned(),
        };
        let expected = vec![
            field(".spec.replicas", "kubectl-edit"),
            field(".spec.paused", "hpa"),
        ];
        assert_eq!(
            means(409, "Apply failed", &causes),
            Meaning::Contested(expected)
        );
        assert_eq!(
            manager(r#"conflict with "a \"b\" \\c": .spec"#),
            r#"a "b" \c"#
        );
        assert_eq!(manager("no quotes"), "no quotes");
    }

    #[test]
    fn what_is_missing_is_told_apart() {
        for (message, details, expected) in [
            (
                "namespaces \"x\" not found",
                json!({"name": "x", "kind": "namespaces"}),
                Meaning::NoNamespace,
            ),
            (
                "configmaps \"a\" not found",
                json!({"name": "a", "kind": "configmaps"}),
                Meaning::NoObject,
            ),
            (
                "the server could not find the requested resource",
                json!({}),
                Meaning::NoKind,
            ),
            ("404 page not found", json!(null), Meaning::NoKind),
        ] {
            assert_eq!(means(404, message, &details), expected, "{message}");
        }
    }

    #[test]
    fn immutable_fields_are_known_by_the_words_of_kubernetes() {
        for message in [
            "Job.batch \"a\" is invalid: spec.template: Invalid value: {}: field is immutable",
            "Service \"a\" is invalid: spec.clusterIPs[0]: Invalid value: [\"10.0.0.9\"]: may not change once set",
            "StatefulSet.apps \"a\" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden",
            "PersistentVolumeClaim \"a\" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests",
            "RoleBinding \"a\" is invalid: roleRef: Invalid value: {}: cannot change roleRef",
        ] {
            assert_eq!(
                means(422, message, &json!({})),
                Meaning::Immutable,
                "{message}"
            );
        }
        assert_eq!(
            means(422, "spec.replicas: must be positive", &json!({})),
            Meaning::Refused
        );
    }

    #[test]
    fn the_rest_is_told_apart() {
        let going = json!({"causes": [{"reason": "NamespaceTerminating", "message": "x", "field": "metadata.namespace"}]});
        for (code, message, details, expected) in [
            (401, "Unauthorized", json!({}), Meaning::Unusable),
            (
                403,
                "because it is being terminated",
                going,
                Meaning::NamespaceGoes,
            ),
            (403, "exceeded quota: q", json!({}), Meaning::Refused),
            (
                409,
                "Precondition failed: UID in precondition: a, UID in object meta: b",
                json!({}),
                Meaning::Another,
            ),
            (
                500,
                "Internal error occurred: failed calling webhook \"a\": refused",
                json!({}),
                Meaning::NoWebhook,
            ),
            (
                400,
                "admission webhook \"a\" does not support dry run",
                json!({}),
                Meaning::NoWebhook,
            ),
            (
                500,
                "failed to create typed patch object (a/b; v1, Kind=Pod): .spec.x: field not declared in schema",
                json!({}),
                Meaning::Refused,
            ),
            (503, "", json!({}), Meaning::Unusable),
        ] {
            assert_eq!(means(code, message, &details), expected, "{message}");
        }
    }

    #[test]
    fn whole_parts_of_objects_are_not_repeated() {
        let value = format!("{{\"env\": \"{}\"}}", "secret ".repeat(100));
        let told = |value: &str| {
            let cause = format!("Invalid value: {value}: field is immutable");
            let causes = json!({"causes": [{"reason": "FieldValueInvalid", "message": cause, "field": "spec.template"}]});
            let message = format!("Job.batch \"a\" is invalid: spec.template: {cause}");
            let failure = said(422, &message, &causes);
            words(failure.status().expect("it is one"))
        };
        assert_eq!(told(&value), "spec.template: field is immutable");
        assert_eq!(
            told("7"),
            "Job.batch \"a\" is invalid: spec.template: Invalid value: 7: field is immutable"
        );
    }

    #[test]
    fn errors_say_what_to_do() {
        let key = ObjectKey::new("", "ConfigMap", "web", "settings");
        let told = |code, message: &str, details| {
            let failure = said(code, message, &details);
            let unreachable = || TargetError::Moved { key: key.clone() };
            error(&key, &failure, unreachable).to_string()
        };
        let role = "configmaps is forbidden: User \"x\" cannot patch resource \"configmaps\" in API group \"\" in the namespace \"web\"";
        let texts = [
            told(403, role, json!({})),
            told(404, "", json!({"kind": "namespaces", "name": "web"})),
            told(
                403,
                "",
                json!({"causes": [{"reason": "NamespaceTerminating"}]}),
            ),
            told(404, "404 page not found", json!(null)),
            told(422, "data: field is immutable", json!({})),
            told(
                403,
                "admission webhook \"policy\" denied the request: no",
                json!({}),
            ),
        ];
        insta::assert_snapshot!(texts.join("\n"), @r#"
        the server refuses ConfigMap web/settings: configmaps is forbidden: User "x" cannot patch resource "configmaps" in API group "" in the namespace "web"; a role for this user has to allow it
        the server refuses ConfigMap web/settings: there is no namespace web; add it to a layer before this one, or make it
        the server refuses ConfigMap web/settings: the namespace web is being deleted; wait until it is gone, and run it again
        the server refuses ConfigMap web/settings: it serves no ConfigMap; is the CustomResourceDefinition missing?
        the server refuses ConfigMap web/settings: data: field is immutable; plan again, so that it can be planned as a replacement
        the server refuses ConfigMap web/settings: admission webhook "policy" denied the request: no
        "#);
    }
}
