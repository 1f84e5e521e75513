//! Keys and certificates that other programs take, and the same ones every time.

use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::ext::pkix::{BasicConstraints, SubjectAltName, SubjectKeyIdentifier};

use super::keys::Key;
use super::pem;
use crate::render::template::{Limits, Run, Seed, Set, Value};

fn run(text: &str) -> String {
    let mut set = Set::default();
    if let Err(error) = set.parse("t", text) {
        return error.to_string();
    }
    let seed = Seed {
        key: [7; 32],
        now: jiff::Timestamp::from_second(1_700_000_000).unwrap_or_default(),
    };
    let mut run = Run::new(set, Limits::default(), Some(seed));
    run.execute("t", Value::Nil)
        .unwrap_or_else(|error| error.to_string())
}

fn certificate(text: &str) -> Option<Certificate> {
    let (label, der) = pem::decode(text)?;
    (label == "CERTIFICATE").then_some(())?;
    Certificate::from_der(&der).ok()
}

#[test]
fn keys_go_there_and_back() {
    for (sort, label) in [("ecdsa", "EC PRIVATE KEY"), ("ed25519", "PRIVATE KEY")] {
        let text = run(&format!("{{{{ genPrivateKey \"{sort}\" }}}}"));
        assert!(
            text.starts_with(&format!("-----BEGIN {label}-----\n")),
            "{text}"
        );
        let again = Key::from_pem(&text).and_then(|key| key.to_pem());
        assert_eq!(again, Ok(text));
    }
    assert_eq!(run("{{ genPrivateKey \"x\" }}"), "Unknown type x");
}

/// A change here would replace the keys of all clusters.
#[test]
fn keys_stay_what_they_are() {
    let digest = |call: &str| run(&format!("{{{{ {call} | sha1sum | trunc 12 }}}}"));
    let all = [
        "genPrivateKey \"ecdsa\"",
        "genPrivateKey \"ed25519\"",
        "(genCA \"a\" 1).Key",
        "(genCA \"a\" 1).Cert",
        "htpasswd \"a\" \"b\"",
        "randAlphaNum 12",
    ];
    let digests = [
        "0d7ef88d2400",
        "ed92beb81a6d",
        "2bd597093ab4",
        "e3fb59b11aaa",
        "ae3f91c349f7",
        "7a889b2de468",
    ];
    assert_eq!(all.map(digest), digests);
}

#[test]
fn an_authority_signs() {
    let text = run(
        "{{ $key := genPrivateKey \"ecdsa\" }}{{ $ca := genCAWithKey \"my-ca\" 365 $key }}{{ $ca.Cert }}|\
         {{ (genSignedCertWithKey \"web\" (list \"10.0.0.1\" \"::1\") (list \"web.x.svc\") 10 $ca (genPrivateKey \"ed25519\")).Cert }}|\
         {{ typeOf $ca }} {{ kindOf $ca }}",
    );
    let parts: Vec<&str> = text.split('|').collect();
    assert_eq!(parts.last(), Some(&"sprig.certificate struct"), "{text}");
    let ca = certificate(parts[0]).map(|ca| ca.tbs_certificate().clone());
    let leaf = certificate(parts[1]).map(|leaf| leaf.tbs_certificate().clone());
    let (Some(ca), Some(leaf)) = (ca, leaf) else {
        panic!("no certificates: {text}");
    };
    assert_eq!(ca.subject(), leaf.issuer());
    assert_eq!(leaf.subject().to_string(), "CN=web");
    let constraints = ca.get_extension::<BasicConstraints>();
    assert!(matches!(constraints, Ok(Some((true, constraints))) if constraints.ca));
    assert!(matches!(
        ca.get_extension::<SubjectKeyIdentifier>(),
        Ok(Some((false, _)))
    ));
    let names = leaf.get_extension::<SubjectAltName>();
    assert!(matches!(names, Ok(Some((false, names))) if names.0.len() == 3));
    let until = leaf.validity().not_after.to_unix_duration().as_secs();
    assert_eq!(until, 1_700_000_000 + 10 * 86_400);
}

#[test]
fn what_cannot_be_certified_is_told() {
    let cases = [
        (
            "genSelfSignedCert \"a\" (list 1) nil 1",
            "error parsing ip: 1 is not a string",
        ),
        (
            "genSelfSignedCert \"a\" (list \"x\") nil 1",
            "error parsing ip: x",
        ),
        (
            "genSelfSignedCert \"a\" nil (list 2) 1",
            "error processing alternate dns name: 2 is not a string",
        ),
        (
            "genCAWithKey \"a\" 1 \"x\"",
            "parsing private key: no PEM data in input",
        ),
        (
            "buildCustomCert \"x\" \"eA==\"",
            "unable to decode base64 certificate",
        ),
        (
            "buildCustomCert \"eA==\" \"eA==\"",
            "unable to decode certificate",
        ),
        (
            "decryptAES \"a\" \"eA==\"",
            "runtime error: slice bounds out of range [:16] with capacity 1",
        ),
    ];
    for (call, expected) in cases {
        let text = run(&format!("{{{{ {call} }}}}"));
        assert!(text.ends_with(expected), "{call}: {text}");
    }
}

#[test]
fn passwords() {
    let cases = [
        ("decryptAES \"k\" (encryptAES \"k\" \"plain\")", "plain"),
        ("htpasswd \"a:b\" \"x\"", "invalid username: a:b"),
        ("htpasswd \"me\" \"secret\" | trunc 10", "me:$2a$10$"),
        (
            "bcrypt (repeat 73 \"x\")",
            "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes",
        ),
        (
            "derivePassword 1 \"long\" \"password\" \"user\" \"example.com\"",
            "ZedaFaxcZaso9*",
        ),
        (
            "derivePassword 2 \"maximum\" \"password\" \"user\" \"example.com\"",
            "O8-6Bwz1*I5XVPPq)@H!",
        ),
        (
            "derivePassword 1 \"pin\" \"password\" \"user\" \"example.com\"",
            "6685",
        ),
        (
            "derivePassword 1 \"odd\" \"p\" \"u\" \"s\"",
            "cannot find password template odd",
        ),
    ];
    for (call, expected) in cases {
        assert_eq!(run(&format!("{{{{ {call} }}}}")), expected, "{call}");
    }
}
