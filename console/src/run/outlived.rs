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

/// Of how many bytes of memory for traces one is for those that questions read back from the folder.
const PAST_SHARE: usize = 4;

/// Returns how many bytes of memory are for the traces that arrive, and how many for those that questions read back.
pub(super) fn shares(config: &Config) -> [usize; 2] {
    let past = match config.data {
        Some(_) => config.max_bytes / PAST_SHARE,
        None => 0,
    };
    [config.max_bytes - past, past]
}

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
