use clap::Command;
use clap::builder::PossibleValuesParser;
use portal::providers;
use portal::request::Field;

use crate::cli::{self, CompletionsArgs};
use crate::errors::CommandError;
use crate::output::Printer;

pub(crate) fn run(arguments: &CompletionsArgs, printer: &Printer) -> Result<(), CommandError> {
    let mut command = with_values(cli::description());
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, "portal", &mut script);
    printer.data(String::from_utf8_lossy(&script).trim_end())
}

/// Lists the values of arguments whose parser accepts any text so that its errors can explain more.
fn with_values(mut command: Command) -> Command {
    let providers: Vec<_> = providers()
        .iter()
        .map(|provider| provider.info.id)
        .collect();
    let options = Field::ALL
        .iter()
        .map(|field| (field.as_str(), field.choices()))
        .filter(|(_, choices)| !choices.is_empty());
    for (id, values) in [("provider", providers)].into_iter().chain(options) {
        if command
            .get_arguments()
            .any(|argument| argument.get_id() == id)
        {
            let values = PossibleValuesParser::new(values);
            command = command.mut_arg(id, |argument| argument.value_parser(values));
        }
    }
    command.mut_subcommands(with_values)
}
