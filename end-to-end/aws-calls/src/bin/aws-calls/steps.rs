//! A step is a call in a segment of its own, and the line that says what became of both.

use std::{error::Error, future::Future};

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use serde_json::json;
use xray::{Tracing, trace_header};

pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Makes steps.
pub struct Steps<'t> {
    tracing: &'t Tracing,
}

impl<'t> Steps<'t> {
    pub fn new(tracing: &'t Tracing) -> Self {
        Self { tracing }
    }

    /// Makes a call. Its outcome is `ok`, or the code of the service's error.
    pub async fn call<T, E: ProvideErrorMetadata>(
        &self,
        name: &'static str,
        call: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<()> {
        self.make(name, async { outcome(&call.await) }).await
    }

    /// Makes a call that no service answers. Its outcome is `ok`, or the error's text.
    pub async fn call_in_vain<T, E: Error>(
        &self,
        name: &'static str,
        call: impl Future<Output = std::result::Result<T, E>>,
    ) -> Result<()> {
        let text = async {
            call.await
                .map_or_else(|error| error.to_string(), |_| "ok".to_owned())
        };
        self.make(name, text).await
    }

    /// Makes anything that returns its outcome.
    pub async fn make(&self, name: &'static str, step: impl Future<Output = String>) -> Result<()> {
        let made = async {
            let header = trace_header().ok_or("no trace")?;
            Result::Ok((header, step.await))
        };
        let (header, outcome) = self.tracing.segment(name, made).await?;
        write(name, &header, &outcome);
        Ok(())
    }
}

/// Returns `ok`, or the code of the service's error.
pub fn outcome<T, E: ProvideErrorMetadata>(result: &std::result::Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.code().unwrap_or("no code").to_owned(),
    }
}

/// Writes the line of a step.
pub fn write(name: &str, header: &str, outcome: &str) {
    println!(
        "{}",
        json!({ "step": name, "header": header, "outcome": outcome })
    );
}
