//! Questions to the user.

use std::io::{self, BufRead, IsTerminal};

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
