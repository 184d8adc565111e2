//! A folder: the account, and the files of traces from the oldest to the newest.
//!
//! Whoever opens the folder has it alone: the engine locks `console.redb`. A file that is damaged is set aside under another
//! name, so that nothing of it is lost to whoever can read it, and the console goes on without it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use redb::{
    Database, DatabaseError, Error, ReadableDatabase as _, ReadableTable as _, TableDefinition,
};

use super::{
    files::Files,
    generation::{Generation, is_damage, taken},
};

/// How the folder is written.
const FORMAT: u64 = 2;
/// The oldest format that is read, file by file (`old`). The folder then has today's, so that no older console takes it.
const OLDEST_FORMAT: u64 = 1;
const CONSOLE: &str = "console.redb";
const FORMATS: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
const ACCOUNT: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("account");
/// The only key of both tables.
const KEY: &str = "console";
/// What stands before and behind the number of a file of traces.
const NAME: (&str, &str) = ("traces-", ".redb");

/// A folder in use.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    console: Database,
    /// The last one is written. There is none before the first document.
    generations: Files,
}

/// Why a folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another console has it.
    #[error("another console uses the folder {}: end that one, or name another folder with --data", .0.display())]
    InUse(PathBuf),
    /// It has files, and they are not a console's.
    #[error(
        "the folder {} has {file} and no traces of a console: name an empty folder or a new one with --data", folder.display()
    )]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// A file that it has.
        file: String,
    },
    /// A later version of the console wrote it.
    #[error(
        "the folder {} is in format {found}, and this console reads up to format {FORMAT}: use the console that wrote it, or \
         name another folder with --data", folder.display()
    )]
    Format {
        /// The folder.
        folder: PathBuf,
        /// The format that it has.
        found: u64,
    },
    /// The system does not let it be read or written.
    #[error(
        "cannot use the folder {}: {reason}; name one with --data that this user may write and that has space",
        folder.display()
    )]
    Io {
        /// The folder.
        folder: PathBuf,
        /// What the system or the engine says.
        reason: String,
    },
}

impl OpenError {
    /// Says that the system does not allow it.
    pub(super) fn io(folder: &Path, reason: &impl ToString) -> Self {
        Self::Io {
            folder: folder.to_owned(),
            reason: reason.to_string(),
        }
    }
}

impl Folder {
    /// Opens a folder, or makes it. Also returns what is to be said about it.
    pub(super) fn open(path: &Path) -> Result<(Self, Vec<String>), OpenError> {
        let io = |source: io::Error| OpenError::io(path, &source);
        fs::create_dir_all(path).map_err(io)?;
        let names = names(path).map_err(io)?;
        let is_known = names.iter().any(|name| name.starts_with(CONSOLE));
        let foreign = names.iter().find(|name| name.as_str() != "lost+found");
        if let Some(file) = foreign.filter(|_| !is_known) {
            return Err(OpenError::Foreign {
                folder: path.to_owned(),
                file: file.clone(),
            });
        }
        let mut notices = Vec::new();
        let console = console(path, &mut notices)?;
        check_format(&console, path)?;
        let mut folder = Self {
            path: path.to_owned(),
            console,
            generations: Files::default(),
        };
        let mut numbers: Vec<u64> = names.iter().filter_map(|name| number(name)).collect();
        numbers.sort_unstable();
        for number in numbers {
            folder.open_generation(number, &mut notices)?;
        }
        Ok((folder, notices))
    }

    fn open_generation(&mut self, number: u64, notices: &mut Vec<String>) -> Result<(), OpenError> {
        let path = file(&self.path, number);
        match Generation::open(number, &path) {
            Ok(generation) => self.generations.0.push(Arc::new(generation)),
            Err(error) if is_damage(&error) => notices.push(set_aside(&path, &error)),
            Err(error) => {
                let reason = format!("{}: {error}", path.display());
                return Err(OpenError::io(&self.path, &reason));
            }
        }
        Ok(())
    }

    /// Returns the files of traces.
    pub(super) fn files(&self) -> Files {
        self.generations.clone()
    }

    /// Returns the file that is written now; a new one if there is none, or it has more than `most` bytes, or an older
    /// console wrote it.
    pub(super) fn current(&mut self, most: u64) -> Result<Arc<Generation>, Error> {
        let last = self.generations.0.last();
        if let Some(last) = last.filter(|last| last.bytes() <= most && !last.is_old) {
            return Ok(last.clone());
        }
        let next = last.map_or(1, |last| last.number + 1);
        // A file of this number that could not be opened was set aside.
        let made = Arc::new(Generation::create(next, &file(&self.path, next))?);
        self.generations.0.push(made.clone());
        Ok(made)
    }

    /// Removes the oldest file, unless it is the one that is written; returns how many documents it had.
    pub(super) fn remove_oldest(&mut self) -> Option<u64> {
        if self.generations.0.len() < 2 {
            return None;
        }
        let oldest = self.generations.0.remove(0);
        let documents = oldest.documents_count().unwrap_or_default();
        if let Err(error) = fs::remove_file(&oldest.path) {
            tracing::warn!("cannot remove {}: {error}", oldest.path.display());
        }
        Some(documents)
    }

