//! Makes a fault of a span that a panic left: tracing-opentelemetry ends it as one that went well.

use std::{sync::OnceLock, thread};

use opentelemetry::trace::{Status, TraceContextExt};
use tracing::{Dispatch, Subscriber, dispatcher::WeakDispatch, span::Id};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::{Layer, layer::Context};

/// A layer after tracing-opentelemetry's. It looks when a span is left, because a task's span ends when its panic has been
/// caught. What the panic said is not known there; the segment or subsegment around the span has it.
#[derive(Debug, Default)]
pub(crate) struct Panics {
    dispatch: OnceLock<WeakDispatch>,
}

impl<S: Subscriber> Layer<S> for Panics {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Called once; a second call would have the same subscriber.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        if !thread::panicking() {
            return;
        }
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
        let context = dispatch.and_then(|dispatch| get_otel_context(id, &dispatch));
        if let Some(context) = context {
            context.span().set_status(Status::error("panicked"));
        }
    }
}
