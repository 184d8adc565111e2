//! A function of `lambda_runtime` and one of `lambda_http`, frozen as Lambda freezes them: what of their invocations
//! has arrived by then.

mod runtime_api;

use end_to_end::{Console, Program, Result, build_example, eventually};
use rustix::process::Signal;
use segment::{Document, TraceHeader};

use runtime_api::{Answer, Event, RuntimeApi};

/// A function, running.
struct Function {
    console: Console,
    api: RuntimeApi,
    program: Program,
}

impl Function {
    async fn start(mode: &str, concurrency: &str) -> Result<Self> {
        let (console, api) = (Console::start().await?, RuntimeApi::start().await?);
        let (address, daemon) = (api.address.to_string(), console.address.to_string());
        let variables = [
            ("MODE", mode),
            ("AWS_LAMBDA_RUNTIME_API", &*address),
            ("AWS_LAMBDA_FUNCTION_NAME", "orders"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "orders"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "orders"),
            ("AWS_LAMBDA_MAX_CONCURRENCY", concurrency),
            ("AWS_XRAY_DAEMON_ADDRESS", &*daemon),
            ("OTEL_TRACES_SAMPLER", "parentbased_always_on"),
        ];
        let program = Program::run("function", &build_example("function")?, &[], &variables)?;
        Ok(Self {
            console,
            api,
            program,
        })
    }

    /// Invokes it; `number` tells traces apart.
    fn invoke(&self, number: u8, payload: &str, rest: &str) -> Result<String> {
        let header = format!("{};{rest}", caller(number));
        self.api.invoke(Event {
            id: format!("request-{number}"),
            header: Some(header.clone()),
            payload: payload.to_owned(),
        })?;
        Ok(header)
    }

    /// Waits for an answer and freezes the function before it knows that the answer has arrived.
    async fn answer_and_freeze(&mut self) -> Result<Answer> {
        let answer = self.api.answer().await?;
        self.program.signal(Signal::STOP)?;
        Ok(answer)
    }

    fn thaw(&self, answer: Answer) -> Result<()> {
        self.program.signal(Signal::CONT)?;
        answer.acknowledge();
        Ok(())
    }

    /// Checks that so many documents have come, of all traces.
    async fn has_sent(&self, count: u64) -> Result<()> {
        let status = self.console.status().await?;
        assert_eq!(status["datagrams"]["received"], count, "{status:#}");
        Ok(())
    }

    /// Waits for the one document of an invocation, which is a subsegment of Lambda's segment.
    async fn invocation(&self, header: &str) -> Result<Document<'static>> {
        let (trace_id, parent) = TraceHeader::parse(header)
            .remote_parent()
            .ok_or("no caller")?;
        let trace_id = trace_id.to_string();
        let mut documents = eventually("a document", async || {
            let documents = self.console.documents(&trace_id).await?;
            Ok((!documents.is_empty()).then_some(documents))
        })
        .await?;
        assert_eq!(documents.len(), 1, "{documents:#?}");
        let document = documents.remove(0);
        assert!(document.is_subsegment, "{document:#?}");
        assert_eq!(document.parent_id, Some(parent));
        assert_eq!(document.name, "handler");
        let work = &document.subsegments[0];
        assert_eq!((&*work.name, &*work.subsegments[0].name), ("work", "count"));
        Ok(document)
    }
}

/// The trace and the segment that Lambda names.
fn caller(number: u8) -> String {
    format!("Root=1-5f84c7a1-e7d1852db8c4fd35d88bf4{number:02x};Parent=53995c3f42cd8ad8")
}

fn text(payload: &str) -> String {
    format!("\"{payload}\"")
}

