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

/// The value of every digit; [`NO_DIGIT`] for any other byte.
const VALUES: [u8; 256] = {
    let mut table = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = DIGITS[value as usize][1];
        table[digit as usize] = value;
        table[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    table
};
const NO_DIGIT: u8 = 0xff;

/// Writes `bytes` as lower-case digits to the start of `out`, which must hold two digits for each byte.
pub(crate) fn write(bytes: &[u8], out: &mut [u8]) {
    for (pair, byte) in out.as_chunks_mut().0.iter_mut().zip(bytes) {
        *pair = DIGITS[usize::from(*byte)];
    }
}

/// Reads exactly `N` bytes from `2 * N` digits of either case; `None` for anything else.
pub(crate) fn read<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    if text.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    let mut seen = 0;
    for (byte, pair) in bytes.iter_mut().zip(text.as_chunks::<2>().0) {
        let [high, low] = pair.map(|digit| VALUES[usize::from(digit)]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen != NO_DIGIT).then_some(bytes)
}
