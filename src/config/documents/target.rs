//! Where a cluster's objects go: a folder, or an API server. Template and entry of a group say it together.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diag::{Diagnostic, Span, Spanned};
use crate::model::{Cluster, ClusterName, Kubeconfig, KubernetesSpec, SecretPolicy, TargetSpec};

use super::check::Check;
use super::fields::Fields;
use super::path::normal;
use super::shape::{Choice, Field, Shape, Type, may, must};

const SECRETS: Choice = Choice {
    words: &[
        ("refuse", "a Secret is an error"),
        ("write", "Secrets are written in clear text"),
        ("omit", "Secrets are left out"),
    ],
    ..Choice::PLAIN
};

const SECRETS_FIELD: Field = may(
    "secrets",
    Type::Choice(&SECRETS),
    "what to do with Secrets; `refuse` when left out",
);

const DIRECTORY: Shape = Shape {
    name: "directory target",
    doc: "Files in a folder",
    fields: &[&[
        must(
            "path",
            Type::Text,
            "the folder, relative to the project's root; `{name}` in it stands for the cluster's name",
        ),
        SECRETS_FIELD,
    ]],
    ..Shape::PLAIN
};

const PART_DIRECTORY: Shape = Shape {
    name: "directory target in a group",
    doc: "Files in a folder",
    fields: &[&[
        may(
            "path",
            Type::Text,
            "the folder, relative to the project's root, with `{name}` where the cluster's name goes",
        ),
        SECRETS_FIELD,
    ]],
    ..Shape::PLAIN
};

const FROM: Shape = Shape {
    name: "source of a kubeconfig",
    doc: "Where the text of a kubeconfig comes from",
    fields: &[&[must(
        "fromEnv",
        Type::Text,
        "the environment variable that holds the text of the kubeconfig",
    )]],
    hints: &[
        ("env", "an environment variable is named by `fromEnv`"),
        (
            "fromFile",
            "a file is named by `kubeconfig`, beside `kubeconfigFrom`",
        ),
    ],
    ..Shape::PLAIN
};

const KUBERNETES: Shape = Shape {
    name: "kubernetes target",
    doc: "A Kubernetes API server; without any field, what kubectl would talk to",
    fields: &[&[
        may(
            "kubeconfig",
            Type::Text,
            "the kubeconfig file, relative to the project's root or to `~/`; where kubectl looks when left out; `{name}` in it stands for the cluster's name",
        ),
        may(
            "kubeconfigFrom",
            Type::Shape(&FROM),
            "the environment variable that holds the text of a kubeconfig, in place of a file",
        ),
        may(
            "context",
            Type::Text,
            "the context in the kubeconfig; its current one when left out; `{name}` in it stands for the cluster's name",
        ),
        may(
            "inCluster",
            Type::Bool,
            "whether it is the cluster that stratiform runs in, as the pod's service account",
        ),
    ]],
    hints: &[
        (
            "server",
            "the address of a server stands in a kubeconfig, which `kubeconfig` names",
        ),
        (
            "token",
            "credentials stand in a kubeconfig, which `kubeconfig` or `kubeconfigFrom` names",
        ),
        ("namespace", "namespaces are those of the layers"),
        (
            "fromEnv",
            "it stands one deeper: `kubeconfigFrom: {fromEnv: NAME}`",
        ),
        (
            "secrets",
            "that is for folders; a server gets the Secrets as they are",
        ),
    ],
    ..Shape::PLAIN
};

const KUBERNETES_FIELD: Field = may(
    "kubernetes",
    Type::Shape(&KUBERNETES),
    "a Kubernetes API server",
);

const TARGET: Shape = Shape {
    name: "target",
    doc: "Where the objects go",
    fields: &[&[
        may("directory", Type::Shape(&DIRECTORY), "files in a folder"),
        KUBERNETES_FIELD,
    ]],
    one_of: &["directory", "kubernetes"],
    hints: &[
        (
            "path",
            "the path of a folder stands under `directory`: `directory: {path: ...}`",
        ),
        (
            "context",
            "the context of a kubeconfig stands under `kubernetes`: `kubernetes: {context: ...}`",
        ),
        (
            "kubeconfig",
            "it stands under `kubernetes`: `kubernetes: {kubeconfig: ...}`",
        ),
    ],
};

const PART_TARGET: Shape = Shape {
    name: "target in a group",
    fields: &[&[
        may(
            "directory",
            Type::Shape(&PART_DIRECTORY),
            "files in a folder",
        ),
        KUBERNETES_FIELD,
    ]],
    ..TARGET
};

