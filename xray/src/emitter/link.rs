//! The two sockets to the daemon: one sends datagrams; the other, a TCP connection, only shows that the daemon is
//! there.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket},
    thread,
    time::Duration,
};

use super::health::Answer;

/// How often to try to send a datagram while this host's network buffers are full, and how long to wait between two
/// tries.
const CONGESTION_TRIES: u32 = 20;
const CONGESTION_PAUSE: Duration = Duration::from_millis(1);
/// How long to wait for a report that a datagram was refused. On one host it arrives within microseconds, from
/// another host in the same network within a few milliseconds.
const REPORT_PATIENCE: Duration = Duration::from_millis(20);
/// How long a TCP connection may take.
const CONNECT_PATIENCE: Duration = Duration::from_millis(250);

/// A UDP socket that is connected to one of the daemon's addresses.
#[derive(Debug)]
pub(super) struct Link {
    socket: UdpSocket,
    address: SocketAddr,
}

/// The result of sending a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sent {
    /// The network accepted it.
    Accepted,
    /// An earlier datagram was refused; this one was not sent.
    RefusedBefore,
    /// The network's buffers stayed full.
    Congested,
    /// It is too large for the network.
    TooLarge,
    /// The network refused it for another reason.
    Failed,
}

/// A TCP connection on which nothing is sent. The daemon closes it when it ends.
#[derive(Debug)]
pub(super) struct Connection(TcpStream);

impl Link {
    /// Opens a socket with a port of its own, and so a new flow for NAT.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let any = if address.is_ipv4() {
            Ipv4Addr::UNSPECIFIED.into()
        } else {
            Ipv6Addr::UNSPECIFIED.into()
        };
        let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
        socket.set_nonblocking(true)?;
        socket.connect(address)?;
        Ok(Self { socket, address })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn send(&self, datagram: &[u8]) -> Sent {
        for _ in 0..CONGESTION_TRIES {
            match self.socket.send(datagram) {
                Ok(_) => return Sent::Accepted,
                Err(error) => match error.kind() {
                    io::ErrorKind::ConnectionRefused => return Sent::RefusedBefore,
                    io::ErrorKind::WouldBlock => thread::sleep(CONGESTION_PAUSE),
                    _ if is_too_large(&error) => return Sent::TooLarge,
                    _ => return Sent::Failed,
                },
            }
        }
        Sent::Congested
    }

    /// Waits a moment for a report that the only datagram sent so far was refused.
    pub(super) fn wait_for_refusal(&self) -> bool {
        let wait = || {
            self.socket.set_nonblocking(false)?;
            self.socket.set_read_timeout(Some(REPORT_PATIENCE))?;
            self.socket.recv(&mut [0])
        };
        // A timeout is an error as well.
        let is_refused = wait().is_err_and(|error| {
            use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
            !matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
        });
        let is_usable = self.socket.set_nonblocking(true).is_ok();
        is_refused || !is_usable
    }

    /// Whether an earlier datagram was refused; each report is returned once.
    pub(super) fn was_refused(&self) -> bool {
        matches!(self.socket.take_error(), Ok(Some(_)))
    }
}

impl Connection {
    /// Connects; an error says what happened instead.
    pub(super) fn open(address: SocketAddr) -> Result<Self, Answer> {
        let stream = TcpStream::connect_timeout(&address, CONNECT_PATIENCE).map_err(|error| {
            if error.kind() == io::ErrorKind::ConnectionRefused {
                Answer::Refused
            } else {
                Answer::Silent
            }
        })?;
        match stream.set_nonblocking(true) {
            Ok(()) => Ok(Self(stream)),
            Err(_) => Err(Answer::Silent),
        }
    }

    /// Whether the daemon has closed it. If the daemon sends data, the connection is open; the data is ignored.
    pub(super) fn is_closed(&self) -> bool {
        match self.0.peek(&mut [0]) {
            Ok(length) => length == 0,
            Err(error) => error.kind() != io::ErrorKind::WouldBlock,
        }
    }
}

