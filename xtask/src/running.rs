//! A program that runs beside us, and ends with us.

use std::ops::{Deref, DerefMut};
use std::process::{Child, Command, Output};

use crate::error::Error;

#[derive(Debug)]
pub(crate) struct Running(Child);

impl Running {
    pub(crate) fn start(command: &mut Command) -> Result<Self, Error> {
        command.spawn().map(Self).map_err(no_start(command))
    }
}

/// Runs a program to its end.
pub(crate) fn ended(command: &mut Command) -> Result<Output, Error> {
    command.output().map_err(no_start(command))
}

/// Says that a program does not even start.
pub(crate) fn no_start(command: &Command) -> impl FnOnce(std::io::Error) -> Error {
    let program = command.get_program().display().to_string();
    |reason| Error::NoStart { program, reason }
}

impl Deref for Running {
    type Target = Child;

    fn deref(&self) -> &Child {
        &self.0
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
