//! The daemon's socket: datagrams in, documents out.
//!
//! Two threads, so that no computation of the console can keep the kernel's buffer from being emptied: one only
//! reads, the other one parses. Between them is a queue that is bounded in bytes.

mod drops;
mod forward;
mod queue;

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::{Duration, SystemTime},
};

use segment::Time;
use socket2::Socket;

use super::intake::Intake;
pub use drops::dropped;
pub use forward::{Forwarded, Forwarder};
use queue::{Batch, Queue, Taken};

/// The requested receive buffer; the kernel grants as much of it as it allows.
const RECEIVE_BUFFER: usize = 16 * 1024 * 1024;
/// The largest possible datagram.
const LARGEST: usize = 65_536;
/// Most datagrams that are read before the batch is passed on.
const MAX_BATCH: usize = 256;
/// From this many datagrams at a time on, more are on their way: they collect in the kernel's buffer for a moment,
/// because a wake-up for each costs more than reading it.
const BUSY: usize = 4;
/// How long they collect, and from which buffer size on they may collect longer: meanwhile, 50,000 datagrams a second
/// of 1 kB fill a twentieth of it.
const PAUSE: Duration = Duration::from_micros(500);
const LONG_PAUSE: Duration = Duration::from_millis(2);
const LARGE_BUFFER: usize = 4 * 1024 * 1024;
/// How long the socket must be idle before summaries are made in advance.
const IDLE: Duration = Duration::from_secs(1);
/// How often an idle socket checks whether to end, in case the datagram that wakes it gets lost.
const READ_TIMEOUT: Duration = Duration::from_millis(500);

/// The socket and the threads that serve it.
#[derive(Debug)]
pub struct Daemon {
    socket: Arc<UdpSocket>,
    queue: Arc<Queue>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    gauges: Gauges,
}

/// Facts and counters of the socket.
#[derive(Debug, Clone)]
pub struct Gauges {
    /// The address.
    pub address: SocketAddr,
    /// The size of the kernel's buffer in bytes, as the kernel counts it.
    pub receive_buffer: usize,
    queue: Arc<Queue>,
    socket: Arc<UdpSocket>,
    errors: Arc<AtomicU64>,
}

impl Gauges {
    /// Returns how many datagrams the kernel dropped; 0 if the system does not report it.
    pub fn dropped_by_socket(&self) -> u64 {
        dropped(&self.socket)
    }

    /// Returns how many datagrams were dropped because the queue was full.
    pub fn dropped_by_queue(&self) -> u64 {
        self.queue.dropped()
    }

    /// Returns how many reads failed.
    pub fn receive_errors(&self) -> u64 {
        self.errors.load(Relaxed)
    }

    /// Sends an empty datagram to the socket, to check that it is read.
    pub fn send_empty(&self) -> io::Result<()> {
        send_empty(self.address)
    }
}

impl Daemon {
    /// Starts the threads that read the socket. At most `waiting` bytes of datagrams wait to be processed.
    pub fn start(
        socket: UdpSocket,
        intake: Arc<Intake>,
        forwarder: Option<Forwarder>,
        waiting: usize,
    ) -> io::Result<Self> {
        let buffer = enlarge(&socket)?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        let socket = Arc::new(socket);
        let queue = Arc::new(Queue::new(waiting));
        let stop = Arc::new(AtomicBool::new(false));
        let gauges = Gauges {
            address: socket.local_addr()?,
            receive_buffer: buffer,
            queue: queue.clone(),
            socket: socket.clone(),
            errors: Arc::default(),
        };
        let reader = Reader {
            socket: socket.clone(),
            queue: queue.clone(),
            stop: stop.clone(),
            errors: gauges.errors.clone(),
            pause: if buffer >= LARGE_BUFFER {
                LONG_PAUSE
            } else {
                PAUSE
            },
        };
        let threads = vec![
            spawn("receive", move || reader.run())?,
            spawn("intake", {
                let queue = queue.clone();
                move || process(&queue, &intake, forwarder)
            })?,
        ];
        Ok(Self {
            socket,
            queue,
            stop,
            threads,
            gauges,
        })
    }