#[tokio::test]
async fn a_function_that_is_frozen_at_its_answer_has_lost_nothing() -> Result<()> {
    let mut function = Function::start("run", "1").await?;
    for (number, payload, kind) in [
        (1, "buy", "response"),
        (2, "fail", "error"),
        (3, "panic", "error"),
        (4, "buy", "response"),
    ] {
        let header = function.invoke(number, &text(payload), "Sampled=1;Lineage=25:6e4bd1b3:3")?;
        let answer = function.answer_and_freeze().await?;
        assert_eq!(
            (&*answer.kind, &*answer.id),
            (kind, &*format!("request-{number}"))
        );
        let document = function.invocation(&header).await?;
        assert_eq!(document.fault, kind == "error", "{document:#?}");
        if payload == "fail" {
            assert!(
                format!("{:?}", document.cause).contains("no funds"),
                "{document:#?}"
            );
        }
        function.thaw(answer)?;
    }
    // Nothing was left that only its end would send, and no span of the runtime has made a trace of its own.
    function.program.kill().await?;
    function.has_sent(4).await
}

#[tokio::test]
async fn an_invocation_that_is_not_sampled_leaves_nothing() -> Result<()> {
    let mut function = Function::start("run", "1").await?;
    function.invoke(1, &text("fail"), "Sampled=0")?;
    function.api.answer().await?.acknowledge();
    let header = function.invoke(2, &text("buy"), "Sampled=1")?;
    function.api.answer().await?.acknowledge();
    function.invocation(&header).await?;
    function.has_sent(1).await
}

#[tokio::test]
async fn an_invocation_without_a_trace_begins_one() -> Result<()> {
    let mut function = Function::start("run", "1").await?;
    function.api.invoke(Event {
        id: "request".to_owned(),
        header: None,
        payload: text("buy"),
    })?;
    function.answer_and_freeze().await?;
    let summary = eventually("the trace", async || {
        Ok(function.console.summaries().await?.pop())
    })
    .await?;
    let segments = function
        .console
        .segments(summary["Id"].as_str().unwrap())
        .await?;
    assert_eq!(
        (&*segments[0].name, segments[0].is_subsegment),
        ("orders", false)
    );
    Ok(())
}

#[tokio::test]
async fn invocations_at_once_stay_in_their_traces() -> Result<()> {
    const COUNT: u8 = 12;
    let mut function = Function::start("run_concurrent", "3").await?;
    let headers = (0..COUNT).map(|number| function.invoke(number, &text("buy"), "Sampled=1"));
    let headers = headers.collect::<Result<Vec<_>>>()?;
    for _ in 0..COUNT {
        function.api.answer().await?.acknowledge();
    }
    for header in &headers {
        function.invocation(header).await?;
    }
    function.has_sent(COUNT.into()).await
}

#[tokio::test]
async fn a_request_of_lambda_http_says_what_was_asked_for() -> Result<()> {
    let mut function = Function::start("http", "1").await?;
    let request = r#"{"version":"2.0","routeKey":"$default","rawPath":"/items/7","rawQueryString":"token=secret","headers":
        {"host":"shop.example.com","x-amzn-trace-id":"Root=1-67891234-12456789abcdef012345678a"},"requestContext":
        {"accountId":"1","apiId":"a","domainName":"shop.example.com","domainPrefix":"shop","http":{"method":"GET","path":
        "/items/7","protocol":"HTTP/1.1","sourceIp":"192.0.2.1","userAgent":"curl"},"requestId":"r","routeKey":"$default",
        "stage":"$default","time":"29/Nov/2026:09:00:00 +0000","timeEpoch":1796000000000},"isBase64Encoded":false}"#;
    let header = function.invoke(1, request, "Sampled=1")?;
    let answer = function.answer_and_freeze().await?;
    assert!(answer.body.contains("done"), "{}", answer.body);
    let document = function.invocation(&header).await?;
    let http = document.http.unwrap();
    let (request, response) = (http.request.unwrap(), http.response.unwrap());
    assert_eq!(
        request.url.as_deref(),
        Some("https://shop.example.com/items/7")
    );
    assert_eq!(
        (request.method.as_deref(), response.status),
        (Some("GET"), Some(200))
    );
    Ok(())
}
