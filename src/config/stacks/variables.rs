//! Variables: what each one of a stack is bound to.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::documents::variable::check;
use crate::diag::{Diagnostic, Spanned};
use crate::model::{
    Binding, BindingSource, Cluster, Format, Profile, ProfileName, ProfileRef, Variable,
};
use crate::yaml::Value;

use super::composition::Composition;
use super::environment::Environment;
use super::words::{join, suggestion};

/// What the variables of each profile are bound to.
pub(super) type Bindings = BTreeMap<ProfileName, BTreeMap<Arc<str>, Binding>>;

/// Reads what bindings speak of, each file once.
pub(super) struct Reader<'e> {
    environment: &'e dyn Environment,
    files: Mutex<HashMap<Arc<str>, Result<Arc<str>, String>>>,
}

impl<'e> Reader<'e> {
    /// A reader that has read nothing yet.
    pub(super) fn new(environment: &'e dyn Environment) -> Self {
        Self {
            environment,
            files: Mutex::default(),
        }
    }

    /// The text of an environment variable.
    fn variable(&self, name: &str) -> Result<String, String> {
        self.environment
            .variable(name)
            .map_err(|error| format!("the environment variable `{name}` {error}"))
    }

    /// The text of a file, without one final newline.
    fn file(&self, path: &Arc<str>) -> Result<Arc<str>, String> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(path) {
            return known.clone();
        }
        let read = self.read_file(path);
        files.insert(Arc::clone(path), read.clone());
        read
    }

    fn read_file(&self, path: &str) -> Result<Arc<str>, String> {
        let relative = Path::new(path);
        let stays = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if !relative.components().all(stays) {
            return Err(format!(
                "the file `{path}` lies outside of the project's root"
            ));
        }
        let text = self
            .environment
            .file(relative)
            .map_err(|error| format!("the file `{path}` {error}"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(text.strip_suffix('\r').unwrap_or(text).into())
    }
}

/// Binds all variables of a cluster's stack.
pub(super) fn bind(
    cluster: &Cluster,
    composition: &Composition,
    reader: &Reader<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Bindings {
    check_names(cluster, composition, problems);
    let mut bindings = Bindings::new();
    for (at, profile) in composition.profiles.iter().enumerate() {
        if profile.variables.is_empty() {
            continue;
        }
        // Named profiles come first, in the order in which the cluster names them.
        let own = cluster.profiles.get(at);
        let mut bound = BTreeMap::new();
        for variable in &profile.variables {
            let given = own
                .and_then(|own| own.variables.get(&variable.name))
                .or_else(|| cluster.variables.get(&variable.name));
            let value = match given {
                Some(given) => given_value(profile, variable, given, reader, problems),
                None => default_value(cluster, own, profile, variable, problems),
            };
            if let Some(value) = value {
                let sensitive = variable.sensitive;
                bound.insert(Arc::clone(&variable.name), Binding { value, sensitive });
            }
        }
        bindings.insert(profile.name.clone(), bound);
    }
    bindings
}

/// Whatever is given belongs to a variable, and to one only.
fn check_names(cluster: &Cluster, composition: &Composition, problems: &mut Vec<Diagnostic>) {
    for (name, given) in &cluster.variables {
        let declared = composition
            .declared
            .get(name)
            .map_or(&[][..], Vec::as_slice);
        match declared {
            [_] => {}
            [] => {
                let mut problem = Diagnostic::error(format!(
                    "no profile of the cluster declares a variable `{name}`"
                ))
                .at(given.span);
                problem.help = suggestion(name, composition.declared.keys().map(|name| &**name));
                problems.push(problem);
            }
            several => {
                let names = several
                    .iter()
                    .map(|at| composition.profiles[*at].name.as_str());
                problems.push(
                    Diagnostic::error(format!(
                        "the variable `{name}` is declared by the profiles {}",
                        join(names, "and")
                    ))
                    .at(given.span)
                    .label("meant for which?")
                    .help("write it under `profiles[].variables` of the profile that is meant"),
                );
            }
        }
    }
    for (own, profile) in cluster.profiles.iter().zip(&composition.profiles) {
        for (name, given) in &own.variables {
            if profile.variables.iter().all(|known| known.name != *name) {
                let mut problem = Diagnostic::error(format!(
                    "the profile `{}` declares no variable `{name}`",
                    profile.name
                ))
                .at(given.span);
                problem.help = suggestion(name, profile.variables.iter().map(|known| &*known.name));
                problems.push(problem);
            }
        }
    }
}

fn default_value(
    cluster: &Cluster,
    own: Option<&ProfileRef>,
    profile: &Profile,
    variable: &Variable,
    problems: &mut Vec<Diagnostic>,
) -> Option<Value> {
    if let Some(default) = &variable.default {
        return Some(typed(variable.format, default.clone()));
    }
    if variable.required {
        problems.push(
            Diagnostic::error(format!("{} is required", sentence_start(profile, variable)))
                .at(own.map_or(cluster.span, |own| own.span))
                .label("no value is given for it")
                .also(variable.span, "declared here")
                .help(format!("write `{}:` under `variables`", variable.name)),
        );
    }
    None
}

fn given_value(
    profile: &Profile,
    variable: &Variable,
    given: &Spanned<BindingSource>,
    reader: &Reader<'_>,
    problems: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let start = sentence_start(profile, variable);
    let problem = |summary: String| {
        Diagnostic::error(summary)
            .at(given.span)
            .also(variable.span, "declared here")
    };
    let locked = [
        (variable.read_only, "read-only"),
        (variable.hidden, "hidden"),
    ];
    if let Some((_, how)) = locked.iter().find(|(is_so, _)| *is_so) {
        problems.push(
            problem(format!("{start} is {how}, and cannot be set"))
                .help("remove it here, or change the profile"),
        );
        return None;
    }
    let read = match &given.value {
        BindingSource::Literal(value) => Ok(value.clone()),
        BindingSource::Env(name) => reader.variable(name).map(Value::from),
        BindingSource::File(path) => reader.file(path).map(|text| Value::from(&*text)),
    };
    let value = match read {
        Ok(value) => value,
        Err(why) => {
            problems.push(problem(format!("{start}: {why}")));
            return None;
        }
    };
    if let Err(why) = check(variable, &value) {
        problems.push(problem(format!("{start} {why}")));
        return None;
    }
    Some(typed(variable.format, value))
}

fn sentence_start(profile: &Profile, variable: &Variable) -> String {
    format!(
        "the variable `{}` of profile `{}`",
        variable.name, profile.name
    )
}

/// Text as the value that it says: "7" is a number where a number is wanted.
fn typed(format: Format, value: Value) -> Value {
    let Value::String(text) = &value else {
        return value;
    };
    let parsed = match format {
        Format::Number => text.parse().map(Value::Int).ok().or_else(|| {
            let number = text.parse().ok().filter(|number: &f64| number.is_finite());
            number.map(Value::Float)
        }),
        Format::Boolean => text.parse().map(Value::Bool).ok(),
        _ => None,
    };
    parsed.unwrap_or(value)
}
