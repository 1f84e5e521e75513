//! The program `stratiform`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    stratiform::cli::main()
}
