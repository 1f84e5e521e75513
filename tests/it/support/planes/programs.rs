//! Where the programs of a control plane are.

use std::path::{Path, PathBuf};

use super::super::skip::skipped;

/// The programs of a control plane, and those that talk to it.
#[derive(Clone, Debug)]
pub struct Programs {
    /// etcd.
    pub etcd: PathBuf,
    /// kube-apiserver.
    pub api_server: PathBuf,
    /// kube-controller-manager.
    pub controller_manager: PathBuf,
    /// kube-scheduler.
    pub scheduler: PathBuf,
    /// kwok.
    pub kwok: PathBuf,
    /// kubectl.
    pub kubectl: PathBuf,
    /// helm.
    pub helm: PathBuf,
}

impl Programs {
    /// All of them, or a skipped test.
    #[track_caller]
    pub fn find() -> Option<Self> {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
        let built = target.join("control-plane");
        // A folder as setup-envtest makes them; it has no controllers.
        let assets = std::env::var_os("KUBEBUILDER_ASSETS").map(PathBuf::from);
        let assets = assets.as_deref().unwrap_or(&built);
        let found = Self {
            etcd: assets.join("etcd"),
            api_server: assets.join("kube-apiserver"),
            controller_manager: built.join("kube-controller-manager"),
            scheduler: built.join("kube-scheduler"),
            kwok: built.join("kwok"),
            kubectl: target.join("helm/kubectl"),
            helm: target.join("helm/helm"),
        };
        let missing = found.all().into_iter().find(|program| !program.is_file());
        if let Some(missing) = missing {
            let help = if missing.starts_with(&built) {
                "build it by tests/control-plane/build"
            } else if missing.starts_with(assets) {
                "KUBEBUILDER_ASSETS must name a folder with etcd and kube-apiserver"
            } else {
                "tests/helm/fetch brings it"
            };
            skipped(&format!("{} is not there; {help}", missing.display()));
            return None;
        }
        Some(found)
    }

    fn all(&self) -> [&Path; 7] {
        [
            &self.etcd,
            &self.api_server,
            &self.controller_manager,
            &self.scheduler,
            &self.kwok,
            &self.kubectl,
            &self.helm,
        ]
    }
}
