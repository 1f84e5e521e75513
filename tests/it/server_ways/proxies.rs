//! Servers behind proxies.

use std::path::PathBuf;

use super::tunnels::Tunnels;
use super::{kubeconfig, leaks, project};
use crate::support::planes::{Plane, User, plane};

/// A kubeconfig that names a proxy.
fn through(plane: &Plane, proxy: &str) -> PathBuf {
    let path = plane.kubeconfig(User::Admin);
    let text = std::fs::read_to_string(&path).expect("it was written");
    let mut document: serde_json::Value = serde_json::from_str(&text).expect("it is JSON");
    document["clusters"][0]["cluster"]["proxy-url"] = proxy.into();
    std::fs::write(&path, document.to_string()).expect("files can be written");
    path
}

#[test]
fn the_proxy_of_a_kubeconfig_is_taken() {
    let Some(plane) = plane() else { return };
    let proxy = Tunnels::start();
    let host = plane.server.trim_start_matches("https://");
    for (url, said) in [
        (
            format!("http://anna:p%40ss@{}", proxy.address),
            // `anna:p@ss`
            vec![
                format!("CONNECT {host} HTTP/1.1"),
                "Basic YW5uYTpwQHNz".to_owned(),
            ],
        ),
        (
            format!("socks5://{}", proxy.address),
            vec![format!("SOCKS5 {host}")],
        ),
    ] {
        let folder = project(plane, &kubeconfig(&through(plane, &url)));
        let mut all = folder.apply().all();
        all += &folder
            .run(&["plan", "-v", "--detailed-exitcode"])
            .exits(0)
            .all();
        let asked = proxy.asked();
        assert!(!asked.is_empty(), "{url}");
        for asked in asked {
            for said in &said {
                assert!(asked.contains(said), "{said}: {asked}");
            }
        }
        for secret in ["p%40ss", "p@ss", "YW5uYTpwQHNz"] {
            assert!(!leaks(&folder, &all, secret), "{all}");
        }
    }
}

#[test]
fn the_proxy_of_the_surroundings_is_taken() {
    let Some(plane) = plane() else { return };
    let proxy = Tunnels::start();
    let folder = project(plane, &kubeconfig(&plane.kubeconfig(User::Admin)));
    let url = format!("http://{}", proxy.address);
    let (proxied, never) = (("HTTPS_PROXY", url.as_str()), ("NO_PROXY", "127.0.0.1"));
    let apply = ["apply", "--auto-approve"];
    folder.run_with(&[proxied], &apply).exits(0);
    assert!(!proxy.asked().is_empty());
    folder.run_with(&[proxied, never], &["drift"]).exits(0);
    assert_eq!(proxy.asked(), Vec::<String>::new());
    let (bare, also) = (
        ("https_proxy", proxy.address.as_str()),
        ("no_proxy", "example.com"),
    );
    folder.run_with(&[bare, also], &["drift"]).exits(0);
    assert!(!proxy.asked().is_empty());
    // What the kubeconfig says goes first.
    let folder = project(plane, &kubeconfig(&through(plane, &url)));
    folder.run_with(&[never], &apply).exits(0);
    assert!(!proxy.asked().is_empty());
}

#[test]
fn a_proxy_that_is_away_is_told() {
    let Some(plane) = plane() else { return };
    let url = "http://anna:secret@127.0.0.1:1";
    let folder = project(plane, &kubeconfig(&through(plane, url)));
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    assert!(ran.err.contains("cannot be reached"), "{}", ran.err);
    assert!(!leaks(&folder, &ran.all(), "anna:secret"), "{}", ran.all());
    let folder = project(plane, &kubeconfig(&through(plane, "ftp://127.0.0.1:1")));
    let ran = folder.run(&["apply", "--auto-approve"]).exits(1);
    let said = "its proxy has to be one of http, https or socks5";
    assert!(ran.err.contains(said), "{}", ran.err);
}
