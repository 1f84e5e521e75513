//! Requests over https: certificates that are good, and those that are not.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use crate::model::{Access, RegistryName};
use crate::remote::RemoteError;

use super::testing::{Fault, Server, Told};
use super::tests::{basic, nobody, still};
use super::{Endpoint, HttpError, Validators};

type Authority = CertifiedIssuer<'static, KeyPair>;

/// A certificate with its key.
struct Signed {
    certificate: String,
    key: String,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn sign(authority: &Authority, name: &str, last_year: i32) -> Signed {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(last_year, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    Signed {
        certificate: certificate.pem(),
        key: key.serialize_pem(),
    }
}

/// Serves with a certificate; with `clients` only those whom it has signed.
fn config(signed: &Signed, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match clients {
        None => builder.with_no_client_auth(),
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
    };
    let certificate = CertificateDer::from_pem_slice(signed.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(signed.key.as_bytes()).unwrap();
    builder.with_single_cert(vec![certificate], key).unwrap()
}

fn get(server: &Server, access: &Access, root: &Path) -> Result<Vec<u8>, RemoteError> {
    let name = RegistryName::new("trial").unwrap();
    let endpoint = Endpoint::new(&still().0, &server.url(""), access, root, &name, &nobody());
    let mut bytes = Vec::new();
    endpoint?.get("x", &Validators::default(), 100, &mut bytes)?;
    Ok(bytes)
}

/// The access of whoever trusts an authority, with the folder that its file is in.
fn trusting(authority: &Authority) -> (tempfile::TempDir, Access) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), authority.pem()).unwrap();
    let access = Access {
        ca: Some("ca.pem".into()),
        ..Access::default()
    };
    (folder, access)
}

fn fine() -> impl Fn(&super::testing::Asked) -> Told + Send + Sync + 'static {
    |_| Told::body("fine")
}

#[test]
fn a_ca_of_ones_own_is_trusted_when_it_is_named() {
    let authority = authority();
    let (folder, access) = trusting(&authority);
    let server = Server::secure(config(&sign(&authority, "127.0.0.1", 2100), None), fine());
    assert_eq!(get(&server, &access, folder.path()).unwrap(), b"fine");
    let stranger = get(&server, &Access::default(), folder.path()).unwrap_err();
    let RemoteError::Http(HttpError::Certificate { why, .. }) = &stranger else {
        panic!("{stranger}");
    };
    assert!(
        why.starts_with("nobody who is trusted has signed it"),
        "{why}"
    );
    assert!(why.contains("`ca`"), "{why}");
}

#[test]
fn certificates_that_are_no_good_are_told_apart_and_not_tried_again() {
    let authority = authority();
    let (folder, access) = trusting(&authority);
    for (name, last_year, expected) in [
        (
            "127.0.0.1",
            2021,
            "it has expired; who runs the server has to renew it",
        ),
        ("charts.example", 2100, "it is for another host"),
    ] {
        let server = Server::secure(config(&sign(&authority, name, last_year), None), fine());
        let error = get(&server, &access, folder.path()).unwrap_err();
        let RemoteError::Http(HttpError::Certificate { why, .. }) = &error else {
            panic!("{error}");
        };
        assert_eq!(why, expected);
        assert_eq!(server.count(), 0);
    }
}

#[test]
fn a_server_without_tls_is_told_as_that_and_not_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    // One answer is all there is.
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream
            .write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n")
            .unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let name = RegistryName::new("trial").unwrap();
    let access = Access::default();
    let endpoint = Endpoint::new(&still().0, &url, &access, Path::new(""), &name, &nobody());
    let got = endpoint
        .unwrap()
        .get("x", &Validators::default(), 100, &mut Vec::new());
    let error = got.unwrap_err().to_string();
    server.join().unwrap();
    assert!(error.contains("does not speak TLS"), "{error}");
    assert!(error.contains("plainHttp"), "{error}");
}

