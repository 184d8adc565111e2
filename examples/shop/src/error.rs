//! What can go wrong with an order.

use std::error::Error as StdError;

use aws_sdk_dynamodb::error::SdkError;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tonic::{Code, Status};

/// What ends a service.
pub type Failure = Box<dyn StdError + Send + Sync>;

/// Why an order fails.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("there is no such item or order")]
    NotFound,
    #[error("{0}")]
    SoldOut(String),
    #[error("a call of AWS failed")]
    Aws(#[source] Failure),
    #[error("a query failed")]
    Database(#[from] sqlx::Error),
    #[error("the stock cannot be asked")]
    Stock(#[source] Status),
    #[error("an order that is not in the form of one")]
    Form(#[from] serde_json::Error),
}

/// Of any operation of any service.
impl<E, R> From<SdkError<E, R>> for Error
where
    SdkError<E, R>: StdError + Send + Sync + 'static,
{
    fn from(error: SdkError<E, R>) -> Self {
        Self::Aws(error.into())
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        match status.code() {
            Code::NotFound => Self::NotFound,
            Code::FailedPrecondition => Self::SoldOut(status.message().to_owned()),
            _ => Self::Stock(status),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SoldOut(_) => StatusCode::CONFLICT,
            _ => {
                // The error with all its sources is for the trace and the log, not for the customer.
                xray::record_error(&self);
                tracing::error!(error = ?self, "no order");
                return (StatusCode::SERVICE_UNAVAILABLE, "try again later").into_response();
            }
        };
        (status, self.to_string()).into_response()
    }
}
