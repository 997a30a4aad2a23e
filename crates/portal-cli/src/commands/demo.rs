use portal::adapter::ProviderInfo;
use portal::{Customer, LinkRequest, PortalLink, PortalProvider, providers};
use portal_bulk::LinkView;
use portal_sandbox::Sandbox;
use serde_json::json;

use crate::cli::Demo;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox;
use crate::sandbox::page;
use crate::signals::StopSignals;

pub(crate) async fn run(arguments: &Demo, printer: &Printer) -> Result<(), CommandError> {
    let server = Sandbox::builder()
        .listen(([127, 0, 0, 1], 0).into())
        .start()
        .await?;
    printer.fact(
        "sandbox",
        &format!("{} (in memory, on this machine only)", server.url()),
    );
    let links = create_links(&server).await?;
    if arguments.once {
        print_links(&server, &links, *printer)?;
        for (_, link) in &links {
            let (status, title) = page::fetch(link.url().expose()).await.map_err(|error| {
                CommandError::internal("a portal page cannot be fetched", &*error)
            })?;
            if !status.is_success() {
                return Err(CommandError::internal(
                    "a portal page does not open",
                    &std::io::Error::other(status.to_string()),
                ));
            }
            printer.fact("page", &title);
        }
    } else {
        // Listens first: a program may stop the demo as soon as it reads the links.
        let mut signals = StopSignals::listen()?;
        print_links(&server, &links, *printer)?;
        printer.note("\nOpen them in a browser. Ctrl-C stops the sandbox.");
        signals.received().await;
    }
    server.shutdown().await;
    Ok(())
}

/// Sends the same request to every provider; each uses the fields that it supports.
async fn create_links(
    server: &Sandbox,
) -> Result<Vec<(&'static ProviderInfo, PortalLink)>, CommandError> {
    let request =
        LinkRequest::new(Customer::from_id("cus_demo_active").with_email("user@example.com"))
            .subscription("sub_demo_active")
            .page_title("Demo shop")
            .return_url("https://example.com/account")
            .best_effort();
    let mut links = Vec::new();
    let emulated = providers()
        .iter()
        .filter(|provider| sandbox::emulates(provider.info.id));
    for provider in emulated {
        let client = sandbox::demo_config(server.info(), provider.info.id)?.client()?;
        links.push((provider.info, client.create_link(&request).await?));
    }
    Ok(links)
}

fn print_links(
    server: &Sandbox,
    links: &[(&'static ProviderInfo, PortalLink)],
    printer: Printer,
) -> Result<(), CommandError> {
    if printer.json() {
        let views: Vec<_> = links
            .iter()
            .map(|(info, link)| LinkView::new(info.id, link))
            .collect();
        return printer.object(&json!({ "sandbox": server.url(), "links": views }));
    }
    for (info, link) in links {
        printer.fact(
            info.name,
            &match link.expires_at {
                Some(time) => format!("expires {time}"),
                None => "does not say when its links expire".to_owned(),
            },
        );
        printer.data(link.url().expose())?;
    }
    Ok(())
}
