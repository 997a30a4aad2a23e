use std::fs::Metadata;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use portal::Error;
use portal_bulk::{BulkError, RunFiles, RunFingerprint, RunOutput, StreamOutput};

use crate::cli::BulkArgs;
use crate::commands::bulk::input_file::is_stdin;

/// Where the lines of a run go.
#[derive(Clone, Copy, Debug)]
pub(crate) enum OutputTarget<'a> {
    Stdout,
    File(&'a Path),
}

impl<'a> OutputTarget<'a> {
    /// Returns the target that the arguments name.
    ///
    /// # Errors
    /// The target is the input, also through a link, or stdout in a run that resumes an earlier one.
    pub(crate) fn of(arguments: &'a BulkArgs) -> Result<Option<Self>, Error> {
        let Some(path) = arguments.output.as_deref() else {
            return Ok(None);
        };
        let target = match path.as_os_str() == "-" {
            true => Self::Stdout,
            false => Self::File(path),
        };
        let resumes = [
            ("--resume", arguments.resume),
            ("--retry-failed", arguments.retry_failed),
        ];
        let resumes = resumes.into_iter().find(|(_, is_set)| *is_set);
        if let (Self::Stdout, Some((flag, _))) = (target, resumes) {
            let message = format!(
                "`{flag}` needs a file, because a run with `--output -` has no ledger to resume from"
            );
            return Err(Error::invalid("output", message).with_hint(format!(
                "name the earlier run's output, or leave out `{flag}`"
            )));
        }
        target.check_is_not(&arguments.input)?;
        Ok(Some(target))
    }

    /// Returns the path, which is `-` for stdout.
    pub(crate) fn path(self) -> &'a Path {
        match self {
            Self::Stdout => Path::new("-"),
            Self::File(path) => path,
        }
    }

    /// Returns whether a later run can resume from the output.
    pub(crate) fn is_resumable(self) -> bool {
        matches!(self, Self::File(_))
    }

    /// Returns whether the lines are shown on a terminal, where a progress bar would disturb them.
    pub(crate) fn is_terminal(self) -> bool {
        matches!(self, Self::Stdout) && io::stdout().is_terminal()
    }

    /// Opens the output as the arguments say.
    pub(crate) fn open(
        self,
        arguments: &BulkArgs,
        fingerprint: &RunFingerprint,
    ) -> Result<RunOutput, BulkError> {
        let Self::File(path) = self else {
            return Ok(StreamOutput::new(io::stdout(), arguments.unordered).into());
        };
        let open = match arguments {
            BulkArgs {
                retry_failed: true, ..
            } => RunFiles::retry_failed,
            BulkArgs { resume: true, .. } => RunFiles::resume,
            _ => RunFiles::begin,
        };
        Ok(open(path, fingerprint)?.into())
    }

    /// Refuses an output that is the input.
    fn check_is_not(self, input: &Path) -> Result<(), Error> {
        let is_input = !is_stdin(input)
            && match self {
                Self::File(output) => is_same_file(input, output),
                Self::Stdout => is_stdout(input),
            };
        if !is_input {
            return Ok(());
        }
        let input = input.display();
        let output = match self {
            Self::Stdout => "stdout".to_owned(),
            Self::File(path) => format!("`{}`", path.display()),
        };
        let message = format!("{output} is the input `{input}`, and a run does not write into it");
        Err(Error::invalid("output", message).with_hint("name a new file with `--output`"))
    }
}

#[cfg(unix)]
fn is_same_file(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| path.metadata().ok().as_ref().map(file_id);
    file(one).is_some_and(|file_of_one| file(other) == Some(file_of_one))
}

#[cfg(unix)]
fn is_stdout(path: &Path) -> bool {
    use std::os::fd::AsFd as _;

    let stdout = io::stdout().as_fd().try_clone_to_owned();
    let stdout = stdout.and_then(|owned| std::fs::File::from(owned).metadata());
    matches!((path.metadata(), stdout), (Ok(file), Ok(stdout)) if file.is_file() && file_id(&file) == file_id(&stdout))
}

#[cfg(unix)]
fn file_id(file: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt as _;

    (file.dev(), file.ino())
}

#[cfg(not(unix))]
fn is_same_file(one: &Path, other: &Path) -> bool {
    let file = |path: &Path| path.canonicalize().ok();
    file(one).is_some_and(|file_of_one| file(other) == Some(file_of_one))
}

#[cfg(not(unix))]
fn is_stdout(_: &Path) -> bool {
    false
}
