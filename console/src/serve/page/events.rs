//! Server-sent events about news: at most four a second, and only when something has happened.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::sse::{Event, KeepAlive, Sse},
};
use futures_util::{Stream, stream};
use tokio::{sync::watch, time::Instant};

use crate::{
    receive::{events::Change, intake::Intake},
    serve::state::Console,
};

/// The shortest time between two events.
const GAP: Duration = Duration::from_millis(250);
/// How often a silent connection is kept alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// A client that listens.
struct Listener {
    intake: Arc<Intake>,
    revision: watch::Receiver<Option<u64>>,
    told: u64,
    next: Instant,
}

/// Answers `GET /events`: `hello` at once, then `changed` whenever something arrived.
pub(super) async fn events(
    State(console): State<Console>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let intake = console.intake;
    let (told, revision) = intake.events.subscribe();
    let listener = Listener {
        intake,
        revision,
        told,
        next: Instant::now(),
    };
    let hello = Event::default()
        .event("hello")
        .data(format!(r#"{{"version":"{}"}}"#, env!("CARGO_PKG_VERSION")));
    let changes = stream::unfold(listener, |mut listener| async {
        let change = listener.change().await?;
        let event = Event::default().event("changed").json_data(change).ok()?;
        Some((Ok(event), listener))
    });
    let events = stream::StreamExt::chain(stream::iter([Ok(hello)]), changes);
    Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}

impl Listener {
    /// Waits for news, but at least for the gap; `None` when the console ends.
    async fn change(&mut self) -> Option<Change> {
        let told = self.told;
        let is_news = |revision: &Option<u64>| revision.is_none_or(|revision| revision > told);
        let news = *self.revision.wait_for(is_news).await.ok()?;
        news?;
        tokio::time::sleep_until(self.next).await;
        let change = self.intake.events.since(self.told);
        self.told = change.revision;
        self.next = Instant::now() + GAP;
        Some(change)
    }
}
