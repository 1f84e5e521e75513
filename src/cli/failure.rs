//! Errors at the border: their exit codes, and what helps.

use std::error::Error;
use std::sync::Arc;

use crate::apply::ApplyError;
use crate::diag::{Diagnostic, Sources, causes, count};
use crate::engine::EngineError;
use crate::plan::SavedPlanError;
use crate::registry::{RegistryError, VendorError};
use crate::remote::RemoteError;
use crate::state::StateError;

use super::exit::Exit;
use super::output::Output;

/// Why a command did not do what it was asked for.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    what: What,
    help: Option<String>,
}

#[derive(Debug)]
enum What {
    Documents(Vec<Diagnostic>, Arc<Sources>),
    Error(Box<dyn Error + Send + Sync>),
}

impl Failure {
    /// A failure in plain words.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            exit: Exit::Failed,
            what: What::Error(text.into().into()),
            help: None,
        }
    }

    /// What the engine says, with the texts that its diagnostics point to.
    pub fn engine(error: EngineError, sources: &Arc<Sources>) -> Self {
        match error {
            EngineError::Documents(problems) => Self {
                exit: exit(&problems),
                what: What::Documents(problems, Arc::clone(sources)),
                help: None,
            },
            EngineError::State(error) => error.into(),
            EngineError::OtherState { .. } => Self {
                exit: Exit::State,
                what: What::Error(Box::new(error)),
                help: Some("make a new plan with `stratiform plan --out FILE`".to_owned()),
            },
            EngineError::Apply(ApplyError::State(error))
                if matches!(*error, StateError::Stale { .. }) =>
            {
                Self {
                    exit: Exit::State,
                    what: What::Error(error.to_string().into()),
                    help: Some("make a new plan with `stratiform plan --out FILE`".to_owned()),
                }
            }
            other => Self {
                exit: Exit::Failed,
                what: What::Error(Box::new(other)),
                help: None,
            },
        }
    }

    /// Something that cannot be rendered, with the texts that its diagnostics point to.
    pub fn rendering(problems: Vec<Diagnostic>, sources: Arc<Sources>) -> Self {
        Self {
            exit: Exit::Failed,
            what: What::Documents(problems, sources),
            help: None,
        }
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }

    /// Ends with another exit code than that of a failure.
    #[must_use]
    pub fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }

    /// Tells the user, and gives the exit code.
    pub fn report(&self, output: &Output) -> Exit {
        match &self.what {
            What::Documents(problems, sources) => {
                output.diagnostics(problems, sources);
                let errors = problems.iter().filter(|problem| problem.is_error()).count();
                let what = count(errors, "error");
                output.say(&format!("{what} found; nothing was changed"));
            }
            What::Error(error) => {
                let mut told = Diagnostic::error(error.to_string());
                if let Some(cause) = error.source() {
                    told = told.detail(causes(cause).join(": "));
                }
                if let Some(help) = &self.help {
                    told = told.help(help.clone());
                }
                output.diagnostics(&[told], &Sources::default());
            }
        }
        self.exit
    }
}

/// A registry that does not answer is nothing that a change of the documents would mend.
fn exit(problems: &[Diagnostic]) -> Exit {
    let mut errors = problems.iter().filter(|problem| problem.is_error());
    if errors.all(|problem| problem.is_outside) {
        Exit::Failed
    } else {
        Exit::Documents
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let (exit, help) = match &error {
            StateError::Locked { .. } => (
                Exit::State,
                Some("wait for it with `--lock-timeout 5m`, or see `stratiform state unlock`"),
            ),
            StateError::Stale { .. } => (
                Exit::State,
                Some("make a new plan with `stratiform plan --out FILE`"),
            ),
            _ => (Exit::Failed, None),
        };
        Self {
            exit,
            what: What::Error(Box::new(error)),
            help: help.map(str::to_owned),
        }
    }
}

macro_rules! plain {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self { exit: Exit::Failed, what: What::Error(Box::new(error)), help: None }
            }
        }
    )*};
}

plain!(
    SavedPlanError,
    RegistryError,
    RemoteError,
    VendorError,
    std::io::Error
);
