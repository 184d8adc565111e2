//! The ports of programs on this machine.

use std::net::TcpListener;

use crate::Result;

/// Returns the address of a port on loopback.
pub(crate) fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Fails if a port is taken, naming it and the variable that changes it. `ports` are pairs of both, of a make target.
pub(crate) fn check(target: &str, ports: &[(&str, u16)]) -> Result<()> {
    let taken = |&(variable, port): &(&str, u16)| {
        let error = TcpListener::bind(("127.0.0.1", port)).err()?;
        Some(format!(
            "port {port} cannot be used ({error}); choose another one: make {target} {variable}={}",
            // The last ports have none above them.
            port.checked_add(1000).unwrap_or(port - 1000)
        ))
    };
    let taken: Vec<String> = ports.iter().filter_map(taken).collect();
    if taken.is_empty() {
        Ok(())
    } else {
        Err(taken.join("\n").into())
    }
}
