//! What a developer copies from the home page into a terminal or a file.

use crate::Ready;

/// One block to copy.
pub(super) struct Command {
    /// Fit for an `id` in HTML.
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) text: String,
}

/// The commands for a sandbox; the programs after the first read its environment.
pub(super) fn all(ready: &Ready) -> [Command; 4] {
    let (onlineapp, kwik) = (&ready.onlineapp, &ready.kwik);
    [
        Command {
            id: "environment",
            title: "First: point this shell at the sandbox",
            text: format!(
                "export ONLINEAPP_BASE_URL={}\n\
                 export ONLINEAPP_API_KEY={}\n\
                 export ONLINEAPP_PAYWALL_ID={}\n\
                 export KWIK_BASE_URL={}\n\
                 export KWIK_API_KEY={}\n\
                 export KWIK_API_SECRET={}",
                onlineapp.base_url,
                onlineapp.api_key,
                onlineapp.paywall_id,
                kwik.base_url,
                kwik.api_key,
                kwik.api_secret,
            ),
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
            text: r#"use portal::{Customer, LinkRequest, PortalProvider, connect};

let provider = connect("kwik")?;
let request = LinkRequest::new(Customer::from_id("cus_demo_active"))
    .subscription("sub_demo_active")
    .return_url("https://example.com/account");
let link = provider.create_link(&request).await?;
println!("{}", link.url().expose());"#
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
