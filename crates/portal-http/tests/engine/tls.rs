//! What the engine accepts of a server's TLS, and what it says of what it does not accept.

use std::error::Error as _;

use bytes::Bytes;
use http::{Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use portal_core::{Delivery, Error, Kind, PortalProvider};
use portal_http::{Options, Roots};
use portal_testkit::{Authority, TlsFront, Validity};
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::common::{KEY, LINK, ONCE, Server, TestClock, client_with, link, request};

pub(crate) fn trusting(authority: &Authority) -> Options {
    let mut options = Options::default();
    options.extra_roots = Roots::from_pem(authority.pem().as_bytes()).unwrap();
    options
}

/// Asks a TLS server with this host name for a link. Returns the URL and the number of requests.
async fn create_link(
    config: ServerConfig,
    host: &str,
    options: Options,
) -> (Result<String, Error>, usize) {
    let clock = TestClock::default();
    let server = Server::start(&clock, [link()]).await;
    let front = TlsFront::start(config, server.address).await;
    let base = format!("https://{host}:{}", front.address.port());
    let client = client_with(ONCE, &base, options, &clock);
    let link = client.create_link(&request()).await;
    let url = link.map(|link| link.url().expose().to_owned());
    (url, server.requests().len())
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken_with_an_authority_that_is_trusted() {
    let authority = Authority::new("ours");
    let certificate = authority.certificate("127.0.0.1", Validity::Now);
    for version in [&TLS12, &TLS13] {
        let config = certificate.config_of(&[version]);
        let (link, requests) = create_link(config, "127.0.0.1", trusting(&authority)).await;
        assert_eq!((link.unwrap().as_str(), requests), (LINK, 1), "{version:?}");
    }
}

#[tokio::test]
async fn each_kind_of_bad_certificate_has_its_own_error_and_nothing_is_sent() {
    let (ours, theirs) = (Authority::new("ours"), Authority::new("theirs"));
    let good = ours.certificate("127.0.0.1", Validity::Now);
    let expired = ours.certificate("127.0.0.1", Validity::Past);
    let not_yet_valid = ours.certificate("127.0.0.1", Validity::Future);
    for (certificate, host, trusted, message, hint) in [
        (
            &good,
            "127.0.0.1",
            &theirs,
            "is not signed by a trusted authority",
            "SSL_CERT_FILE",
        ),
        (
            &good,
            "localhost",
            &ours,
            "is for another name",
            "host name",
        ),
        (&expired, "127.0.0.1", &ours, "has expired", "clock"),
        (
            &not_yet_valid,
            "127.0.0.1",
            &ours,
            "is not valid yet",
            "clock",
        ),
    ] {
        let (link, requests) = create_link(certificate.config(), host, trusting(trusted)).await;
        let error = link.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery(), error.attempts(), requests),
            (Kind::Unavailable, Delivery::NotSent, 3, 0),
            "{message}"
        );
        assert!(error.message().contains(message), "{error}");
        assert!(error.message().contains(&format!("`{host}:")), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{error}");
        let cause = error.source().map(ToString::to_string).unwrap();
        assert!(
            cause.contains("certificate") && !cause.contains("/v1"),
            "{cause}"
        );
        assert!(!format!("{error:?}").contains(KEY));
    }
}

/// Answers the greeting of TLS with these bytes, and returns what a client says of it.
async fn greeted(answer: &'static [u8]) -> Error {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("https://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 5];
            stream.read_exact(&mut head).await.unwrap();
            let mut rest = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
            stream.read_exact(&mut rest).await.unwrap();
            stream.write_all(answer).await.unwrap();
            // Until the client has gone away, so that nothing is cut off.
            while stream.read_u8().await.is_ok() {}
        }
    });
    let options = trusting(&Authority::new("ours"));
    let client = client_with(ONCE, &base, options, &TestClock::default());
    let error = client.create_link(&request()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.attempts()),
        (Kind::Unavailable, Delivery::NotSent, 3)
    );
    error
}

#[tokio::test]
async fn a_server_of_tls_1_1_gets_nothing() {
    // RFC 5246, 7.2: the alert `protocol_version`; and a greeting that chooses version 3.2.
    const ALERT: &[u8] = b"\x15\x03\x02\x00\x02\x02\x46";
    const HELLO: &[u8] = b"\x16\x03\x02\x00\x2a\x02\x00\x00\x26\x03\x02\
        01234567890123456789012345678901\x00\x00\x2f\x00";
    for answer in [ALERT, HELLO] {
        let error = greeted(answer).await;
        assert!(error.message().contains("version of TLS"), "{error}");
        assert!(error.hint().unwrap().contains("TLS 1.2"), "{error}");
    }
}

#[tokio::test]
async fn a_server_of_plain_http_gets_nothing_by_https() {
    let error = greeted(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").await;
    assert!(error.message().contains("does not speak TLS"), "{error}");
    assert!(error.hint().unwrap().contains("port"), "{error}");
}

#[tokio::test]
async fn http_2_is_spoken_where_it_is_offered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let inside = listener.local_addr().unwrap();
    let answer = async |request: http::Request<Incoming>| {
        assert_eq!(request.version(), Version::HTTP_2);
        assert_eq!(request.uri().path(), "/2.0/v1/links");
        assert_eq!(request.headers()["x-key"], KEY);
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(body, "{\"a\":1}");
        let body = Bytes::from(format!(r#"{{"url":"{LINK}"}}"#));
        Ok::<_, std::convert::Infallible>(Response::new(Full::new(body)))
    };
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(answer);
        hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .serve_connection(TokioIo::new(stream), service)
            .await
    });
    let authority = Authority::new("ours");
    let mut config = authority.certificate("127.0.0.1", Validity::Now).config();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let front = TlsFront::start(config, inside).await;
    let base = format!("https://{}/2.0/", front.address);
    let client = client_with(ONCE, &base, trusting(&authority), &TestClock::default());
    for _ in 0..2 {
        let link = client.create_link(&request()).await.unwrap();
        assert_eq!(link.url().expose(), LINK);
    }
}

#[test]
fn authorities_are_read_from_text_or_refused_by_name() {
    let both = Authority::new("one").pem() + &Authority::new("two").pem();
    assert_eq!(
        format!("{:?}", Roots::from_pem(both.as_bytes()).unwrap()),
        "Roots(2)"
    );
    for (text, why) in [
        ("", "holds no certificate"),
        (
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
            "is not PEM",
        ),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "invalid certificate",
        ),
    ] {
        let error = Roots::from_pem(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.kind(), error.field()),
            (Kind::Configuration, Some("ca"))
        );
        assert!(error.message().contains(why), "{error}");
    }
}
