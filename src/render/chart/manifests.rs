//! Rendered files into manifests and hooks, in the order in which Helm prints and installs them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::model::HookEvent;
use crate::render::objects::{self, Content};

use super::RenderError;
use super::documents::Documents;
use super::scope::is_partial;

/// One document of a rendered file.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The full name of the template: `web/templates/service.yaml`.
    pub path: Arc<str>,
    /// The text as it was rendered, without what Helm cuts off.
    pub text: String,
    /// What the text says.
    pub content: Arc<Content>,
    /// When it is run, if it is a hook.
    pub hooks: Vec<HookEvent>,
    kind: String,
}

/// The documents of a release.
#[derive(Clone, Debug, Default)]
pub struct Manifests {
    /// Those that are installed, in the order of their kinds.
    pub plain: Vec<Manifest>,
    /// The hooks, in the order of their kinds.
    pub hooks: Vec<Manifest>,
    /// Documents that are hooks for something that Helm does not know, and are left out: template and the annotation's
    /// word.
    pub unknown: Vec<(Arc<str>, String)>,
}

/// What the templates of a release printed, taken apart by any number of threads.
pub(super) struct Printed<'d> {
    documents: &'d Documents,
    read: Mutex<BTreeMap<Arc<str>, Result<Manifests, RenderError>>>,
}

impl<'d> Printed<'d> {
    /// Nothing yet. What was printed before need not be read again.
    pub(super) fn new(documents: &'d Documents) -> Self {
        Self {
            documents,
            read: Mutex::default(),
        }
    }

    /// Takes a file apart. Notes and files that hold only definitions are left out.
    pub(super) fn read(&self, path: Arc<str>, text: &str) {
        if path.ends_with("NOTES.txt") || is_partial(&path) {
            return;
        }
        let mut found = Manifests::default();
        let read = found.file(&path, text, self.documents).map(|()| found);
        let mut all = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(path, read);
    }

    /// Takes several files apart.
    pub(super) fn read_all(&self, texts: Vec<(Arc<str>, String)>) {
        for (path, text) in texts {
            self.read(path, &text);
        }
    }

    /// All documents, of files in the order of their names.
    ///
    /// # Errors
    /// The first document that is not YAML, or no object as far as Helm looks at it.
    pub(super) fn manifests(self) -> Result<Manifests, RenderError> {
        let read = self.read.into_inner();
        let mut found = Manifests::default();
        for file in read.unwrap_or_else(PoisonError::into_inner).into_values() {
            let file = file?;
            found.plain.extend(file.plain);
            found.hooks.extend(file.hooks);
            found.unknown.extend(file.unknown);
        }
        let by_kind = |a: &Manifest, b: &Manifest| {
            objects::kind_rank(&a.kind).cmp(&objects::kind_rank(&b.kind))
        };
        found.plain.sort_by(by_kind);
        found.hooks.sort_by(by_kind);
        Ok(found)
    }
}

