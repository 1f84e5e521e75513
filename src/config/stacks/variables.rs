//! Variables: what each one of a stack is bound to.

use std::collections::{BTreeMap, HashMap};
use std::path::{Component, Path};
use std::sync::{Arc, Mutex, PoisonError};

use crate::config::documents::variable::check;
use crate::diag::{Diagnostic, Spanned, join};
use crate::model::{
    Binding, BindingSource, Cluster, Format, Profile, ProfileName, ProfileRef, Variable,
};
use crate::yaml::Value;

use super::composition::Composition;
use super::environment::Environment;
use super::words::suggestion;

/// What the variables of each profile are bound to.
pub(super) type Bindings = BTreeMap<ProfileName, BTreeMap<Arc<str>, Binding>>;

/// A text, or why there is none.
type Text = Result<Arc<str>, String>;

/// Reads what bindings speak of, each file once.
pub(super) struct Reader<'e> {
    environment: &'e dyn Environment,
    files: Mutex<HashMap<Arc<str>, Text>>,
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
    fn file(&self, path: &Arc<str>) -> Text {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = files.get(path) {
            return known.clone();
        }
        let read = self.read_file(path);
        files.insert(Arc::clone(path), read.clone());
        read
    }

    fn read_file(&self, path: &str) -> Text {
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
    // Messages show the lines that they point to, so none may point to a line with a secret in it.
    let shows_secret = variable.sensitive && matches!(given.value, BindingSource::Literal(_));
    let problem = |summary: String| match shows_secret {
        true => Diagnostic::error(summary)
            .at(variable.span)
            .label("declared here"),
        false => Diagnostic::error(summary)
            .at(given.span)
            .also(variable.span, "declared here"),
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use insta::assert_snapshot;

    use crate::config::stacks::fixture::{BASE, Project, problems, project};
    use crate::yaml::Value;

    const APPS: &str = "
profile apps 1.0.0 add-on all
  variable retention number default=7
  variable token string required sensitive
  variable debug boolean
  variable ip ipv4
  variable fixed string readonly default=x
  variable secret string hidden default=y
  layer web app manifests
";

    fn with_environment(text: &str) -> Project {
        let mut project = project(&format!("{BASE}{APPS}{text}"));
        let variables = &mut project.environment.variables;
        variables.insert("TOKEN".into(), "from-env".into());
        variables.insert("NUMBER".into(), "12".into());
        variables.insert("HUNTER".into(), "hunter2".into());
        let files = &mut project.environment.files;
        files.insert("secrets/token".into(), "from-file\n\n".into());
        files.insert("debug".into(), "true\r\n".into());
        project
    }

    #[test]
    fn the_nearest_value_wins_and_has_its_type() {
        let project = with_environment(
            "
cluster a aws base apps
  set token env:TOKEN
  set retention env:NUMBER
cluster b aws base apps
  set token file:secrets/token
  set debug file:debug
  set retention 1.5
  give apps retention 30
",
        );
        let (stacks, problems) = project.build();
        assert_eq!(project.render(&problems), "");
        let value = |at: usize, name: &str| {
            let bound = stacks[at].bindings.values().next().unwrap();
            bound.get(name).map(|binding| binding.value.clone())
        };
        assert_eq!(value(0, "token"), Some("from-env".into()));
        assert_eq!(value(0, "retention"), Some(Value::Int(12)));
        assert_eq!(value(0, "debug"), None);
        assert_eq!(value(0, "fixed"), Some("x".into()));
        assert_eq!(value(1, "token"), Some("from-file\n".into()));
        assert_eq!(value(1, "debug"), Some(Value::Bool(true)));
        assert_eq!(value(1, "retention"), Some(Value::Int(30)));
        let bound = stacks[0].bindings.values().next().unwrap();
        assert!(bound["token"].sensitive && !bound["retention"].sensitive);
    }

    #[test]
    fn missing_unknown_and_locked_variables_are_told() {
        assert_snapshot!(problems(&format!("{APPS}
cluster a aws base apps
  set retentoin 3
  give apps tokn x
  set fixed z
  set secret z
")), @"
        error: no profile of the cluster declares a variable `retentoin`
          --> test:21:17
           |
        21 |   set retentoin 3
           |                 ^
           |
           = note: on cluster a
           = help: did you mean `retention`?
        error: the profile `apps` declares no variable `tokn`
          --> test:22:18
           |
        22 |   give apps tokn x
           |                  ^
           |
           = note: on cluster a
           = help: did you mean `token`?
        error: the variable `token` of profile `apps` is required
          --> test:20:20
           |
        13 |   variable token string required sensitive
           |            ----- declared here
        ...
        20 | cluster a aws base apps
           |                    ^^^^ no value is given for it
           |
           = note: on cluster a
           = help: write `token:` under `variables`
        error: the variable `fixed` of profile `apps` is read-only, and cannot be set
          --> test:23:13
           |
        16 |   variable fixed string readonly default=x
           |            ----- declared here
        ...
        23 |   set fixed z
           |             ^
           |
           = note: on cluster a
           = help: remove it here, or change the profile
        error: the variable `secret` of profile `apps` is hidden, and cannot be set
          --> test:24:14
           |
        17 |   variable secret string hidden default=y
           |            ------ declared here
        ...
        24 |   set secret z
           |              ^
           |
           = note: on cluster a
           = help: remove it here, or change the profile
        ");
    }

    #[test]
    fn a_name_of_two_profiles_is_given_to_one_of_them() {
        assert_snapshot!(problems(&format!("{APPS}
profile more 1.0.0 add-on all
  variable retention number
  layer api app manifests
cluster a aws base apps more
  set token x
  set retention 3
cluster b aws base apps more
  set token x
  give more retention 3
")), @"
        error: the variable `retention` is declared by the profiles `apps` and `more`
          --> test:25:17
           |
        25 |   set retention 3
           |                 ^ meant for which?
           |
           = note: on cluster a
           = help: write it under `profiles[].variables` of the profile that is meant
        ");
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        assert_snapshot!(with_environment("
cluster a aws base apps
  set token env:NOBODY
  set debug file:../outside
  set retention file:/etc/passwd
  set ip file:nothing
").problems(), @"
        error: the variable `retention` of profile `apps`: the file `/etc/passwd` lies outside of the project's root
          --> test:23:17
           |
        12 |   variable retention number default=7
           |            --------- declared here
        ...
        23 |   set retention file:/etc/passwd
           |                 ^^^^^^^^^^^^^^^^
           |
           = note: on cluster a
        error: the variable `token` of profile `apps`: the environment variable `NOBODY` is not set
          --> test:21:13
           |
        13 |   variable token string required sensitive
           |            ----- declared here
        ...
        21 |   set token env:NOBODY
           |             ^^^^^^^^^^
           |
           = note: on cluster a
        error: the variable `debug` of profile `apps`: the file `../outside` lies outside of the project's root
          --> test:22:13
           |
        14 |   variable debug boolean
           |            ----- declared here
        ...
        22 |   set debug file:../outside
           |             ^^^^^^^^^^^^^^^
           |
           = note: on cluster a
        error: the variable `ip` of profile `apps`: the file `nothing` does not exist
          --> test:24:10
           |
        15 |   variable ip ipv4
           |            -- declared here
        ...
        24 |   set ip file:nothing
           |          ^^^^^^^^^^^^
           |
           = note: on cluster a
        ");
    }

    #[test]
    fn values_are_checked_and_sensitive_ones_never_shown() {
        let mut project = project(&format!(
            "{BASE}
profile apps 1.0.0 add-on all
  variable pin number sensitive
  variable key number sensitive
  variable ip ipv4
  layer web app manifests
cluster a aws base apps
  set pin env:HUNTER
  set key hunter2
  set ip 10.0.0
"
        ));
        let variables = &mut project.environment.variables;
        variables.insert("HUNTER".into(), "hunter2".into());
        let shown = project.problems();
        assert!(!shown.contains("hunter2"), "{shown}");
        assert_snapshot!(shown, @"
        error: the variable `pin` of profile `apps` must be a number, and the value is not
          --> test:17:11
           |
        12 |   variable pin number sensitive
           |            --- declared here
        ...
        17 |   set pin env:HUNTER
           |           ^^^^^^^^^^
           |
           = note: on cluster a
        error: the variable `key` of profile `apps` must be a number, and the value is not
          --> test:13:12
           |
        13 |   variable key number sensitive
           |            ^^^ declared here
           |
           = note: on cluster a
        error: the variable `ip` of profile `apps` must be an IPv4 address such as 10.0.0.1, and `10.0.0` is not
          --> test:19:10
           |
        14 |   variable ip ipv4
           |            -- declared here
        ...
        19 |   set ip 10.0.0
           |          ^^^^^^
           |
           = note: on cluster a
        ");
    }

    #[test]
    fn a_missing_variable_of_a_fleet_is_told_once() {
        assert_snapshot!(problems(&format!("{APPS}
cluster a aws base apps
cluster b aws base apps
cluster c aws base apps
cluster d aws base apps
cluster e aws base apps
")), @"
        error: the variable `token` of profile `apps` is required
          --> test:20:20
           |
        13 |   variable token string required sensitive
           |            ----- declared here
        ...
        20 | cluster a aws base apps
           |                    ^^^^ no value is given for it
        21 | cluster b aws base apps
           |                    ---- and here
        22 | cluster c aws base apps
           |                    ---- and here
        23 | cluster d aws base apps
           |                    ---- and here
           |
           = note: on 5 clusters: a, b, c, ...
           = help: write `token:` under `variables`
        ");
    }
}
