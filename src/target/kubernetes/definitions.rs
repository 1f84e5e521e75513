//! CustomResourceDefinitions: what they define is served only a while after they were written.

use crate::model::ObjectKey;
use crate::target::{Operation, Outcome, TargetError};
use crate::yaml::Value;

use super::batch::key;
use super::discovery::Kind;
use super::gone::Wait;
use super::target::KubernetesTarget;

/// How far a definition is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    /// It is served, or about to be.
    Established,
    /// Not yet.
    Coming,
    /// Never, since its names are somebody else's.
    Refused(String),
}

impl KubernetesTarget {
    /// Waits until the definitions of a batch that were written are established, and looks what is served then.
    pub(super) async fn establish(&self, batch: &[Operation], outcomes: &mut [Outcome]) {
        let mut any = false;
        for (operation, outcome) in batch.iter().zip(outcomes) {
            let Outcome::Done(written) = outcome else {
                continue;
            };
            let Some(live) = &written.live else { continue };
            if let Some(kind) = defined(live) {
                self.coming.add(kind);
            }
            let progress = match progress(live) {
                Progress::Coming => self.established(key(operation)).await,
                progress => Ok(progress),
            };
            match progress {
                Ok(Progress::Established) => any = true,
                Ok(Progress::Refused(why)) => *outcome = not_ready(operation, why),
                Ok(Progress::Coming) => {
                    let why = "it is not established yet; run it again".to_owned();
                    *outcome = not_ready(operation, why);
                }
                Err(error) => *outcome = Outcome::Failed(error),
            }
        }
        if any {
            // Whoever needs what is served asks again, and tells then that nobody answers.
            let _ = self.server.refresh().await;
        }
    }

    async fn established(&self, key: &ObjectKey) -> Result<Progress, TargetError> {
        let discovery = self.server.discovery().await?;
        let Some(resource) = discovery.preferred(&Kind::of(key)) else {
            return Ok(Progress::Coming);
        };
        let mut last = Progress::Coming;
        self.server
            .until(resource, key, |now| {
                last = now.map_or(Progress::Coming, progress);
                match last {
                    Progress::Coming => Wait::On,
                    Progress::Established | Progress::Refused(_) => Wait::Over,
                }
            })
            .await?;
        Ok(last)
    }
}

/// A definition that was written, and is not served.
fn not_ready(operation: &Operation, why: String) -> Outcome {
    Outcome::Failed(TargetError::NotReady {
        key: Box::new(key(operation).clone()),
        why,
        details: Vec::new(),
    })
}

/// The kind that a definition defines.
fn defined(definition: &Value) -> Option<Kind> {
    let text = |path: [&str; 2]| definition.at(["spec"].into_iter().chain(path))?.as_str();
    let group = definition.at(["spec", "group"])?.as_str()?;
    Some(Kind::new(group, text(["names", "kind"])?))
}

fn progress(definition: &Value) -> Progress {
    let conditions = definition.at(["status", "conditions"]);
    let conditions = conditions.and_then(Value::as_list).unwrap_or_default();
    let condition = |kind: &str| {
        let text = |one: &Value, field| one.get(field).and_then(Value::as_str).map(str::to_owned);
        let found = conditions
            .iter()
            .find(|one| text(one, "type").as_deref() == Some(kind))?;
        Some((
            text(found, "status")?,
            text(found, "message").unwrap_or_default(),
        ))
    };
    match (condition("NamesAccepted"), condition("Established")) {
        (_, Some((status, _))) if status == "True" => Progress::Established,
        (Some((status, message)), _) if status == "False" => Progress::Refused(message),
        _ => Progress::Coming,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::{Progress, defined, progress};
    use crate::target::kubernetes::discovery::Kind;
    use crate::yaml::parse_first;

    #[test]
    fn a_definition_tells_how_far_it_is() {
        for (conditions, expected) in [
            ("[]", Progress::Coming),
            ("[{type: NamesAccepted, status: 'True'}]", Progress::Coming),
            (
                "[{type: NamesAccepted, status: 'True'}, {type: Established, status: 'True'}]",
                Progress::Established,
            ),
            (
                "[{type: NamesAccepted, status: 'False', message: taken}, {type: Established, status: 'False'}]",
                Progress::Refused("taken".to_owned()),
            ),
        ] {
            let definition = format!("status: {{conditions: {conditions}}}");
            assert_eq!(progress(&parse_first(&definition).unwrap()), expected);
        }
    }

    #[test]
    fn a_definition_tells_what_it_defines() {
        let definition = "spec: {group: example.com, names: {kind: Widget}}";
        let kind = defined(&parse_first(definition).unwrap());
        assert_eq!(kind, Some(Kind::new("example.com", "Widget")));
    }
}
