use std::fmt;
use std::sync::{Arc, OnceLock};

use portal_core::{BaseUrl, Error, Result};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

/// Certificate authorities trusted in addition to the system's.
#[derive(Clone, Default)]
pub struct Roots(Vec<CertificateDer<'static>>);

impl Roots {
    /// Reads PEM text with one certificate or more.
    ///
    /// # Errors
    /// [`Kind::Configuration`](portal_core::Kind::Configuration) with the field `ca`.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        Self::from_pem_named("ca", pem)
    }

    /// Does the same as [`from_pem`](Self::from_pem); errors call the text `name`, such as its file's path.
    ///
    /// # Errors
    /// As [`from_pem`](Self::from_pem).
    pub fn from_pem_named(name: &str, pem: &[u8]) -> Result<Self> {
        parse(pem).map_err(|why| {
            Error::configuration("ca", format!("`{name}` {why}"))
                .with_hint("give a PEM file with the certificate of your authority")
        })
    }

    /// Describes the trusted authorities, for diagnostics.
    pub(crate) fn description(&self) -> String {
        let variable = ["SSL_CERT_FILE", "SSL_CERT_DIR"]
            .into_iter()
            .find(|name| std::env::var_os(name).is_some());
        let system = match variable {
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
    // Checked here, since an unusable certificate would otherwise fail only at the first call.
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        let added = store.add(certificate.clone());
        added.map_err(|error| format!("holds an invalid certificate: {error}"))?;
    }
    match certificates.is_empty() {
        true => Err("holds no certificate".to_owned()),
        false => Ok(Roots(certificates)),
    }
}

impl fmt::Debug for Roots {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Roots({})", self.0.len())
    }
}

/// The TLS settings: TLS 1.2 and up, the system's authorities (or `SSL_CERT_FILE`) and the extra
/// ones.
///
/// They are built on first use, since reading the system's authorities takes milliseconds.
pub(crate) struct Tls {
    is_used: bool,
    extra: Roots,
    config: OnceLock<Arc<ClientConfig>>,
}

impl Tls {
    pub(crate) fn new(base: &BaseUrl, extra: &Roots) -> Self {
        Self {
            is_used: !base.is_plain(),
            extra: extra.clone(),
            config: OnceLock::new(),
        }
    }

    /// Returns the settings, or why the authorities cannot be used.
    pub(crate) fn config(&self) -> Result<Arc<ClientConfig>> {
        if let Some(config) = self.config.get() {
            return Ok(config.clone());
        }
        let config = self.build()?;
        Ok(self.config.get_or_init(|| Arc::new(config)).clone())
    }

    fn build(&self) -> Result<ClientConfig> {
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .expect("ring speaks TLS 1.2 and 1.3");
        let mut config = if self.is_used {
            check_system_file()?;
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

/// The maximum size of `SSL_CERT_FILE`; those of systems have about 250 KiB.
const MAX_SYSTEM_FILE: u64 = 4 * 1024 * 1024;

/// Refuses an `SSL_CERT_FILE` that is too large or has no end, which the library would read.
fn check_system_file() -> Result<()> {
    let metadata = std::env::var_os("SSL_CERT_FILE").map(std::fs::metadata);
    match metadata {
        Some(Ok(file)) if !file.is_file() || file.len() > MAX_SYSTEM_FILE => Err(
            Error::configuration("ca", "`SSL_CERT_FILE` names no file of at most 4 MiB")
                .with_hint("name a PEM file of certificate authorities"),
        ),
        // The library reports a missing file.
        _ => Ok(()),
    }
}
