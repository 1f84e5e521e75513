//! A system without certificates of authorities, as slim containers are.

use crate::support::registries::{Access, HelmRepository, Tls};
use crate::support::{Output, Sandbox};

const INDEX: &str =
    "apiVersion: v1\nentries:\n  web:\n  - {name: web, version: 1.0.0, urls: [web.tgz]}\n";

/// Searches a repository with these fields of access, where there are no certificates.
fn search(sandbox: &Sandbox, url: &str, access: &str) -> Output {
    sandbox.write(
        "p/all.yaml",
        &format!(
            "apiVersion: stratiform/v1\nkind: Registry\nmetadata: {{name: own}}\n\
             spec: {{helm: {{url: '{url}'}}, access: {access}}}\n"
        ),
    );
    let arguments = ["registry", "search", "web", "--registry", "own"];
    let mut command = sandbox.command("p", &arguments);
    command
        .env("SSL_CERT_FILE", sandbox.path("nothing.pem"))
        .env("SSL_CERT_DIR", sandbox.path("nothing"));
    Output::of(&mut command)
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("served/index.yaml", INDEX);
    sandbox.write(
        "p/stratiform.yaml",
        "apiVersion: stratiform/v1\nkind: Project\nmetadata: {name: trial}\n",
    );
    sandbox
}

#[test]
fn what_needs_no_certificate_of_the_system_works() {
    let sandbox = sandbox();
    let served = sandbox.path("served");
    let secure = Access {
        tls: Some(Tls::Good),
        ..Access::default()
    };
    let (Some(plain), Some(own)) = (
        HelmRepository::start(&served, Access::default()),
        HelmRepository::start(&served, secure),
    ) else {
        return;
    };
    // That http would do is of no help to https.
    let refused = search(&sandbox, own.url(), "{plainHttp: true}");
    assert_ne!(refused.code, Some(0), "{refused}");
    for said in ["https cannot be used", "`ca-certificates`", "`ca`"] {
        assert!(refused.stderr.contains(said), "{said}: {refused}");
    }
    search(&sandbox, plain.url(), "{plainHttp: true}")
        .expect(0)
        .says(&["1.0.0"]);
    let ca = format!("{{ca: '{}'}}", own.ca().display());
    search(&sandbox, own.url(), &ca).expect(0).says(&["1.0.0"]);
}
