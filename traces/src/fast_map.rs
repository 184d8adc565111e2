//! Hash tables for short keys: numbers and addresses.
//!
//! The standard library's hash is made for texts of any length. Where a question counts a million values, it takes longer
//! than all else.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
};

/// A hash table.
pub(crate) type FastMap<K, V> = HashMap<K, V, Seed>;

/// The digits of π: any odd number without a pattern does.
const MULTIPLIER: u64 = 0x243f_6a88_85a3_08d3;

/// Another one for each table, so that nobody can choose numbers whose hashes are equal.
#[derive(Debug, Clone)]
pub(crate) struct Seed(u64);

/// Multiplies and folds.
#[derive(Debug)]
pub(crate) struct Folding(u64);

impl Default for Seed {
    fn default() -> Self {
        Self(RandomState::new().build_hasher().finish())
    }
}

impl BuildHasher for Seed {
    type Hasher = Folding;

    #[inline]
    fn build_hasher(&self) -> Folding {
        Folding(self.0)
    }
}

impl Hasher for Folding {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(size_of::<u64>()) {
            let mut word = [0; size_of::<u64>()];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    #[inline]
    fn write_u8(&mut self, number: u8) {
        self.write_u64(number.into());
    }

    #[inline]
    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * u128::from(MULTIPLIER);
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let [low, high] = [product as u64, (product >> 64) as u64];
        self.0 = low ^ high;
    }

    #[inline]
    fn write_usize(&mut self, number: usize) {
        self.write_u64(number as u64);
    }

    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn numbers_and_addresses_have_different_hashes() {
        let seed = Seed::default();
        let aligned = (0..100_000_u64).map(|number| 0x7f00_0000_0000 + number * 64);
        let hashes: HashSet<u64> = (0..100_000)
            .chain(aligned)
            .map(|number| seed.hash_one(number))
            .collect();
        assert!(hashes.len() > 199_990, "{}", hashes.len());
        // A table uses the lowest bits for the place and the highest for the first comparison.
        for shift in [0, 57] {
            let mut counts = [0_u32; 128];
            for hash in &hashes {
                counts[usize::try_from(hash >> shift & 127).unwrap()] += 1;
            }
            let (least, most) = (counts.iter().min(), counts.iter().max());
            assert!(least > Some(&1_200) && most < Some(&2_000), "{counts:?}");
        }
    }

    #[test]
    fn every_table_has_its_own_seed() {
        assert_ne!(Seed::default().hash_one(7), Seed::default().hash_one(7));
        assert_ne!(
            Seed::default().hash_one([1_u8, 2].as_slice()),
            Seed::default().hash_one([1_u8, 3].as_slice())
        );
    }
}
