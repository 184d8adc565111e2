//! The program in its own process.

use std::{
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream, UdpSocket},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// A console that ends with its owner.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    socket: UdpSocket,
}

impl Program {
    pub(crate) fn start(arguments: &[&str]) -> io::Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_console"))
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line
            .split_once("http://")
            .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
        let address = address.ok_or(io::ErrorKind::InvalidData)?;
        let socket = UdpSocket::bind("127.0.0.1:0")?;
        socket.connect(address)?;
        Ok(Self {
            address,
            child,
            socket,
        })
    }

    pub(crate) fn send(&self, datagram: &[u8]) -> io::Result<usize> {
        self.socket.send(datagram)
    }

    /// Waits until nothing more is taken.
    pub(crate) fn settle(&self) {
        let mut last = None;
        loop {
            std::thread::sleep(Duration::from_millis(300));
            let now = self.get("/metrics").ok();
            let line = now.as_deref().and_then(|metrics| {
                metrics
                    .lines()
                    .find(|line| line.starts_with("xray_console_documents_accepted"))
            });
            if line.map(str::to_owned) == last {
                return;
            }
            last = line.map(str::to_owned);
        }
    }

    pub(crate) fn get(&self, path: &str) -> io::Result<String> {
        self.ask("GET", path, "")
    }

    pub(crate) fn post(&self, operation: &str, body: &str) -> io::Result<String> {
        self.ask("POST", &format!("/{operation}"), body)
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> io::Result<String> {
        let mut stream = TcpStream::connect(self.address)?;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        if answer.starts_with("HTTP/1.1 200") {
            Ok(answer)
        } else {
            Err(io::Error::other(answer))
        }
    }

    /// Processor time of the process so far, in steps of 10 ms.
    pub(crate) fn processor_time(&self) -> io::Result<Duration> {
        let stat = self.file("stat")?;
        let (_, rest) = stat.rsplit_once(')').ok_or(io::ErrorKind::InvalidData)?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        // User and system time, in hundredths of a second.
        let ticks: u64 = fields[11..13]
            .iter()
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Bytes in memory.
    pub(crate) fn resident(&self) -> io::Result<u64> {
        let status = self.file("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
        kilobytes
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| io::ErrorKind::InvalidData.into())
    }

    fn file(&self, name: &str) -> io::Result<String> {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.child.id()))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
