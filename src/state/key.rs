//! Where the key of a state comes from.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use base64::Engine;

use crate::model::{Digest, Key};

use super::StateError;

/// The environment variable that holds the key.
pub const KEY_VARIABLE: &str = "STRATIFORM_KEY";

/// The key file in the state's folder, when the variable is not set.
const KEY_FILE: &str = "stratiform.key";

/// Where the key file of a state is: `stratiform.key` in the state's folder.
pub fn key_path(state: &Path) -> PathBuf {
    state.with_file_name(KEY_FILE)
}

/// The key of a state: `variable` (what [`KEY_VARIABLE`] holds) if it is set and not empty, otherwise the key file's.
/// Nothing when there is neither a key nor a state: then [`make_key`] makes one.
///
/// # Errors
/// When the state is there without its key, when a text is no key, or when others can read the key file.
pub fn find_key(state: &Path, variable: Option<&str>) -> Result<Option<Key>, StateError> {
    if let Some(text) = variable.map(str::trim).filter(|text| !text.is_empty()) {
        return parse_key(text, KEY_VARIABLE).map(Some);
    }
    let path = key_path(state);
    let mut file = match File::open(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return if state.exists() {
                Err(StateError::NoKey {
                    state: state.to_owned(),
                    key: path,
                })
            } else {
                Ok(None)
            };
        }
        Err(error) => return Err(StateError::io("open the key", &path, error)),
    };
    let mode = file
        .metadata()
        .map_err(|error| StateError::io("read the key", &path, error))?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(StateError::OpenKey { path });
    }
    let mut text = String::new();
    Read::by_ref(&mut file)
        .take(1024)
        .read_to_string(&mut text)
        .map_err(|error| StateError::io("read the key", &path, error))?;
    parse_key(text.trim(), &path.display().to_string()).map(Some)
}

/// Makes a key of random bytes and writes it into the key file of a state, for its owner's eyes only.
///
/// # Errors
/// When there is a key file already, or it cannot be written.
pub fn make_key(state: &Path) -> Result<Key, StateError> {
    let path = key_path(state);
    let failed = |error| StateError::io("write the key", &path, error);
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| StateError::io("make the folder", folder, error))?;
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| failed(std::io::Error::other(error)))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .map_err(failed)?;
    let text = format!("{}\n", Digest::from_bytes(bytes));
    let written = file
        .write_all(text.as_bytes())
        .and_then(|()| file.sync_all());
    if let Err(error) = written {
        // Half a key would only stand in the way of the next try.
        let _ = std::fs::remove_file(&path);
        return Err(failed(error));
    }
    Ok(Key::from_bytes(bytes))
}

/// What a state keeps of its key, so that a wrong one is noticed: it tells nothing about the key.
pub(super) fn key_check(key: &Key) -> Digest {
    key.hash(b"stratiform: the key of this state")
}

fn parse_key(text: &str, origin: &str) -> Result<Key, StateError> {
    let invalid = || StateError::InvalidKey {
        origin: origin.to_owned(),
    };
    if let Ok(digest) = text.parse::<Digest>() {
        return Ok(Key::from_bytes(*digest.as_bytes()));
    }
    let engine = base64::engine::general_purpose::GeneralPurpose::new(
        if text.contains(['-', '_']) {
            &base64::alphabet::URL_SAFE
        } else {
            &base64::alphabet::STANDARD
        },
        base64::engine::GeneralPurposeConfig::new()
            .with_decode_padding_mode(base64::engine::DecodePaddingMode::Indifferent),
    );
    let bytes = engine.decode(text).map_err(|_| invalid())?;
    Ok(Key::from_bytes(bytes.try_into().map_err(|_| invalid())?))
}
