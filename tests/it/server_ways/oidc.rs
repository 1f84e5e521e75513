//! Tokens of an OIDC provider, as kubeconfigs name them.

use serde_json::json;

use super::{kubeconfig, leaks, project};
use crate::support::planes::{Context, Fault, Faults, ID_TOKEN, Proxy, User, plane};

/// As [`ID_TOKEN`], and expired in the year 2000.
const EXPIRED: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm5hIiwiZXhwIjo5NDY2ODQ4MDB9.c2ln";

#[test]
fn the_token_is_shown_and_renewed() {
    let Some(plane) = plane() else { return };
    // What an issuer says of itself, and what it answers to who has a token to renew one: each takes what it needs.
    let issuer = Proxy::start(plane, Faults::none());
    let says = json!({"token_endpoint": format!("{}/token", issuer.server), "id_token": ID_TOKEN});
    let says = Fault::Says(says.to_string().leak());
    issuer.set_faults(Faults::each(says, |_, _| true));
    let trusted = plane.context("", User::Admin).ca;
    let trusted = trusted.to_str().expect("temporary folders are UTF-8");
    let folder = |token: &str, issuer: &str| {
        let config = json!({
            "id-token": token,
            "refresh-token": "renews-it",
            "client-id": "stratiform",
            "client-secret": "hush-hush",
            "idp-issuer-url": issuer,
        });
        let context = Context {
            user: json!({"auth-provider": {"name": "oidc", "config": config}}),
            ..plane.context("oidc", User::Admin)
        };
        project(plane, &kubeconfig(&plane.kubeconfig_of(&[context])))
    };
    let apply = ["apply", "--auto-approve", "-v"];
    let run = |token, issuer: &str, code| {
        let folder = folder(token, issuer);
        let ran = folder.run_with(&[("SSL_CERT_FILE", trusted)], &apply);
        let ran = ran.exits(code);
        for secret in [token, ID_TOKEN, "renews-it", "hush-hush"] {
            assert!(!leaks(&folder, &ran.all(), secret), "{}", ran.all());
        }
        ran
    };

    run(ID_TOKEN, &issuer.server, 0);
    assert_eq!(issuer.asked(), []);

    run(EXPIRED, &issuer.server, 0);
    let asked: Vec<String> = issuer
        .asked()
        .iter()
        .map(|asked| format!("{} {}", asked.method, asked.path))
        .collect();
    // Once, for the plan and the apply: some issuers take a refresh token only once.
    let renewed = ["GET /.well-known/openid-configuration", "POST /token"];
    assert_eq!(asked, renewed);

    issuer.set_faults(Faults::each(Fault::Answer(403), |_, _| true));
    let ran = run(EXPIRED, &issuer.server, 1);
    let said = "the token of OIDC cannot be renewed; log in again";
    assert!(ran.err.contains(said), "{}", ran.err);
}
