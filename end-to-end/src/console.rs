//! The console, and a client of its X-Ray API.

use std::{
    net::{SocketAddr, UdpSocket},
    time::{SystemTime, UNIX_EPOCH},
};

use segment::Document;
use serde_json::{Value, json};

use crate::{MemoryLimit, Program, Result, eventually, free_address};

/// Tests run side by side, and there is one port 4318.
const NO_OTLP: [&str; 4] = ["--otlp", "off", "--otlp-grpc", "off"];
/// Documents in one request of [`Console::put`].
const DOCUMENTS: usize = 400;

/// A console that was started.
#[derive(Debug)]
pub struct Console {
    /// The program.
    pub program: Program,
    /// The address of UDP and TCP.
    pub address: SocketAddr,
    http: reqwest::Client,
}

impl Console {
    /// Starts a console on a free port.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not start.
    pub async fn start() -> Result<Self> {
        Self::listen("127.0.0.1:0").await
    }

    /// Starts a console at an address.
    ///
    /// # Errors
    ///
    /// Returns an error if it does not start.
    pub async fn listen(address: &str) -> Result<Self> {
        Self::start_at(address, &[]).await
    }

    /// Starts a console on a free port with further arguments.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn start_with(arguments: &[&str]) -> Result<Self> {
        Self::start_at("127.0.0.1:0", arguments).await
    }

    /// Starts a console on a free port with a limit on its memory.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn start_within(limit: &MemoryLimit, arguments: &[&str]) -> Result<Self> {
        let arguments = [&["--listen", "127.0.0.1:0"], &NO_OTLP[..], arguments].concat();
        Self::of(Program::start_within("console", limit, &arguments, &[])?).await
    }

    /// Starts a console on a free port, and returns it with the URL at which it takes OTLP over gRPC.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn start_with_grpc() -> Result<(Self, String)> {
        let grpc = free_address()?.to_string();
        let arguments = [
            "--listen",
            "127.0.0.1:0",
            "--otlp",
            "off",
            "--otlp-grpc",
            &grpc,
        ];
        Ok((Self::with(&arguments).await?, format!("http://{grpc}")))
    }

    /// Starts one with exactly these arguments.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn with(arguments: &[&str]) -> Result<Self> {
        Self::of(Program::start("console", arguments, &[])?).await
    }

    async fn start_at(address: &str, arguments: &[&str]) -> Result<Self> {
        let arguments = [&["--listen", address], &NO_OTLP[..], arguments].concat();
        Self::with(&arguments).await
    }

    async fn of(mut program: Program) -> Result<Self> {
        let address = program
            .line(|line| {
                line.split("http://")
                    .nth(1)?
                    .split([' ', '/'])
                    .next()?
                    .parse()
                    .ok()
            })
            .await?;
        Ok(Self {
            program,
            address,
            http: reqwest::Client::new(),
        })
    }

    /// Returns the URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Calls an operation of the X-Ray API by its path.
    ///
    /// # Errors
    ///
    /// Returns an error with the answer if the status is not 200.
    pub async fn call(&self, path: &str, request: Value) -> Result<Value> {
        let response = self
            .http
            .post(self.url(path))
            .body(request.to_string())
            .send()
            .await?;
        let status = response.status();
        let text = response.text().await?;
        if !status.is_success() {
            return Err(format!("{path}: {status}: {text}").into());
        }
        Ok(serde_json::from_str(&text)?)
    }

    /// Reads `/status`.
    ///
    /// # Errors
    ///
    /// If it does not answer JSON.
    pub async fn status(&self) -> Result<Value> {
        let text = self
            .http
            .get(self.url("/status"))
            .send()
            .await?
            .error_for_status()?
            .text()
            .await?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Sends a datagram unchanged.
    ///
    /// # Errors
    ///
    /// Returns an error if this host cannot send it.
    pub fn send(&self, datagram: &[u8]) -> Result<()> {
        UdpSocket::bind("127.0.0.1:0")?.send_to(datagram, self.address)?;
        Ok(())
    }

    /// Sends documents with `PutTraceSegments`, some hundred per request.
    ///
    /// # Errors
    ///
    /// Returns an error if one of them is refused.
    pub async fn put(&self, documents: &[String]) -> Result<()> {
        Self::put_at(&self.address.to_string(), documents).await
    }

    /// The same for a console at an address that another process started.
    ///
    /// # Errors
    ///
    /// Returns an error if one of them is refused.
    pub async fn put_at(address: &str, documents: &[String]) -> Result<()> {
        let client = reqwest::Client::new();
        for some in documents.chunks(DOCUMENTS) {
            let request = json!({ "TraceSegmentDocuments": some }).to_string();
            let url = format!("http://{address}/TraceSegments");
            let response = client.post(url).body(request).send().await?;
            let answer: Value = serde_json::from_str(&response.error_for_status()?.text().await?)?;
            let refused = answer["UnprocessedTraceSegments"].as_array();
            if let Some(refused) = refused.and_then(|refused| refused.first()) {
                return Err(format!("refused: {refused}").into());
            }
        }
        Ok(())
    }

    /// Waits until it has received `count` datagrams, and returns its status.
    ///
    /// # Errors
    ///
    /// Returns an error on timeout.
    pub async fn received(&self, count: u64) -> Result<Value> {
        let what = format!("{count} datagrams at the console");
        eventually(&what, async || {
            let status = self.status().await?;
            Ok((status["datagrams"]["received"].as_u64() >= Some(count)).then_some(status))
        })
        .await
    }

    /// Returns the summaries of all traces of the last ten minutes.
    ///
    /// # Errors
    ///
    /// If the console does not answer.
    pub async fn summaries(&self) -> Result<Vec<Value>> {
        let answer = self.call("/TraceSummaries", last_minutes()).await?;
        Ok(answer["TraceSummaries"]
            .as_array()
            .cloned()
            .unwrap_or_default())
    }

    /// Returns the services of the map of the last ten minutes.
    ///
    /// # Errors
    ///
    /// If the console does not answer.
    pub async fn services(&self) -> Result<Vec<Value>> {
        let answer = self.call("/ServiceGraph", last_minutes()).await?;
        Ok(answer["Services"].as_array().cloned().unwrap_or_default())
    }

    /// Returns the documents of a trace as received; none if there is no such trace. Each is checked against the
    /// schema of `segment-schema`.
    ///
    /// # Errors
    ///
    /// Returns an error if the console does not answer, or a document breaks a rule.
    pub async fn documents(&self, trace_id: &str) -> Result<Vec<Document<'static>>> {
        let url = self.url(&format!("/documents/{trace_id}"));
        let response = self.http.get(url).send().await?;
        if response.status() == reqwest::StatusCode::NOT_FOUND {
            return Ok(Vec::new());
        }
        let text = response.error_for_status()?.text().await?;
        let answer: Value = serde_json::from_str(&text)?;
        let documents = answer["documents"].as_array().into_iter().flatten();
        documents
            .map(|document| {
                let document = document.as_str().unwrap_or_default();
                segment_schema::check(document)?;
                Ok(Document::decode(document)?)
            })
            .collect()
    }

    /// Returns the assembled segments of a trace. Their documents are checked against the schema.
    ///
    /// # Errors
    ///
    /// Returns an error if the console does not answer, or the answer has no valid documents.
    pub async fn segments(&self, trace_id: &str) -> Result<Vec<Document<'static>>> {
        self.documents(trace_id).await?;
        let answer = self
            .call("/Traces", json!({ "TraceIds": [trace_id] }))
            .await?;
        let segments = answer["Traces"][0]["Segments"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        segments
            .iter()
            .map(|segment| {
                Ok(Document::decode(
                    segment["Document"].as_str().unwrap_or_default(),
                )?)
            })
            .collect()
    }
}

fn last_minutes() -> Value {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs();
    json!({ "StartTime": now - 600, "EndTime": now + 60 })
}
