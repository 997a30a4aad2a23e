//! Opens a link in a browser without putting it on a command line, which every user of the machine
//! can read.
//!
//! The browser is started on a private file, whose page leads to a one-time address on loopback,
//! which redirects to the link; then file and address are gone.

use std::fs::{self, Permissions};
use std::io;
use std::time::Duration;

use portal::{PortalLink, redirect};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::failure::Failure;

/// How long a browser may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Hands a link over to the user's browser, and returns when the browser has it.
pub(crate) async fn open(link: &PortalLink) -> Result<(), Failure> {
    let handed = tokio::time::timeout(PATIENCE, hand_over(link)).await;
    let handed = handed.unwrap_or_else(|_| {
        Err(io::Error::other(
            "no browser came for the link within a minute",
        ))
    });
    handed.map_err(|error| Failure::internal("the link cannot be opened in a browser", &error))
}

async fn hand_over(link: &PortalLink) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();

    let folder = tempfile::Builder::new()
        .prefix("portal-")
        .permissions(private(0o700))
        .tempdir()?;
    let page = folder.path().join("open.html");
    let address = format!("http://{}/{token}", listener.local_addr()?);
    fs::write(
        &page,
        format!(
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\"><title>Portal</title>\n"
        ),
    )?;
    webbrowser::open(&format!("file://{}", page.display()))?;

    loop {
        let (stream, _) = listener.accept().await?;
        // A browser also asks for icons, and others may knock: only the token's bearer is answered.
        if answer(stream, &token, link).await.unwrap_or(false) {
            return Ok(());
        }
    }
}

/// Answers one request, and says whether the link went out.
async fn answer(mut stream: TcpStream, token: &str, link: &PortalLink) -> io::Result<bool> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n") && head.len() < 4096 && stream.read(&mut byte).await? == 1 {
        head.extend(byte);
    }
    let ours = String::from_utf8_lossy(&head).starts_with(&format!("GET /{token} "));
    let text = if ours {
        let response = redirect::<()>(link);
        let headers = response.headers().iter();
        let lines: String = headers
            .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()))
            .collect();
        format!("HTTP/1.1 303 See Other\r\n{lines}content-length: 0\r\nconnection: close\r\n\r\n")
    } else {
        "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
    };
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(ours)
}

#[cfg(unix)]
fn private(mode: u32) -> Permissions {
    use std::os::unix::fs::PermissionsExt;
    Permissions::from_mode(mode)
}
