//! The destination to which AWS would send segments: kept, but without effect, because here they stay in the console.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_UpdateTraceSegmentDestination.html>

use serde::{Deserialize, Serialize};

use super::{InvalidSetting, invalid};

/// The destination, with what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Destinations {
    /// Where segments go.
    pub current: Destination,
    log_groups_key: Option<String>,
}

/// X-Ray's `TraceSegmentDestination`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Destination {
    /// X-Ray itself.
    #[default]
    XRay,
    /// CloudWatch Logs: Transaction Search is on.
    CloudWatchLogs,
}

impl Destinations {
    /// Changes the destination, or the key of the log groups. Setting the current value is an error, as in AWS.
    pub fn update(
        &mut self,
        destination: Destination,
        log_groups_key: Option<String>,
    ) -> Result<(), InvalidSetting> {
        if destination == Destination::XRay && log_groups_key.is_some() {
            return invalid(
                "CloudWatchLogsConfiguration is allowed only with the Destination CloudWatchLogs"
                    .to_owned(),
            );
        }
        if let Some(key) = log_groups_key.as_deref().filter(|key| !is_key_arn(key)) {
            let key = segment::names::cut_str(key, 64);
            return invalid(format!(
                "CloudWatchLogsConfiguration.SpansLogGroupKmsKeyId is {key:?}; it must be the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID"
            ));
        }
        let wanted = Self {
            current: destination,
            log_groups_key: log_groups_key.or_else(|| {
                let kept = self.log_groups_key.clone();
                kept.filter(|_| destination == Destination::CloudWatchLogs)
            }),
        };
        if wanted == *self {
            return invalid(format!("The destination is already set to {destination:?}"));
        }
        *self = wanted;
        Ok(())
    }
}

/// Whether a text is the ARN of a key. Unlike for encryption, X-Ray takes neither an id nor an alias.
fn is_key_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", _, "kms", _, _, resource]
        if resource.strip_prefix("key/").is_some_and(|id| !id.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_already_is_refused() {
        let mut destinations = Destinations::default();
        let key = || Some("arn:aws:kms:us-east-2:123456789012:key/a".to_owned());
        let error = destinations.update(Destination::XRay, None).unwrap_err();
        assert_eq!(error.to_string(), "The destination is already set to XRay");
        assert!(destinations.update(Destination::XRay, key()).is_err());
        let logs = Destination::CloudWatchLogs;
        for key in [
            "a",
            "alias/spans",
            "arn:aws:kms:us-east-2:123456789012:alias/a",
            "arn:aws:kms:us-east-2:123456789012:key/",
            "arn:aws:iam:us-east-2:123456789012:key/a",
        ] {
            let error = destinations.update(logs, Some(key.to_owned())).unwrap_err();
            let message = error.to_string();
            assert!(message.contains("SpansLogGroupKmsKeyId is "), "{message}");
        }
        destinations.update(logs, None).unwrap();
        assert!(destinations.update(logs, None).is_err());
        // Another key is a change.
        destinations.update(logs, key()).unwrap();
        assert!(destinations.update(logs, key()).is_err());
        assert!(destinations.update(logs, None).is_err());
        destinations.update(Destination::XRay, None).unwrap();
        assert_eq!(destinations, Destinations::default());
    }
}
