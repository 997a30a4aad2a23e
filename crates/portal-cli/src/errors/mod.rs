pub(crate) mod argument_error;
mod command_error;
pub(crate) mod exit_code;

pub(crate) use command_error::CommandError;
