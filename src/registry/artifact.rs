//! What is pushed to a registry: the archive of a pack's folder, or an archive that is there already.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use tar::{EntryType, Header};

use crate::archive::{LARGEST, unpack_folder};
use crate::diag::{Diagnostic, Sources};
use crate::model::Pack;
use crate::remote::oci::Artifact;
use crate::remote::{Item, ItemKind};
use crate::yaml::{self, Value};

use super::RegistryError;
use super::folder::Folder;
use super::pack::{PACK_FILE, read, read_archive};

const CHART_FILE: &str = "Chart.yaml";

/// What can be pushed of a path: a pack's folder or its archive, or the archive of a chart. The same folder comes to the
/// same bytes, whenever and by whomever it is archived.
///
/// # Errors
/// When it is neither, or something is wrong with it.
pub fn artifact(path: &Path, sources: &Sources) -> Result<Artifact, Vec<Diagnostic>> {
    let cannot = |error: &RegistryError| vec![cannot_push(path, &error.with_causes())];
    let kind = fs::metadata(path).map_err(|error| cannot(&error.into()))?;
    if kind.is_dir() {
        if path.join(CHART_FILE).exists() && !path.join(PACK_FILE).exists() {
            let why =
                "it is the folder of a chart; push the archive that `helm package` makes of it";
            return Err(vec![cannot_push(path, why)]);
        }
        let pack = read(path, path, sources)?;
        let top = format!("{}-{}", pack.name, pack.version);
        let archive = archived(path, &top).map_err(|error| cannot(&error))?;
        return Ok(of_pack(&pack, archive));
    }
    let bytes = bytes(path).map_err(|error| cannot(&error))?;
    let limits = crate::archive::Limits::default();
    if unpack_folder(&bytes, PACK_FILE, limits).is_ok() {
        let pack = read_archive(&bytes, path, sources)?;
        return Ok(of_pack(&pack, bytes));
    }
    of_chart(bytes).map_err(|why| vec![cannot_push(path, &why)])
}

fn cannot_push(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::error(format!("cannot push `{}`", path.display())).detail(why)
}

fn of_pack(pack: &Pack, archive: Vec<u8>) -> Artifact {
    Artifact {
        item: Item {
            kind: ItemKind::Pack,
            name: pack.name.clone(),
        },
        version: pack.version.to_string(),
        archive: archive.into(),
        metadata: None,
        description: Some(pack.display_name.to_string()),
    }
}

fn of_chart(archive: Vec<u8>) -> Result<Artifact, String> {
    let limits = crate::archive::Limits::default();
    let files = unpack_folder(&archive, CHART_FILE, limits)
        .map_err(|error| format!("it is the archive of neither a pack nor a chart: {error}"))?;
    let text = files
        .get(CHART_FILE)
        .map(|bytes| String::from_utf8_lossy(bytes));
    let metadata = yaml::parse_first(&text.unwrap_or_default())
        .map_err(|error| format!("its {CHART_FILE} cannot be read: {error}"))?;
    let field = |name| {
        metadata
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let needed = |name| field(name).ok_or_else(|| format!("its {CHART_FILE} has no `{name}`"));
    Ok(Artifact {
        item: Item {
            kind: ItemKind::Chart,
            name: needed("name")?.into(),
        },
        version: needed("version")?,
        description: field("description"),
        metadata: Some(yaml::to_json(&metadata).into()),
        archive: archive.into(),
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, RegistryError> {
    let mut bytes = Vec::new();
    File::open(path)?
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(RegistryError::TooLarge { limit: LARGEST });
    }
    Ok(bytes)
}

/// A folder as a gzipped tar, below one folder at its top: sorted, without times and owners.
fn archived(path: &Path, top: &str) -> Result<Vec<u8>, RegistryError> {
    let folder = Folder::open(path, path)?;
    let gzip = GzEncoder::new(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    for file in folder.files(".")? {
        let relative = file.trim_start_matches("./");
        let bytes = folder.bytes(relative)?;
        let mode = fs::metadata(folder.locate(relative)?)?.permissions().mode();
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        header.set_size(bytes.len() as u64);
        header.set_mode(if mode & 0o100 == 0 { 0o644 } else { 0o755 });
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        tar.append_data(&mut header, format!("{top}/{relative}"), &*bytes)?;
    }
    let finished = tar.into_inner().and_then(GzEncoder::finish);
    Ok(finished.map_err(io::Error::other)?)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;
    use std::path::Path;

    use super::artifact;
    use crate::archive::{Limits, unpack_folder};
    use crate::diag::Sources;
    use crate::remote::ItemKind;

    fn pack(folder: &Path) {
        fs::create_dir_all(folder.join("manifests")).unwrap();
        let metadata = r#"{"name": "web", "displayName": "Web", "version": "1.0.0", "layer": "addon",
            "addonType": "ingress", "kubeManifests": ["manifests/web.yaml"], "cloudTypes": ["all"]}"#;
        fs::write(folder.join("pack.json"), metadata).unwrap();
        fs::write(folder.join("values.yaml"), "pack:\n  namespace: web\n").unwrap();
        fs::write(folder.join("manifests/web.yaml"), "").unwrap();
    }

    #[test]
    fn a_folder_comes_to_the_same_bytes_every_time_and_so_does_its_archive() {
        let holder = tempfile::tempdir().unwrap();
        let (one, two) = (holder.path().join("one"), holder.path().join("two"));
        pack(&one);
        pack(&two);
        let old = fs::File::options()
            .write(true)
            .open(two.join("pack.json"))
            .unwrap();
        old.set_modified(std::time::UNIX_EPOCH).unwrap();
        let sources = Sources::default();
        let made = artifact(&one, &sources).unwrap();
        assert_eq!(made.archive, artifact(&two, &sources).unwrap().archive);
        assert_eq!((made.item.kind, &*made.item.name), (ItemKind::Pack, "web"));
        let files = unpack_folder(&made.archive, "pack.json", Limits::default()).unwrap();
        let files: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(files, ["manifests/web.yaml", "pack.json", "values.yaml"]);
        let file = holder.path().join("web.tar.gz");
        fs::write(&file, &made.archive).unwrap();
        assert_eq!(artifact(&file, &sources), Ok(made));
    }

    #[test]
    fn what_is_neither_pack_nor_chart_is_not_pushed() {
        let holder = tempfile::tempdir().unwrap();
        let chart = holder.path().join("chart");
        fs::create_dir(&chart).unwrap();
        fs::write(chart.join("Chart.yaml"), "name: web\n").unwrap();
        let text = holder.path().join("text");
        fs::write(&text, "text").unwrap();
        for (path, expected) in [
            (&chart, "helm package"),
            (&text, "neither a pack nor a chart"),
            (&holder.path().join("gone"), "cannot push"),
        ] {
            let problems = artifact(path, &Sources::default()).unwrap_err();
            let said = format!("{problems:?}");
            assert!(said.contains(expected), "{said}");
        }
    }
}
