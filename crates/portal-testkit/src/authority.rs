use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ALL_VERSIONS, ServerConfig, SupportedProtocolVersion};

/// A certificate authority that only a client configured for it trusts.
#[derive(Debug)]
pub struct Authority(CertifiedIssuer<'static, KeyPair>);

/// The validity of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Validity {
    /// From 1975 to 4096, for any usual date of the machine.
    Now,
    /// Until 1976.
    Past,
    /// From 4000.
    Future,
}

/// A server's certificate and its key.
#[derive(Debug)]
pub struct Certificate {
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    /// Creates an authority with its own key.
    ///
    /// # Panics
    /// If the system has no random numbers.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let issuer = CertifiedIssuer::self_signed(params, key());
        Self(issuer.expect("an authority signs itself"))
    }

    /// Creates an authority whose own certificate also names a host, as `openssl req -x509` does.
    ///
    /// # Panics
    /// If `host` is neither a host name nor an IP address.
    #[must_use]
    pub fn self_signed(host: &str) -> (Self, Certificate) {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = key();
        let private = PrivateKeyDer::try_from(key.serialize_der()).expect("a key of our own");
        let issuer = CertifiedIssuer::self_signed(params, key).expect("an authority signs itself");
        let der = issuer.der().clone();
        let key = private;
        (Self(issuer), Certificate { der, key })
    }

    /// Returns the authority's certificate in the form of `--ca` and `SSL_CERT_FILE`.
    #[must_use]
    pub fn pem(&self) -> String {
        self.0.pem()
    }

    /// Signs a certificate for a host name or an IP address.
    ///
    /// # Panics
    /// If `host` is neither.
    #[must_use]
    pub fn certificate(&self, host: &str, validity: Validity) -> Certificate {
        let mut params = CertificateParams::new([host.to_owned()]).expect("a host");
        (params.not_before, params.not_after) = match validity {
            Validity::Now => (date_time_ymd(1975, 1, 1), date_time_ymd(4096, 1, 1)),
            Validity::Past => (date_time_ymd(1975, 1, 1), date_time_ymd(1976, 1, 1)),
            Validity::Future => (date_time_ymd(4000, 1, 1), date_time_ymd(4096, 1, 1)),
        };
        let key = key();
        let certificate = params.signed_by(&key, &self.0);
        Certificate {
            der: certificate.expect("the authority signs").into(),
            key: key.into(),
        }
    }
}

impl Certificate {
    /// Returns the settings of a server with this certificate and TLS 1.2 and 1.3.
    #[must_use]
    pub fn config(&self) -> ServerConfig {
        self.config_of(ALL_VERSIONS)
    }

    /// As [`config`](Certificate::config), for a server that supports only these versions.
    ///
    /// # Panics
    /// If `versions` is empty.
    #[must_use]
    pub fn config_of(&self, versions: &[&'static SupportedProtocolVersion]) -> ServerConfig {
        ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(versions)
            .expect("ring supports every version")
            .with_no_client_auth()
            .with_single_cert(vec![self.der.clone()], self.key.clone_key())
            .expect("the key belongs to the certificate")
    }
}

fn key() -> KeyPair {
    KeyPair::generate().expect("the system has random numbers")
}
