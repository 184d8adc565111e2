//! The ARNs of groups and sampling rules, and what is said of one, or of a name, that nothing has.

/// The prefix of every ARN of this console, without a real region and account.
const ARN_PREFIX: &str = "arn:aws:xray:local:000000000000:";

/// Makes an ARN.
pub(crate) fn arn(kind: &str, name: &str) -> String {
    format!("{ARN_PREFIX}{kind}/{name}")
}

/// Returns the error for a name that nothing of a kind has, in a member of a request.
pub(crate) fn no_such(member: &str, kind: &str, name: &str) -> String {
    let shown = segment::names::cut_str(name, 64);
    format!("{member} is {shown}; there is no {kind} of this name")
}

/// Returns the error for the name of something new that another one of its kind has.
pub(crate) fn taken(member: &str, kind: &str, name: &str) -> String {
    format!("{member} is {name}; there is a {kind} of this name already")
}

/// Returns the error for an unknown ARN in a member of a request.
pub(crate) fn unknown(member: &str, arn: &str) -> String {
    let shown = segment::names::cut_str(arn, 256);
    if arn.starts_with(ARN_PREFIX) {
        format!("{member} is {shown}; there is nothing with the ARN")
    } else {
        format!(
            "{member} is {shown}, which is not an ARN of this console: its ARNs begin with {ARN_PREFIX}"
        )
    }
}
