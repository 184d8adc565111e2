//! The daemon's name and its current addresses.

use std::{
    fmt, io,
    net::{SocketAddr, ToSocketAddrs},
    sync::Arc,
    time::{Duration, Instant},
};

use segment::HostPort;

use crate::delivery::{Counters, count};

/// How long addresses are used before the name is looked up again.
const ADDRESS_TTL: Duration = Duration::from_secs(60);
/// How long to wait between two lookups while there is a problem.
const LOOKUP_PAUSE: Duration = Duration::from_secs(1);

/// Looks up the addresses of the daemon's or the collector's name. The default is the system's resolver. A parameter,
/// so that tests can change a name's addresses.
///
/// ```
/// use xray::{Resolver, Tracing, testing::Daemon};
///
/// let daemon = Daemon::start()?;
/// let mut config = daemon.config("shop");
/// config.daemon = "daemon.example:2000".parse().unwrap();
/// let address = daemon.socket_address();
/// let tracing = Tracing::with_resolver(&config, Resolver::new(move |_| Ok(vec![address])))?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Resolver(Arc<Resolve>);

type Resolve = dyn Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync;

/// A name and its last known addresses.
#[derive(Debug)]
pub(super) struct Addresses {
    name: HostPort,
    resolver: Resolver,
    known: Vec<SocketAddr>,
    known_at: Option<Instant>,
    looked_up_at: Option<Instant>,
}

impl Resolver {
    /// Looks up names with `resolve`, which returns addresses with ports. It runs on the emitter's thread and may block;
    /// requests do not wait for it. While it returns an error or no address, documents wait.
    pub fn new(
        resolve: impl Fn(&HostPort) -> io::Result<Vec<SocketAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(resolve))
    }

    pub(crate) fn look_up(&self, name: &HostPort) -> io::Result<Vec<SocketAddr>> {
        (self.0)(name)
    }
}

impl Default for Resolver {
    /// The system's resolver.
    fn default() -> Self {
        Self::new(|name| Ok((name.host.as_str(), name.port).to_socket_addrs()?.collect()))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Resolver")
    }
}

impl Addresses {
    pub(super) fn new(name: HostPort, resolver: Resolver) -> Self {
        Self {
            name,
            resolver,
            known: Vec::new(),
            known_at: None,
            looked_up_at: None,
        }
    }

    /// Whether the name has ever resolved.
    pub(super) fn are_known(&self) -> bool {
        !self.known.is_empty()
    }

    /// Returns the addresses in the resolver's order; none if the name has never resolved.
    ///
    /// The name is looked up once a minute, or once a second if the addresses `are_doubtful`. If it does not resolve,
    /// the last known addresses are kept: a failing resolver says nothing about the daemon.
    pub(super) fn get(
        &mut self,
        are_doubtful: bool,
        counters: &Counters,
        now: Instant,
    ) -> &[SocketAddr] {
        let is_within = |at: Option<Instant>, time| at.is_some_and(|at| now < at + time);
        let is_fresh = !are_doubtful && is_within(self.known_at, ADDRESS_TTL);
        if !is_fresh && !is_within(self.looked_up_at, LOOKUP_PAUSE) {
            self.looked_up_at = Some(now);
            count(&counters.lookups);
            match self.resolver.look_up(&self.name) {
                Ok(addresses) if !addresses.is_empty() => {
                    self.known = addresses;
                    self.known_at = Some(now);
                }
                _ => count(&counters.failed_lookups),
            }
        }
        &self.known
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A name whose addresses are in the cell; with none, it does not resolve.
    fn name() -> (Addresses, Arc<Mutex<Vec<SocketAddr>>>) {
        let answer = Arc::<Mutex<Vec<_>>>::default();
        let known = Arc::clone(&answer);
        let resolver = Resolver::new(move |_| Ok(known.lock().unwrap().clone()));
        let name = HostPort {
            host: "daemon.example".to_owned(),
            port: 2000,
        };
        (Addresses::new(name, resolver), answer)
    }

    fn address(number: u8) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, number], 2000))
    }

    #[test]
    fn a_name_is_looked_up_once_a_minute_and_in_doubt_once_a_second() {
        let (mut name, answer) = name();
        let (counters, now) = (Counters::default(), Instant::now());
        *answer.lock().unwrap() = vec![address(1)];
        assert_eq!(name.get(false, &counters, now), [address(1)]);
        *answer.lock().unwrap() = vec![address(2), address(3)];
        assert_eq!(
            name.get(false, &counters, now + ADDRESS_TTL / 2),
            [address(1)]
        );
        let later = now + ADDRESS_TTL;
        assert_eq!(name.get(false, &counters, later), [address(2), address(3)]);
        *answer.lock().unwrap() = vec![address(4)];
        let soon = later + LOOKUP_PAUSE / 2;
        assert_eq!(name.get(true, &counters, soon), [address(2), address(3)]);
        let doubted = later + LOOKUP_PAUSE;
        assert_eq!(name.get(true, &counters, doubted), [address(4)]);
        assert_eq!(counters.read().lookups, 3);
    }

    #[test]
    fn an_address_that_was_good_is_kept_while_the_name_does_not_resolve() {
        let (mut name, answer) = name();
        let (counters, now) = (Counters::default(), Instant::now());
        assert!(name.get(false, &counters, now).is_empty());
        *answer.lock().unwrap() = vec![address(1)];
        let resolved = now + LOOKUP_PAUSE;
        assert_eq!(name.get(false, &counters, resolved), [address(1)]);
        answer.lock().unwrap().clear();
        let later = resolved + ADDRESS_TTL;
        assert_eq!(name.get(false, &counters, later), [address(1)]);
        let delivery = counters.read();
        assert_eq!((delivery.lookups, delivery.failed_lookups), (3, 2));
    }
}
