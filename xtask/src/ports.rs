//! The ports of programs on this machine.

use std::net::TcpListener;

use crate::Result;

/// Returns the address of a port on loopback.
pub(crate) fn local(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Fails if a port is taken or is there twice, naming it and the variable that changes it. `ports` are pairs of both, of a
/// make target.
pub(crate) fn check(target: &str, ports: &[(&str, u16)]) -> Result<()> {
    for (at, (variable, port)) in ports.iter().enumerate() {
        if let Some((other, _)) = ports[..at].iter().find(|(_, other)| other == port) {
            return Err(format!("{other} and {variable} are both {port}; choose two ports").into());
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_or_there_twice_is_named_with_its_variable() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = listener.local_addr().unwrap().port();
        let said = |ports: &[(&str, u16)]| check("run", ports).unwrap_err().to_string();
        let words = said(&[("CONSOLE_PORT", taken)]);
        assert!(
            words.starts_with(&format!("port {taken} cannot be used")),
            "{words}"
        );
        assert!(words.contains("make run CONSOLE_PORT="), "{words}");
        assert_eq!(
            said(&[("CONSOLE_PORT", 7), ("BACK_PORT", 8), ("FRONT_PORT", 7)]),
            "CONSOLE_PORT and FRONT_PORT are both 7; choose two ports"
        );
    }
}
