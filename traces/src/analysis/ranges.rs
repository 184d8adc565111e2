//! Ranges of numbers, to count an annotation that has a different value in every trace.

use std::fmt;

/// Up to this many different numbers are counted one by one.
pub(super) const MOST_SINGLE: usize = 20;
/// The approximate number of ranges in a table.
const RANGES: f64 = 8.0;
/// From this ratio of greatest to smallest number on, ranges grow by a factor.
const WIDE: f64 = 100.0;

/// A range from one number up to another (exclusive), as the bits of doubles, so that ranges can be compared and
/// hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Range {
    from: Option<u64>,
    to: Option<u64>,
}

impl Range {
    /// A single number.
    pub(super) fn single(number: f64) -> Self {
        Self::new(Some(number), Some(number))
    }

    /// This number and all greater ones.
    pub(super) fn from(number: f64) -> Self {
        Self::new(Some(number), None)
    }

    /// All smaller numbers.
    pub(super) fn below(number: f64) -> Self {
        Self::new(None, Some(number))
    }

    fn new(from: Option<f64>, to: Option<f64>) -> Self {
        // Positive and negative zero are the same number.
        let bits = |number: f64| (number + 0.0).to_bits();
        Self {
            from: from.map(bits),
            to: to.map(bits),
        }
    }

    /// Returns the number, if it is a single one.
    pub(super) fn number(self) -> Option<f64> {
        let [from, _] = self.bounds();
        from.filter(|_| self.from == self.to)
    }

    fn bounds(self) -> [Option<f64>; 2] {
        [self.from, self.to].map(|bits| bits.map(f64::from_bits))
    }

    /// Returns the condition for a keyword.
    pub(super) fn expression(self, keyword: &str) -> String {
        match self.bounds() {
            [Some(number), Some(_)] if self.from == self.to => format!("{keyword} = {number}"),
            [Some(from), Some(to)] => format!("{keyword} >= {from} AND {keyword} < {to}"),
            [Some(from), None] => format!("{keyword} >= {from}"),
            [None, Some(to)] => format!("{keyword} < {to}"),
            [None, None] => keyword.to_owned(),
        }
    }
}

impl PartialOrd for Range {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Range {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let [from, to] = self
            .bounds()
            .map(|bound| bound.unwrap_or(f64::NEG_INFINITY));
        let [other_from, other_to] = other
            .bounds()
            .map(|bound| bound.unwrap_or(f64::NEG_INFINITY));
        from.total_cmp(&other_from).then(to.total_cmp(&other_to))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.bounds() {
            [Some(from), Some(_)] if self.from == self.to => write!(formatter, "{from}"),
            [Some(from), Some(to)] => write!(formatter, "{from} to below {to}"),
            [Some(from), None] => write!(formatter, "{from} or more"),
            [None, Some(to)] => write!(formatter, "below {to}"),
            [None, None] => formatter.write_str("any"),
        }
    }
}

/// Round bounds over some numbers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ranges(Vec<f64>);

impl Ranges {
    /// Returns bounds from below the smallest number to above the greatest; `None` if there is nothing to divide.
    pub(super) fn over(numbers: impl IntoIterator<Item = f64>) -> Option<Self> {
        let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
        for number in numbers.into_iter().filter(|number| number.is_finite()) {
            least = least.min(number);
            most = most.max(number);
        }
        if least >= most {
            return None;
        }
        Some(Self(if least > 0.0 && most / least >= WIDE {
            growing(least, most)
        } else {
            equal(least, most)
        }))
    }

    /// Returns the range of a number.
    pub(super) fn of(&self, number: f64) -> Range {
        let after = self.0.partition_point(|bound| *bound <= number);
        let from = after.checked_sub(1).map(|before| self.0[before]);
        Range::new(from, self.0.get(after).copied())
    }
}

/// 1, 2, 5, 10, 20, 50, …
fn growing(least: f64, most: f64) -> Vec<f64> {
    let mut bounds = Vec::new();
    let mut power = 10_f64.powf(least.log10().floor());
    while power <= most {
        let steps = [1.0, 2.0, 5.0].map(|step| step * power);
        bounds.extend(steps.into_iter().filter(|bound| *bound <= most));
        power *= 10.0;
    }
    bounds
}

/// Ranges of one round width.
fn equal(least: f64, most: f64) -> Vec<f64> {
    let rough = (most - least) / RANGES;
    let power = 10_f64.powf(rough.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    let width = steps
        .into_iter()
        .find(|step| *step >= rough)
        .unwrap_or(rough);
    let first = (least / width).floor();
    let mut bounds = Vec::new();
    let mut index = 0.0;
    while (first + index) * width <= most && index <= 4.0 * RANGES {
        // Rounded, as 3 × 0.1 is not 0.3.
        let bound = ((first + index) * width / power).round() * power;
        bounds.push(format!("{bound:.12}").parse().unwrap_or(bound));
        index += 1.0;
    }
    bounds
}