/// The target of a cluster.
pub(super) const WHOLE_TARGET: &[Field] =
    &[must("target", Type::Shape(&TARGET), "where the objects go")];

/// The target in a group, which template and entry give together.
pub(super) const SHARED_TARGET: &[Field] = &[may(
    "target",
    Type::Shape(&PART_TARGET),
    "where the objects go",
)];

/// What was said of a target in one place, with `{name}` still in it.
#[derive(Default)]
pub(super) struct Part {
    place: Place,
    secrets: Option<SecretPolicy>,
}

/// Which kind of target was meant, and what was said of it.
#[derive(Default)]
enum Place {
    #[default]
    Unsaid,
    Directory(Option<Spanned<Arc<str>>>),
    Kubernetes {
        kubeconfig: Option<Kubeconfig>,
        context: Option<Arc<str>>,
    },
}

/// Decodes what is said of a target beside other fields of a cluster.
pub(super) fn decode(fields: Fields<'_>, check: &mut Check<'_>) -> Part {
    let target = fields.below("target");
    if target.get("kubernetes").is_some() {
        return Part {
            place: kubernetes(target.below("kubernetes"), check),
            secrets: None,
        };
    }
    let directory = target.below("directory");
    let path = directory.spanned("path");
    if let Some(path) = &path {
        check_path(path, check);
    }
    let path = path.map(|path| Spanned::new(path.value.into(), path.span));
    Part {
        place: match target.get("directory") {
            Some(_) => Place::Directory(path),
            None => Place::Unsaid,
        },
        secrets: match directory.text("secrets") {
            Some("refuse") => Some(SecretPolicy::Refuse),
            Some("write") => Some(SecretPolicy::Write),
            Some("omit") => Some(SecretPolicy::Omit),
            _ => None,
        },
    }
}

fn kubernetes(fields: Fields<'_>, check: &mut Check<'_>) -> Place {
    let ways: Vec<_> = ["kubeconfig", "kubeconfigFrom", "inCluster"]
        .into_iter()
        .filter(|name| match *name {
            "inCluster" => fields.flag(name),
            _ => fields.get(name).is_some(),
        })
        .collect();
    if let [first, second, ..] = ways.as_slice() {
        check.report(
            Diagnostic::error("a server is reached in one way, and here are two")
                .at(fields.key_span(second))
                .label(format!("`{second}` is one too many"))
                .also(fields.key_span(first), format!("`{first}` stands here"))
                .help("remove one of them"),
        );
    }
    let context = fields.spanned("context");
    if let Some(context) = &context {
        if fields.flag("inCluster") {
            check.report(
                Diagnostic::error("a context is one of a kubeconfig, and `inCluster` has none")
                    .at(context.span)
                    .help("remove `context`, or name a `kubeconfig` in place of `inCluster`"),
            );
        }
        check_braces(context, "a context", check);
    }
    let file = fields.spanned("kubeconfig");
    if let Some(file) = &file {
        check_file(file, check);
    }
    let from = fields.below("kubeconfigFrom").shared("fromEnv");
    Place::Kubernetes {
        kubeconfig: match (file, from) {
            (Some(file), _) => Some(Kubeconfig::File(PathBuf::from(file.value))),
            (None, Some(name)) => Some(Kubeconfig::Environment(name)),
            (None, None) => fields.flag("inCluster").then_some(Kubeconfig::InCluster),
        },
        context: context.map(|context| context.value.into()),
    }
}

impl Part {
    /// The path of a folder that has no `{name}` in it, so that all clusters of a group would share it.
    pub fn shared_folder(&self) -> Option<&Spanned<Arc<str>>> {
        let Place::Directory(Some(path)) = &self.place else {
            return None;
        };
        (!path.value.contains("{name}")).then_some(path)
    }

