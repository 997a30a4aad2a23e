use std::fs;
use std::io;
use std::path::Path;

use clap::Command;
use clap_mangen::roff::{Roff, bold, roman};

use crate::cli::{self, ManArgs};
use crate::errors::CommandError;
use crate::output::Printer;

pub(crate) fn run(arguments: &ManArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut command = cli::description().disable_help_subcommand(true);
    // Gives each command its full name and the global flags.
    command.build();
    match &arguments.dir {
        None => {
            let page = page(&command).map_err(|error| {
                CommandError::internal("the manual page cannot be created", &error)
            })?;
            printer.data(page.trim_end())
        }
        Some(folder) => {
            let written = fs::create_dir_all(folder).and_then(|()| write(&command, folder));
            let paths = written.map_err(|error| {
                let message = format!("`{}` cannot be written to", folder.display());
                CommandError::internal(message, &error)
            })?;
            printer.data(&paths.join("\n"))
        }
    }
}

/// Writes the pages of a command and its subcommands, and returns their paths.
fn write(command: &Command, folder: &Path) -> io::Result<Vec<String>> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    let path = folder.join(format!("{name}.1"));
    fs::write(&path, page(command)?)?;
    let mut paths = vec![path.display().to_string()];
    for inner in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        paths.extend(write(inner, folder)?);
    }
    Ok(paths)
}

fn page(command: &Command) -> io::Result<String> {
    let man = clap_mangen::Man::new(command.clone())
        // A blank date keeps the page reproducible; an empty one would shift the next field.
        .date(" ")
        .source(concat!("portal ", env!("CARGO_PKG_VERSION")))
        .manual("Portal Manual");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(command).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if command.get_subcommands().any(|one| !one.is_hide_set()) {
        man.render_subcommands_section(&mut page)?;
    }
    if let Some(text) = command.get_after_long_help() {
        sections(&text.to_string()).to_writer(&mut page)?;
    }
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// Returns the usage line of the help; flags have their own section.
fn synopsis(command: &Command) -> Roff {
    let usage = command.clone().render_usage().to_string();
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"])
        .text([bold(usage.trim_start_matches("Usage:").trim().to_owned())]);
    roff
}

/// Turns the text after a command's help into sections, and keeps its lines.
fn sections(text: &str) -> Roff {
    let mut roff = Roff::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        match line.strip_suffix(':').filter(|line| !line.starts_with(' ')) {
            Some(heading) => {
                let heading = match heading {
                    "Exit codes" => "EXIT STATUS".to_owned(),
                    other => other.to_uppercase(),
                };
                roff.control("SH", [heading.as_str()]).control("nf", None);
            }
            None => {
                roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
            }
        }
    }
    roff.control("fi", None);
    roff
}
