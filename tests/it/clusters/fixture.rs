//! One cluster of a project on a real server, and operations made of YAML.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use stratiform::model::{
    ClusterName, Digest, Key, Kubeconfig, KubernetesSpec, LayerName, ObjectKey,
};
use stratiform::target::{
    Ask, Expected, Extent, Known, KubernetesTarget, Manner, Marks, Observation, Observed,
    Operation, Outcome, Owner, Pace, Rehearsal, Servers, Target as _, TargetError, Written,
};
use stratiform::yaml::{Value, parse_first};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::support::planes::{Plane, User};

/// A target on a runtime of its own.
pub struct Cluster {
    pub target: KubernetesTarget,
    pub marks: Marks,
    runtime: Runtime,
}

/// Marks of a project of this number, for its cluster of this number.
pub fn marks(project: u128, cluster: u128) -> Marks {
    Marks {
        project: Uuid::from_u128((project << 96) + 1),
        cluster: ClusterName::new("berlin").expect("it is a name"),
        uid: Uuid::from_u128(cluster),
    }
}

impl Cluster {
    /// A cluster of a new project on a plane.
    pub fn new(plane: &Plane) -> Self {
        let project = Uuid::new_v4();
        let marks = Marks {
            project,
            ..marks(0, 1)
        };
        Self::with(plane.kubeconfig(User::Admin), marks, Pace::default())
    }

    /// A cluster that a kubeconfig leads to.
    pub fn with(kubeconfig: PathBuf, marks: Marks, pace: Pace) -> Self {
        let spec = KubernetesSpec {
            kubeconfig: Kubeconfig::File(kubeconfig),
            context: None,
        };
        Self::of(&spec, marks, pace)
    }

    /// A cluster of any kind.
    pub fn of(spec: &KubernetesSpec, marks: Marks, pace: Pace) -> Self {
        let servers = Servers::new(Path::new("/").to_owned(), Key::from_bytes([7; 32])).at(pace);
        Self {
            target: servers.target(spec, marks.clone()),
            marks,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .expect("threads can be started"),
        }
    }

    pub fn apply(&self, operations: &[Operation]) -> Vec<Outcome> {
        let outcomes = self.target.apply(operations.to_vec());
        self.runtime.block_on(outcomes)
    }

    /// Applies what must be done.
    #[track_caller]
    pub fn done(&self, operations: &[Operation]) -> Vec<Written> {
        let outcomes = self.apply(operations).into_iter();
        outcomes
            .map(|outcome| match outcome {
                Outcome::Done(written) => written,
                other => panic!("{other:?}"),
            })
            .collect()
    }

    /// Applies what must fail at its first operation.
    #[track_caller]
    pub fn fails(&self, operations: &[Operation]) -> TargetError {
        match self.apply(operations).into_iter().next() {
            Some(Outcome::Failed(error)) => error,
            other => panic!("{other:?}"),
        }
    }

    pub fn rehearse(&self, operations: &[Operation]) -> Vec<Rehearsal> {
        let rehearsals = self.target.rehearse(operations.to_vec());
        self.runtime.block_on(rehearsals).expect("it can be asked")
    }

    pub fn try_observe(&self, ask: Ask) -> Result<Observation, TargetError> {
        self.runtime.block_on(self.target.observe(ask))
    }

    /// Looks at objects that we have written.
    #[track_caller]
    pub fn observe(&self, keys: &[ObjectKey]) -> Observation {
        self.try_observe(ask(keys)).expect("it can be asked")
    }

    #[track_caller]
    pub fn one(&self, key: &ObjectKey) -> Observed {
        self.observe(std::slice::from_ref(key)).objects.remove(0)
    }

    #[track_caller]
    pub fn live(&self, key: &ObjectKey) -> (Arc<Value>, Digest, Owner) {
        match self.one(key) {
            Observed::Live {
                object,
                content,
                owner,
            } => (object, content, owner),
            other => panic!("{other:?}"),
        }
    }

    /// The operation that deletes what is there now.
    #[track_caller]
    pub fn delete(&self, key: &ObjectKey) -> Operation {
        Operation::Delete {
            layer: layer(),
            key: key.clone(),
            hook: false,
            expected: Expected::Content(self.live(key).1),
        }
    }

    pub fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }
}

pub fn layer() -> LayerName {
    LayerName::new("base").expect("it is a name")
}

/// A question for everything of objects that we have written.
pub fn ask(keys: &[ObjectKey]) -> Ask {
    let known = |key: &ObjectKey| Known {
        layer: layer(),
        key: key.clone(),
        hook: false,
        content: Some(Digest::from_bytes([1; 32])),
        seen: None,
    };
    Ask {
        known: keys.iter().map(known).collect(),
        index: None,
        extent: Extent::Full,
    }
}

/// An operation that writes an object where nothing is.
pub fn put(text: &str) -> Operation {
    put_as(text, Expected::Absent, Manner::Apply)
}

/// An operation that writes an object over one that is there.
pub fn put_over(text: &str, manner: Manner) -> Operation {
    put_as(text, Expected::Content(Digest::from_bytes([1; 32])), manner)
}

/// An operation that writes an object in place of the one that is there.
#[track_caller]
pub fn replace(cluster: &Cluster, text: &str) -> Operation {
    let content = cluster.live(&key(text)).1;
    put_as(text, Expected::Content(content), Manner::Replace)
}

fn put_as(text: &str, expected: Expected, manner: Manner) -> Operation {
    Operation::Put {
        layer: layer(),
        key: key(text),
        hook: false,
        text: text.into(),
        expected,
        manner,
        adopted: false,
    }
}

/// What an object is.
pub fn key(text: &str) -> ObjectKey {
    let object = parse_first(text).expect("it is YAML");
    let at = |path: &[&str]| {
        let found = object.at(path.iter().copied());
        found.and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let version = at(&["apiVersion"]);
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let (namespace, name) = (at(&["metadata", "namespace"]), at(&["metadata", "name"]));
    ObjectKey::new(group, &at(&["kind"]), &namespace, &name)
}

pub fn config_map(namespace: &str, name: &str, value: &str) -> String {
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {namespace}}}\ndata: {{key: {value}}}\n"
    )
}

pub fn namespace(name: &str) -> String {
    format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n")
}

/// A text of an object.
pub fn text<'a>(object: &'a Value, path: &[&str]) -> &'a str {
    let found = object.at(path.iter().copied());
    found.and_then(Value::as_str).unwrap_or_default()
}
