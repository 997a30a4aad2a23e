use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};
use portal::{Error, Kind};

/// The ids of the flags about the configuration and the connection to a provider.
const CONNECTION: &[&str] = &[
    "profile",
    "config",
    "base_url",
    "sandbox",
    "timeout",
    "max_retries",
    "ca",
];

/// Returns the ids of the global flags that a command does not use, by its path below `portal`.
fn unused_flags(path: &[&str]) -> &'static [&'static str] {
    match path {
        ["completions" | "demo" | "man" | "providers" | "sandbox"] | ["sandbox", "seed"] => {
            CONNECTION
        }
        ["config", "path"] => &[
            "profile",
            "base_url",
            "sandbox",
            "timeout",
            "max_retries",
            "ca",
        ],
        ["sandbox", _] | ["webhook", "trigger"] => {
            &["profile", "config", "base_url", "max_retries", "ca"]
        }
        ["webhook", "listen"] => &["base_url", "max_retries", "ca"],
        ["webhook", "verify"] => &["base_url", "sandbox", "max_retries", "ca"],
        _ => &[],
    }
}

/// Hides the global flags from the help of the commands that do not use them.
pub(super) fn hide_unused_flags(command: Command) -> Command {
    let global: Vec<_> = command.get_arguments().cloned().collect();
    hide(command, &[], &global)
}

/// Adds hidden copies of the flags that a command does not use. Adds visible copies of those that it uses but its parent
/// command does not. The parser adds the others.
fn hide(command: Command, path: &[&str], global: &[Arg]) -> Command {
    let unused = unused_flags(path);
    let above = path
        .split_last()
        .map_or(&[][..], |(_, above)| unused_flags(above));
    let copies = global.iter().filter_map(|flag| {
        let id = flag.get_id().as_str();
        match (unused.contains(&id), above.contains(&id)) {
            (true, _) => Some(flag.clone().hide(true)),
            (false, true) => Some(flag.clone()),
            (false, false) => None,
        }
    });
    command.args(copies).mut_subcommands(|inner| {
        let name = inner.get_name().to_owned();
        hide(inner, &[path, &[&name]].concat(), global)
    })
}

/// Gives each command its own copies of the flags that it uses, and no global ones.
///
/// For completions, which offer hidden flags too.
pub(super) fn copy_used_flags(command: Command) -> Command {
    let copies = command.get_arguments().cloned();
    let copies: Vec<_> = copies.map(|flag| flag.global(false)).collect();
    copy(command.mut_args(|flag| flag.global(false)), &[], &copies)
}

fn copy(command: Command, path: &[&str], flags: &[Arg]) -> Command {
    command.mut_subcommands(|inner| {
        let name = inner.get_name().to_owned();
        let path = [path, &[&name]].concat();
        let unused = unused_flags(&path);
        let used = flags
            .iter()
            .filter(|flag| !unused.contains(&flag.get_id().as_str()));
        copy(inner.args(used), &path, flags)
    })
}

/// Refuses the global flags that the command would ignore.
pub(crate) fn refuse_unused_flags(matches: &ArgMatches) -> Result<(), Error> {
    let (mut path, mut innermost) = (Vec::new(), matches);
    while let Some((name, inner)) = innermost.subcommand() {
        path.push(name);
        innermost = inner;
    }
    let is_given = |id: &&&str| innermost.value_source(id) == Some(ValueSource::CommandLine);
    let Some(id) = unused_flags(&path).iter().find(is_given) else {
        return Ok(());
    };
    let message = format!(
        "`portal {}` does not use `--{}`",
        path.join(" "),
        id.replace('_', "-")
    );
    Err(Error::not_sent(Kind::Invalid, message)
        .with_field(*id)
        .with_hint("leave it out"))
}
