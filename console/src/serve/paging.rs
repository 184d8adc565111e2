//! Splits long answers into pages. A `NextToken` says where the next page begins; tokens are signed.

use std::{
    fmt::Write as _,
    hash::{BuildHasher, Hash, RandomState},
};

use super::{error::ApiError, request::Member};

/// Signs and checks tokens.
#[derive(Debug, Clone, Default)]
pub struct Paging {
    secret: RandomState,
}

/// What a page belongs to: an operation and all members of the request except its token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Query(u64);

impl Paging {
    /// Returns the identity of a request.
    pub(super) fn query(&self, operation: &str, request: impl Hash) -> Query {
        Query(self.secret.hash_one((operation, request)))
    }

    /// Makes the token of the page that begins at `place`.
    pub(super) fn token(&self, query: Query, place: &[u64]) -> String {
        let check = self.secret.hash_one((query.0, place));
        let mut token = format!("{check:016x}");
        for number in place {
            // Writing to a `String` cannot fail.
            let _ = write!(token, "{number:016x}");
        }
        token
    }

    /// Checks a token and returns its place; `None` if the request has none. X-Ray refuses an empty one too.
    pub(super) fn place<const N: usize>(
        &self,
        query: Query,
        token: Option<&str>,
    ) -> Result<Option<[u64; N]>, ApiError> {
        let Some(token) = token else {
            return Ok(None);
        };
        let numbers: Option<Vec<u64>> = (0..token.len())
            .step_by(16)
            .map(|at| u64::from_str_radix(token.get(at..at + 16)?, 16).ok())
            .collect();
        match numbers.as_deref() {
            Some([check, place @ ..]) if *check == self.secret.hash_one((query.0, place)) => {
                place.try_into().map(Some).map_err(|_| made_up())
            }
            _ => Err(made_up()),
        }
    }
}

/// Refuses a token for operations whose answers have one page.
pub(super) fn no_token(token: Member) -> Result<(), ApiError> {
    token.given().map_or(Ok(()), |_| Err(made_up()))
}

fn made_up() -> ApiError {
    ApiError::invalid(
        "NextToken was not returned by this console for this request; repeat the request without it",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_leads_to_its_place_and_only_for_its_request() {
        let paging = Paging::default();
        let (query, other) = (paging.query("a", 1), paging.query("a", 2));
        let token = paging.token(query, &[7, u64::MAX]);
        assert_eq!(paging.place(query, Some(&token)), Ok(Some([7, u64::MAX])));
        assert_eq!(paging.place::<2>(query, None), Ok(None));
        assert!(paging.place::<2>(other, Some(&token)).is_err());
        assert!(paging.place::<1>(query, Some(&token)).is_err());
    }

    #[test]
    fn made_up_tokens_are_refused() {
        let paging = Paging::default();
        let query = paging.query("a", ());
        let changed = paging.token(query, &[7]).replace('0', "1");
        for token in [
            "",
            "x",
            "0",
            &"0".repeat(32),
            &"+".repeat(32),
            "ü".repeat(16).as_str(),
            &changed,
        ] {
            assert!(paging.place::<1>(query, Some(token)).is_err(), "{token}");
        }
    }
}
