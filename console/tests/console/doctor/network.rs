//! A network in which something is broken: relays, answers, ports that nobody serves.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread::JoinHandle,
    time::Duration,
};

use socket2::{Domain, Socket, Type};

/// A thread that ends with the test.
pub(super) struct Helper {
    pub(super) address: SocketAddr,
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Helper {
    fn start(address: SocketAddr, mut step: impl FnMut() + Send + 'static) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let thread = std::thread::spawn({
            let ends = ends.clone();
            move || {
                while !ends.load(Relaxed) {
                    step();
                }
            }
        });
        Self {
            address,
            ends,
            thread: Some(thread),
        }
    }

    /// Passes datagrams on to a console, changed.
    pub(super) fn relay(to: SocketAddr, change: fn(&[u8]) -> Vec<u8>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket
            .set_read_timeout(Some(Duration::from_millis(20)))
            .unwrap();
        let address = socket.local_addr().unwrap();
        let mut buffer = vec![0; 65_536];
        Self::start(address, move || {
            if let Ok(length) = socket.recv(&mut buffer) {
                socket.send_to(&change(&buffer[..length]), to).unwrap();
            }
        })
    }

    /// Answers every request in the same way.
    pub(super) fn answering(answer: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        Self::start(address, move || match listener.accept() {
            Ok((mut stream, _)) => {
                stream.set_nonblocking(false).unwrap();
                let _ = stream.read(&mut [0; 4096]);
                let _ = stream.write_all(answer.as_bytes());
            }
            Err(_) => std::thread::sleep(Duration::from_millis(2)),
        })
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        self.ends.store(true, Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

/// An address at which nothing listens, neither UDP nor TCP.
pub(super) fn nobody() -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    drop(UdpSocket::bind(address));
    address
}

/// A TCP port whose host drops what asks for a connection: its queue is full, and nobody takes from it.
pub(super) fn dropping() -> (Socket, Vec<TcpStream>, SocketAddr) {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
    socket.bind(&any.into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(200));
    let queue = std::iter::from_fn(|| connect().ok()).take(100).collect();
    (socket, queue, address)
}
