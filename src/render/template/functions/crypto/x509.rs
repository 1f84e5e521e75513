//! Certificates as Go's `crypto/x509` makes them of what Sprig tells it.

use std::net::IpAddr;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rsa::pkcs1v15;
use sha2::{Digest as _, Sha256};
use x509_cert::attr::AttributeTypeAndValue;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder as _, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::der::asn1::{Any, BitString, Ia5String, ObjectIdentifier, OctetString};
use x509_cert::der::oid::AssociatedOid;
use x509_cert::der::{DateTime, Decode as _, Encode, Tag};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::{Name, RdnSequence, RelativeDistinguishedName};
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, builder};

use super::keys::Key;
use super::pem;
use crate::render::template::random::Stream;

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const SERVER_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// What a certificate is to say.
pub(super) struct Request<'a> {
    pub common_name: &'a str,
    pub ips: Vec<IpAddr>,
    pub dns: Vec<String>,
    pub now: Timestamp,
    pub days: i64,
    pub authority: bool,
}

/// Who signs a certificate.
pub(super) struct Signer {
    certificate: Certificate,
    key: Key,
}

impl Signer {
    /// # Errors
    /// What is wrong with either, in Sprig's words.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, String> {
        let (_, der) = pem::decode(certificate).ok_or("unable to decode certificate")?;
        let certificate = Certificate::from_der(&der).map_err(|error| {
            format!("error parsing certificate: decodedSignerCert.Bytes: {error}")
        })?;
        let key =
            Key::from_pem(key).map_err(|error| format!("error parsing private key: {error}"))?;
        Ok(Self { certificate, key })
    }
}

struct Form {
    subject: Name,
    issuer: Name,
    extensions: Vec<Extension>,
}

impl BuilderProfile for Form {
    fn get_issuer(&self, _subject: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _own: SubjectPublicKeyInfoRef<'_>,
        _issuer: SubjectPublicKeyInfoRef<'_>,
        _certificate: &TbsCertificate,
    ) -> builder::Result<Vec<Extension>> {
        Ok(self.extensions.clone())
    }
}

/// A certificate for a key, as PEM, signed by another or by itself.
///
/// # Errors
/// What cannot stand in a certificate, and keys that cannot sign.
pub(super) fn issue(
    stream: &mut Stream,
    request: &Request<'_>,
    key: &Key,
    signer: Option<&Signer>,
) -> Result<String, String> {
    let certificate = build(stream, request, key, signer)
        .map_err(|error| format!("error creating certificate: {error}"))?;
    let der = certificate
        .to_der()
        .map_err(|error| format!("error creating certificate: {error}"))?;
    Ok(pem::encode("CERTIFICATE", &der))
}

type Made<T> = Result<T, Box<dyn std::error::Error>>;

fn build(
    stream: &mut Stream,
    request: &Request<'_>,
    key: &Key,
    signer: Option<&Signer>,
) -> Made<Certificate> {
    let public = public_key(key)?;
    let subject = name(request.common_name)?;
    let issuer = match signer {
        Some(signer) => signer.certificate.tbs_certificate().subject().clone(),
        None => subject.clone(),
    };
    let extensions = extensions(request, &public, &subject, &issuer, signer)?;
    let span = request.days.wrapping_mul(24 * 3_600 * 1_000_000_000);
    let until = request.now.checked_add(SignedDuration::from_nanos(span))?;
    let validity = Validity::new(time(request.now)?, time(until)?);
    let serial = SerialNumber::new(&stream.bytes::<16>())?;
    let form = Form {
        subject,
        issuer,
        extensions,
    };
    let builder = CertificateBuilder::new(form, serial, validity, public)?;
    let signing = match signer {
        Some(signer) => {
            let named = signer
                .certificate
                .tbs_certificate()
                .subject_public_key_info();
            if public_key(&signer.key)? != *named {
                return Err("x509: provided PrivateKey doesn't match parent's PublicKey".into());
            }
            &signer.key
        }
        None => key,
    };
    Ok(match signing {
        Key::Rsa(key) => {
            let key = pkcs1v15::SigningKey::<Sha256>::new((**key).clone());
            builder.build::<_, pkcs1v15::Signature>(&key)?
        }
        Key::Ecdsa(key) => {
            let key = p256::ecdsa::SigningKey::from(key.clone());
            builder.build::<_, p256::ecdsa::DerSignature>(&key)?
        }
        Key::Ed25519(key) => builder.build::<_, ed25519_dalek::Signature>(&**key)?,
        Key::Dsa(_) => {
            return Err("x509: certificate private key does not implement crypto.Signer".into());
        }
    })
}

