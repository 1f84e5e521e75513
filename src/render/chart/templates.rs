//! The parsed templates of a chart, kept for all its releases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::model::{ChartFile, ChartFiles};
use crate::render::template::{File, Functions, ParseError, Set, lossy};
use crate::yaml;

use super::cores;
use super::documents::Documents;
use super::scope::Scoped;

/// The parsed templates of a chart and its subcharts. Which subcharts there are, and under which names, differs from
/// release to release; each text is parsed once all the same, and each selection of charts is put together once.
#[derive(Debug, Default)]
pub struct Templates {
    files: Mutex<HashMap<String, Parsed>>,
    sets: Mutex<HashMap<Vec<String>, Set>>,
    /// What they print, as far as it came before.
    pub(super) documents: Documents,
}

#[derive(Clone, Debug)]
struct Parsed {
    data: Arc<[u8]>,
    file: File,
}

/// More selections than this are not kept; a chart whose releases all differ so much is rare.
const MOST_SETS: usize = 64;

impl Templates {
    /// All of these templates, which are in the order in which they are to be parsed.
    ///
    /// # Errors
    /// The first text that is no template.
    pub(super) fn set(&self, scoped: &[Scoped<'_>]) -> Result<Set, ParseError> {
        let names: Vec<String> = scoped.iter().map(|one| one.name.clone()).collect();
        if let Some(set) = lock(&self.sets).get(&names) {
            return Ok(set.clone());
        }
        if cores::are_idle() {
            let texts = scoped.iter().map(|one| (&*one.name, one.file));
            let texts: Vec<_> = texts
                .filter(|one| self.known(one.0, one.1).is_none())
                .collect();
            if texts.len() > 1 {
                // Mistakes are told below, in their order.
                let parse = |(name, file): &(&str, &ChartFile)| drop(self.file(name, file));
                texts.par_iter().for_each(parse);
            }
        }
        let mut set = Set::new(Functions::standard());
        for one in scoped {
            set.add(&self.file(&one.name, one.file)?);
        }
        let mut sets = lock(&self.sets);
        if sets.len() < MOST_SETS {
            sets.insert(names, set.clone());
        }
        Ok(set)
    }

    /// Begins to parse the templates of the chart itself on other cores, while the rest of it is loaded. What is wrong
    /// with one is told when it is asked for.
    pub(super) fn foresee<'s>(&'s self, chart: &'s ChartFiles, scope: &rayon::Scope<'s>) {
        let Some(name) = chart_name(chart) else {
            return;
        };
        let own = |file: &&ChartFile| file.path.starts_with("templates/");
        for file in chart.files.iter().filter(own) {
            let name = format!("{name}/{}", file.path);
            scope.spawn(move |_| drop(self.file(&name, file)));
        }
    }

    fn known(&self, name: &str, file: &ChartFile) -> Option<File> {
        let files = lock(&self.files);
        let known = files.get(name)?;
        Arc::ptr_eq(&known.data, &file.data).then(|| known.file.clone())
    }

    fn file(&self, name: &str, file: &ChartFile) -> Result<File, ParseError> {
        if let Some(known) = self.known(name, file) {
            return Ok(known);
        }
        let text = lossy(&file.data);
        let parsed = File::parse(name, &text, &Functions::standard())?;
        let known = Parsed {
            data: Arc::clone(&file.data),
            file: parsed.clone(),
        };
        lock(&self.files).insert(name.to_owned(), known);
        Ok(parsed)
    }
}

fn chart_name(chart: &ChartFiles) -> Option<String> {
    let metadata = chart.files.iter().rfind(|file| &*file.path == "Chart.yaml");
    let documents = yaml::parse(std::str::from_utf8(&metadata?.data).ok()?).ok()?;
    let name = documents.first()?.get("name")?.as_str()?;
    Some(name.to_owned())
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::scope::scopes;
    use super::super::tests::{chart, load};
    use super::super::{Chart, Options, Release, Tree, resolve};
    use super::*;
    use crate::model::{Capabilities, Version};

    /// Makes the set for a release of the chart with these values.
    fn set(templates: &Templates, chart: &Chart, user: &str) -> Result<Set, ParseError> {
        let user = Tree::parse(user.as_bytes()).unwrap();
        let resolved = resolve(chart, &user, "v1.33.1", Options::default()).unwrap();
        let capabilities = Capabilities::assumed(Version::new("1.33.1").unwrap(), []);
        let release = Release {
            name: "shop",
            namespace: "front",
            is_upgrade: false,
            capabilities: &capabilities,
        };
        templates.set(&scopes(&resolved, &release))
    }

    fn kept(templates: &Templates) -> (usize, usize) {
        (lock(&templates.files).len(), lock(&templates.sets).len())
    }

    const ALIASED: [(&str, &str); 3] = [
        (
            "Chart.yaml",
            "dependencies:\n  - {name: db, version: 1.x, alias: one, condition: one.use}\n  \
             - {name: db, version: 1.x, alias: two, condition: two.use}\n",
        ),
        ("templates/a.yaml", "a: {{ .Values.x }}\n"),
        ("db/templates/b.yaml", "b: {{ .Chart.Name }}\n"),
    ];

    #[test]
    fn each_selection_of_charts_is_put_together_once() {
        let chart = load(&chart(&ALIASED)).unwrap();
        let templates = Templates::default();
        let one = "one: {use: true}\ntwo: {use: false}\n";
        let names = |user: &str| {
            let set = set(&templates, &chart, user).unwrap();
            ["one", "two"].map(|name| set.contains(&format!("web/charts/{name}/templates/b.yaml")))
        };
        assert_eq!(names(one), [true, false]);
        assert_eq!(kept(&templates), (2, 1));
        // Other values are no other selection.
        assert_eq!(names(&format!("{one}x: 1\n")), [true, false]);
        assert_eq!(kept(&templates), (2, 1));
        assert_eq!(
            names("one: {use: false}\ntwo: {use: true}\n"),
            [false, true]
        );
        assert_eq!(names(""), [true, true]);
        assert_eq!(kept(&templates), (3, 3));
    }

    #[test]
    fn what_was_foreseen_is_not_parsed_again_and_mistakes_wait() {
        let mut given = ALIASED;
        given[2].1 = "{{ if }}";
        let files = chart(&given);
        let templates = Templates::default();
        rayon::in_place_scope(|scope| templates.foresee(&files, scope));
        assert_eq!(kept(&templates), (1, 0), "only those of the chart itself");
        let chart = load(&files).unwrap();
        let none = "one: {use: false}\ntwo: {use: false}\n";
        set(&templates, &chart, none).unwrap();
        assert_eq!(kept(&templates), (1, 1));
        set(&templates, &chart, "").unwrap_err();
    }

    #[test]
    fn a_mistake_is_told_each_time_and_only_to_those_who_have_it() {
        let mut given = ALIASED;
        given[2].1 = "{{ if }}";
        let chart = load(&chart(&given)).unwrap();
        let templates = Templates::default();
        for _ in 0..2 {
            let error = set(&templates, &chart, "two: {use: false}").unwrap_err();
            assert_eq!(error.place.template, "web/charts/one/templates/b.yaml");
        }
        set(&templates, &chart, "one: {use: false}\ntwo: {use: false}\n").unwrap();
    }
}
