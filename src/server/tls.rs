//! TLS: a certificate that is read when the server starts, and again when its files have changed. A connection keeps the one
//! that it began with; files that cannot be used change nothing.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio_rustls::TlsAcceptor;

/// How often the files are looked at. Who renews certificates does so days before the old ones end.
const LOOKED_AT: Duration = Duration::from_secs(5);

/// `[server.tls]`: the files, in PEM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsSection {
    /// The server's certificate and, after it, those that lead to one that clients know.
    #[schemars(example = &"/etc/agui-runtime/cert.pem")]
    pub cert: PathBuf,
    /// Its private key, without a password.
    #[schemars(example = &"/etc/agui-runtime/key.pem")]
    pub key: PathBuf,
}

impl TlsSection {
    /// What keeps the files from being used.
    ///
    /// # Errors
    /// Which file, and why.
    pub(crate) fn check(&self) -> Result<(), TlsError> {
        certified(self, &contents(self)?).map(drop)
    }
}

/// A certificate or key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`server.tls.{key}`: {} cannot be read: {source}", path.display())]
    Unreadable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// The system's reason.
        #[source]
        source: io::Error,
    },
    /// A file does not hold what it should.
    #[error("`server.tls.{key}`: {} {reason}", path.display())]
    Unusable {
        /// The key that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
}

impl TlsError {
    /// The key of the configuration that it is about.
    pub(crate) fn key(&self) -> &'static str {
        match self {
            Self::Unreadable { key, .. } | Self::Unusable { key, .. } => key,
        }
    }
}

/// What the two files hold.
type Contents = (Vec<u8>, Vec<u8>);

/// The certificate that new connections get.
pub(super) struct Certificates {
    files: TlsSection,
    current: RwLock<Arc<CertifiedKey>>,
    /// What was read last, usable or not: it is told of once.
    seen: Mutex<Contents>,
    /// Whether they could not be read then.
    missing: AtomicBool,
}

impl fmt::Debug for Certificates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Certificates").field(&self.files).finish()
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().clone())
    }
}

impl Certificates {
    /// Reads the files.
    pub(super) fn load(files: &TlsSection) -> Result<Arc<Self>, TlsError> {
        let contents = contents(files)?;
        Ok(Arc::new(Self {
            files: files.clone(),
            current: RwLock::new(Arc::new(certified(files, &contents)?)),
            seen: Mutex::new(contents),
            missing: AtomicBool::new(false),
        }))
    }

    /// What makes connections secure. HTTP/2 is spoken with clients that want it.
    pub(super) fn acceptor(self: &Arc<Self>) -> Result<TlsAcceptor, rustls::Error> {
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider);
        let config = config.with_safe_default_protocol_versions()?;
        let config = config.with_no_client_auth();
        let mut config = config.with_cert_resolver(self.clone());
        config.alpn_protocols = [&b"h2"[..], b"http/1.1"].map(Vec::from).into();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again, if they have changed since. With ones that cannot be used, all stays as it is.
    fn reload(&self) -> Result<(), TlsError> {
        let contents = contents(&self.files)?;
        let mut seen = self.seen.lock();
        if *seen == contents {
            return Ok(());
        }
        let certified = certified(&self.files, &contents);
        *seen = contents;
        *self.current.write() = Arc::new(certified?);
        tracing::info!("new connections get the certificate that is in its files now");
        Ok(())
    }

    /// Takes what is in the files now, and tells of what cannot be used, once.
    pub(super) async fn renew(self: &Arc<Self>) {
        let certificates = self.clone();
        let reload = tokio::task::spawn_blocking(move || certificates.reload());
        // It fails only with the server.
        let Ok(reloaded) = reload.await else { return };
        let missing = matches!(reloaded, Err(TlsError::Unreadable { .. }));
        let known = self.missing.swap(missing, Ordering::Relaxed);
        if let Err(error) = reloaded
            && !(missing && known)
        {
            tracing::error!("{error}; the certificate before it stays");
        }
    }

    /// Looks at the files from time to time.
    pub(super) async fn watch(self: Arc<Self>) {
        loop {
            tokio::time::sleep(LOOKED_AT).await;
            self.renew().await;
        }
    }
}

fn contents(files: &TlsSection) -> Result<Contents, TlsError> {
    let read = |key, path: &Path| {
        std::fs::read(path).map_err(|source| TlsError::Unreadable {
            key,
            path: path.to_owned(),
            source,
        })
    };
    Ok((read("cert", &files.cert)?, read("key", &files.key)?))
}

fn certified(files: &TlsSection, (cert, key): &Contents) -> Result<CertifiedKey, TlsError> {
    let unusable = |key, path: &Path, reason: String| TlsError::Unusable {
        key,
        path: path.to_owned(),
        reason,
    };
    let no_certificate = || {
        let reason = "has no certificate; it should be PEM, `-----BEGIN CERTIFICATE-----`";
        unusable("cert", &files.cert, reason.to_owned())
    };
    let chain = CertificateDer::pem_slice_iter(cert).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(|_| no_certificate())?;
    if chain.is_empty() {
        return Err(no_certificate());
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
        let reason = "has no private key; it should be PEM without a password, `-----BEGIN PRIVATE KEY-----`";
        unusable("key", &files.key, reason.to_owned())
    })?;
    CertifiedKey::from_der(chain, key, &ring::default_provider()).map_err(|error| match error {
        rustls::Error::InconsistentKeys(_) => {
            let reason = format!(
                "does not belong to the certificate in {}",
                files.cert.display()
            );
            unusable("key", &files.key, reason)
        }
        rustls::Error::InvalidCertificate(_) => {
            let reason = format!("has a certificate that cannot be used: {error}");
            unusable("cert", &files.cert, reason)
        }
        error => unusable("key", &files.key, format!("cannot be used: {error}")),
    })
}
