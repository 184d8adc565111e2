//! Sends one trace to a collector: `otlp-exporter http|grpc ENDPOINT`. Every run sends the same bytes: ids and times are fixed.

use std::{
    error::Error,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use opentelemetry::{
    Context, KeyValue, SpanId, TraceId,
    trace::{
        Link, Span as _, SpanContext, SpanKind, Status, TraceContextExt as _, Tracer as _,
        TracerProvider as _,
    },
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    trace::{IdGenerator, SdkTracerProvider},
};

/// More than one export has.
const QUERIES: u64 = 600;

#[derive(Debug, Default)]
struct Numbers(AtomicU64);

impl IdGenerator for Numbers {
    fn new_trace_id(&self) -> TraceId {
        TraceId::from(0x6920_0000_0102_0304_0506_0708_090a_0b0c)
    }

    fn new_span_id(&self) -> SpanId {
        SpanId::from(self.0.fetch_add(1, Relaxed) + 1)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let protocol = arguments.next().ok_or("http or grpc?")?;
    let endpoint = arguments.next().ok_or("to where?")?;
    // tonic's connection wants it; the blocking client of HTTP wants none.
    let runtime = tokio::runtime::Runtime::new()?;
    let entered = (protocol == "grpc").then(|| runtime.enter());
    let exporter = if protocol == "grpc" {
        SpanExporter::builder()
            .with_tonic()
            .with_endpoint(endpoint)
            .build()?
    } else {
        SpanExporter::builder()
            .with_http()
            .with_endpoint(endpoint)
            .build()?
    };
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_id_generator(Numbers::default())
        .with_resource(Resource::builder().with_service_name("shop").build())
        .build();
    trace(&provider);
    provider.shutdown()?;
    drop(entered);
    Ok(())
}

fn at(millis: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_764_000_000_000 + millis)
}

/// A request that fails, with a call and many queries below it.
fn trace(provider: &SdkTracerProvider) {
    let tracer = provider.tracer("otlp-exporter");
    let request = tracer
        .span_builder("GET /cart")
        .with_kind(SpanKind::Server)
        .with_start_time(at(0))
        .with_attributes([
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("url.full", "http://shop.example.com/cart?item=ä"),
            KeyValue::new("http.response.status_code", 500),
            KeyValue::new("cart.items", QUERIES as i64),
            KeyValue::new("cart.weight", 1.25),
            KeyValue::new("cart.is_gift", true),
        ])
        .with_links(vec![Link::with_context(SpanContext::new(
            TraceId::from(0x6920_0000_1111_1111_1111_1111_1111_1111),
            SpanId::from(7),
            Default::default(),
            true,
            Default::default(),
        ))])
        .start(&tracer);
    let within = Context::new().with_span(request);
    let mut call = tracer
        .span_builder("POST")
        .with_kind(SpanKind::Client)
        .with_start_time(at(1))
        .with_attributes([
            KeyValue::new("http.request.method", "POST"),
            KeyValue::new("url.full", "http://bank.example.com/pay"),
            KeyValue::new("server.address", "bank.example.com"),
            KeyValue::new("http.response.status_code", 503),
        ])
        .start_with_context(&tracer, &within);
    let exception = vec![
        KeyValue::new("exception.type", "Unavailable"),
        KeyValue::new("exception.message", "the bank is closed"),
    ];
    call.add_event_with_timestamp("exception", at(2), exception);
    call.set_status(Status::error("closed"));
    call.end_with_timestamp(at(3));
    for number in 0..QUERIES {
        let mut query = tracer
            .span_builder("SELECT items")
            .with_kind(SpanKind::Client)
            .with_start_time(at(4 + number))
            .with_attributes([
                KeyValue::new("db.system.name", "postgresql"),
                KeyValue::new("db.namespace", "orders"),
                KeyValue::new("db.query.text", "SELECT * FROM items WHERE id = $1"),
                KeyValue::new("server.address", "db.example.com"),
            ])
            .start_with_context(&tracer, &within);
        query.end_with_timestamp(at(5 + number));
    }
    let request = within.span();
    request.set_status(Status::error("the bank is closed"));
    request.end_with_timestamp(at(10 + QUERIES));
}