    /// Returns the facts and counters of the socket.
    pub fn gauges(&self) -> Gauges {
        self.gauges.clone()
    }

    /// Ends the threads, after everything that was read has been parsed.
    pub fn stop(self) {
        self.stop.store(true, Relaxed);
        // Wakes the reader; if that fails, the read timeout ends it.
        let _ = send_empty(self.gauges.address);
        let mut threads = self.threads.into_iter();
        if let Some(reader) = threads.next() {
            let _ = reader.join();
        }
        self.queue.close();
        for thread in threads {
            let _ = thread.join();
        }
        drop(self.socket);
    }
}

/// The thread that only reads.
struct Reader {
    socket: Arc<UdpSocket>,
    queue: Arc<Queue>,
    stop: Arc<AtomicBool>,
    errors: Arc<AtomicU64>,
    pause: Duration,
}

impl Reader {
    fn run(self) {
        let mut buffer = vec![0; LARGEST];
        let mut batch = Batch::default();
        while !self.stop.load(Relaxed) {
            let count = self.read(&mut buffer, &mut batch);
            self.queue.push(&mut batch);
            if (BUSY..MAX_BATCH).contains(&count) {
                std::thread::sleep(self.pause);
            }
        }
    }

    /// Waits for one datagram, and takes those that are there already.
    fn read(&self, buffer: &mut [u8], batch: &mut Batch) -> usize {
        let mut count = 0;
        while count < MAX_BATCH {
            match self.socket.recv_from(buffer) {
                Ok((length, sender)) => {
                    batch.push(&buffer[..length], sender, Time::from(SystemTime::now()));
                }
                Err(error) if is_timeout(&error) => break,
                Err(_) => {
                    // For example an ICMP report about a datagram that this socket sent: nothing to read.
                    self.errors.fetch_add(1, Relaxed);
                    break;
                }
            }
            if count == 0 {
                let _ = self.socket.set_nonblocking(true);
            }
            count += 1;
        }
        if count > 0 {
            let _ = self.socket.set_nonblocking(false);
        }
        count
    }
}

/// The thread that parses.
fn process(queue: &Queue, intake: &Intake, mut forwarder: Option<Forwarder>) {
    let mut batch = Batch::default();
    loop {
        match queue.take(&mut batch, IDLE) {
            Taken::Datagrams => {}
            Taken::Silence => {
                // The first request after a busy time must not wait for all of it.
                while queue.is_empty() && intake.store.refresh_some() {}
                continue;
            }
            Taken::Closed => return,
        }
        for (datagram, sender, at) in batch.datagrams() {
            if let Some(forwarder) = forwarder.as_mut().filter(|_| !datagram.is_empty()) {
                forwarder.send(datagram);
            }
            intake.datagram(datagram, sender, at);
        }
        intake.events.notify();
        batch.clear();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted
    )
}

/// Requests a large receive buffer and returns the kernel's.
fn enlarge(socket: &UdpSocket) -> io::Result<usize> {
    let socket = Socket::from(socket.try_clone()?);
    let mut wish = RECEIVE_BUFFER;
    // Linux grants what it allows; other systems refuse a larger request.
    while socket.set_recv_buffer_size(wish).is_err() && wish > LARGEST {
        wish /= 2;
    }
    socket.recv_buffer_size()
}

/// Sends an empty datagram to a socket of this machine.
fn send_empty(address: SocketAddr) -> io::Result<()> {
    let (own, target) = match address {
        SocketAddr::V4(target) if target.ip().is_unspecified() => (
            SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            (Ipv4Addr::LOCALHOST, target.port()).into(),
        ),
        SocketAddr::V6(target) if target.ip().is_unspecified() => (
            SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
            (Ipv6Addr::LOCALHOST, target.port()).into(),
        ),
        SocketAddr::V4(target) => ((*target.ip(), 0).into(), address),
        SocketAddr::V6(target) => ((*target.ip(), 0).into(), address),
    };
    UdpSocket::bind(own)?.send_to(&[], target)?;
    Ok(())
}
