//! One run: what all templates of it share, and how they call each other.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;

use crate::model::Lookup;

use super::ast::{Node, Template};
use super::error::{ExecError, Frame, Via};
use super::function::{Failure, Outcome};
use super::print::quoted;
use super::random::{self, Chance, Link, Memo, Stream};
use super::set::{File, Set};
use super::value::{Map, Str, Value};
use super::walk::State;

/// What a run may use. A template that wants more fails with an error that says so.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How deep blocks, expressions and templates may stand in one another while they are executed. The default fits a
    /// thread with a stack of 2 MiB.
    pub depth: usize,
    /// How many bytes may be printed, in all templates together.
    pub output_bytes: usize,
    /// How many nodes, commands and turns of loops may be executed.
    pub steps: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 500,
            output_bytes: 64 << 20,
            steps: 50_000_000,
        }
    }
}

impl Limits {
    /// The stack that a thread needs for [`Limits::deep`], in bytes.
    pub const DEEP_STACK: usize = 64 << 20;

    /// Room for the thousand templates, one inside the other, that Helm allows. Only for a thread with
    /// [`Limits::DEEP_STACK`].
    pub fn deep() -> Self {
        Self {
            depth: 10_000,
            ..Self::default()
        }
    }
}

/// Answers what templates look up on a server.
pub trait LookUp: Send + Sync {
    /// The object, or a list of all; an empty map when there is none.
    fn look_up(&self, lookup: Lookup) -> Value;
}

/// As many times may a template be included from within itself; Helm's number.
const MAX_SAME: usize = 1000;

/// What Helm calls the texts that `tpl` executes.
const UNNAMED: &str = "gotpl";

/// A run in progress. Functions that execute templates get it.
pub struct Exec<'s> {
    set: Set,
    limits: Limits,
    steps: usize,
    written: usize,
    depth: usize,
    included: HashMap<Str, usize>,
    texts: HashMap<Str, File>,
    links: Vec<Link>,
    chance: Option<Chance>,
    lookups: Option<Arc<dyn LookUp>>,
    // A run belongs to one thread and one caller; functions must not keep it.
    caller: std::marker::PhantomData<&'s ()>,
}

pub(super) type Step<T> = Result<T, Box<ExecError>>;

fn bare(message: String) -> Box<ExecError> {
    let frames = Vec::new();
    Box::new(ExecError { frames, message })
}

