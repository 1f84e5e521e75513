//! Certificates that are made for one test.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// An authority that signs certificates, and is trusted by nobody who does not know it.
pub struct Authority {
    folder: PathBuf,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, as PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

impl Authority {
    /// A new one, whose files go to a folder.
    pub fn new(folder: &Path) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        named(&mut params, "authority of a test");
        let key = KeyPair::generate().expect("keys can be made");
        let certificate = params.self_signed(&key).expect("it can be signed");
        std::fs::write(folder.join("ca.pem"), certificate.pem()).expect("files can be written");
        Self {
            folder: folder.to_owned(),
            issuer: Issuer::new(params, key),
        }
    }

    /// Its own certificate, which clients must trust: a PEM file.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for a server on loopback.
    pub fn server(&self, expired: bool) -> Identity {
        let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
        let mut params = CertificateParams::new(names).expect("the names are good");
        named(&mut params, "server of a test");
        if expired {
            let now = SystemTime::now();
            params.not_before = (now - 30 * DAY).into();
            params.not_after = (now - DAY).into();
        }
        self.sign("server", &params)
    }

    /// A certificate for a client.
    pub fn client(&self) -> Identity {
        let mut params = CertificateParams::default();
        named(&mut params, "client of a test");
        self.sign("client", &params)
    }

    /// A certificate for a user of Kubernetes: its common name is the user's, its organization a group. `file` is how its
    /// files are named.
    pub fn user(&self, file: &str, name: &str, group: Option<&str>) -> Identity {
        let mut params = CertificateParams::default();
        named(&mut params, name);
        if let Some(group) = group {
            let names = &mut params.distinguished_name;
            names.push(DnType::OrganizationName, group);
        }
        self.sign(file, &params)
    }

    fn sign(&self, name: &str, params: &CertificateParams) -> Identity {
        let key = KeyPair::generate().expect("keys can be made");
        let signed = params
            .signed_by(&key, &self.issuer)
            .expect("it can be signed");
        let identity = Identity {
            certificate: self.folder.join(format!("{name}.pem")),
            key: self.folder.join(format!("{name}.key.pem")),
        };
        std::fs::write(&identity.certificate, signed.pem()).expect("files can be written");
        std::fs::write(&identity.key, key.serialize_pem()).expect("files can be written");
        identity
    }
}

fn named(params: &mut CertificateParams, name: &str) {
    params.distinguished_name.push(DnType::CommonName, name);
}
