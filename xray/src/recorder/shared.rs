//! What spans have in common: those of a service, and those of one of its tracers.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use opentelemetry::InstrumentationScope;

use super::{budget::Budget, server_spans::ServerSpans};
use crate::{pipeline::Pipeline, sampler::Sampler};

/// What all spans of a service have in common.
#[derive(Debug)]
pub(crate) struct Recorder {
    pub(crate) pipeline: Pipeline,
    pub(crate) sampler: Sampler,
    pub(super) server_spans: ServerSpans,
    pub(super) budget: Budget,
    is_shut_down: AtomicBool,
}

/// What all spans of a tracer have in common.
pub(super) struct Scoped {
    /// `None` if nothing is traced.
    pub(super) recorder: Option<Arc<Recorder>>,
    pub(super) scope: InstrumentationScope,
}

impl Recorder {
    pub(crate) fn new(pipeline: Pipeline, sampler: Sampler) -> Self {
        Self {
            pipeline,
            sampler,
            server_spans: ServerSpans::default(),
            budget: Budget::default(),
            is_shut_down: AtomicBool::new(false),
        }
    }

    /// Records no span that begins from now on.
    pub(crate) fn shut_down(&self) {
        self.is_shut_down.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.is_shut_down.load(Ordering::Relaxed)
    }
}

impl Scoped {
    /// Whether both belong to one service.
    pub(super) fn is_same_service(&self, other: &Self) -> bool {
        match (&self.recorder, &other.recorder) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }
}

impl fmt::Debug for Scoped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("Scoped");
        debug
            .field("name", &self.scope.name())
            .finish_non_exhaustive()
    }
}
