//! Encryption at rest: kept, but without effect: what the console keeps on disk (`--data`) is not encrypted.
//!
//! <https://docs.aws.amazon.com/xray/latest/api/API_PutEncryptionConfig.html>

use serde::{Deserialize, Serialize};

use super::{InvalidSetting, invalid};

/// X-Ray's `EncryptionConfig`, but for its status.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Encryption {
    /// The key's id, alias or ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// The owner of the key.
    #[serde(rename = "Type")]
    pub kind: EncryptionType,
}

/// The owner of an encryption key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EncryptionType {
    /// X-Ray's.
    #[default]
    None,
    /// A KMS key of the account.
    Kms,
}

impl Encryption {
    /// Sets the type and its key.
    pub fn put(
        &mut self,
        kind: EncryptionType,
        key_id: Option<String>,
    ) -> Result<(), InvalidSetting> {
        match (kind, &key_id) {
            (EncryptionType::Kms, None) => {
                return invalid("KeyId is missing: Type KMS needs a key".to_owned());
            }
            (EncryptionType::None, Some(key)) => {
                let key = segment::names::cut_str(key, 64);
                return invalid(format!("KeyId is {key:?}; Type NONE has no key"));
            }
            (EncryptionType::Kms, Some(key)) if !is_key(key) => {
                let key = segment::names::cut_str(key, 64);
                return invalid(format!(
                    "KeyId is {key:?}; it must be a key's id, alias/NAME, or the ARN of one of them"
                ));
            }
            _ => {}
        }
        *self = Self { key_id, kind };
        Ok(())
    }
}

fn is_key(text: &str) -> bool {
    if let Some(arn) = text.strip_prefix("arn:") {
        let parts: Vec<&str> = arn.splitn(5, ':').collect();
        return matches!(parts[..], [_, "kms", _, _, resource]
            if resource.starts_with("key/") || resource.starts_with("alias/"));
    }
    text.strip_prefix("alias/")
        .is_some_and(|name| !name.is_empty())
        || text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_and_its_key_go_together() {
        let mut encryption = Encryption::default();
        for key in [
            "alias/shop",
            "ae4aa6d4-a4d8-4df9-a475-4ff6d7898456",
            "arn:aws:kms:us-east-2:123456789012:key/ae4aa6d4",
            "arn:aws:kms:us-east-2:123456789012:alias/shop",
        ] {
            let put = encryption.put(EncryptionType::Kms, Some(key.to_owned()));
            assert_eq!(put, Ok(()), "{key}");
            assert_eq!(encryption.key_id.as_deref(), Some(key));
        }
        let before = encryption.clone();
        for (kind, key) in [
            (EncryptionType::Kms, None),
            (EncryptionType::None, Some("alias/shop")),
            (EncryptionType::Kms, Some("alias/")),
            (EncryptionType::Kms, Some("arn:aws:iam::123456789012:key/a")),
            (EncryptionType::Kms, Some("no key")),
        ] {
            let error = encryption.put(kind, key.map(str::to_owned)).unwrap_err();
            assert!(error.to_string().starts_with("KeyId"), "{error}");
            assert_eq!(encryption, before);
        }
        encryption.put(EncryptionType::None, None).unwrap();
        assert_eq!(encryption, Encryption::default());
    }
}
