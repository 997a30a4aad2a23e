use std::io::{self, BufRead, IsTerminal, Write};

use portal::{Provider, providers};

use crate::cli::Global;
use crate::client_config::config_loader;

/// Asks at a terminal which provider is meant, where neither flags nor configuration say it.
///
/// Returns none where there is nobody to ask or no answer: what is missing is told later. This is
/// called before anything listens for Ctrl-C, which so ends the question as it ends any program.
pub(crate) fn ask_provider(global: &Global) -> Option<String> {
    let someone = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !someone || !is_open(global) {
        return None;
    }
    prompt(io::stdin().lock(), anstream::stderr()).unwrap_or_default()
}

/// Says whether more than one provider, or none, could be meant; what is wrong is told later.
fn is_open(global: &Global) -> bool {
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
        if let Some(provider) = chosen(line.trim()) {
            return Ok(Some(provider.info.id.to_owned()));
        }
    }
}

fn chosen(answer: &str) -> Option<&'static Provider> {
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
