//! Opens a link in a browser without putting it on a command line, which every user of the machine
//! can read.
//!
//! The browser opens a private file. Its page leads to a one-time address on loopback, which redirects
//! to the link. Then the file and the address are removed.

use std::fs;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use portal::{PortalLink, redirect};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::errors::CommandError;

/// How long a browser may take to start.
const START_TIMEOUT: Duration = Duration::from_secs(60);

/// The maximum size of a request head, in bytes. Browsers send cookies of this machine to every port.
const MAX_HEAD: usize = 64 * 1024;

/// Opens a link in the user's browser, and returns once the browser has it.
pub(crate) async fn open_browser(link: &PortalLink) -> Result<(), CommandError> {
    let served = tokio::time::timeout(START_TIMEOUT, serve_link_to_browser(link)).await;
    let served = served.unwrap_or_else(|_| {
        Err(io::Error::other(
            "no browser requested the link within a minute",
        ))
    });
    served.map_err(|error| CommandError::internal("the link cannot be opened in a browser", &error))
}

async fn serve_link_to_browser(link: &PortalLink) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();

    let folder = create_private_folder()?;
    let page = folder.path().join("open.html");
    let address = format!("http://{}/{token}", listener.local_addr()?);
    fs::write(
        &page,
        format!(
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\"><title>Portal</title>\n"
        ),
    )?;
    let target = file_url(&page.display().to_string());
    // A browser in the terminal blocks its caller while it already requests the link.
    let starting = tokio::task::spawn_blocking(move || webbrowser::open(&target));
    let started = async { starting.await.map_err(io::Error::other).flatten() };
    tokio::select! {
        served = serve(&listener, &token, link) => served,
        Err(error) = started => Err(error),
    }
}

/// Answers requests until the link was sent.
async fn serve(listener: &TcpListener, token: &str, link: &PortalLink) -> io::Result<()> {
    let request = format!("GET /{token} ");
    let link = Arc::new(Mutex::new(Some(link.clone())));
    // Answered concurrently, because browsers also open connections that they do not use.
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            connection = listener.accept() => {
                connections.spawn(answer(connection?.0, request.clone(), link.clone()));
            }
            Some(connection) = connections.join_next() => {
                if matches!(connection, Ok(Ok(true))) {
                    return Ok(());
                }
            }
        }
    }
}

/// Answers one request, and returns whether it sent the link; the link is sent once.
async fn answer(
    mut stream: TcpStream,
    request: String,
    link: Arc<Mutex<Option<PortalLink>>>,
) -> io::Result<bool> {
    // Reads the whole head: closing a connection with unread data may lose the answer.
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n")
        && head.len() < MAX_HEAD
        && stream.read(&mut byte).await? == 1
    {
        head.extend(byte);
    }
    // Only a request with the token gets the link; browsers also request icons.
    let link = match head.starts_with(request.as_bytes()) {
        true => link.lock().unwrap_or_else(PoisonError::into_inner).take(),
        false => None,
    };
    let text = match &link {
        Some(link) => {
            let response = redirect::<()>(link);
            let headers = response.headers().iter();
            let lines: String = headers
                .map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap_or_default()))
                .collect();
            format!(
                "HTTP/1.1 303 See Other\r\n{lines}content-length: 0\r\nconnection: close\r\n\r\n"
            )
        }
        None => {
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n".to_owned()
        }
    };
    stream.write_all(text.as_bytes()).await?;
    stream.shutdown().await?;
    Ok(link.is_some())
}

/// Creates a temporary folder that other users cannot read.
fn create_private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("portal-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    // Windows creates it in the user's own folder, which other users cannot read.
    builder.tempdir()
}

/// Returns the `file:` URL of an absolute path; Windows paths start with a drive and have backslashes.
fn file_url(path: &str) -> String {
    let path = match path.strip_prefix('/') {
        Some(path) => path.to_owned(),
        None => path.replace('\\', "/"),
    };
    let path = path
        .replace('%', "%25")
        .replace(' ', "%20")
        .replace('#', "%23");
    format!("file:///{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_url_has_three_slashes_on_every_platform() {
        assert_eq!(file_url("/tmp/open.html"), "file:///tmp/open.html");
        assert_eq!(
            file_url(r"C:\Users\A User\open.html"),
            "file:///C:/Users/A%20User/open.html"
        );
    }
}
