//! Opens a link in a browser without putting it on a command line, which every user of the machine
//! can read.
//!
//! The browser is started on a private file, whose page leads to a one-time address on loopback,
//! which redirects to the link; then file and address are gone.

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
const PATIENCE: Duration = Duration::from_secs(60);

/// The most that is read of a request, in bytes: cookies for this machine count for every port.
const MAX_HEAD: usize = 64 * 1024;

/// Hands a link over to the user's browser, and returns when the browser has it.
pub(crate) async fn open_browser(link: &PortalLink) -> Result<(), CommandError> {
    let handed = tokio::time::timeout(PATIENCE, serve_link_to_browser(link)).await;
    let handed = handed.unwrap_or_else(|_| {
        Err(io::Error::other(
            "no browser came for the link within a minute",
        ))
    });
    handed.map_err(|error| CommandError::internal("the link cannot be opened in a browser", &error))
}

async fn serve_link_to_browser(link: &PortalLink) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let token: String = random.iter().map(|byte| format!("{byte:02x}")).collect();

    let folder = private_folder()?;
    let page = folder.path().join("open.html");
    let address = format!("http://{}/{token}", listener.local_addr()?);
    fs::write(
        &page,
        format!(
            "<!doctype html><meta http-equiv=\"refresh\" content=\"0; url={address}\"><title>Portal</title>\n"
        ),
    )?;
    let target = file_url(&page.display().to_string());
    // A browser in the terminal keeps its caller waiting while it already asks for the link.
    let starting = tokio::task::spawn_blocking(move || webbrowser::open(&target));
    let started = async { starting.await.map_err(io::Error::other).flatten() };
    tokio::select! {
        handed = serve(&listener, &token, link) => handed,
        Err(error) = started => Err(error),
    }
}

/// Answers whoever comes, until the link went out.
async fn serve(listener: &TcpListener, token: &str, link: &PortalLink) -> io::Result<()> {
    let request = format!("GET /{token} ");
    let link = Arc::new(Mutex::new(Some(link.clone())));
    // Each on its own: browsers also open connections in advance and leave them silent.
    let mut visits = JoinSet::new();
    loop {
        tokio::select! {
            visit = listener.accept() => {
                visits.spawn(answer(visit?.0, request.clone(), link.clone()));
            }
            Some(visit) = visits.join_next() => {
                if matches!(visit, Ok(Ok(true))) {
                    return Ok(());
                }
            }
        }
    }
}

/// Answers one request, and says whether the link went out; it goes out once.
async fn answer(
    mut stream: TcpStream,
    request: String,
    link: Arc<Mutex<Option<PortalLink>>>,
) -> io::Result<bool> {
    // All of it: a connection that is closed with something unread may lose its answer.
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n")
        && head.len() < MAX_HEAD
        && stream.read(&mut byte).await? == 1
    {
        head.extend(byte);
    }
    // Browsers also ask for icons, and others may knock: only the token's bearer gets it.
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
fn private_folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("portal-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    // Windows creates it in the user's own folder, which other users cannot read.
    builder.tempdir()
}

/// The `file:` URL of an absolute path; on Windows a path starts with a drive and has backslashes.
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
