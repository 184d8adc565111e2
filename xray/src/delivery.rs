//! What became of the documents, as far as this process can know.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

/// Declares the counters once: their names in code, in [`Delivery`] and in `/metrics`.
macro_rules! counters {
    ($($(#[$meta:meta])* $counter:ident,)*) => {
        /// What became of the documents since the start. Read with [`crate::Tracing::delivery`].
        ///
        /// What the receiver's kernel or the daemon drops, no sender can see: `sent` counts what was
        /// handed to this host's network.
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
    /// Documents handed to the network and not known to be lost.
    sent,
    /// Bytes of the datagrams in `sent`, and of those counted in `refused`.
    sent_bytes,
    /// Lost: nothing listened on the daemon's port (ICMP said so).
    refused,
    /// Lost: the buffer was full, because the daemon's name does not resolve or documents come faster
    /// than a daemon takes them.
    shed,
    /// Lost: the daemon's name did not resolve until the end.
    unresolved,
    /// Lost: this host's network took no more, again and again.
    congested,
    /// Lost: the network refused it for another reason.
    failed,
    /// Lost: too large for a datagram even after trimming.
    too_large,
    /// Documents taken apart because they were too large for one datagram.
    split,
    /// Documents whose metadata was cut to fit into one datagram; the document says so.
    trimmed,
    /// Subsegments sent by themselves: they outlived their segment, or it had too many.
    streamed,
    /// Segments announced because they are open for long.
    announced,
    /// Spans that could not be joined to their segment because too many were open; sent by themselves.
    unjoined,
    /// Times the daemon's name was looked up.
    lookups,
    /// Lookups that failed.
    failed_lookups,
}

impl Delivery {
    /// Returns how many documents are known to be lost, for whatever reason.
    pub fn lost(&self) -> u64 {
        self.refused + self.shed + self.unresolved + self.congested + self.failed + self.too_large
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

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    add(counter, 1);
}

/// Adds `number`.
pub(crate) fn add(counter: &AtomicU64, number: u64) {
    counter.fetch_add(number, Ordering::Relaxed);
}
