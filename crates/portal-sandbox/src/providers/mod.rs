//! The providers that the sandbox emulates: a folder for each, joined in [`PROVIDERS`].
//!
//! A new provider needs its folder, a line in [`PROVIDERS`], and its section in the seed's `Document`.

pub(crate) mod definition;
pub(crate) mod info;
pub(crate) mod kwik;
pub(crate) mod onlineapp;
pub(crate) mod validation;

use self::definition::Definition;

/// All providers, in the order in which they are listed.
pub(crate) static PROVIDERS: [&Definition; 2] = [&onlineapp::DEFINITION, &kwik::DEFINITION];