    /// The whole target of a cluster; nothing when no place was named.
    pub fn spec(&self, name: &ClusterName, template: Option<&Part>) -> Option<TargetSpec> {
        let put = |text: &str| text.replace("{name}", name.as_str());
        let below = template.map_or(&Place::Unsaid, |template| &template.place);
        match (&self.place, below) {
            (Place::Unsaid, Place::Unsaid) => None,
            (Place::Directory(Some(path)), _)
            | (Place::Directory(None) | Place::Unsaid, Place::Directory(Some(path))) => {
                Some(TargetSpec::Directory {
                    path: normal(Path::new(&put(&path.value))),
                    secrets: self
                        .secrets
                        .or_else(|| template?.secrets)
                        .unwrap_or_default(),
                })
            }
            (Place::Directory(None), _) | (Place::Unsaid, Place::Directory(None)) => None,
            (
                Place::Kubernetes {
                    kubeconfig,
                    context,
                },
                Place::Kubernetes {
                    kubeconfig: usual,
                    context: common,
                },
            ) => {
                let in_cluster = *kubeconfig == Some(Kubeconfig::InCluster);
                let common = common.as_ref().filter(|_| !in_cluster);
                Some(server(
                    kubeconfig.as_ref().or(usual.as_ref()),
                    context.as_ref().or(common),
                    put,
                ))
            }
            (
                Place::Kubernetes {
                    kubeconfig,
                    context,
                },
                _,
            )
            | (
                Place::Unsaid,
                Place::Kubernetes {
                    kubeconfig,
                    context,
                },
            ) => Some(server(kubeconfig.as_ref(), context.as_ref(), put)),
        }
    }
}

fn server(
    kubeconfig: Option<&Kubeconfig>,
    context: Option<&Arc<str>>,
    put: impl Fn(&str) -> String,
) -> TargetSpec {
    let kubeconfig = match kubeconfig {
        Some(Kubeconfig::File(path)) => {
            Kubeconfig::File(normal(Path::new(&put(&path.to_string_lossy()))))
        }
        Some(other) => other.clone(),
        None => Kubeconfig::Usual,
    };
    TargetSpec::Kubernetes(KubernetesSpec {
        kubeconfig,
        context: context.map(|context| put(context).into()),
    })
}

/// Warns of clusters that share a server, and of those that go wherever kubectl happens to point at.
pub(super) fn servers(clusters: &[Arc<Cluster>], check: &mut Check<'_>) {
    let mut first: HashMap<&KubernetesSpec, (&Cluster, Option<Span>, usize)> = HashMap::new();
    let mut order = Vec::new();
    for cluster in clusters {
        let TargetSpec::Kubernetes(spec) = &cluster.target else {
            continue;
        };
        if spec.kubeconfig == Kubeconfig::Usual && spec.context.is_none() {
            check.report(
                Diagnostic::warning(format!(
                    "the cluster `{}` goes to whatever context is kubectl's current one",
                    cluster.name
                ))
                .at(cluster.span)
                .help("name the context: `kubernetes: {context: ...}`"),
            );
        }
        let known = first.entry(spec).or_insert_with(|| {
            order.push(spec);
            (cluster, None, 0)
        });
        known.2 += 1;
        if known.2 == 2 {
            known.1 = Some(cluster.span);
        }
    }
    for spec in order {
        let (cluster, Some(second), count) = first[spec] else {
            continue;
        };
        check.report(
            Diagnostic::warning(format!("{count} clusters go to the same place, {spec}"))
                .at(second)
                .also(cluster.span, "the first of them")
                .help("that works as long as no two of them have an object in common; else give each its own context"),
        );
    }
}

/// Looks at a path before any name is put into it. Names are safe in paths, so what holds for one holds for all.
fn check_path(path: &Spanned<&str>, check: &mut Check<'_>) {
    if !check_braces(path, "a path", check) {
        return;
    }
    let text = path.value.replace("{name}", "name");
    let inside = check.inside(&Spanned::new(text.as_str(), path.span));
    if inside.is_some_and(|inside| inside.as_os_str().is_empty()) {
        check.report(
            Diagnostic::error("the target's folder is the project's own folder")
                .at(path.span)
                .help("give it a folder for itself: `rendered/{name}`"),
        );
    }
}

/// Kubeconfigs may lie anywhere; they are the one kind of file that people keep in their home.
fn check_file(file: &Spanned<&str>, check: &mut Check<'_>) {
    check_braces(file, "a path", check);
    if file.value.starts_with('~') && !file.value.starts_with("~/") {
        check.report(
            Diagnostic::error(format!(
                "`{}`: only `~/` is taken as somebody's home, your own",
                file.value
            ))
            .at(file.span)
            .help("write the path in full, or relative to the folder of `stratiform.yaml`"),
        );
    }
}

/// Whether the only braces in a text are those of `{name}`; else it is reported.
fn check_braces(text: &Spanned<&str>, what: &str, check: &mut Check<'_>) -> bool {
    if !text.value.replace("{name}", "name").contains(['{', '}']) {
        return true;
    }
    check.report(
        Diagnostic::error(format!(
            "`{}`: braces in {what} can only be `{{name}}`",
            text.value
        ))
        .at(text.span)
        .help("`{name}` stands for the cluster's name"),
    );
    false
}
