//! Hexadecimal digits: written in lower case, read in either case.

/// The two digits of every byte.
const DIGITS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut table = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    table
};

/// Writes `bytes` as lower-case digits to the start of `out`, which must hold two digits for each byte.
pub(crate) fn write(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = DIGITS[usize::from(*byte)];
    }
}

/// Reads exactly `N` bytes, a multiple of four, from `2 * N` digits of either case; `None` for anything else.
pub(crate) fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    const { assert!(N.is_multiple_of(4)) };
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut are_digits = true;
    for (four, eight) in bytes.as_chunks_mut().0.iter_mut().zip(text.as_chunks().0) {
        let (values, valid) = read_eight(*eight);
        *four = values;
        are_digits &= valid;
    }
    are_digits.then_some(bytes)
}

/// Reads eight digits at a time, and whether they are digits: an id is read in every request.
fn read_eight(digits: [u8; 8]) -> ([u8; 4], bool) {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let word = u64::from_be_bytes(digits);
    // Bit 6 is set in letters, whose low bits begin at 1 for `a`.
    let is_letter = word >> 6 & ONES;
    let values = (word & (ONES * 0x0f)).wrapping_add(is_letter * 9) & (ONES * 0x0f);
    // Written again they must be the same, but for the case.
    let is_beyond_nine = (values + ONES * 6) >> 4 & ONES;
    let written = values + ONES * u64::from(b'0') + is_beyond_nine * u64::from(b'a' - b'9' - 1);
    let is_same = written == word | (is_beyond_nine * 0x20);
    // Each pair of values becomes a byte, and the bytes move together.
    let pairs = (values | values >> 4) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | pairs >> 8) & 0x0000_ffff_0000_ffff;
    let [.., a, b, c, d] = (fours | fours >> 16).to_be_bytes();
    ([a, b, c, d], is_same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_either_case_are_read_and_nothing_else() {
        for place in 0..16 {
            for byte in 0..=u8::MAX {
                let mut text = *b"0123456789abCDEF";
                text[place] = byte;
                let digits = std::str::from_utf8(&text).ok();
                let digits = digits.filter(|_| byte.is_ascii_hexdigit());
                let expected = digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
                assert_eq!(
                    read(&text).map(u64::from_be_bytes),
                    expected,
                    "{byte} at {place}"
                );
            }
        }
        assert_eq!(read::<8>(b"0123"), None);
    }
}
