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
/// When there is no terminal, or it is broken.
pub fn hidden(question: &str, output: &Output) -> Result<String, Failure> {
    output.say(question);
    Ok(rpassword::read_password()?)
}
