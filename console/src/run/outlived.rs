//! The folder of a console that is to outlive itself.

use std::{sync::Arc, time::Duration};

use segment::Time;

use crate::{
    command::Config,
    disk::{Disk, OpenError, Settings},
    receive::intake::Intake,
};

/// How far ahead of the clock a document may have come before that is worth a word.
const AHEAD: Duration = Duration::from_secs(60);

/// Opens the folder that the settings name, if they do, and says what is damaged there.
pub fn open_disk(config: &Config) -> Result<Option<Arc<Disk>>, OpenError> {
    let Some(folder) = config.data.clone() else {
        return Ok(None);
    };
    let bytes = config.max_disk;
    let (disk, notices) = Disk::open(Settings { folder, bytes })?;
    for notice in notices {
        tracing::warn!("{notice}");
    }
    Ok(Some(disk))
}

/// Takes back what earlier consoles kept, as much of it as memory may hold, and says how much there is.
pub(super) fn take_back(intake: &mut Intake, disk: Arc<Disk>, max_bytes: usize, now: Time) {
    let (found, last) = disk.found();
    let folder = disk.path().display().to_string();
    intake.disk = Some(disk);
    // Tables and summaries take the rest.
    let taken = intake.take_back(max_bytes / 4 * 3);
    let traces = intake.store.fill().traces;
    tracing::info!(
        "{folder} has {found} documents; the newest {taken} are in memory, of {traces} traces"
    );
    if let Some(last) = last.filter(|last| last.since(now) > AHEAD) {
        tracing::warn!(
            "the clock went back: the newest document in {folder} came {} seconds from now; lists go by the times of \
             the traces",
            last.since(now).as_secs()
        );
    }
}