impl Manifests {
    fn file(
        &mut self,
        path: &Arc<str>,
        text: &str,
        documents: &Documents,
    ) -> Result<(), RenderError> {
        let trimmed = text.trim_start();
        let lines_before = text[..text.len() - trimmed.len()].matches('\n').count();
        for part in objects::split(trimmed) {
            let text = part.text.trim_start();
            let blank = part.text[..part.text.len() - text.len()]
                .matches('\n')
                .count();
            let wrong = |message: String, line: Option<usize>| {
                // What ends too early has its problem behind its last line.
                let line = line.map(|line| line.clamp(1, text.lines().count().max(1)));
                RenderError::Manifest {
                    path: Arc::clone(path),
                    line: line.map(|line| lines_before + part.lines_before + blank + line),
                    text: line
                        .and_then(|line| text.lines().nth(line - 1))
                        .map(str::to_owned),
                    message,
                }
            };
            // Helm ends the line of each when it puts them together, which a block scalar at the end may see. Hooks stay apart,
            // and what is no YAML is told as it stands.
            let parsed = match documents.read(&format!("{text}\n")) {
                Ok(parsed) if parsed.head.hook.is_none() => parsed,
                _ => documents
                    .read(text)
                    .map_err(|(message, line)| wrong(message, line))?,
            };
            let mut manifest = Manifest {
                path: Arc::clone(path),
                text: text.to_owned(),
                content: Arc::clone(&parsed.content),
                hooks: Vec::new(),
                kind: parsed.head.kind.clone(),
            };
            match parsed.head.hook.as_deref().map(objects::hook_events) {
                None => self.plain.push(manifest),
                Some(Ok(events)) => {
                    manifest.hooks = events;
                    self.hooks.push(manifest);
                }
                Some(Err(word)) => self.unknown.push((Arc::clone(path), word)),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn of(files: &[(&str, &str)]) -> Result<Manifests, RenderError> {
        let documents = Documents::default();
        let printed = Printed::new(&documents);
        for (path, text) in files {
            printed.read((*path).into(), text);
        }
        printed.manifests()
    }

    #[test]
    fn documents_come_in_the_order_of_their_kinds() {
        let found = of(&[
            (
                "c/templates/b.yaml",
                "\n\n---\n# only a comment\n---apiVersion: v1\nkind: Service\n--- \nkind: Zed\n---\nkind: Abc\n",
            ),
            ("c/templates/a.yaml", "kind: Deployment\n---\nkind: Service\n"),
            ("c/templates/NOTES.txt", "not: [yaml"),
            ("c/templates/_x.yaml", "not: [yaml"),
            (
                "c/templates/h.yaml",
                "kind: Job\nmetadata: {annotations: {helm.sh/hook: \"pre-install, POST-upgrade\"}}\n---\nkind: Pod\nmetadata: {annotations: {helm.sh/hook: crd-install}}\n---\nkind: Pod\nmetadata: {annotations: {other: true}}\n",
            ),
        ])
        .unwrap();
        let texts: Vec<&str> = found.plain.iter().map(|one| &*one.text).collect();
        assert_eq!(
            texts,
            [
                "kind: Service\n",
                "apiVersion: v1\nkind: Service\n",
                "kind: Pod\nmetadata: {annotations: {other: true}}\n",
                "kind: Deployment\n",
                "# only a comment\n",
                "kind: Abc\n",
                "kind: Zed\n",
            ]
        );
        let events = [HookEvent::PreInstall, HookEvent::PostUpgrade];
        assert_eq!(found.hooks.len(), 1);
        assert_eq!(found.hooks[0].hooks, events);
        assert_eq!(
            found.unknown,
            [("c/templates/h.yaml".into(), "crd-install".to_owned())]
        );
    }

    #[test]
    fn block_scalars_at_the_end_have_a_line_end_more_as_helm_installs_them() {
        let text = |annotations: &str, ending: &str| {
            let file = format!(
                "kind: ConfigMap\nmetadata: {{annotations: {{{annotations}}}}}\ndata: {ending}"
            );
            let found = of(&[("t", &*file)]).unwrap();
            let content = &found
                .plain
                .iter()
                .chain(&found.hooks)
                .next()
                .unwrap()
                .content;
            content.value.get("data").cloned().unwrap()
        };
        for (annotations, ending, expected) in [
            ("", "|\n  x", "x\n"),
            ("", "|+\n  x\n", "x\n\n"),
            ("", "|\n  x\n", "x\n"),
            ("helm.sh/hook: pre-install", "|\n  x", "x"),
            ("helm.sh/hook: pre-install", "|+\n  x\n", "x\n"),
        ] {
            let wanted = crate::yaml::Value::String(expected.to_owned());
            assert_eq!(text(annotations, ending), wanted, "{ending}");
        }
    }

    #[test]
    fn what_helm_refuses_is_refused_with_its_place() {
        let cases = [
            (
                "a: 1\n---\n\nb: [\n",
                "YAML parse error on t: error converting YAML to JSON: yaml: line 1: did not find expected node content",
                Some(4),
            ),
            (
                "just text",
                "YAML parse error on t: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type util.SimpleHead",
                None,
            ),
            (
                "kind: [a]",
                "YAML parse error on t: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go struct field SimpleHead.kind of type string",
                None,
            ),
        ];
        for (text, expected, expected_line) in cases {
            let error = of(&[("t", text)]).unwrap_err();
            assert_eq!(error.to_string(), expected);
            let RenderError::Manifest { line, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(line, expected_line, "{text}");
        }
    }
}
