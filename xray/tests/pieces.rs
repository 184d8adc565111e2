//! Parts used alone, with a custom tracer provider.
#![allow(clippy::unwrap_used, reason = "a panic is the report of a failure")]

use opentelemetry::{
    Context,
    trace::{SpanKind, TraceContextExt, Tracer, TracerProvider},
};
use opentelemetry_sdk::trace::SdkTracerProvider;
use xray::{Config, Exporter, IdGenerator, Processor, testing::Daemon};

#[test]
fn a_processor_in_a_provider_of_ones_own_sends_documents() {
    let daemon = Daemon::start()
        .unwrap()
        .checking(segment_schema::assert_valid);
    let config = Config {
        daemon: daemon.address(),
        ..Config::new("shop")
    };
    let processor = Processor::new(&config).unwrap().unwrap();
    let provider = SdkTracerProvider::builder()
        .with_id_generator(IdGenerator::default())
        .with_span_processor(processor.clone())
        .build();
    let tracer = provider.tracer("jobs");
    let job = tracer.span_builder("job").with_kind(SpanKind::Consumer);
    let job = Context::new().with_span(tracer.build_with_context(job, &Context::new()));
    xray::annotate("not", "here");
    {
        let _guard = job.clone().attach();
        xray::annotate("queue", "orders");
    }
    tracer.start_with_context("step", &job);
    job.span().end();
    let documents = daemon.expect(
        "shop
           step",
    );
    assert_eq!(
        documents[0].annotations,
        [("queue".into(), "orders".into())]
    );
    assert!(processor.flush(xray::testing::PATIENCE));
    assert_eq!(processor.delivery().sent, 1);
    provider.shutdown().unwrap();
}

#[test]
fn there_is_no_processor_where_nothing_is_sent() {
    let config = Config {
        exporter: Exporter::None,
        ..Config::new("shop")
    };
    assert!(Processor::new(&config).unwrap().is_none());
}
