mod finished_bytes;
mod input_file;
mod progress;
mod report;
mod run;

pub(crate) use run::run;
