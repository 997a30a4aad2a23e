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
    let made = create_links(&server).await?;
    if arguments.once {
        print_links(&server, &made, *printer)?;
        for (_, link) in &made {
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
        // Whoever reads the links may stop it at once.
        let mut signals = StopSignals::listen()?;
        print_links(&server, &made, *printer)?;
        printer.note("\nOpen them in a browser; Ctrl-C ends the sandbox.");
        signals.received().await;
    }
    server.shutdown().await;
    Ok(())
}

/// Makes the same request of every provider: each takes of it what it goes by.
async fn create_links(
    server: &Sandbox,
) -> Result<Vec<(&'static ProviderInfo, PortalLink)>, CommandError> {
    let request =
        LinkRequest::new(Customer::from_id("cus_demo_active").with_email("user@example.com"))
            .subscription("sub_demo_active")
            .page_title("Demo shop")
            .return_url("https://example.com/account")
            .best_effort();
    let mut made = Vec::new();
    for provider in providers() {
        let client = sandbox::demo_config(&server.ready(), provider.info.id)?.client()?;
        made.push((provider.info, client.create_link(&request).await?));
    }
    Ok(made)
}

fn print_links(
    server: &Sandbox,
    made: &[(&'static ProviderInfo, PortalLink)],
    printer: Printer,
) -> Result<(), CommandError> {
    if printer.json() {
        let views: Vec<_> = made
            .iter()
            .map(|(info, link)| LinkView::new(info.id, link))
            .collect();
        return printer.object(&json!({ "sandbox": server.url(), "links": views }));
    }
    for (info, link) in made {
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