/// Whether it is EMSGSIZE, which the standard library does not name: 90 on Linux, 40 on macOS and the BSDs.
fn is_too_large(error: &io::Error) -> bool {
    let code = if cfg!(target_os = "linux") { 90 } else { 40 };
    error.raw_os_error() == Some(code)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn reader() -> (UdpSocket, SocketAddr) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        (socket, address)
    }

    /// Unix sockets, which can be full or shut down; a UDP socket on this host never is.
    #[cfg(unix)]
    fn pair() -> (Link, std::os::unix::net::UnixDatagram) {
        use std::os::{fd::OwnedFd, unix::net::UnixDatagram};

        let (sender, receiver) = UnixDatagram::pair().unwrap();
        sender.set_nonblocking(true).unwrap();
        let link = Link {
            socket: OwnedFd::from(sender).into(),
            address: "127.0.0.1:2000".parse().unwrap(),
        };
        (link, receiver)
    }

    #[test]
    fn a_datagram_that_the_kernel_finds_too_large_costs_no_other() {
        let (socket, address) = reader();
        let link = Link::new(address).unwrap();
        let too_large = vec![b'x'; segment::datagram::MAX_DATAGRAM + 1];
        assert_eq!(link.send(&too_large), Sent::TooLarge);
        assert_eq!(link.send(b"1"), Sent::Accepted);
        assert_eq!(socket.recv(&mut [0; 2]).unwrap(), 1);
    }

    #[test]
    fn a_refusal_is_reported_once_by_the_first_call() {
        let (socket, address) = reader();
        drop(socket);
        let link = Link::new(address).unwrap();
        assert_eq!(link.send(b"1"), Sent::Accepted);
        assert!(link.wait_for_refusal());
        assert!(!link.was_refused());
        assert_eq!(link.send(b"2"), Sent::Accepted);
        assert_eq!(link.send(b"3"), Sent::RefusedBefore);
        assert!(!link.was_refused());
        assert_eq!(link.send(b"4"), Sent::Accepted);
        assert!(link.was_refused());
    }

    #[test]
    fn a_datagram_that_is_received_is_not_refused_even_if_there_is_an_answer() {
        let (socket, address) = reader();
        let link = Link::new(address).unwrap();
        assert_eq!(link.send(b"1"), Sent::Accepted);
        assert!(!link.wait_for_refusal());
        let (_, from) = socket.recv_from(&mut [0]).unwrap();
        socket.send_to(b"thank you", from).unwrap();
        assert!(!link.wait_for_refusal());
        assert_eq!(link.send(b"2"), Sent::Accepted);
    }

    #[cfg(unix)]
    #[test]
    fn a_datagram_is_tried_again_while_the_network_takes_no_more() {
        let (link, receiver) = pair();
        while link.socket.send(&[0; 1_000]).is_ok() {}
        assert_eq!(link.send(b"1"), Sent::Congested);
        receiver.recv(&mut [0; 1_000]).unwrap();
        assert_eq!(link.send(b"2"), Sent::Accepted);
    }

    #[cfg(unix)]
    #[test]
    fn any_other_network_error_is_a_failure() {
        let (link, _receiver) = pair();
        let stream: &UdpSocket = &link.socket;
        let socket = socket2::SockRef::from(stream);
        socket.shutdown(std::net::Shutdown::Write).unwrap();
        assert_eq!(link.send(b"1"), Sent::Failed);
    }

    #[test]
    fn a_connection_is_open_until_the_other_end_closes_it_even_if_it_sends_data() {
        use std::io::Write;

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let connection = Connection::open(address).unwrap();
        let (mut other, _) = listener.accept().unwrap();
        assert!(!connection.is_closed());
        other.write_all(b"220 ready").unwrap();
        assert!(!connection.is_closed());
        drop(listener);
        assert_eq!(Connection::open(address).unwrap_err(), Answer::Refused);
    }

    #[test]
    fn an_end_that_is_closed_is_noticed() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let connection = Connection::open(listener.local_addr().unwrap()).unwrap();
        drop(listener.accept().unwrap());
        let deadline = std::time::Instant::now() + Duration::from_secs(5);
        while !connection.is_closed() {
            assert!(std::time::Instant::now() < deadline, "not noticed");
            thread::yield_now();
        }
    }
}
