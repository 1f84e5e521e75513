//! `stratiform registry add`

use std::fs;
use std::path::{Path, PathBuf};

use clap::{ArgGroup, Args};

use crate::cli::common::Invocation;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::engine::LoadedProject;

use super::project;

#[derive(Args, Debug)]
#[command(group = ArgGroup::new("place").required(true).args(["helm", "oci", "git", "directory"]))]
pub struct Arguments {
    /// The registry's name
    name: String,
    /// A Helm repository
    #[arg(long, value_name = "URL")]
    helm: Option<String>,
    /// An OCI registry, such as oci://registry.example.com/charts
    #[arg(long, value_name = "URL")]
    oci: Option<String>,
    /// A git repository with packs in folders
    #[arg(long, value_name = "URL")]
    git: Option<String>,
    /// A folder of packs, relative to the project's root
    #[arg(long, value_name = "PATH")]
    directory: Option<String>,
    /// Where packs lie below the address of an OCI registry
    #[arg(long, value_name = "PATH", requires = "oci")]
    packs: Option<String>,
    /// A branch of the git repository
    #[arg(long, requires = "git", conflicts_with_all = ["tag", "commit"])]
    branch: Option<String>,
    /// A tag of the git repository
    #[arg(long, requires = "git", conflicts_with = "commit")]
    tag: Option<String>,
    /// A commit of the git repository
    #[arg(long, requires = "git")]
    commit: Option<String>,
    /// The folder in the git repository
    #[arg(long, requires = "git")]
    path: Option<String>,
    /// The environment variable with the user's name
    #[arg(long, value_name = "VARIABLE", requires = "password_env")]
    username_env: Option<String>,
    /// The environment variable with the password
    #[arg(long, value_name = "VARIABLE", requires = "username_env")]
    password_env: Option<String>,
    /// The environment variable with a bearer token
    #[arg(long, value_name = "VARIABLE", conflicts_with = "password_env")]
    token_env: Option<String>,
    /// A PEM file with certificates that the server's may be signed with
    #[arg(long, value_name = "FILE")]
    ca: Option<String>,
    /// A PEM file with the client's certificate
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<String>,
    /// A PEM file with the key of that certificate
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<String>,
    /// Take http without encryption
    #[arg(long)]
    plain_http: bool,
}

pub(super) fn run(arguments: &Arguments, invocation: &Invocation) -> Result<Exit, Failure> {
    let loaded = invocation.project()?;
    let name = &arguments.name;
    let registries = &loaded.documents.registries;
    if registries.iter().any(|known| known.name.as_str() == name) {
        return Err(
            Failure::new(format!("there is a registry `{name}` already"))
                .help("take another name, or edit its document"),
        );
    }
    let path = file(&loaded, name, invocation);
    let before = fs::read_to_string(&path).unwrap_or_default();
    let is_flow = before
        .lines()
        .any(|line| line.starts_with("spec: {") || line.starts_with("metadata: {"));
    let document = arguments.document(is_flow);
    let text = if before.is_empty() {
        document
    } else {
        let newline = if before.ends_with('\n') { "" } else { "\n" };
        format!("{before}{newline}---\n{document}")
    };
    project::change(&path, Some(&text), invocation)?;
    let text = if invocation.json {
        format!("{:#}\n", serde_json::json!({ "name": name, "file": path }))
    } else {
        format!("Wrote the registry `{name}` to {}.\n", path.display())
    };
    invocation.output.result(&text)?;
    Ok(Exit::Done)
}

/// The file that a new registry goes to: the one where all others stand, if they do, or else one of its own where the
/// project looks for documents.
fn file(loaded: &LoadedProject, name: &str, invocation: &Invocation) -> PathBuf {
    let documents = &loaded.documents;
    let here = std::env::current_dir().unwrap_or_default();
    let root = documents
        .root
        .strip_prefix(&here)
        .unwrap_or(&documents.root);
    let stands = |registry: &crate::model::Registry| {
        PathBuf::from(&invocation.sources.get(registry.span.source).name)
    };
    let mut files = documents.registries.iter().map(stands);
    if documents.registries.len() > 1
        && let Some(first) = files.next()
        && files.all(|other| other == first)
        && first.extension().is_some_and(|ending| ending != "json")
    {
        return first;
    }
    let own = Path::new("registries").join(format!("{name}.yaml"));
    let named = &documents.project.documents;
    let is_read = |path: &PathBuf| own.starts_with(path) || path.as_os_str() == ".";
    if named.is_empty() || named.iter().any(is_read) {
        return root.join(own);
    }
    root.join("stratiform.yaml")
}

impl Arguments {
    /// The document, on few lines or on many.
    fn document(&self, is_flow: bool) -> String {
        let name = &self.name;
        let (kind, place) = self.place();
        let access = self.access();
        if is_flow {
            let fields = |fields: &[(&str, String)]| {
                let all: Vec<String> = fields
                    .iter()
                    .map(|(key, value)| format!("{key}: {value}"))
                    .collect();
                format!("{{{}}}", all.join(", "))
            };
            let place = format!("{kind}: {}", fields(&place));
            let spec = if access.is_empty() {
                format!("spec: {{{place}}}\n")
            } else {
                format!("spec:\n  {place}\n  access: {}\n", fields(&access))
            };
            return format!(
                "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: {name}}}\n{spec}"
            );
        }
        let fields = |fields: &[(&str, String)]| -> String {
            let lines = fields.iter();
            lines
                .map(|(key, value)| format!("    {key}: {value}\n"))
                .collect()
        };
        let mut text = format!(
            "apiVersion: stratiform/v1\nkind: Registry\nmetadata:\n  name: {name}\nspec:\n  {kind}:\n{}",
            fields(&place)
        );
        if !access.is_empty() {
            text += &format!("  access:\n{}", fields(&access));
        }
        text
    }

    fn place(&self) -> (&'static str, Vec<(&'static str, String)>) {
        let (kind, key, value) = match (&self.helm, &self.oci, &self.git, &self.directory) {
            (Some(url), ..) => ("helm", "url", url),
            (_, Some(url), ..) => ("oci", "url", url),
            (_, _, Some(url), _) => ("git", "url", url),
            (.., path) => ("directory", "path", path.as_ref().unwrap_or(&self.name)),
        };
        let mut fields = vec![(key, quoted(value))];
        let others = [
            ("packs", &self.packs),
            ("branch", &self.branch),
            ("tag", &self.tag),
            ("commit", &self.commit),
            ("path", &self.path),
        ];
        fields.extend(given(others));
        (kind, fields)
    }

    fn access(&self) -> Vec<(&'static str, String)> {
        let variable = |key, name: &Option<String>| {
            let name = name.as_ref()?;
            Some((key, format!("{{fromEnv: {}}}", quoted(name))))
        };
        let mut fields: Vec<_> = [
            variable("username", &self.username_env),
            variable("password", &self.password_env),
            variable("token", &self.token_env),
        ]
        .into_iter()
        .flatten()
        .collect();
        let files = [
            ("ca", &self.ca),
            ("certificate", &self.certificate),
            ("key", &self.key),
        ];
        fields.extend(given(files));
        if self.plain_http {
            fields.push(("plainHttp", "true".to_owned()));
        }
        fields
    }
}

fn given<const N: usize>(
    fields: [(&'static str, &Option<String>); N],
) -> impl Iterator<Item = (&'static str, String)> {
    fields
        .into_iter()
        .filter_map(|(key, value)| Some((key, quoted(value.as_ref()?))))
}

/// A string of JSON is one of YAML too, whatever stands in it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
