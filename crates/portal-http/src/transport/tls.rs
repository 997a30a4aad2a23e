use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{fmt, fs};

use portal_core::{BaseUrl, Error, Result};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Certificate authorities that are trusted beside the system's.
#[derive(Clone, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads a PEM file with one certificate or more.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `ca`.
    pub fn from_pem_file(path: &Path) -> Result<Self> {
        let named = |why: String| refuse(format!("`{}` {why}", path.display()));
        let pem = fs::read(path).map_err(|error| named(format!("cannot be read: {error}")))?;
        parse(&pem).map_err(named)
    }

    /// Reads PEM text with one certificate or more.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `ca`.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        parse(pem).map_err(|why| refuse(format!("`ca` {why}")))
    }

    /// Says whose word counts, beside these authorities'.
    pub(crate) fn told(&self) -> String {
        let named = ["SSL_CERT_FILE", "SSL_CERT_DIR"];
        let named = named
            .into_iter()
            .find(|name| std::env::var_os(name).is_some());
        let system = match named {
            Some(name) => format!("the authorities of `{name}`"),
            None => "the system's authorities".to_owned(),
        };
        match self.0.len() {
            0 => system,
            count => format!("{system} and {count} of `ca`"),
        }
    }
}

fn parse(pem: &[u8]) -> Result<Roots, String> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let certificates = certificates.map_err(|error| format!("is not PEM: {error}"))?;
    // A certificate that nothing can be verified by would be noticed at the first call only.
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        let added = store.add(certificate.clone());
        added.map_err(|error| format!("holds what is no certificate: {error}"))?;
    }
    match certificates.is_empty() {
        true => Err("holds no certificate".to_owned()),
        false => Ok(Roots(certificates)),
    }
}

fn refuse(message: String) -> Error {
    Error::configuration("ca", message)
        .with_hint("give a PEM file with the certificate of your authority")
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

/// The TLS settings: TLS 1.2 and up, the system's authorities (or `SSL_CERT_FILE`) and ours.
///
/// They are made when they are first needed, since reading the system's authorities takes
/// milliseconds.
pub(crate) struct Tls {
    is_needed: bool,
    extra: Roots,
    made: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn towards(base: &BaseUrl, extra: &Roots) -> Self {
        Self {
            is_needed: !base.is_plain(),
            extra: extra.clone(),
            made: OnceLock::new(),
        }
    }

    /// Returns the settings, or says why the authorities cannot be used.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(made) = self.made.get() {
            return Ok(made.clone());
        }
        let made = self.make()?;
        Ok(self.made.get_or_init(|| Arc::new(made)).clone())
    }

    fn make(&self) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3");
        let mut config = if self.is_needed {
            let extra = self.extra.0.iter().cloned();
            let verifier = Verifier::new_with_extra_roots(extra, provider).map_err(|error| {
                Error::configuration(
                    "ca",
                    format!("the certificate authorities cannot be used: {error}"),
                )
                .with_hint("check `ca`, and the system's certificates or `SSL_CERT_FILE`")
            })?;
            builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth()
        } else {
            builder
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth()
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}
