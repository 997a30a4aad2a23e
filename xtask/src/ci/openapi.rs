use std::path::Path;

use crate::error::Error;
use crate::portal::{self, Sandbox};
use crate::step::Step;
use crate::tools::{OPENAPI, Tools};

/// A document of the sandbox, the credential that opens what it describes, and which sandbox to ask.
const RUNS: &[(&str, [&str; 2], &[&str])] = &[
    ("kwik", ["--auth", "sandbox_key:sandbox_secret"], &[]),
    (
        "onlineapp",
        ["--header", "x-api-key:sk_sandbox_onlineapp"],
        &[],
    ),
    (
        "onlineapp",
        ["--header", "x-api-key:sk_sandbox_onlineapp"],
        &["--onlineapp-dialect", "v3"],
    ),
];

/// Calls the sandbox with what its documents allow and with what they forbid, by every check that schemathesis has.
///
/// The seed is fixed, so that a red job stays red until it is mended, and a green one green.
pub(super) fn run(root: &Path) -> Result<(), Error> {
    let schemathesis = Tools::ready(root, OPENAPI)?.program("schemathesis");
    let portal = portal::build(root)?;
    for (name, credential, dialect) in RUNS {
        let sandbox = Sandbox::start(&portal, dialect)?;
        let document = format!("{}/openapi/{name}.json", sandbox.url);
        let arguments = [
            &["run", &document][..],
            credential,
            &[
                "--checks",
                "all",
                "--phases",
                "examples,coverage,fuzzing",
                "--max-examples",
                "30",
                "--seed",
                "1",
                "--generation-database",
                "none",
                "--no-color",
            ],
        ]
        .concat();
        // It keeps a folder of its own where it runs, which is nothing for the checkout.
        let scratch = root.join("target").join("tools");
        Step::new(&schemathesis, &arguments, &scratch).run()?;
    }
    Ok(())
}
