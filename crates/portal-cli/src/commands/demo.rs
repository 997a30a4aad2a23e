use portal::adapter::{Provider, ProviderInfo};
use portal::{Customer, LinkRequest, PortalLink, PortalProvider, providers};
use portal_bulk::LinkView;
use portal_sandbox::Sandbox;
use serde_json::json;

use crate::cli::DemoArgs;
use crate::errors::CommandError;
use crate::output::Printer;
use crate::sandbox;
use crate::sandbox::page;
use crate::signals::StopSignals;

pub(crate) async fn run(arguments: &DemoArgs, printer: &Printer) -> Result<(), CommandError> {
    let server = Sandbox::builder()
        .listen(([127, 0, 0, 1], 0).into())
        .start()
        .await?;
    printer.fact(
        "sandbox",
        &format!("{} (in memory, on this machine only)", server.url()),
    );
    let links = create_links(&server, providers(), &|text| printer.note(text)).await?;
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
        signals.next().await;
    }
    server.shutdown().await;
    Ok(())
}

/// Sends the same request to every provider that the sandbox emulates, and notes the others.
///
/// Each provider uses the fields that it supports.
async fn create_links(
    server: &Sandbox,
    providers: &[Provider],
    note: &dyn Fn(&str),
) -> Result<Vec<(&'static ProviderInfo, PortalLink)>, CommandError> {
    let request =
        LinkRequest::new(Customer::from_id("cus_demo_active").with_email("user@example.com"))
            .subscription("sub_demo_active")
            .page_title("Demo shop")
            .return_url("https://example.com/account")
            .best_effort();
    let mut links = Vec::new();
    for provider in providers {
        if !sandbox::emulates(provider.info.id) {
            note(&sandbox::not_emulated(provider.info.id));
            continue;
        }
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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use portal::adapter::Capabilities;
    use portal::{Error, provider};

    use super::*;

    static ACME: ProviderInfo = ProviderInfo::new(
        "acme",
        "Acme",
        "https://acme.example",
        Capabilities::new(&[]),
    );

    fn unused() -> Error {
        Error::configuration("acme", "the demo builds no client of it")
    }

    #[tokio::test]
    async fn the_demo_notes_a_provider_that_the_sandbox_does_not_emulate() {
        let acme = Provider::new(&ACME, "", &[], |_| Err(unused()), |_| Err(unused()));
        let server = Sandbox::builder()
            .listen(([127, 0, 0, 1], 0).into())
            .start()
            .await
            .unwrap();
        let notes = RefCell::new(Vec::new());
        let providers = [*provider("kwik").unwrap(), acme];
        let note = |text: &str| notes.borrow_mut().push(text.to_owned());
        let links = create_links(&server, &providers, &note).await.unwrap();
        let ids: Vec<_> = links.iter().map(|(info, _)| info.id).collect();
        assert_eq!(ids, ["kwik"]);
        assert_eq!(*notes.borrow(), ["the sandbox does not emulate `acme`"]);
        server.shutdown().await;
    }
}
