//! Commands as a reader types them, and the ports of what they start.

use std::net::TcpListener;

use end_to_end::{Result, root};
use tokio::process::Command;

/// The README's three ports, exchanged for free ones.
pub(crate) struct Ports(pub(crate) [(u16, u16); 3]);

impl Ports {
    pub(crate) fn free() -> Self {
        let listeners = [(); 3].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let free = listeners
            .each_ref()
            .map(|listener| listener.local_addr().unwrap().port());
        Self([(2000, free[0]), (8080, free[1]), (8081, free[2])])
    }

    pub(crate) fn console(&self) -> u16 {
        self.0[0].1
    }

    /// Returns what sets them.
    pub(crate) fn variables(&self) -> [(&'static str, u16); 3] {
        let [(_, console), (_, front), (_, back)] = self.0;
        [
            ("CONSOLE_PORT", console),
            ("FRONT_PORT", front),
            ("BACK_PORT", back),
        ]
    }

    pub(crate) fn exchange(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (known, free)| {
            text.replace(&format!("localhost:{known}"), &format!("localhost:{free}"))
        })
    }
}

/// Runs a command to its end and returns what it says.
pub(crate) async fn run(command: &str) -> Result<String> {
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(root())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(said)
    } else {
        Err(format!("{command}: {} {said}", output.status).into())
    }
}
