//! What became of what was recorded, as far as this process can know.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use segment::{mapping::Trimmed, names};

/// Declares the counters once: their names in code, in [`Delivery`] and in `/metrics`.
macro_rules! counters {
    ($($(#[$meta:meta])* $counter:ident,)*) => {
        /// What became of the documents since the start. Read with [`crate::Tracing::delivery`].
        ///
        /// What the receiver's kernel or the daemon drops, no sender can see: `sent` counts what was
        /// handed to this host's network and not refused. No counter ever decreases: if the refusal of one that
        /// was counted as sent comes late, it is counted in `refused` and the next one is not counted as sent.
        /// So what was made is `sent` and [`Delivery::lost`] together, once all is flushed.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
        pub struct Delivery {
            $($(#[$meta])* pub $counter: u64,)*
        }

        /// The counters themselves, one for each member of [`Delivery`].
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
            /// Returns every counter with its name.
            pub fn counters(&self) -> impl Iterator<Item = (&'static str, u64)> {
                [$((stringify!($counter), self.$counter),)*].into_iter()
            }
        }
    };
}

counters! {
    /// Documents handed to the network and not known to be lost; counted after each burst. By OTLP: spans that the collector took.
    sent,
    /// Bytes of the datagrams in `sent`, and of those counted in `refused`. By OTLP: of the requests.
    sent_bytes,
    /// Lost: nothing listened on the daemon's port (ICMP said so), or the collector's.
    refused,
    /// Lost: the collector did not want it, or was too busy for a minute. Only by OTLP.
    rejected,
    /// Lost: the buffer was full, because the daemon is away or its name does not resolve, the collector does not
    /// answer, or documents come faster than they are taken.
    shed,
    /// Lost: the daemon's name did not resolve until the end, or the collector's for a minute.
    unresolved,
    /// Lost: until the end nobody was found who takes datagrams at the daemon's address.
    unreachable,
    /// Lost: this host's network took no more, again and again.
    congested,
    /// Lost: the network refused it for another reason; or the collector did not answer, or not in time; or a span had
    /// no ids.
    failed,
    /// Lost: too large for a datagram even after trimming; by OTLP a span of more than 2 MiB.
    too_large,
    /// Requests to the collector that were made again.
    retried,
    /// Names that lost characters which X-Ray does not take, or their end.
    cut_names,
    /// Texts that lost their end; the metadata has them whole.
    cut_texts,
    /// Attributes that were to be annotations and became metadata: beyond the fiftieth, or with a key that
    /// another one has.
    cut_annotations,
    /// Exceptions beyond the fiftieth of a document; the metadata has their events.
    cut_exceptions,
    /// Stack frames beyond the fiftieth of an exception; the document says how many.
    cut_frames,
    /// Stack traces in a form that is not read.
    cut_stack_traces,
    /// Links beyond the twentieth of a document; the metadata has them.
    cut_links,
    /// Spans that ended before they began, and were made to end then.
    moved_ends,
    /// Attributes for which a span of 4 MiB, or all open ones together with 64 MiB, had no room; with a tracer provider
    /// of your own, those beyond its limits.
    dropped_attributes,
    /// Events for which there was as little room.
    dropped_events,
    /// Links for which there was as little room, and links to no span.
    dropped_links,
    /// Documents taken apart because they were too large for one datagram.
    split,
    /// Documents whose metadata was cut to fit into one datagram; the document says so.
    trimmed,
    /// Subsegments sent by themselves: they outlived their segment, or it had too many.
    streamed,
    /// Segments announced because they are open for long.
    announced,
    /// Spans that were open for ten minutes, or when tracing ended: what had finished in them was sent, they
    /// themselves are in progress for good unless they end after all. By OTLP nothing waits for open spans, and
    /// those that never end are not known.
    given_up,
    /// Spans that could not be joined to their segment because too many were open; sent by themselves.
    unjoined,
    /// Times the daemon's or the collector's name was looked up.
    lookups,
    /// Lookups that failed.
    failed_lookups,
    /// Times that no socket could be made for the daemon's address, as when there is no route to it.
    failed_connects,
    /// Times the daemon was asked by TCP whether it is there: while documents flow, at most twice a second.
    probes,
    /// Times that nobody was found who takes datagrams, by TCP or by a document that was refused and kept. Documents
    /// wait meanwhile.
    failed_probes,
    /// Of `sent`: documents of which nothing tells whether anybody took them, because the daemon's TCP port neither
    /// accepts nor refuses.
    unconfirmed,
    /// Calls to the daemon for sampling rules and targets.
    sampling_calls,
    /// Of those, the ones without a usable answer.
    sampling_failures,
    /// Sampling rules that could not be used, each time they came.
    sampling_skipped,
}

impl Delivery {
    /// Returns how many documents are known to be lost, for whatever reason.
    pub fn lost(&self) -> u64 {
        self.losses().map(|(_, count)| count).sum()
    }

    /// Returns how many documents are known to be lost, by reason.
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
    /// Writes the counters as Prometheus reads them: `xray_<name>_total <value>`.
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
    /// Cleans a name as documents have it, and counts if that changed it: for OTLP, by which names go out as they are.
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
