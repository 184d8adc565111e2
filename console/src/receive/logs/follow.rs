//! Reads a file that others write: it may be missing at first, grow, be truncated, or be replaced.

use std::{
    fs::File,
    io::{self, ErrorKind, Read, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::Path,
    time::Duration,
};

use super::{
    MAX_BYTES, Reader, State,
    split::{Ended, Split},
};

/// How often a file without news is checked.
const PAUSE: Duration = Duration::from_millis(100);
/// How many bytes are read at a time.
const CHUNK: usize = 256 * 1024;

/// Reads a file as long as the process runs; standard input until it ends.
pub(super) fn follow(path: &Path, reader: &Reader) {
    if path.as_os_str() == "-" {
        reader.is(State::Reading, path);
        let ended = copy(&mut io::stdin().lock(), &mut Split::default(), reader);
        reader.is(
            ended.map_or_else(|error| State::Failed(error.to_string()), |()| State::Ended),
            path,
        );
        return;
    }
    let mut is_first = true;
    loop {
        if let Err(error) = read(path, is_first, reader) {
            let state = match error.kind() {
                ErrorKind::NotFound => State::Waiting,
                _ => State::Failed(error.to_string()),
            };
            reader.is(state, path);
        }
        std::thread::sleep(PAUSE);
        // A file that appears later is read from its first line on.
        is_first = false;
    }
}

/// Reads one file until another one has its name, or a pipe until it is closed.
fn read(path: &Path, is_first: bool, reader: &Reader) -> io::Result<()> {
    let mut file = File::open(path)?;
    reader.is(State::Reading, path);
    let mut split = Split::default();
    if !file.metadata()?.is_file() {
        return copy(&mut file, &mut split, reader);
    }
    let size = file.metadata()?.len();
    if is_first && size > MAX_BYTES as u64 {
        // No more than this is kept anyway; the first line is incomplete.
        file.seek(SeekFrom::Start(size - MAX_BYTES as u64))?;
        split.skip();
    }
    loop {
        pump(&mut file, &mut split, reader)?;
        if is_replaced(&file, path)? {
            pump(&mut file, &mut split, reader)?;
            hand(&split.finish(), reader);
            return Ok(());
        }
        if file.metadata()?.len() < file.stream_position()? {
            hand(&split.finish(), reader);
            file.seek(SeekFrom::Start(0))?;
            continue;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Reads to the end, and treats an unfinished last line as a line.
fn copy(from: &mut impl Read, split: &mut Split, reader: &Reader) -> io::Result<()> {
    pump(from, split, reader)?;
    hand(&split.finish(), reader);
    Ok(())
}

/// Reads what is there now.
fn pump(from: &mut impl Read, split: &mut Split, reader: &Reader) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        match from.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(length) => hand(&split.push(&chunk[..length]), reader),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hand(ended: &Ended, reader: &Reader) {
    if *ended != Ended::default() {
        reader.take(ended);
    }
}

/// Whether the name now belongs to another file. If it belongs to none, this file may still grow.
fn is_replaced(file: &File, path: &Path) -> io::Result<bool> {
    let own = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(other) => Ok((own.dev(), own.ino()) != (other.dev(), other.ino())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}
