//! How one gets into a registry: the `access` of a `Registry` document.

use std::sync::Arc;

use crate::diag::{Diagnostic, Spanned};
use crate::model::{Access, BindingSource};

use super::binding::{SOURCE, source};
use super::check::Check;
use super::conceal;
use super::fields::Fields;
use super::shape::{Shape, Type, may};

pub(super) const ACCESS: Shape = Shape {
    name: "access",
    doc: "How one gets into a registry; what is not said here is taken from where Docker, Helm and git keep it",
    fields: &[&[
        may(
            "username",
            Type::ScalarOr(&SOURCE),
            "the user's name, for basic authentication",
        ),
        may(
            "password",
            Type::ScalarOr(&SOURCE),
            "the password that goes with it: `{fromEnv: NAME}` or `{fromFile: PATH}`",
        ),
        may(
            "token",
            Type::ScalarOr(&SOURCE),
            "a bearer token, in place of name and password: `{fromEnv: NAME}` or `{fromFile: PATH}`",
        ),
        may(
            "ca",
            Type::Text,
            "a PEM file with certificates that the server's may be signed with, besides the system's",
        ),
        may(
            "certificate",
            Type::Text,
            "a PEM file with the client's certificate",
        ),
        may(
            "key",
            Type::Text,
            "a PEM file with the key of that certificate",
        ),
        may(
            "proxy",
            Type::Text,
            "the proxy, in place of what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say",
        ),
        may(
            "plainHttp",
            Type::Bool,
            "whether http without encryption will do",
        ),
    ]],
    hints: &[
        ("user", "the user's name is `username`"),
        (
            "insecure",
            "certificates are always checked; `ca` names one to trust, `plainHttp` does without encryption",
        ),
        (
            "insecureSkipTlsVerify",
            "certificates are always checked; `ca` names one to trust",
        ),
        ("caFile", "the file is named by `ca`"),
        ("certFile", "the file is named by `certificate`"),
        ("keyFile", "the file is named by `key`"),
    ],
    ..Shape::PLAIN
};

/// Decodes the access of a registry.
pub(super) fn decode(spec: Fields<'_>, registry: &str, check: &mut Check<'_>) -> Access {
    let fields = spec.below("access");
    conceal::strangers(spec.map("access"), &ACCESS, check.sources);
    for name in ["password", "token"] {
        conceal::strangers(fields.map(name), &SOURCE, check.sources);
    }
    let mut text = |name| {
        let node = fields.get(name)?;
        if name != "username" && node.as_map().is_none() {
            check.sources.hide(node.span);
        }
        let found = source(node, check)?;
        if let BindingSource::Literal(value) = &found
            && value.as_str().is_none()
        {
            let summary = format!("`{name}` must be a string");
            check.report(Diagnostic::error(summary).at(node.span).help(
                "put it in quotes, or better: take it from an environment variable or a file",
            ));
            return None;
        }
        Some(Spanned::new(found, node.span))
    };
    let username = text("username");
    let password = text("password");
    let token = text("token");
    let mut access = Access {
        username,
        password,
        token,
        ca: None,
        certificate: None,
        key: None,
        proxy: None,
        plain_http: fields.flag("plainHttp"),
    };
    let mut path = |name| {
        let path = fields.spanned(name)?;
        check.anywhere(&path)
    };
    access.ca = path("ca");
    access.certificate = path("certificate");
    access.key = path("key");
    access.proxy = proxy(fields, check);
    literals(&access, registry, check);
    complete(fields, check);
    access
}

/// Warns of secrets that stand in the document.
fn literals(access: &Access, registry: &str, check: &mut Check<'_>) {
    for (word, secret) in [("password", &access.password), ("token", &access.token)] {
        if let Some(secret) = secret
            && matches!(secret.value, BindingSource::Literal(_))
        {
            let summary = format!(
                "the {word} of the registry `{registry}` stands in the document for all to read"
            );
            let warning = Diagnostic::warning(summary).at(secret.span);
            check.report(warning.help(format!(
                "write `{word}: {{fromEnv: NAME}}` or `{{fromFile: PATH}}`, or leave it out and run `stratiform registry login {registry}`"
            )));
        }
    }
}

/// Reports what goes with something that is not there, or not with something that is.
fn complete(fields: Fields<'_>, check: &mut Check<'_>) {
    let there = |name| fields.get(name).is_some();
    for (one, other) in [
        ("password", "username"),
        ("username", "password"),
        ("certificate", "key"),
        ("key", "certificate"),
    ] {
        if there(one) && !there(other) {
            check.report(
                Diagnostic::error(format!("`{one}` goes with `{other}`, which is missing"))
                    .at(fields.key_span(one))
                    .help(format!("add `{other}`, or remove `{one}`")),
            );
        }
    }
    if there("token") && there("password") {
        check.report(
            Diagnostic::error("there is a token and a password, and only one of them is used")
                .at(fields.key_span("token"))
                .also(fields.key_span("password"), "the password")
                .help("remove one of them"),
        );
    }
}

fn proxy(fields: Fields<'_>, check: &mut Check<'_>) -> Option<Arc<str>> {
    let text = fields.spanned("proxy")?;
    let problem = match url::Url::parse(text.value) {
        Ok(url) if !matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h") => {
            "the address of a proxy begins with `http://`, `https://` or `socks5://`"
        }
        Ok(url) if url.password().is_some() => {
            let summary = "the address of a proxy has no password in it";
            check.sources.hide(text.span);
            let problem = Diagnostic::error(summary).at(text.span);
            check.report(problem.help(
                "set HTTPS_PROXY in the environment in place of `proxy`; a password may stand there",
            ));
            return None;
        }
        Ok(_) => return Some(text.value.into()),
        Err(_) => "this is not the address of a proxy",
    };
    if text.value.contains('@') {
        check.sources.hide(text.span);
    }
    check.report(
        Diagnostic::error(problem)
            .at(text.span)
            .help("write it as `http://proxy.example.com:3128`"),
    );
    None
}
