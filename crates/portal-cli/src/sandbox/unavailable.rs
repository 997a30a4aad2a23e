use portal::Error;
use portal::config::Config;

use crate::errors::CommandError;

/// Refuses `--sandbox`, because only the sandbox has demo credentials.
pub(crate) fn use_demo_credentials(_config: &mut Config, _url: &str) -> Result<(), CommandError> {
    let message = "this build has no sandbox, so it has no credentials for `--sandbox`";
    let hint = "set the provider's variables and `--base-url`, or use a build with cargo's feature `sandbox`";
    Err(Error::configuration("sandbox", message)
        .with_hint(hint)
        .into())
}

/// Returns true, so that [`use_demo_credentials`] refuses `--sandbox`.
pub(crate) fn emulates(_provider: &str) -> bool {
    true
}
