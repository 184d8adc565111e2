//! Requests at a fixed rate from a client that never sleeps.

use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use rustix::thread::{CpuSet, sched_setaffinity};

use crate::Result;

/// How many connections there are; a request goes out on each before the first answer is read, so that the
/// service is never idle in between and its caches are warm, as under load. Then there is a pause, so that the
/// emitter, which sends no faster than a daemon reads, sends every document. As many as X-Ray's SDKs of other
/// languages were measured with; what more of them hold does not fit into a core's cache.
pub(crate) const CONNECTIONS: u32 = 16;

/// Connections to one service.
pub(crate) struct Load {
    connections: Vec<TcpStream>,
    request: Vec<u8>,
}

impl Load {
    /// Connects to a service. Each request will be `GET path` with `headers`, each ended by `\r\n`.
    pub(crate) fn connect(
        address: SocketAddr,
        path: &str,
        headers: &str,
        connections: u32,
    ) -> Result<Self> {
        let connect = |_| {
            let stream = TcpStream::connect(address)?;
            stream.set_nonblocking(true)?;
            stream.set_nodelay(true)?;
            Ok(stream)
        };
        let connections = (0..connections).map(connect).collect::<Result<_>>()?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {address}\r\nuser-agent: bench/1.0\r\n{headers}\r\n"
        )
        .into_bytes();
        Ok(Self {
            connections,
            request,
        })
    }

    /// Sends requests for as long as `time` and returns how many were answered. Datagrams at `sink` are
    /// taken away meanwhile.
    pub(crate) fn run(&mut self, rate: u32, time: Duration, sink: &UdpSocket) -> Result<u32> {
        let period = Duration::from_secs(1) * self.connections() / rate;
        let begin = Instant::now();
        let mut answered = 0;
        let mut next = begin;
        while begin.elapsed() < time {
            answered += self.ask_all()?;
            next += period;
            while Instant::now() < next {
                drain(sink);
            }
        }
        settle(sink);
        Ok(answered)
    }

    /// Sends one request on each connection and reads the answers; returns how many there are.
    pub(crate) fn ask_all(&mut self) -> Result<u32> {
        for connection in &mut self.connections {
            connection.write_all(&self.request)?;
        }
        self.connections.iter_mut().try_for_each(read_answer)?;
        Ok(self.connections())
    }

    fn connections(&self) -> u32 {
        u32::try_from(self.connections.len()).unwrap_or(u32::MAX)
    }
}

/// Reads one response whole; anything but 200 is an error.
fn read_answer(connection: &mut TcpStream) -> Result<()> {
    let mut answer = Vec::with_capacity(2048);
    let mut buffer = [0; 4096];
    loop {
        match connection.read(&mut buffer) {
            Ok(0) => return Err("the service hung up".into()),
            Ok(length) => answer.extend_from_slice(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => std::hint::spin_loop(),
            Err(error) => return Err(error.into()),
        }
        if is_whole(&answer) {
            break;
        }
    }
    if answer.starts_with(b"HTTP/1.1 200") {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&answer).into_owned().into())
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length: ")?
            .parse()
            .ok()
    });
    length.is_some_and(|length: usize| body.len() >= length)
}

/// Waits for what the last requests left behind, which belongs to them.
pub(crate) fn settle(sink: &UdpSocket) {
    let end = Instant::now() + Duration::from_millis(20);
    while Instant::now() < end {
        drain(sink);
    }
}

/// Takes away what arrived.
pub(crate) fn drain(sink: &UdpSocket) {
    let mut buffer = [0; 2048];
    while sink.recv(&mut buffer).is_ok() {}
}

/// Binds this process to one core.
pub(crate) fn pin(core: usize) -> Result<()> {
    let mut cores = CpuSet::new();
    cores.set(core);
    Ok(sched_setaffinity(None, &cores)?)
}

/// Returns the number of the last core.
pub(crate) fn last_core() -> usize {
    std::thread::available_parallelism().map_or(0, |cores| cores.get() - 1)
}
