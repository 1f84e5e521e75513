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
    // Whoever is killed in between must not leave half a key, which would stand in the way of the next try; and the link
    // never takes the place of a key that is there already.
    let text = format!("{}\n", Digest::from_bytes(bytes));
    // Its name ends as that of the key does, so that git ignores it too.
    let half = path.with_extension(format!("{}.key", std::process::id()));
    let written = write_new(&half, text.as_bytes()).and_then(|()| std::fs::hard_link(&half, &path));
    let removed = std::fs::remove_file(&half);
    written.and(removed).map_err(failed)?;
    if let Some(folder) = path.parent() {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
    }
    Ok(Key::from_bytes(bytes))
}

/// Writes a file for its owner's eyes only, durably.
fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::*;

    const HEX: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    #[test]
    fn a_made_key_is_found_again_and_is_for_its_owner_only() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state/stratiform.db");
        assert!(find_key(&state, None).unwrap().is_none());
        let made = make_key(&state).unwrap();
        let found = find_key(&state, Some(" ")).unwrap().unwrap();
        assert_eq!(made.expose(), found.expose());
        let mode = fs::metadata(key_path(&state)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(make_key(&state).is_err(), "a key is never written over");
        assert_eq!(
            find_key(&state, None).unwrap().unwrap().expose(),
            made.expose()
        );
    }

    #[test]
    fn the_variable_comes_first_and_may_be_base64() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("stratiform.db");
        make_key(&state).unwrap();
        let bytes: [u8; 32] = std::array::from_fn(|at| if at % 2 == 0 { 0 } else { 0xff });
        for text in [
            HEX,
            "AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8A/wD/AP8=",
            "AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8A_wD_AP8",
            &format!("  {HEX}\n"),
        ] {
            let key = find_key(&state, Some(text)).unwrap().unwrap();
            assert_eq!(key.expose(), &bytes, "{text}");
        }
    }

    #[test]
    fn what_is_no_key_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("stratiform.db");
        for text in [&HEX[2..], "hunter2", "AP8A/wD/", &HEX.replace('f', "g")] {
            let error = find_key(&state, Some(text)).unwrap_err();
            assert_eq!(
                error.to_string(),
                "STRATIFORM_KEY holds no key: a key is 64 hexadecimal digits, or 32 bytes in base64"
            );
            assert!(!format!("{error:?}").contains(text));
        }
    }

    #[test]
    fn a_state_without_its_key_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("stratiform.db");
        fs::write(&state, "").unwrap();
        let error = find_key(&state, None).unwrap_err();
        assert!(matches!(error, StateError::NoKey { .. }), "{error}");
        assert!(error.to_string().contains("stratiform.key"));
    }

    #[test]
    fn a_key_that_others_can_read_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("stratiform.db");
        make_key(&state).unwrap();
        for mode in [0o640, 0o604, 0o620] {
            fs::set_permissions(key_path(&state), fs::Permissions::from_mode(mode)).unwrap();
            let error = find_key(&state, None).unwrap_err();
            assert!(matches!(error, StateError::OpenKey { .. }), "{error}");
        }
    }
}
