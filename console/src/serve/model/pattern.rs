//! The patterns of AWS's model: a sequence of character classes, each with a count. A test reads all of them, so that
//! a new kind in a later model is noticed.

/// Whether a whole string matches a pattern.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    let mut text = text.chars().peekable();
    let mut rest = pattern;
    while let Some((class, least, most, behind)) = part(rest) {
        let mut count = 0;
        while count < most && text.next_if(|letter| class.has(*letter)).is_some() {
            count += 1;
        }
        if count < least {
            return false;
        }
        rest = behind;
    }
    rest.is_empty() && text.next().is_none()
}

/// A character class: the contents of brackets, or one character.
#[derive(Clone, Copy)]
struct Class<'p>(&'p str);

/// Splits off the first class of a pattern, with its smallest and largest count.
fn part(pattern: &str) -> Option<(Class<'_>, usize, usize, &str)> {
    let (class, rest) = match pattern.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => pattern.split_at_checked(1)?,
    };
    if let Some(rest) = rest.strip_prefix('+') {
        return Some((Class(class), 1, usize::MAX, rest));
    }
    let Some(counted) = rest.strip_prefix('{') else {
        return Some((Class(class), 1, 1, rest));
    };
    let (count, rest) = counted.split_once('}')?;
    let count = count.parse().ok()?;
    Some((Class(class), count, count, rest))
}

impl Class<'_> {
    fn has(self, letter: char) -> bool {
        let mut rest = self.0;
        while let Some(first) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix(r"\w") {
                if letter.is_ascii_alphanumeric() || letter == '_' {
                    return true;
                }
                rest = behind;
                continue;
            }
            rest = &rest[first.len_utf8()..];
            let mut range = rest.chars();
            // A hyphen at the end stands for itself.
            let last = match (range.next(), range.next()) {
                (Some('-'), Some(last)) => {
                    rest = range.as_str();
                    last
                }
                _ => first,
            };
            if (first..=last).contains(&letter) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_ranges_and_counts_are_read() {
        let name = r"[\w+=,.@-]+";
        for (pattern, text, expected) in [
            (name, "policy_1+=,.@-", true),
            (name, "", false),
            (name, "a policy", false),
            (name, "poli\u{e7}y", false),
            ("[0-9a-f]{4}-[1-5]", "09af-5", true),
            ("[0-9a-f]{4}-[1-5]", "09af-6", false),
            ("[0-9a-f]{4}-[1-5]", "09a-5", false),
            ("[0-9a-f]{4}-[1-5]", "09af-55", false),
            ("(a|b)", "a", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
