//! TLS to a cluster as its profile asks for it: rustls with ring, the only provider that is built.

use std::io::{Error, ErrorKind};
use std::os::fd::AsRawFd;
use std::sync::Arc;

use async_trait::async_trait;
use fluvio::config::{TlsCerts, TlsConfig, TlsPolicy};
use fluvio_future::net::{
    BoxReadConnection, BoxWriteConnection, ConnectionFd, DefaultDomainConnector, DomainConnector, TcpDomainConnector,
    tcp_stream,
};
use futures_rustls::TlsConnector;
use futures_rustls::pki_types::pem::PemObject;
use futures_rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use futures_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use futures_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use futures_rustls::rustls::{
    ClientConfig, ConfigBuilder, DigitallySignedStruct, RootCertStore, SignatureScheme, WantsVerifier,
};
use futures_util::AsyncReadExt;

use crate::error::Cause;

/// The name that an anonymous server is asked for; it is not checked.
const ANONYMOUS: &str = "localhost";

/// Connections as the policy wants them.
pub(crate) fn connector(policy: &TlsPolicy) -> Result<DomainConnector, Cause> {
    Ok(match policy {
        TlsPolicy::Disabled => Box::new(DefaultDomainConnector::new()),
        TlsPolicy::Anonymous => Box::new(Connector::new(anonymous()?, ANONYMOUS)),
        TlsPolicy::Verified(TlsConfig::Inline(certs)) => Box::new(Connector::new(verified(certs)?, &certs.domain)),
        TlsPolicy::Verified(TlsConfig::Files(paths)) => {
            let certs = TlsCerts::try_from(paths.clone())?;
            Box::new(Connector::new(verified(&certs)?, &certs.domain))
        }
    })
}

/// Opens connections to a server that is known by `domain`, wherever it is.
#[derive(Clone)]
struct Connector {
    tls: TlsConnector,
    domain: String,
}

impl Connector {
    fn new(config: ClientConfig, domain: &str) -> Self {
        Self { tls: Arc::new(config).into(), domain: domain.to_owned() }
    }
}

#[async_trait]
impl TcpDomainConnector for Connector {
    async fn connect(&self, address: &str) -> Result<(BoxWriteConnection, BoxReadConnection, ConnectionFd), Error> {
        let name = ServerName::try_from(self.domain.clone());
        let name = name.map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        let tcp = tcp_stream::stream(address).await?;
        let fd = tcp.as_raw_fd();
        let (read, write) = self.tls.connect(name, tcp).await?.split();
        Ok((Box::new(write), Box::new(read), fd))
    }

    fn new_domain(&self, domain: String) -> DomainConnector {
        Box::new(Self { domain, ..self.clone() })
    }

    fn domain(&self) -> &str {
        &self.domain
    }

    fn clone_box(&self) -> DomainConnector {
        Box::new(self.clone())
    }
}

fn builder() -> Result<(Arc<CryptoProvider>, ConfigBuilder<ClientConfig, WantsVerifier>), Cause> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    Ok((provider, builder))
}

/// Servers of the profile's authority only, to which we show the profile's certificate.
fn verified(certs: &TlsCerts) -> Result<ClientConfig, Cause> {
    let mut roots = RootCertStore::empty();
    for authority in certificates(&certs.ca_cert)? {
        roots.add(authority)?;
    }
    let key = PrivateKeyDer::from_pem_slice(certs.key.as_bytes())?;
    let (_, builder) = builder()?;
    Ok(builder.with_root_certificates(roots).with_client_auth_cert(certificates(&certs.cert)?, key)?)
}

fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, Cause> {
    Ok(CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>()?)
}

fn anonymous() -> Result<ClientConfig, Cause> {
    let (provider, builder) = builder()?;
    let anyone = Arc::new(Anyone(provider));
    Ok(builder.dangerous().with_custom_certificate_verifier(anyone).with_no_client_auth())
}

/// Takes any server for the right one: what a profile asks for by the policy `anonymous`.
#[derive(Debug)]
struct Anyone(Arc<CryptoProvider>);

impl ServerCertVerifier for Anyone {
    fn verify_server_cert(
        &self,
        _certificate: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, futures_rustls::rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, futures_rustls::rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, futures_rustls::rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
