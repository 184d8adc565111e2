//! Something that runs on the services' core whenever they do not, so that it never sleeps.

use std::{
    env,
    process::{Child, Command},
    time::{Duration, Instant},
};

use rustix::process::nice;

use crate::{Result, load};

/// It ends by itself after this, should nobody end it before.
const PATIENCE: Duration = Duration::from_secs(600);

/// A process that spins; it ends with this.
#[derive(Debug)]
pub(crate) struct Spinner(Child);

impl Spinner {
    pub(crate) fn start() -> Result<Self> {
        let child = Command::new(env::current_exe()?).arg("spin").spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // It may have ended already, and then there is nothing to do.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Spins, after everybody else.
pub(crate) fn spin() -> Result<()> {
    load::pin(0)?;
    nice(19)?;
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        std::hint::spin_loop();
    }
    Ok(())
}
