use std::fmt;

use clap::ValueEnum;

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Part {
    /// What a call costs in instructions, by valgrind
    Instructions,
    /// Calls by Rust: plain, TLS, HTTP/2
    Rust,
    /// Calls by Rust with 1 to 10,000 in flight
    Concurrency,
    /// Calls by Python: sync, asyncio, threads, and its start
    Python,
    /// One link by a program that starts for it
    Command,
    /// What 10,000 calls in flight hold in memory
    Memory,
    /// Links that the sandbox makes in a second
    Sandbox,
    /// What a bulk run reaches of a provider's rate
    Limit,
    /// What the library costs to build, from nothing, and what the programs weigh
    Build,
}

impl Part {
    /// Everything, or what is done within about a minute.
    pub(super) fn all(quick: bool) -> impl Iterator<Item = Self> {
        let is_short = |part| {
            matches!(
                part,
                Self::Rust | Self::Python | Self::Command | Self::Sandbox
            )
        };
        let parts = Self::value_variants().iter().copied();
        parts.filter(move |part| !quick || is_short(*part))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
