//! Private keys: making them, and writing and reading them as PEM.

use dsa::{Components, KeySize, SigningKey as DsaKey};
use p256::elliptic_curve::Generate as _;
use rsa::pkcs1::{DecodeRsaPrivateKey as _, EncodeRsaPrivateKey as _};
use rsa::pkcs8::{DecodePrivateKey as _, EncodePrivateKey as _};
use x509_cert::der::asn1::{AnyRef, UintRef};
use x509_cert::der::{Encode as _, Tag};

use super::pem;
use crate::render::template::random::Stream;

/// A private key of a sort that Sprig makes.
pub(super) enum Key {
    Rsa(Box<rsa::PrivateKey>),
    Ecdsa(p256::SecretKey),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    /// Signs no certificates, so only its DER is kept.
    Dsa(Vec<u8>),
}

type Made<T> = Result<T, String>;

fn failed(error: impl std::fmt::Display) -> String {
    error.to_string()
}

impl Key {
    /// # Errors
    /// Never, as far as is known; the crate says that it could.
    pub fn rsa(stream: &mut Stream, bits: usize) -> Made<Self> {
        let key = rsa::PrivateKey::new(stream, bits).map_err(failed)?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// A key of that sort; none if there is no such sort.
    ///
    /// # Errors
    /// As of [`Key::rsa`].
    pub fn generate(stream: &mut Stream, sort: &str) -> Made<Option<Self>> {
        Ok(Some(match sort {
            "" | "rsa" => Self::rsa(stream, 4096)?,
            "ecdsa" => Self::Ecdsa(p256::SecretKey::generate_from_rng(stream)),
            "ed25519" => {
                let key = ed25519_dalek::SigningKey::from_bytes(&stream.bytes());
                Self::Ed25519(Box::new(key))
            }
            "dsa" => Self::Dsa(dsa_key(stream)?),
            _ => return Ok(None),
        }))
    }

    /// The key as Go writes it.
    ///
    /// # Errors
    /// Never, as far as is known; the crates say that they could.
    pub fn to_pem(&self) -> Made<String> {
        Ok(match self {
            Self::Rsa(key) => {
                let der = key.to_pkcs1_der().map_err(failed)?;
                pem::encode("RSA PRIVATE KEY", der.as_bytes())
            }
            Self::Ecdsa(key) => {
                let der = key.to_sec1_der().map_err(failed)?;
                pem::encode("EC PRIVATE KEY", &der)
            }
            Self::Ed25519(key) => {
                let bytes = ed25519_dalek::pkcs8::KeypairBytes {
                    secret_key: key.to_bytes(),
                    public_key: None,
                };
                let der = bytes.to_pkcs8_der().map_err(failed)?;
                pem::encode("PRIVATE KEY", der.as_bytes())
            }
            Self::Dsa(der) => pem::encode("DSA PRIVATE KEY", der),
        })
    }

    /// # Errors
    /// What is wrong with the text, in Sprig's words.
    pub fn from_pem(text: &str) -> Made<Self> {
        let (label, der) = pem::decode(text).ok_or("no PEM data in input")?;
        let broken = "asn1: structure error";
        match label.strip_suffix("PRIVATE KEY") {
            None => Err(format!("no private key data in PEM block of type {label}")),
            Some("") => from_pkcs8(&der).ok_or_else(|| format!("decoding PEM as PKCS#8: {broken}")),
            Some("RSA ") => match rsa::PrivateKey::from_pkcs1_der(&der) {
                Ok(key) => Ok(Self::Rsa(Box::new(key))),
                Err(error) => Err(format!("parsing RSA private key from PEM: {error}")),
            },
            Some("EC ") => match p256::SecretKey::from_sec1_der(&der) {
                Ok(key) => Ok(Self::Ecdsa(key)),
                Err(error) => Err(format!("parsing EC private key from PEM: {error}")),
            },
            Some("DSA ") => Ok(Self::Dsa(der)),
            Some(other) => Err(format!("invalid private key type {}", other.trim_end())),
        }
    }
}

fn from_pkcs8(der: &[u8]) -> Option<Key> {
    if let Ok(key) = rsa::PrivateKey::from_pkcs8_der(der) {
        return Some(Key::Rsa(Box::new(key)));
    }
    if let Ok(key) = p256::SecretKey::from_pkcs8_der(der) {
        return Some(Key::Ecdsa(key));
    }
    let key = ed25519_dalek::SigningKey::from_pkcs8_der(der).ok()?;
    Some(Key::Ed25519(Box::new(key)))
}

/// The key in the form that OpenSSL has for it: version, p, q, g, y, x.
fn dsa_key(stream: &mut Stream) -> Made<Vec<u8>> {
    let Ok(components) =
        Components::try_generate_from_rng_with_key_size(stream, KeySize::DSA_2048_256);
    let Ok(key) = DsaKey::try_generate_from_rng_with_components(stream, components);
    let public = key.verifying_key();
    let components = public.components();
    let numbers = [
        components.p().to_be_bytes_trimmed_vartime(),
        components.q().to_be_bytes_trimmed_vartime(),
        components.g().to_be_bytes_trimmed_vartime(),
        public.y().to_be_bytes_trimmed_vartime(),
        key.x().to_be_bytes_trimmed_vartime(),
    ];
    let mut body = 0_u8.to_der().map_err(failed)?;
    for number in &numbers {
        let number = UintRef::new(number).map_err(failed)?;
        body.extend(number.to_der().map_err(failed)?);
    }
    let whole = AnyRef::new(Tag::Sequence, &body).map_err(failed)?;
    whole.to_der().map_err(failed)
}
