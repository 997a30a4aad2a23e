use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, value_parser};
use portal::request::{Field, OptionValue, ValueKind};
use portal::{Error, JsonObject, LinkRequest};

use super::flags;

/// The flags that set a request's options, one for each row of the table of options.
#[derive(Clone, Debug, Default)]
pub(crate) struct LinkOptions {
    values: Vec<(Field, FlagValue)>,
}

/// The value of an option on the command line.
#[derive(Clone, Debug)]
enum FlagValue {
    Text(String),
    Flag(bool),
    List(Vec<String>),
    /// `KEY=VALUE` pairs, and a file with a JSON object.
    Object {
        pairs: Vec<String>,
        file: Option<PathBuf>,
    },
}

impl LinkOptions {
    /// Returns whether the arguments set a field.
    pub(crate) fn has(&self, field: Field) -> bool {
        self.values.iter().any(|(option, _)| *option == field)
    }

    /// Adds the options to a request; `read_object` reads the file of an object.
    pub(crate) fn add_to(
        &self,
        mut request: LinkRequest,
        read_object: impl Fn(Field, &Path) -> Result<JsonObject, Error>,
    ) -> Result<LinkRequest, Error> {
        for (field, value) in &self.values {
            let value = match value {
                FlagValue::Text(text) => OptionValue::Text(text),
                FlagValue::Flag(yes) => OptionValue::Flag(*yes),
                FlagValue::List(texts) => OptionValue::List(texts.clone()),
                FlagValue::Object { pairs, file } => {
                    let mut object = match file {
                        Some(path) => read_object(*field, path)?,
                        None => JsonObject::new(),
                    };
                    // An entry of a flag replaces the file's.
                    let mut keys = HashSet::new();
                    let flag = field.info().flag;
                    for pair in pairs {
                        let (key, value) = flags::key_value(field.as_str(), flag, pair)?;
                        if !keys.insert(key) {
                            return Err(flags::set_twice(field.as_str(), flag, key));
                        }
                        object.insert(key.to_owned(), value.into());
                    }
                    OptionValue::Object(object)
                }
            };
            request = request.set(*field, value);
        }
        Ok(request)
    }
}

impl Args for LinkOptions {
    fn augment_args(command: Command) -> Command {
        Field::ALL
            .iter()
            .flat_map(|field| flags_of(*field))
            .fold(command, Command::arg)
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Returns the flag of a field; an object has a second one, for a file.
fn flags_of(field: Field) -> Vec<Arg> {
    let info = field.info();
    let flag = Arg::new(info.name)
        .long(info.flag)
        .value_name(info.value_name)
        .help(info.help)
        .help_heading(info.heading);
    match info.kind {
        ValueKind::Choice => {
            let parse = move |text: &str| match OptionValue::from_text(field, text) {
                Ok(_) => Ok(text.to_owned()),
                Err(error) => Err(error),
            };
            vec![flag.value_parser(parse)]
        }
        ValueKind::Flag => vec![
            flag.num_args(0..=1)
                .require_equals(true)
                .default_missing_value("true")
                .value_parser(BoolishValueParser::new())
                .hide_possible_values(true),
        ],
        ValueKind::List => vec![
            flag.action(ArgAction::Append)
                .help(format!("{}; may be repeated", info.help)),
        ],
        ValueKind::Object => {
            let file = info.file_flag.map(|name| {
                Arg::new(name)
                    .long(name)
                    .value_name("FILE|-")
                    .value_parser(value_parser!(PathBuf))
                    .help("The same as a JSON object from a file, or from stdin with `-`")
                    .help_heading(info.heading)
            });
            let flag = flag
                .action(ArgAction::Append)
                .help(format!("{}; may be repeated", info.help));
            [flag].into_iter().chain(file).collect()
        }
        // `Text`, and a newer kind as text.
        _ => vec![flag],
    }
}

impl FromArgMatches for LinkOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut options = Self::default();
        for field in Field::ALL {
            let value = flag_value(*field, matches);
            options.values.extend(value.map(|value| (*field, value)));
        }
        Ok(options)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

fn flag_value(field: Field, matches: &ArgMatches) -> Option<FlagValue> {
    let name = field.as_str();
    let texts = || {
        let texts = matches.get_many::<String>(name).into_iter().flatten();
        texts.cloned().collect::<Vec<_>>()
    };
    match field.info().kind {
        ValueKind::Flag => matches.get_one::<bool>(name).copied().map(FlagValue::Flag),
        ValueKind::List => Some(FlagValue::List(texts())).filter(|_| matches.contains_id(name)),
        ValueKind::Object => {
            let file = field.info().file_flag;
            let file = file.and_then(|name| matches.get_one::<PathBuf>(name).cloned());
            let pairs = texts();
            let is_given = !pairs.is_empty() || file.is_some();
            is_given.then_some(FlagValue::Object { pairs, file })
        }
        // `Text` and `Choice`, and a newer kind as text.
        _ => matches
            .get_one::<String>(name)
            .cloned()
            .map(FlagValue::Text),
    }
}
