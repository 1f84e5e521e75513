//! The text of an exported profile.

use crate::yaml;

use super::format::Exported;

/// Why a text is no exported profile.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// It is not JSON.
    #[error("it is not JSON: {0}")]
    Json(serde_json::Error),
    /// It is not YAML.
    #[error("it is not YAML: {0}")]
    Yaml(yaml::Error),
    /// It is something else than a profile.
    #[error("it is not a profile that Palette exported: {0}")]
    Other(String),
}

/// Reads an exported profile: JSON, or YAML.
///
/// # Errors
/// When the text is neither, or something else than a profile.
pub fn read(text: &str) -> Result<Exported, ReadError> {
    let text = text.trim_start_matches('\u{feff}');
    let value: serde_json::Value = if text.trim_start().starts_with('{') {
        serde_json::from_str(text).map_err(ReadError::Json)?
    } else {
        let value = yaml::parse_first(text).map_err(ReadError::Yaml)?;
        serde_json::from_str(&yaml::to_json(&value)).map_err(ReadError::Json)?
    };
    if value.pointer("/apiVersion").is_some() {
        return Err(ReadError::Other(
            "it has an `apiVersion`, as documents have".to_owned(),
        ));
    }
    if value.pointer("/spec/template").is_none() {
        return Err(ReadError::Other("it has no `spec.template`".to_owned()));
    }
    let exported: Exported =
        serde_json::from_value(value).map_err(|error| ReadError::Other(error.to_string()))?;
    if exported.metadata.name.is_empty() {
        return Err(ReadError::Other("it has no `metadata.name`".to_owned()));
    }
    Ok(exported)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::read;

    const JSON: &str = r#"{
        "metadata": {"name": "web", "labels": null, "uid": "123"},
        "spec": {
            "version": "1.0.0",
            "template": {"type": "add-on", "cloudType": "all", "packs": [
                {"name": "nginx", "type": "oci", "layer": "addon", "tag": "1.x", "version": "1.2.0",
                 "values": "a: \"\ud83d\ude00\"\n# note\n", "manifests": null,
                 "registry": {"metadata": {"name": "Public Repo", "kind": "oci", "uid": "5e", "isPrivate": true}}}
            ]},
            "variables": [{"name": "nodes", "format": "number", "defaultValue": 7, "isSensitive": false, "immutable": true}]
        }
    }"#;

    #[test]
    fn json_and_yaml_are_the_same() {
        let json = read(JSON).unwrap();
        assert_eq!(json.spec.template.packs[0].values, "a: \"😀\"\n# note\n");
        assert_eq!(json.spec.variables[0].default_value.as_deref(), Some("7"));
        let yaml = "metadata:\n  name: web\nspec:\n  version: 1.0.0\n  template:\n    type: add-on\n    cloudType: all\n    packs:\n    - name: nginx\n      type: oci\n      layer: addon\n      tag: 1.x\n      version: 1.2.0\n      values: |\n        a: \"😀\"\n        # note\n      registry: {metadata: {name: Public Repo, kind: oci, uid: 5e}}\n  variables:\n  - {name: nodes, format: number, defaultValue: 7, immutable: true}\n";
        assert_eq!(read(yaml).unwrap(), json);
        let again = serde_json::to_string(&json).unwrap();
        assert_eq!(read(&again).unwrap(), json);
    }

    #[test]
    fn other_texts_are_refused() {
        for (text, why) in [
            (
                "{",
                "it is not JSON: EOF while parsing an object at line 1 column 1",
            ),
            (
                "apiVersion: stratiform/v1\nkind: ClusterProfile\n",
                "it is not a profile that Palette exported: it has an `apiVersion`, as documents have",
            ),
            (
                "metadata: {name: a}\nspec: {packs: []}\n",
                "it is not a profile that Palette exported: it has no `spec.template`",
            ),
            (
                "metadata: {}\nspec: {template: {}}\n",
                "it is not a profile that Palette exported: it has no `metadata.name`",
            ),
            (
                "metadata: {name: a}\nspec: {template: {}, variables: [{name: p, defaultValue: [hunter2]}]}\n",
                "it is not a profile that Palette exported: a text is expected, not a list or a mapping",
            ),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), why);
        }
    }
}
