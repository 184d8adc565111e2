//! Records integers that tracing-opentelemetry has no method for as numbers: it would record a `usize` as its `Debug`
//! text, and X-Ray's filter expressions compare numbers only with numbers.

use std::{fmt::Debug, sync::OnceLock};

use opentelemetry::{KeyValue, trace::TraceContextExt};
use tracing::{
    Dispatch, Subscriber,
    dispatcher::WeakDispatch,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::{Layer, layer::Context};

/// A layer after tracing-opentelemetry's that records such fields again, as numbers: the last value of an attribute
/// is the one that counts. A value that does not fit into an `i64` stays a string.
#[derive(Debug, Default)]
pub(crate) struct Integers {
    dispatch: OnceLock<WeakDispatch>,
}

impl<S: Subscriber> Layer<S> for Integers {
    fn on_register_dispatch(&self, dispatch: &Dispatch) {
        // Called once; a second call would have the same subscriber.
        let _ = self.dispatch.set(dispatch.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, _: Context<'_, S>) {
        let mut found = Found::default();
        attributes.record(&mut found);
        self.record_integers(found, id);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        let mut found = Found::default();
        values.record(&mut found);
        self.record_integers(found, id);
    }
}

impl Integers {
    /// Does nothing for spans without such fields, because reading the span's context starts it.
    fn record_integers(&self, found: Found, id: &Id) {
        if found.0.is_empty() {
            return;
        }
        let dispatch = self.dispatch.get().and_then(WeakDispatch::upgrade);
        let context = dispatch.and_then(|dispatch| get_otel_context(id, &dispatch));
        if let Some(context) = context {
            context.span().set_attributes(found.0);
        }
    }
}

/// The integers among the fields.
#[derive(Default)]
struct Found(Vec<KeyValue>);

impl Found {
    fn note(&mut self, field: &Field, number: impl TryInto<i64>) {
        if let Ok(number) = number.try_into() {
            self.0.push(KeyValue::new(field.name(), number));
        }
    }
}

impl Visit for Found {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.note(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.note(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.note(field, value);
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {
        // The layer before records these.
    }
}
