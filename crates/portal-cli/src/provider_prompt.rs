use std::io::{self, BufRead, IsTerminal, Write};

use portal::adapter::Provider;
use portal::providers;

use crate::cli::GlobalArgs;
use crate::client_config::config_loader;

/// Asks for the provider at a terminal if neither flags nor configuration name one.
///
/// Returns `None` without a terminal or an answer; a later step reports the missing provider. Call it
/// before any signal handler is installed, so that Ctrl-C ends the prompt.
pub(crate) fn ask_provider(global: &GlobalArgs) -> Option<String> {
    let is_interactive = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !is_interactive || !is_ambiguous(global) {
        return None;
    }
    prompt(io::stdin().lock(), anstream::stderr()).unwrap_or_default()
}

/// Returns whether no provider is named and not exactly one is configured.
fn is_ambiguous(global: &GlobalArgs) -> bool {
    let Ok(loader) = config_loader(global) else {
        return false;
    };
    let is_named = !matches!(loader.provider(), Ok(None));
    let one_is_complete = || loader.complete().is_ok_and(|complete| complete.len() == 1);
    !is_named && (global.sandbox.is_some() || !one_is_complete())
}

fn prompt(mut input: impl BufRead, mut output: impl Write) -> io::Result<Option<String>> {
    writeln!(output, "Which provider?")?;
    for (number, provider) in (1..).zip(providers()) {
        let info = provider.info;
        writeln!(output, "  {number}  {} ({})", info.id, info.name)?;
    }
    loop {
        write!(output, "number or name: ")?;
        output.flush()?;
        let mut line = String::new();
        if input.read_line(&mut line)? == 0 || line.trim().is_empty() {
            return Ok(None);
        }
        if let Some(provider) = find_provider(line.trim()) {
            return Ok(Some(provider.info.id.to_owned()));
        }
    }
}

fn find_provider(answer: &str) -> Option<&'static Provider> {
    let by_number = answer
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    match by_number {
        Some(at) => providers().get(at),
        None => providers()
            .iter()
            .find(|provider| provider.info.id == answer),
    }
}
