//! How certain it is that one share is greater than another.

/// The quantile of the normal distribution for a 95 % interval.
const Z: f64 = 1.96;

/// Returns by how much the share of the set certainly exceeds that of the rest; none if it does not.
pub(super) fn separation([in_rest, in_set]: [usize; 2], [rest, set]: [usize; 2]) -> Option<f64> {
    let (low, _) = interval(in_set, set);
    // Nothing is known about an empty rest, but then nothing can be compared either.
    let (_, high) = interval(in_rest, rest);
    (low > high).then_some(low - high)
}

/// Wilson's interval for the share that the sample `part` of `whole` comes from.
fn interval(part: usize, whole: usize) -> (f64, f64) {
    let (n, p) = (double(whole), share(part, whole));
    if whole == 0 {
        return (0.0, 1.0);
    }
    let middle = p + Z * Z / (2.0 * n);
    let spread = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    ((middle - spread) / scale, (middle + spread) / scale)
}

pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        double(part) / double(whole)
    }
}

#[expect(clippy::cast_precision_loss, reason = "as many traces fit a double")]
fn double(count: usize) -> f64 {
    count as f64
}
