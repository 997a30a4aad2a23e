//! Configuration: settings and options from a file, its profiles, the environment and calls.

pub(crate) mod configuration;
pub(crate) mod effective;
pub(crate) mod file;
pub(crate) mod loader;
mod lookup;
pub(crate) mod source;

pub use portal_core::{RateLimit, RetryBudget, RetryPolicy, ReturnOrigins};
pub use portal_http::{Options, Rate, Roots, Spread};

pub use crate::bounded_file::{read_file, read_to_end};
pub use crate::config::configuration::Config;
pub use crate::config::effective::EffectiveSetting;
pub use crate::config::file::ConfigFile;
pub use crate::config::loader::ConfigLoader;
pub use crate::config::source::Source;
pub use crate::providers::builder::Builder;
pub use crate::similar_name::similar_name;
