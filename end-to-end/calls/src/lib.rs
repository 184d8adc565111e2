//! The library's cookbook, whose code is compiled here, where all crates are that it names.
#![doc = include_str!("../../../xray/COOKBOOK.md")]
