//! Counts what happened to documents, as far as this process can know.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use segment::{mapping::Trimmed, names};

/// Declares each counter once: its name in code, in [`Delivery`] and in `/metrics`.
macro_rules! counters {
    ($($(#[$meta:meta])* $counter:ident,)*) => {
        /// Counters of documents since the start, by what happened to them. Read with [`crate::Tracing::delivery`].
        ///
        /// A sender cannot see what the daemon or the kernel of the daemon's host drops: `sent` counts what this
        /// host's network accepted. No counter ever decreases: if a document that was counted as sent is reported as
        /// refused later, it is counted in `refused`, and the next document is not counted as sent. So after a flush,
        /// `sent` plus [`Delivery::lost`] is the number of documents made.
        ///
        /// ```
        /// use std::time::Duration;
        /// use xray::{Tracing, testing::Daemon};
        ///
        /// # #[tokio::main(flavor = "current_thread")]
        /// # async fn main() -> std::io::Result<()> {
        /// let daemon = Daemon::start()?;
        /// let tracing = Tracing::new(&daemon.config("shop"))?;
        /// tracing.segment("clean up", async {}).await;
        /// assert!(tracing.flush(Duration::from_secs(5)));
        /// assert_eq!(tracing.delivery().sent, 1);
        /// assert_eq!(tracing.delivery().lost(), 0);
        /// # Ok(()) }
        /// ```
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Delivery {
            $($(#[$meta])* pub $counter: u64,)*
        }

        /// The counters themselves, one for each field of [`Delivery`].
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $(pub(crate) $counter: AtomicU64,)*
        }

        impl Counters {
            pub(crate) fn read(&self) -> Delivery {
                Delivery { $($counter: self.$counter.load(Ordering::Relaxed),)* }
            }
        }

        impl Delivery {
            /// Returns every counter with its name, in the order of the fields.
            pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($counter), self.$counter),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Documents passed to the network and not known to be lost; counted after each burst. By OTLP: spans that the
    /// collector accepted.
    sent,
    /// Bytes of the datagrams counted in `sent` and `refused`. By OTLP: bytes of the requests.
    sent_bytes,
    /// Lost: nothing listened on the daemon's port (ICMP reported it) or on the collector's.
    refused,
    /// Lost: the collector rejected it, or was too busy for a minute. OTLP only.
    rejected,
    /// Lost: the buffer was full, because the daemon is away or its name does not resolve, the collector does not
    /// answer, or documents are made faster than they are sent.
    shed,
    /// Lost: the daemon's name did not resolve before the shutdown, or the collector's name did not for a minute.
    unresolved,
    /// Lost: until the shutdown, nothing received datagrams at the daemon's address.
    unreachable,
    /// Lost: this host's network buffers stayed full.
    congested,
    /// Lost: the network refused it for another reason; the collector did not answer in time; or the span had no ids.
    failed,
    /// Lost: too large for a datagram even after trimming. By OTLP: a span of more than 2 MiB.
    too_large,
    /// Requests to the collector that were retried.
    retried,
    /// Names that X-Ray's limits changed: invalid characters were removed, or the end was cut off.
    cut_names,
    /// Strings whose end was cut off; the metadata has the whole string.
    cut_texts,
    /// Annotations that became metadata: those after the fiftieth, and those whose key another annotation already
    /// has.
    cut_annotations,
    /// Exceptions after the fiftieth of a document; the metadata has their events.
    cut_exceptions,
    /// Stack frames after the fiftieth of an exception; the document has their number.
    cut_frames,
    /// Stack traces in an unknown format.
    cut_stack_traces,
    /// Links after the twentieth of a document; the metadata has them.
    cut_links,
    /// Spans whose end was before their start; the end was set to the start.
    moved_ends,
    /// Attributes for which there was no room: a span holds at most 4 MiB, and all open ones together 64 MiB. With a
    /// tracer provider of your own, those beyond its limits.
    dropped_attributes,
    /// Events for which there was no room, as with `dropped_attributes`.
    dropped_events,
    /// Links for which there was no room, as with `dropped_attributes`, and links to no span.
    dropped_links,
    /// Documents that were split because they were too large for one datagram.
    split,
    /// Documents whose metadata was cut to fit into one datagram; the document says so.
    trimmed,
    /// Subsegments sent by themselves, because they outlived their segment or it had too many.
    streamed,
    /// Segments sent with `in_progress` because they were open for long.
    announced,
    /// Spans that were still open after ten minutes or at the shutdown. Their finished subsegments are sent; the
    /// spans themselves stay in progress unless they end later. By OTLP this stays zero: nothing waits for open
    /// spans.
    given_up,
    /// Spans that could not be joined to their segment because too many were open; they are sent by themselves.
    unjoined,
    /// Lookups of the daemon's or the collector's name.
    lookups,
    /// Lookups that failed.
    failed_lookups,
    /// Failures to open a socket to the daemon's address, for example because there is no route to it.
    failed_connects,
    /// TCP connections made to check that the daemon is there: at most two a second while documents are sent.
    probes,
    /// Checks that found no receiver of datagrams, by TCP or because a document was refused (and kept), and requests
    /// that found no collector. Documents wait meanwhile.
    failed_probes,
    /// Part of `sent`: documents that may not have been received, because the daemon's TCP port neither accepts nor
    /// refuses connections.
    unconfirmed,
    /// Calls to the daemon for sampling rules and targets.
    sampling_calls,
    /// Sampling calls without a usable answer.
    sampling_failures,
    /// Invalid sampling rules, counted each time they are received.
    sampling_skipped,
}

impl Delivery {
    /// Returns how many documents are known to be lost, for any reason.
    pub fn lost(&self) -> u64 {
        self.losses().map(|(_, count)| count).sum()
    }

    /// Returns how many documents are known to be lost, by reason: the fields of this struct that begin with "Lost".
    pub fn losses(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("refused", self.refused),
            ("rejected", self.rejected),
            ("shed", self.shed),
            ("unresolved", self.unresolved),
            ("unreachable", self.unreachable),
            ("congested", self.congested),
            ("failed", self.failed),
            ("too_large", self.too_large),
        ]
        .into_iter()
    }
}

impl fmt::Display for Delivery {
    /// Writes the counters in Prometheus's text format: `xray_<name>_total <value>`.
    /// <https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format>
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.counters() {
            writeln!(
                formatter,
                "# TYPE xray_{name}_total counter\nxray_{name}_total {value}"
            )?;
        }
        Ok(())
    }
}

impl Counters {
    /// Counts what X-Ray's limits changed.
    pub(crate) fn note(&self, trimmed: &Trimmed) {
        if trimmed.is_empty() {
            return;
        }
        for (counter, number) in [
            (&self.cut_names, trimmed.names),
            (&self.cut_texts, trimmed.texts),
            (&self.cut_annotations, trimmed.annotations),
            (&self.cut_exceptions, trimmed.exceptions),
            (&self.cut_frames, trimmed.frames),
            (&self.cut_stack_traces, trimmed.stack_traces),
            (&self.cut_links, trimmed.links),
            (&self.moved_ends, trimmed.ends),
        ] {
            add(counter, number.into());
        }
    }
}

impl Counters {
    /// Returns the name as documents have it, and counts a change. For OTLP, where names are sent as they are.
    pub(crate) fn clean_name(&self, name: &str) -> String {
        let clean = names::clean_name(name);
        if *clean != *name {
            count(&self.cut_names);
        }
        clean.into_owned()
    }
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

/// Adds `number`.
pub(crate) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
