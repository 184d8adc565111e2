//! Protobuf's wire format: fields, each with a number and a value.
//!
//! <https://protobuf.dev/programming-guides/encoding/>

/// The fields of one message.
pub(super) struct Message<'b> {
    rest: &'b [u8],
}

/// The value of a field.
pub(super) enum Field<'b> {
    /// A number of whatever length.
    Number(u64),
    /// A text, bytes, or another message.
    Bytes(&'b [u8]),
}

/// What is wrong with the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Malformed(pub(super) &'static str);

impl<'b> Message<'b> {
    pub(super) fn new(bytes: &'b [u8]) -> Self {
        Self { rest: bytes }
    }

    fn field(&mut self) -> Result<(u64, Field<'b>), Malformed> {
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Number(self.varint()?),
            1 => Field::Number(u64::from_le_bytes(self.fixed()?)),
            2 => {
                let length = usize::try_from(self.varint()?).unwrap_or(usize::MAX);
                Field::Bytes(self.take(length)?)
            }
            5 => Field::Number(u64::from(u32::from_le_bytes(self.fixed()?))),
            _ => {
                return Err(Malformed(
                    "a field has a wire type that protobuf does not have",
                ));
            }
        };
        match tag >> 3 {
            0 => Err(Malformed("a field has the number 0")),
            number => Ok((number, field)),
        }
    }

    fn varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..70).step_by(7) {
            let [byte] = self.fixed()?;
            number |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed("a number has more than ten bytes"))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?
            .try_into()
            .map_err(|_| Malformed("a field ends too early"))
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], Malformed> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(Malformed("a field ends after its message"))?;
        self.rest = rest;
        Ok(taken)
    }
}

impl<'b> Iterator for Message<'b> {
    type Item = Result<(u64, Field<'b>), Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}
