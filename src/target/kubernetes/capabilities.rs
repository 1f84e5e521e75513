//! What a server can do, as charts see it.

use serde::Deserialize;

use crate::model::{Capabilities, Version};
use crate::target::TargetError;

use super::exchange::Request;
use super::failure::Failure;
use super::list::parse;
use super::server::Server;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Said {
    git_version: String,
}

impl Server {
    /// Its version and all that it serves.
    pub(super) async fn capabilities(&self) -> Result<Capabilities, TargetError> {
        let asked = match self.version().await {
            Ok(version) => version,
            Err(failure) => return Err(self.unreachable(&failure).await),
        };
        let discovery = self.discovery().await?;
        Ok(Capabilities {
            kube_version: asked,
            api_versions: discovery.api_versions().map(Into::into).collect(),
        })
    }

    async fn version(&self) -> Result<Version, Failure> {
        let connection = self.connection().await?;
        let version = connection.version.get_or_try_init(|| self.said_version());
        version.await.cloned()
    }

    async fn said_version(&self) -> Result<Version, Failure> {
        let answer = self.ask(&Request::get("/version".to_owned())).await?;
        let said: Said = parse(&answer.body)?;
        said.git_version
            .parse()
            .map_err(|error| Failure::silent(format!("its version cannot be read: {error}")))
    }
}
