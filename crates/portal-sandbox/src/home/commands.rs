//! The commands and programs to copy from the home page.

use crate::SandboxInfo;

/// A block of text to copy.
pub(super) struct Command {
    /// The block's `id` in HTML.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// Returns the commands for a sandbox. The later ones need the environment that the first sets.
pub(super) fn list_all(info: &SandboxInfo) -> [Command; 4] {
    [
        Command {
            id: "environment",
            title: "First: point this shell at the sandbox",
            text: environment(info).join("\n"),
        },
        Command {
            id: "shell",
            title: "Shell",
            text: "portal link onlineapp --email user@example.com\n\
                   portal link kwik --customer cus_demo_active --subscription sub_demo_active"
                .to_owned(),
        },
        Command {
            id: "rust",
            title: "Rust",
            text: include_str!("../../templates/home/example_rust.txt")
                .trim_end()
                .to_owned(),
        },
        Command {
            id: "python",
            title: "Python",
            text: r#"from portal_py import Portal

with Portal("kwik") as portal:
    link = portal.create_link(
        customer_id="cus_demo_active",
        subscription_id="sub_demo_active",
    )
    print(link.url)"#
                .to_owned(),
        },
    ]
}

/// Returns the shell's `export` line of each setting.
fn environment(info: &SandboxInfo) -> Vec<String> {
    let accounts = info.accounts().iter();
    let lines = accounts.flat_map(|account| {
        let settings = account.settings().iter();
        settings.map(|(name, value)| {
            let variable = format!("{}_{name}", account.provider()).to_uppercase();
            format!("export {variable}={value}")
        })
    });
    lines.collect()
}
