//! Templates by name, parsed once and executed as often as one likes.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;

use super::ast::Template;
use super::error::{EvalError, ExecError, ParseError};
use super::exec::{Exec, Limits};
use super::function::Functions;
use super::parser::{self, Parsed};
use super::value::{Str, Value};

/// Templates that know each other by name. Cheap to clone, and clones go their own ways.
#[derive(Clone, Debug)]
pub struct Set {
    templates: Arc<HashMap<Str, Arc<Template>, RandomState>>,
    functions: Functions,
}

impl Default for Set {
    fn default() -> Self {
        Self::new(Functions::standard())
    }
}

impl Set {
    /// An empty set, whose templates may use these functions.
    pub fn new(functions: Functions) -> Self {
        Self {
            templates: Arc::default(),
            functions,
        }
    }

    /// Parses a text and adds it under its name, with all that it defines. What is there already under a name is
    /// replaced, unless the new body is blank.
    ///
    /// # Errors
    /// The first thing in the text that is not a template. The set is unchanged then.
    pub fn parse(&mut self, name: &str, text: &str) -> Result<(), ParseError> {
        let file = File::parse(name, text, &self.functions)?;
        self.add(&file);
        Ok(())
    }

    /// Adds a text that was parsed before.
    pub fn add(&mut self, file: &File) {
        let Parsed { root, defined } = &*file.0;
        let templates = Arc::make_mut(&mut self.templates);
        for template in defined.iter().chain([root]) {
            let blank = parser::is_empty(&template.source.text, &template.body);
            if !blank || !templates.contains_key(&template.name) {
                templates.insert(template.name.clone(), Arc::clone(template));
            }
        }
    }

    /// Whether there is a template of that name.
    pub fn contains(&self, name: &str) -> bool {
        self.templates.contains_key(name.as_bytes())
    }

    /// The functions that its templates may use.
    pub fn functions(&self) -> &Functions {
        &self.functions
    }

    pub(super) fn get(&self, name: &[u8]) -> Option<&Arc<Template>> {
        self.templates.get(name)
    }
}

/// A text that was parsed: to be added to any number of sets with the same functions.
#[derive(Clone, Debug)]
pub struct File(Arc<Parsed>);

impl File {
    /// Parses a text.
    ///
    /// # Errors
    /// The first thing in the text that is not a template.
    pub fn parse(name: &str, text: &str, functions: &Functions) -> Result<Self, ParseError> {
        parser::parse(name, text, functions).map(|parsed| Self(Arc::new(parsed)))
    }

    /// Whether it defines templates besides itself.
    pub fn defines(&self) -> bool {
        !self.0.defined.is_empty()
    }

    pub(super) fn root(&self) -> &Arc<Template> {
        &self.0.root
    }
}

/// One pipeline on its own: what stands between `{{` and `}}`.
#[derive(Clone, Debug)]
pub struct Pipeline(Arc<Template>);

impl Pipeline {
    /// Parses a pipeline. `name` is what errors call its text.
    ///
    /// # Errors
    /// The first thing in the text that is not a pipeline.
    pub fn parse(name: &str, text: &str, functions: &Functions) -> Result<Self, ParseError> {
        parser::parse_pipeline(name, text, functions).map(Self)
    }

    /// Evaluates the pipeline. Nil comes out as [`Value::Nil`].
    ///
    /// # Errors
    /// What went wrong.
    pub fn evaluate(&self, dot: Value, limits: &Limits) -> Result<Value, ExecError> {
        let mut exec = Exec::new(Set::default(), *limits, None);
        exec.evaluate(&self.0, dot).map_err(|error| *error)
    }
}

/// Parses and evaluates one pipeline, with the standard functions and limits.
///
/// # Errors
/// Why it cannot be parsed or fails.
pub fn evaluate(pipeline: &str, dot: Value) -> Result<Value, EvalError> {
    let pipeline = Pipeline::parse("macro", pipeline, &Functions::standard())?;
    Ok(pipeline.evaluate(dot, &Limits::default())?)
}