    /// Closes the file that is written, and opens it again, after which what is not whole is gone. One that is damaged is
    /// set aside; returns how many documents it had.
    pub(super) fn reopen(&mut self, error: &Error) -> u64 {
        let Some(last) = self.generations.0.pop() else {
            return 0;
        };
        let documents = last.documents_count().unwrap_or_default();
        let (number, path) = (last.number, last.path.clone());
        drop(last);
        let damage = if is_damage(error) {
            error.to_string()
        } else {
            match Generation::open(number, &path) {
                Ok(generation) => {
                    self.generations.0.push(Arc::new(generation));
                    return 0;
                }
                // Somebody reads it, or the disk takes nothing yet; the next try comes soon.
                Err(error) if !is_damage(&error) => return 0,
                Err(error) => error.to_string(),
            }
        };
        tracing::error!("{}", set_aside(&path, &damage));
        documents
    }

    /// Removes all traces. What is damaged and was set aside stays.
    pub(super) fn clear(&mut self) -> Result<(), String> {
        let mut wrong = Ok(());
        for generation in self.generations.0.drain(..) {
            let path = generation.path.clone();
            drop(generation);
            if let Err(error) = fs::remove_file(&path) {
                wrong = Err(format!("{}: {error}", path.display()));
            }
        }
        wrong
    }

    /// Returns how many bytes the files take.
    pub(super) fn bytes(&self) -> u64 {
        let traces: u64 = self.generations.0.iter().map(|file| file.bytes()).sum();
        traces + taken(&self.path.join(CONSOLE))
    }

    /// Returns the account.
    pub(super) fn account(&self) -> Option<Vec<u8>> {
        let table = self.console.begin_read().ok()?.open_table(ACCOUNT).ok()?;
        let account = table.get(KEY).ok()??;
        Some(account.value().to_vec())
    }

    /// Keeps the account.
    pub(super) fn keep_account(&self, account: &[u8]) -> Result<(), String> {
        let keep = || -> Result<(), Error> {
            let transaction = self.console.begin_write()?;
            transaction.open_table(ACCOUNT)?.insert(KEY, account)?;
            Ok(transaction.commit()?)
        };
        keep().map_err(|error| format!("{}: {error}", self.path.join(CONSOLE).display()))
    }
}

/// Opens the file with the account, which is the lock as well.
fn console(folder: &Path, notices: &mut Vec<String>) -> Result<Database, OpenError> {
    let path = folder.join(CONSOLE);
    match Database::create(&path) {
        Ok(console) => return Ok(console),
        Err(DatabaseError::DatabaseAlreadyOpen | DatabaseError::LockProtocolMismatch) => {
            return Err(OpenError::InUse(folder.to_owned()));
        }
        Err(error) => {
            let error = Error::from(error);
            if !is_damage(&error) {
                return Err(OpenError::io(folder, &error));
            }
            notices.push(format!(
                "{}: rules, groups and tags begin anew",
                set_aside(&path, &error)
            ));
        }
    }
    Database::create(&path).map_err(|error| OpenError::io(folder, &error))
}

/// Looks at the format of a folder, and writes today's into a new or an older one.
fn check_format(console: &Database, folder: &Path) -> Result<(), OpenError> {
    let check = || -> Result<u64, Error> {
        let transaction = console.begin_write()?;
        let found = {
            let mut table = transaction.open_table(FORMATS)?;
            let known = table.get(KEY)?.map_or(FORMAT, |format| format.value());
            if (OLDEST_FORMAT..=FORMAT).contains(&known) {
                table.insert(KEY, FORMAT)?;
            }
            known
        };
        transaction.commit()?;
        Ok(found)
    };
    match check() {
        Ok(OLDEST_FORMAT..=FORMAT) => Ok(()),
        Ok(found) => Err(OpenError::Format {
            folder: folder.to_owned(),
            found,
        }),
        Err(error) => Err(OpenError::io(folder, &error)),
    }
}

fn names(folder: &Path) -> io::Result<Vec<String>> {
    fs::read_dir(folder)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

fn file(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{}{number:08}{}", NAME.0, NAME.1))
}

fn number(name: &str) -> Option<u64> {
    let number = name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?;
    number.parse().ok()
}

/// Gives a file that is damaged another name, which no console looks for, and returns what is to be said.
fn set_aside(path: &Path, error: &impl ToString) -> String {
    let free = |number: &u32| {
        let path = path.with_extension(format!("redb.damaged-{number}"));
        (!path.exists()).then_some(path)
    };
    let aside = (1..u32::MAX).find_map(|number| free(&number));
    let aside = aside.unwrap_or_else(|| path.with_extension("redb.damaged"));
    let became = match fs::rename(path, &aside) {
        Ok(()) => format!("it is {} now", aside.display()),
        Err(source) => format!("it cannot be renamed either: {source}"),
    };
    format!(
        "{} is damaged ({}); {became}",
        path.display(),
        error.to_string()
    )
}
