//! Counts what the kernel dropped because a socket's buffer was full.
//!
//! Linux reports it for each socket in `/proc/net/udp`. The alternative, `SO_RXQ_OVFL`, needs `recvmsg` and unsafe
//! code.

use std::net::UdpSocket;

/// Returns how many datagrams were dropped; 0 if the system does not report it.
pub fn dropped(socket: &UdpSocket) -> u64 {
    let Some(inode) = inode(socket) else {
        return 0;
    };
    let tables = ["/proc/self/net/udp", "/proc/self/net/udp6"];
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    tables
        .into_iter()
        .find_map(|path| find(&read(path), &inode))
        .unwrap_or(0)
}

#[cfg(target_os = "linux")]
fn inode(socket: &UdpSocket) -> Option<String> {
    use std::os::fd::AsRawFd;

    let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    let link = link.to_str()?;
    Some(link.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
}

#[cfg(not(target_os = "linux"))]
fn inode(_: &UdpSocket) -> Option<String> {
    None
}

/// Finds the last column, the drops, in the line whose tenth column is the inode.
fn find(table: &str, inode: &str) -> Option<u64> {
    table.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        (columns.get(9) == Some(&inode)).then(|| columns.last()?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drops_are_in_the_last_column_of_the_sockets_line() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops\n \
             3: 0100007F:07D0 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0 17\n";
        assert_eq!(find(table, "4711"), Some(17));
        assert_eq!(find(table, "471"), None);
        assert_eq!(find("", "4711"), None);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_socket_that_is_not_read_overflows_and_reports_it() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect(socket.local_addr().unwrap()).unwrap();
        assert_eq!(dropped(&socket), 0);
        for _ in 0..2_000 {
            sender.send(&[0; 1_000]).unwrap();
        }
        let read = std::iter::from_fn(|| {
            socket.set_nonblocking(true).unwrap();
            socket.recv(&mut [0; 1_000]).ok()
        });
        let read = read.count() as u64;
        assert_eq!(read + dropped(&socket), 2_000);
        assert!(dropped(&socket) > 0);
    }
}
