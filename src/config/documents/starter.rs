//! The small working project that `init` writes.

/// The files of the starter project: paths relative to the root, with their texts.
pub fn starter() -> &'static [(&'static str, &'static str)] {
    FILES
}

macro_rules! files {
    ($($path:literal = $file:literal,)*) => {
        &[$(($path, include_str!(concat!("starter/", $file)))),*]
    };
}

const FILES: &[(&str, &str)] = files! {
    "stratiform.yaml" = "stratiform.yaml",
    ".gitignore" = "gitignore",
    "registry.yaml" = "registry.yaml",
    "profiles/base.yaml" = "profiles/base.yaml",
    "profiles/hello.yaml" = "profiles/hello.yaml",
    "clusters/demo.yaml" = "clusters/demo.yaml",
    "packs/demo-os-24.4.1/pack.json" = "packs/demo-os-24.4.1/pack.json",
    "packs/demo-os-24.4.1/values.yaml" = "packs/demo-os-24.4.1/values.yaml",
    "packs/demo-os-24.4.1/manifests/node-settings.yaml" = "packs/demo-os-24.4.1/manifests/node-settings.yaml",
    "packs/demo-kubernetes-1.33.1/pack.json" = "packs/demo-kubernetes-1.33.1/pack.json",
    "packs/demo-kubernetes-1.33.1/values.yaml" = "packs/demo-kubernetes-1.33.1/values.yaml",
    "packs/demo-kubernetes-1.33.1/manifests/cluster-facts.yaml" = "packs/demo-kubernetes-1.33.1/manifests/cluster-facts.yaml",
    "packs/demo-network-1.2.0/pack.json" = "packs/demo-network-1.2.0/pack.json",
    "packs/demo-network-1.2.0/values.yaml" = "packs/demo-network-1.2.0/values.yaml",
    "packs/demo-network-1.2.0/manifests/network.yaml" = "packs/demo-network-1.2.0/manifests/network.yaml",
    "packs/demo-storage-2.0.0/pack.json" = "packs/demo-storage-2.0.0/pack.json",
    "packs/demo-storage-2.0.0/values.yaml" = "packs/demo-storage-2.0.0/values.yaml",
    "packs/demo-storage-2.0.0/manifests/storage-class.yaml" = "packs/demo-storage-2.0.0/manifests/storage-class.yaml",
    "packs/hello-1.0.0/pack.json" = "packs/hello-1.0.0/pack.json",
    "packs/hello-1.0.0/values.yaml" = "packs/hello-1.0.0/values.yaml",
    "packs/hello-1.0.0/manifests/hello.yaml" = "packs/hello-1.0.0/manifests/hello.yaml",
};