impl Exec<'_> {
    pub(super) fn new(set: Set, limits: Limits, chance: Option<Chance>) -> Self {
        Self {
            set,
            limits,
            steps: 0,
            written: 0,
            depth: 0,
            included: HashMap::new(),
            texts: HashMap::new(),
            links: Vec::new(),
            chance,
            lookups: None,
            caller: std::marker::PhantomData,
        }
    }

    pub(super) fn answer_by(&mut self, lookups: Arc<dyn LookUp>) {
        self.lookups = Some(lookups);
    }

    /// What is looked up on a server; an empty map where there is none to ask.
    pub fn look_up(&self, lookup: Lookup) -> Value {
        match &self.lookups {
            Some(lookups) => lookups.look_up(lookup),
            None => Value::Map(Map::default()),
        }
    }

    /// The templates of the run.
    pub fn set(&self) -> &Set {
        &self.set
    }

    pub(super) fn execute(&mut self, name: &[u8], dot: Value) -> Step<Vec<u8>> {
        let Some(template) = self.set.get(name).cloned() else {
            return Err(bare(missing(name)));
        };
        let mut out = Vec::new();
        self.run(&template, dot, Via::Root, &mut out)?;
        Ok(out)
    }

    pub(super) fn evaluate(&mut self, template: &Template, dot: Value) -> Step<Value> {
        let mut out = Vec::new();
        let Some(Node::Action(pipe)) = template.body.first() else {
            return Ok(Value::Nil);
        };
        State::new(self, template, dot, Via::Root, &mut out).evaluate(pipe)
    }

    pub(super) fn run(
        &mut self,
        template: &Template,
        dot: Value,
        via: Via,
        out: &mut Vec<u8>,
    ) -> Step<()> {
        State::new(self, template, dot, via, out).body()
    }

    /// Executes a template and gives what it prints.
    ///
    /// # Errors
    /// When there is no such template, when it includes itself too often, and what it finds wrong.
    pub fn include(&mut self, name: &Str, dot: Value) -> Result<Vec<u8>, Failure> {
        let Some(template) = self.set.get(name).map(Arc::clone) else {
            return Err(missing(name).into());
        };
        let count = self.included.entry(name.clone()).or_default();
        if *count > MAX_SAME {
            let name = name.to_text();
            return Err(format!(
                "rendering template has a nested reference name: {name}: unable to execute template"
            )
            .into());
        }
        *count += 1;
        let mut out = Vec::new();
        let result = self.run(&template, dot, Via::Include, &mut out);
        if let Some(count) = self.included.get_mut(name) {
            *count -= 1;
        }
        match result {
            Ok(()) => Ok(out),
            Err(error) => Err(Failure::Nested(error)),
        }
    }

    /// Executes a text as a template that sees all others; what it defines is seen only from within.
    ///
    /// # Errors
    /// When the text is not a template, and what it finds wrong.
    pub fn tpl(&mut self, text: &Str, dot: Value) -> Result<Vec<u8>, Failure> {
        if !text.windows(2).any(|pair| pair == b"{{") {
            return Ok(without_no_value(text.to_vec()));
        }
        let file = match self.texts.get(text) {
            Some(file) => file.clone(),
            None => {
                let shown = text.to_text();
                let file = File::parse(UNNAMED, &shown, self.set.functions()).map_err(|error| {
                    format!(
                        "cannot parse template {}: {error}",
                        quoted(shown.as_bytes())
                    )
                })?;
                self.texts.insert(text.clone(), file.clone());
                file
            }
        };
        let outer = file.defines().then(|| {
            let outer = self.set.clone();
            self.set.add(&file);
            outer
        });
        let mut out = Vec::new();
        let via = Via::Tpl(String::new());
        let result = self.run(file.root(), dot, via, &mut out);
        if let Some(outer) = outer {
            self.set = outer;
        }
        match result {
            Ok(()) => Ok(without_no_value(out)),
            Err(mut error) => {
                if let Some(Frame { via, .. }) = error.frames.first_mut() {
                    *via = Via::Tpl(text.to_text().into_owned());
                }
                Err(Failure::Nested(error))
            }
        }
    }

    /// The time.
    ///
    /// # Errors
    /// When the run has no seed.
    pub fn now(&mut self) -> Result<Timestamp, Failure> {
        let chance = self.chance.as_mut().ok_or_else(random::no_seed)?;
        Ok(chance.now())
    }

    /// A random value, the same whenever this place is come to with the same seed.
    ///
    /// # Errors
    /// When the run has no seed, and what `make` finds wrong.
    pub fn random(&mut self, make: impl FnOnce(&mut Stream) -> Outcome) -> Outcome {
        self.random_or(make, random::turned)
    }

    /// The same, where `alter` gives another value that could stand in its place.
    ///
    /// # Errors
    /// As of [`Exec::random`].
    pub fn random_or(
        &mut self,
        make: impl FnOnce(&mut Stream) -> Outcome,
        alter: impl FnOnce(&Value) -> Value,
    ) -> Outcome {
        let chance = self.chance.as_mut().ok_or_else(random::no_seed)?;
        chance.value(&self.links, make, alter)
    }

    pub(super) fn seeded(&self) -> bool {
        self.chance.as_ref().is_some_and(|chance| chance.used)
    }

    pub(super) fn into_memo(self) -> Option<Memo> {
        self.chance.map(Chance::into_memo)
    }

    /// Notes a call that other templates, or chance, are reached by.
    pub(super) fn push(&mut self, link: Link) {
        self.links.push(link);
    }

    pub(super) fn pop(&mut self) {
        self.links.pop();
    }

    /// Counts work that was done; an error says which limit it passed.
    pub(super) fn step(&mut self, count: usize) -> Result<(), String> {
        self.steps = self.steps.saturating_add(count);
        if self.steps > self.limits.steps {
            return Err(format!(
                "the template does more than {} steps; it may never end",
                self.limits.steps
            ));
        }
        Ok(())
    }

    pub(super) fn wrote(&mut self, bytes: usize) -> Result<(), String> {
        self.written = self.written.saturating_add(bytes);
        if self.written > self.limits.output_bytes {
            return Err(format!(
                "the template prints more than {} bytes",
                self.limits.output_bytes
            ));
        }
        Ok(())
    }

    pub(super) fn enter(&mut self) -> Result<(), String> {
        if self.depth >= self.limits.depth {
            return Err(format!(
                "exceeded maximum template depth ({})",
                self.limits.depth
            ));
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }
}

fn missing(name: &[u8]) -> String {
    format!(
        "template: no template {} associated with template \"gotpl\"",
        quoted(name)
    )
}

const NO_VALUE: &[u8] = b"<no value>";

/// Takes out what nil prints.
fn without_no_value(text: Vec<u8>) -> Vec<u8> {
    let found = |text: &[u8]| memchr::memmem::find(text, NO_VALUE);
    let Some(mut at) = found(&text) else {
        return text;
    };
    let mut out = Vec::with_capacity(text.len());
    let mut rest = &text[..];
    loop {
        out.extend_from_slice(&rest[..at]);
        rest = &rest[at + NO_VALUE.len()..];
        match found(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    out.extend_from_slice(rest);
    out
}
