use anstyle::{AnsiColor, Style};
use clap::Command;
use clap::builder::{StyledStr, Styles};

const HEADING: Style = AnsiColor::Green.on_default().bold();
const LITERAL: Style = AnsiColor::Cyan.on_default().bold();
const PLACEHOLDER: Style = AnsiColor::Cyan.on_default();

/// The colours of the help, like those of cargo and uv.
pub(super) const STYLES: Styles = Styles::styled()
    .header(HEADING)
    .usage(HEADING)
    .literal(LITERAL)
    .placeholder(PLACEHOLDER);

/// Colours the headings after each command's help (`Examples:`) like the others.
pub(super) fn style_help(command: Command) -> Command {
    let command = match command.get_after_long_help().map(StyledStr::to_string) {
        Some(text) => {
            let lines =
                text.lines()
                    .map(|line| match line.ends_with(':') && !line.starts_with(' ') {
                        true => format!("{HEADING}{line}{HEADING:#}"),
                        false => line.to_owned(),
                    });
            command.after_long_help(lines.collect::<Vec<_>>().join("\n"))
        }
        None => command,
    };
    command.mut_subcommands(style_help)
}
