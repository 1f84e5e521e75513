//! Questions to the user.

use std::io::{self, BufRead, IsTerminal};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

use super::failure::Failure;
use super::output::Output;

/// Asks for the word `yes`. Anything else is no.
///
/// # Errors
/// When nobody is there to answer.
pub fn yes(question: &str, output: &Output) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        let failure = Failure::new("nobody is there to say yes: standard input is not a terminal");
        return Err(failure.help("pass --auto-approve to apply without a question"));
    }
    output.say(question);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}

/// Asks for a line.
///
/// # Errors
/// When standard input is broken.
pub fn line(question: &str, output: &Output) -> Result<String, Failure> {
    output.say(question);
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim_end_matches(['\r', '\n']).to_owned())
}

/// Asks for a line, which the terminal does not show.
///
/// # Errors
/// When standard input is no terminal, or broken.
pub fn hidden(question: &str, output: &Output) -> Result<String, Failure> {
    let stdin = io::stdin();
    let before = tcgetattr(&stdin).map_err(io::Error::from)?;
    let mut silent = before.clone();
    silent.local_modes.remove(LocalModes::ECHO);
    tcsetattr(&stdin, OptionalActions::Flush, &silent).map_err(io::Error::from)?;
    let answer = line(question, output);
    tcsetattr(&stdin, OptionalActions::Flush, &before).map_err(io::Error::from)?;
    // The end of the line was not shown either.
    output.say("");
    answer
}
