//! How a command ends: the exit codes of contract.md.

use std::process::ExitCode;

/// The end of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// All that could be read was processed; something could not.
    ReadInPart,
    /// Finished, but what was read is not what was accounted for.
    Unbalanced,
}

/// The end of a command that did not.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage or configuration, before anything was done.
    Configuration(anyhow::Error),
    /// It failed on the way.
    Failed(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::Failed(error)
    }
}

impl Ending {
    /// Prints a failure once, and gives the exit code.
    pub fn report(ended: Result<Ending, Failure>) -> ExitCode {
        match ended {
            Ok(Ending::Done) => ExitCode::SUCCESS,
            Ok(Ending::ReadInPart) => ExitCode::from(1),
            Ok(Ending::Unbalanced) => ExitCode::from(3),
            Err(Failure::Failed(error)) => {
                eprintln!("error: {error:#}");
                ExitCode::from(1)
            }
            Err(Failure::Configuration(error)) => {
                eprintln!("error: {error:#}");
                ExitCode::from(2)
            }
        }
    }
}
