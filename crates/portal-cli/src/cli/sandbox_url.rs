use std::ffi::{OsStr, OsString};

/// The sandbox of `--sandbox` without a URL, and of the sandbox commands without the flag.
pub(crate) const DEFAULT_SANDBOX_URL: &str = "http://127.0.0.1:8787";

/// Joins `--sandbox` with a URL that follows it as an argument of its own.
///
/// The flag's value is optional, so the parser takes it only after `=`: in `--sandbox kwik` the word is the provider.
pub(crate) fn join_sandbox_url(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut joined: Vec<OsString> = Vec::new();
    let mut are_flags = true;
    for argument in arguments {
        let is_url = argument.to_str().is_some_and(|text| text.contains("://"));
        match joined.last_mut() {
            Some(last) if are_flags && is_url && last == OsStr::new("--sandbox") => {
                last.push("=");
                last.push(argument);
            }
            _ => joined.push(argument),
        }
        are_flags &= joined.last().is_none_or(|last| last != OsStr::new("--"));
    }
    joined
}
