//! Executing templates one after the other, as those of one release are.

use std::sync::Arc;

use super::error::ExecError;
use super::exec::{Exec, Limits, LookUp};
use super::random::{Chance, Memo, Seed};
use super::set::Set;
use super::value::Value;

/// Executes templates that share their limits and their random values. What one of them changes in the values, the
/// next one sees.
pub struct Run {
    exec: Exec<'static>,
}

impl Run {
    /// A run over the templates of a set. Without a seed, functions that are random or tell the time fail.
    pub fn new(set: Set, limits: Limits, seed: Option<Seed>) -> Self {
        let exec = Exec::new(set, limits, seed.map(Chance::new));
        Self { exec }
    }

    /// A run like the one that the memo is of, with other values in all places where that one had random ones, and at
    /// another time. What comes out differently depends on chance or time. Costs little: nothing is generated again.
    pub fn altered(set: Set, limits: Limits, memo: Memo) -> Self {
        let exec = Exec::new(set, limits, Some(Chance::altered(memo)));
        Self { exec }
    }

    /// The same run, in which `lookup` is answered. Without this, nothing is ever found.
    #[must_use]
    pub fn answered_by(mut self, lookups: Arc<dyn LookUp>) -> Self {
        self.exec.answer_by(lookups);
        self
    }

    /// Executes the template of that name. The text `<no value>` is taken out of what it prints, as Helm does.
    ///
    /// # Errors
    /// What went wrong, with the chain of templates that led there.
    pub fn execute(&mut self, name: &str, dot: Value) -> Result<String, ExecError> {
        let bytes = self.exec.execute(name.as_bytes(), dot);
        let bytes = bytes.map_err(|error| *error)?;
        let text = String::from_utf8(bytes)
            .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
        Ok(if text.contains("<no value>") {
            text.replace("<no value>", "")
        } else {
            text
        })
    }

    /// Whether anything so far was random or told the time: another seed could have given other texts.
    pub fn seeded(&self) -> bool {
        self.exec.seeded()
    }

    /// The random values of this run, if anything in it was random or told the time.
    pub fn into_memo(self) -> Option<Memo> {
        self.seeded().then(|| self.exec.into_memo()).flatten()
    }
}

/// Executes one template on its own, without a seed.
///
/// # Errors
/// As of [`Run::execute`].
pub fn execute(set: &Set, name: &str, dot: Value, limits: &Limits) -> Result<String, ExecError> {
    Run::new(set.clone(), *limits, None).execute(name, dot)
}
