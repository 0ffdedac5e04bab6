//! How a command ends: the exit codes of contract.md.

use std::process::ExitCode;

/// The end of a command that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// All that could be read was processed; something could not.
    ReadInPart,
    /// A cluster is not as it is declared.
    Differs,
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
        if let Err(Failure::Configuration(error) | Failure::Failed(error)) = &ended {
            eprintln!("error: {error:#}");
        }
        ExitCode::from(Self::code(&ended))
    }

    /// The exit code (contract.md, Commands).
    pub fn code(ended: &Result<Ending, Failure>) -> u8 {
        match ended {
            Ok(Ending::Done) => 0,
            Ok(Ending::ReadInPart | Ending::Differs) | Err(Failure::Failed(_)) => 1,
            Err(Failure::Configuration(_)) => 2,
            Ok(Ending::Unbalanced) => 3,
        }
    }
}
