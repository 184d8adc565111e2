//! The ARNs of groups and sampling rules.

/// The prefix of every ARN of this console, without a real region and account.
const ARN_PREFIX: &str = "arn:aws:xray:local:000000000000:";

/// Makes an ARN.
pub(crate) fn arn(kind: &str, name: &str) -> String {
    format!("{ARN_PREFIX}{kind}/{name}")
}

/// Returns the error for an unknown ARN.
pub(crate) fn unknown(arn: &str) -> String {
    let shown = segment::names::cut_str(arn, 256);
    if arn.starts_with(ARN_PREFIX) {
        format!("there is nothing with the ARN {shown}")
    } else {
        format!("{shown} is not an ARN of this console, whose ARNs begin with {ARN_PREFIX}")
    }
}
