//! The page's certificate, which the privileged half gives, and gives anew when the node's addresses change. TLS 1.2 and 1.3, by rustls
//! with ring. No sessions are kept and no tickets given out: a handshake costs one signature, and what is not kept takes no memory.

use std::sync::{Arc, PoisonError, RwLock};

use formats::answers::Language;
use formats::digest::Digest;
use thiserror::Error;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::server::{ClientHello, NoServerSessionStorage, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{self, ServerConfig};

use crate::steward::authority::Identity;

/// A certificate can't be shown.
#[derive(Debug, Error)]
pub enum BadIdentity {
    /// What was given is no certificate, or no key.
    #[error("reading the page's certificate: {0}")]
    Text(#[from] hex::FromHexError),
    /// The same.
    #[error("taking the page's certificate")]
    Key(#[source] Box<rustls::Error>),
}

impl From<rustls::Error> for BadIdentity {
    fn from(error: rustls::Error) -> Self {
        Self::Key(Box::new(error))
    }
}

/// What is known of the node for pages that nobody has logged in for.
#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The names that it is asked for by; the first is the one in certificates.
    pub(super) names: Vec<String>,
    /// The authority's certificate, as DER.
    pub(super) authority: Vec<u8>,
    /// The language that was chosen.
    pub(super) language: Option<Language>,
    id: Digest,
    certified: Arc<CertifiedKey>,
}

/// What is shown to browsers: exchanged while they come and go.
#[derive(Debug)]
pub struct Face(RwLock<Arc<Known>>);

fn known(identity: &Identity, language: Option<Language>) -> Result<Arc<Known>, BadIdentity> {
    let certificate = CertificateDer::from(hex::decode(&identity.certificate)?);
    let key = PrivatePkcs8KeyDer::from(hex::decode(&*identity.key)?);
    let certified = CertifiedKey::from_der(vec![certificate], key.into(), &ring::default_provider())?;
    Ok(Arc::new(Known {
        names: identity.names.clone(),
        authority: hex::decode(&identity.authority)?,
        language,
        id: identity.id(),
        certified: Arc::new(certified),
    }))
}

impl Face {
    /// That of a node.
    pub fn new(identity: &Identity, language: Option<Language>) -> Result<Self, BadIdentity> {
        Ok(Self(RwLock::new(known(identity, language)?)))
    }

    /// Shows another one to those who come from now on.
    pub fn change(&self, identity: &Identity, language: Option<Language>) -> Result<(), BadIdentity> {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known(identity, language)?;
        Ok(())
    }

    /// [`Identity::id`] of what is shown.
    pub fn id(&self) -> Digest {
        self.known().id
    }

    pub(super) fn known(&self) -> Arc<Known> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Face {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.known().certified))
    }
}

/// What encrypts connections.
pub fn acceptor(face: Arc<Face>) -> Result<TlsAcceptor, BadIdentity> {
    let provider = Arc::new(ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_cert_resolver(face);
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
