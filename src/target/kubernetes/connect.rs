//! The client of one server: TLS, proxies, HTTP/2 where the server speaks it, and the credentials on every request.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderValue, Uri};
use hyper_rustls::{FixedServerNameResolver, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::legacy::{Builder, Client as HttpClient};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use kube::client::{Body, ConfigExt as _};
use kube::{Client, Config};
use rustls::ClientConfig;
use tower::{BoxError, Service, ServiceBuilder};
use tower_http::decompression::DecompressionLayer;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);

/// How often a silent connection of HTTP/2 is asked whether it still lives, and how long it may take to say so.
const ALIVE: Duration = Duration::from_secs(20);

/// A client for a server. Plugins for credentials are run here, so that it may block for as long as they do; connected is
/// to nothing yet. Must be called on a runtime, whose threads the client uses from then on.
pub(super) fn client(config: &Config) -> Result<Client, kube::Error> {
    // Only the first call does something; whoever else has installed one has installed a good one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let tls = config.rustls_client_config()?;
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT));
    let Some(proxy) = config.proxy_url.clone() else {
        return over(tcp, tls, config);
    };
    match proxy.scheme_str() {
        Some("socks5" | "socks5h") => over(SocksV5::new(proxy, tcp), tls, config),
        Some("http") => over(tunnel(proxy, tcp), tls, config),
        Some("https") => {
            let to_proxy = HttpsConnectorBuilder::new()
                .with_tls_config(tls.clone())
                .https_or_http()
                .enable_http1()
                .wrap_connector(tcp);
            over(tunnel(proxy, to_proxy), tls, config)
        }
        _ => Err(kube::Error::ProxyProtocolUnsupported {
            proxy_url: Box::new(proxy),
        }),
    }
}

/// A tunnel through a proxy, with the user and password that stand in its address.
fn tunnel<C>(proxy: Uri, connector: C) -> Tunnel<C> {
    let user = proxy
        .authority()
        .and_then(|authority| authority.as_str().rsplit_once('@'))
        .map(|(user, _)| {
            let user: Vec<u8> = percent_encoding::percent_decode_str(user).collect();
            format!("Basic {}", STANDARD.encode(user))
        })
        .and_then(|text| HeaderValue::from_str(&text).ok());
    let tunnel = Tunnel::new(proxy, connector);
    match user {
        Some(user) => tunnel.with_auth(user),
        None => tunnel,
    }
}

/// The layers of a client above some connector.
fn over<C>(connector: C, tls: ClientConfig, config: &Config) -> Result<Client, kube::Error>
where
    C: Service<Uri> + Clone + Send + Sync + 'static,
    C::Response: Connection + hyper::rt::Read + hyper::rt::Write + Send + Unpin + 'static,
    C::Future: Send + 'static,
    C::Error: Into<BoxError>,
{
    let mut https = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = name.clone().try_into().map_err(|error| {
            kube::Error::Service(format!("`tls-server-name` is not a name: {error}").into())
        })?;
        https = https.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    let https = https.enable_all_versions().wrap_connector(connector);
    let mut http: Builder = HttpClient::builder(TokioExecutor::new());
    http.timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_keep_alive_interval(ALIVE)
        .http2_keep_alive_timeout(ALIVE)
        .http2_adaptive_window(true);
    let http: HttpClient<_, Body> = http.build(https);
    let gzip = DecompressionLayer::new().gzip(!config.disable_compression);
    let service = ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .layer(gzip)
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(http);
    Ok(Client::new(service, config.default_namespace.clone()))
}