fn public_key(key: &Key) -> Made<SubjectPublicKeyInfoOwned> {
    Ok(match key {
        Key::Rsa(key) => SubjectPublicKeyInfoOwned::from_key(&key.to_public_key())?,
        Key::Ecdsa(key) => SubjectPublicKeyInfoOwned::from_key(&key.public_key())?,
        Key::Ed25519(key) => SubjectPublicKeyInfoOwned::from_key(&key.verifying_key())?,
        Key::Dsa(_) => return Err("x509: unsupported public key type: *dsa.PublicKey".into()),
    })
}

/// Nothing but a common name; nothing at all if that is empty.
fn name(common_name: &str) -> Made<Name> {
    let mut names = RdnSequence::default();
    if !common_name.is_empty() {
        let printable = common_name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b" '()+,-./:=?*&".contains(&byte));
        let tag = if printable {
            Tag::PrintableString
        } else {
            Tag::Utf8String
        };
        let mut one = RelativeDistinguishedName::default();
        one.insert(AttributeTypeAndValue {
            oid: COMMON_NAME,
            value: Any::new(tag, common_name.as_bytes())?,
        })?;
        names.push(one);
    }
    Ok(Name::hazmat_from_rdn_sequence(names))
}

fn time(at: Timestamp) -> Made<Time> {
    let seconds = u64::try_from(at.as_second())?;
    let at = DateTime::from_unix_duration(Duration::from_secs(seconds))?;
    // The builder writes it in the shorter form where that fits.
    Ok(Time::GeneralTime(at.into()))
}

fn extension<T: Encode + AssociatedOid>(critical: bool, value: &T) -> Made<Extension> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// In Go's order.
fn extensions(
    request: &Request<'_>,
    public: &SubjectPublicKeyInfoOwned,
    subject: &Name,
    issuer: &Name,
    signer: Option<&Signer>,
) -> Made<Vec<Extension>> {
    let usages = if request.authority {
        KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment | KeyUsages::KeyCertSign
    } else {
        KeyUsages::DigitalSignature | KeyUsages::KeyEncipherment
    };
    let constraints = BasicConstraints {
        ca: request.authority,
        path_len_constraint: None,
    };
    let mut all = vec![
        extension(true, &KeyUsage(usages))?,
        extension(false, &ExtendedKeyUsage(vec![SERVER_AUTH, CLIENT_AUTH]))?,
        extension(true, &constraints)?,
    ];
    if request.authority {
        all.push(extension(false, &SubjectKeyIdentifier(key_id(public)?))?);
    }
    if subject != issuer
        && let Some(id) = signer.and_then(|signer| {
            let found = signer.certificate.tbs_certificate();
            let found = found.get_extension::<SubjectKeyIdentifier>();
            found.ok().flatten()
        })
    {
        let id = AuthorityKeyIdentifier {
            key_identifier: Some(id.1.0),
            ..AuthorityKeyIdentifier::default()
        };
        all.push(extension(false, &id)?);
    }
    let mut names = Vec::new();
    for dns in &request.dns {
        let dns = Ia5String::new(dns).map_err(|_| {
            let dns = crate::render::template::print::quoted(dns.as_bytes());
            format!("x509: {dns} cannot be encoded as an IA5String")
        })?;
        names.push(GeneralName::DnsName(dns));
    }
    names.extend(request.ips.iter().copied().map(GeneralName::from));
    if !names.is_empty() {
        all.push(extension(subject.is_empty(), &SubjectAltName(names))?);
    }
    Ok(all)
}

/// The first 160 bits of SHA-256 over the key (RFC 7093), as Go has it since 1.25.
fn key_id(public: &SubjectPublicKeyInfoOwned) -> Made<OctetString> {
    let key: &BitString = &public.subject_public_key;
    let digest = Sha256::digest(key.raw_bytes());
    Ok(OctetString::new(&digest[..20])?)
}
