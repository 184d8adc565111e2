//! The ARNs of what the console keeps.

/// What every ARN of this console begins with: it is no region's and no account's.
const ARN_PREFIX: &str = "arn:aws:xray:local:000000000000:";

/// Makes the ARN of a thing.
pub(crate) fn arn(kind: &str, name: &str) -> String {
    format!("{ARN_PREFIX}{kind}/{name}")
}

/// Says why nothing here has this ARN.
pub(crate) fn unknown(arn: &str) -> String {
    let shown = segment::names::cut_str(arn, 256);
    if arn.starts_with(ARN_PREFIX) {
        format!("there is nothing with the ARN {shown}")
    } else {
        format!("{shown} is no ARN of this console: all of them begin with {ARN_PREFIX}")
    }
}