#[test]
fn a_clients_certificate_is_shown_to_the_registry_and_nobody_else() {
    let (authority, clients) = (authority(), authority());
    let (folder, access) = trusting(&authority);
    let signed = sign(&authority, "127.0.0.1", 2100);
    let server = Server::secure(config(&signed, Some(&clients)), fine());
    let mine = sign(&clients, "me", 2100);
    std::fs::write(folder.path().join("me.pem"), &mine.certificate).unwrap();
    std::fs::write(folder.path().join("me.key"), &mine.key).unwrap();
    let known = Access {
        certificate: Some("me.pem".into()),
        key: Some("me.key".into()),
        ..access.clone()
    };
    assert_eq!(get(&server, &known, folder.path()).unwrap(), b"fine");
    let error = get(&server, &access, folder.path()).unwrap_err();
    assert!(
        matches!(&error, RemoteError::Http(HttpError::Handshake { .. })),
        "{error:?}"
    );
    // Another server that wants a certificate does not get it by a redirect.
    let there = Server::secure(config(&signed, Some(&clients)), fine());
    let place = there.url("/");
    let leading = Server::secure(config(&signed, Some(&clients)), move |_| {
        Told::status(302).header("Location", &place)
    });
    get(&leading, &known, folder.path()).unwrap_err();
    assert_eq!((leading.count(), there.count()), (1, 0));
}

#[test]
fn a_server_that_hangs_up_may_want_a_certificate() {
    let authority = authority();
    let (folder, access) = trusting(&authority);
    let signed = sign(&authority, "127.0.0.1", 2100);
    let server = Server::secure(config(&signed, None), |_| {
        Told::status(200).fault(Fault::Closed)
    });
    let error = get(&server, &access, folder.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains("cannot be reached"), "{error}");
    assert!(error.contains("`certificate` and `key`"), "{error}");
    let plain = Server::script([Told::status(200).fault(Fault::Closed)]);
    let error = get(&plain, &basic("me", "secret"), folder.path()).unwrap_err();
    assert!(!error.to_string().contains("`certificate`"), "{error}");
    assert_eq!((server.count(), plain.count()), (5, 5));
}

#[test]
fn encryption_is_not_given_up_on_the_way() {
    let authority = authority();
    let (folder, access) = trusting(&authority);
    let plain = Server::script([Told::body("plain")]);
    let place = plain.url("/");
    let server = Server::secure(
        config(&sign(&authority, "127.0.0.1", 2100), None),
        move |_| Told::status(302).header("Location", &place),
    );
    let access = Access {
        ca: access.ca,
        ..basic("me", "secret")
    };
    let error = get(&server, &access, folder.path())
        .unwrap_err()
        .to_string();
    assert!(error.contains("not encrypted any more"), "{error}");
    assert_eq!(plain.count(), 0);
}

#[test]
fn files_that_cannot_be_used_are_named() {
    let authority = authority();
    let (folder, access) = trusting(&authority);
    let server = Server::secure(config(&sign(&authority, "127.0.0.1", 2100), None), fine());
    std::fs::write(folder.path().join("odd.pem"), "odd").unwrap();
    let with = |change: &dyn Fn(&mut Access)| {
        let mut changed = access.clone();
        change(&mut changed);
        let error = get(&server, &changed, folder.path())
            .unwrap_err()
            .to_string();
        error.replace(&folder.path().display().to_string(), "ROOT")
    };
    let all = [
        with(&|access| access.ca = Some("none.pem".into())),
        with(&|access| access.ca = Some("odd.pem".into())),
        with(&|access| access.certificate = Some("odd.pem".into())),
        with(&|access| access.key = Some("odd.pem".into())),
        with(&|access| access.proxy = Some("ht tp://me:secret@".into())),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    ROOT/none.pem cannot be used as a registry's `ca`: No such file or directory (os error 2)
    ROOT/odd.pem cannot be used as a registry's `ca`: it holds no certificate
    ROOT/odd.pem cannot be used as a registry's `certificate`: unexpected error: private key or certificate not found
    ROOT/odd.pem cannot be used as a registry's `key`: there is no `certificate` that it is the key of
    the registry's `proxy` cannot be used: it is not an address such as http://proxy.example:3128 or socks5://proxy.example:1080
    "#);
    assert_eq!(server.count(), 0);
}
