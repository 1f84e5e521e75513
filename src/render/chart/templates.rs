//! The parsed templates of a chart, kept for all its releases.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::model::ChartFile;
use crate::render::template::{File, Functions, ParseError, Set, lossy};

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
        let texts: Vec<_> = scoped.iter().map(|one| (&*one.name, one.file)).collect();
        let mut set = Set::new(Functions::standard());
        if cores::are_idle() {
            let files = texts.par_iter().map(|(name, file)| self.file(name, file));
            for file in files.collect::<Vec<_>>() {
                set.add(&file?);
            }
        } else {
            for (name, file) in texts {
                set.add(&self.file(name, file)?);
            }
        }
        let mut sets = lock(&self.sets);
        if sets.len() < MOST_SETS {
            sets.insert(names, set.clone());
        }
        Ok(set)
    }

    fn file(&self, name: &str, file: &ChartFile) -> Result<File, ParseError> {
        if let Some(known) = lock(&self.files).get(name)
            && Arc::ptr_eq(&known.data, &file.data)
        {
            return Ok(known.file.clone());
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
