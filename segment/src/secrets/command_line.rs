//! Passwords on command lines, in a text or as a list of arguments.

use super::{
    literal::is_placeholder,
    name::{Secrecy, secrecy},
    secret::{HIDDEN, Secret},
};

/// What a program takes behind a flag of one letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Taken {
    Password,
    /// `user:password`
    Login,
}

/// Programs with the same flags.
#[derive(Debug)]
struct Program {
    names: &'static [&'static str],
    /// The short flags that take a secret.
    flags: &'static [u8],
    taken: Taken,
}

/// The programs whose short flags take a password. `-p` is a port for most others, or a folder.
///
/// `mysql -p shop` names a database, as mysql takes a password only without the space. It is hidden all the same,
/// because many people write a password there.
const PROGRAMS: [Program; 8] = [
    Program {
        names: &[
            "mysql",
            "mysqladmin",
            "mysqlcheck",
            "mysqldump",
            "mysqlimport",
            "mysqlpump",
            "mysqlshow",
            "mysqlslap",
            "mysqlsh",
            "mariadb",
            "mariadb-admin",
            "mariadb-backup",
            "mariadb-check",
            "mariadb-dump",
            "mariadb-import",
            "mariadb-show",
            "mongo",
            "mongosh",
            "mongodump",
            "mongoexport",
            "mongoimport",
            "mongorestore",
            "mongostat",
            "mongotop",
            "cqlsh",
            "sshpass",
            // `docker login -p`: the word before the flag.
            "login",
        ],
        flags: b"p",
        taken: Taken::Password,
    },
    Program {
        names: &["redis-cli", "valkey-cli"],
        flags: b"a",
        taken: Taken::Password,
    },
    Program {
        names: &["sqlcmd", "bcp", "isql", "tsql"],
        flags: b"P",
        taken: Taken::Password,
    },
    Program {
        names: &[
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "ldapdelete",
            "ldapwhoami",
            "ldappasswd",
        ],
        flags: b"w",
        taken: Taken::Password,
    },
    Program {
        names: &["curl"],
        flags: b"uU",
        taken: Taken::Login,
    },
    Program {
        names: &["http", "https"],
        flags: b"a",
        taken: Taken::Login,
    },
    Program {
        names: &["ab"],
        flags: b"AP",
        taken: Taken::Login,
    },
    // What `sshpass` starts: the flags behind it are its own.
    Program {
        names: &["ssh", "scp", "sftp", "rsync"],
        flags: b"",
        taken: Taken::Password,
    },
];

/// Long flags that are no name of a secret, with the short ones for which they stand.
const LONG: [(&str, u8); 3] = [("user", b'u'), ("proxy-user", b'U'), ("auth", b'a')];

impl Program {
    /// Returns the program that a word of a command line names; `None` if it is not in the table.
    fn of_word(word: &str) -> Option<&'static Self> {
        let name = word.rsplit(['/', '\\']).next()?;
        let name = name.strip_suffix(".exe").unwrap_or(name);
        let mut programs = PROGRAMS.iter();
        let program = programs.find(|program| program.names.contains(&name));
        // A URL is no program's path.
        program.filter(|_| !word.contains("://"))
    }

    /// Returns what this program takes behind the flag of this letter; `None` if that is no secret.
    fn takes(&self, letter: u8) -> Option<Taken> {
        self.flags.contains(&letter).then_some(self.taken)
    }
}

/// Returns what the flag takes, and its length, without a value in the same word. `program` returns what the program before
/// the flag takes by a letter.
fn read_flag(word: &str, program: impl Fn(u8) -> Option<Taken>) -> Option<(Taken, usize)> {
    let Some(name) = word.strip_prefix("--") else {
        let letters = word.strip_prefix('-')?;
        let first = *letters.as_bytes().first()?;
        let taken = program(first).map(|taken| (taken, 2));
        return taken.or_else(|| {
            // `-su app:password`: several flags in one word, of which the last takes a value.
            let length = letters.bytes().take_while(u8::is_ascii_alphabetic).count();
            let last = *letters.as_bytes()[..length].last()?;
            program(last)
                .filter(|taken| *taken == Taken::Login)
                .map(|taken| (taken, 1 + length))
        });
    };
    let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let length = name.bytes().take_while(is_in_name).count();
    let flag = 2 + length;
    if matches!(
        secrecy(&name[..length]),
        Some(Secrecy::Always | Secrecy::Header | Secrecy::Token)
    ) {
        return Some((Taken::Password, flag));
    }
    let (_, letter) = LONG.iter().find(|(long, _)| *long == &name[..length])?;
    let equals = usize::from(name[length..].starts_with('='));
    Some((program(*letter)?, flag + equals))
}

/// Returns where the secret begins in the value of a flag; `None` if it is none.
fn secret_in(value: &str, taken: Taken) -> Option<usize> {
    match taken {
        // `-p 8080:80` of a container.
        Taken::Password if is_numbers(value) && value.contains(':') => None,
        Taken::Password => (!value.starts_with('-') && !is_placeholder(value)).then_some(0),
        Taken::Login => {
            let (user, password) = value.split_once(':')?;
            // `--user 1000:1000`; and `--user https://…`
            let is_login = !is_numbers(value) && !password.starts_with("//");
            (is_login && !is_placeholder(password)).then_some(user.len() + 1)
        }
    }
}

fn is_numbers(value: &str) -> bool {
    value
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b':')
}

/// `--password value`, `-pvalue` or `-u user:password` in a text, with the first dash at `dash`, where a word begins.
pub(super) fn flag(text: &str, dash: usize) -> Option<Secret> {
    let program = |letter| {
        // Most flags are not worth the search.
        PROGRAMS.iter().find_map(|program| program.takes(letter))?;
        // The command ends before the flag, and begins behind a pipe or the last command.
        let command = text[..dash].rsplit(['|', ';', '&', '\n']).next()?;
        let is_between =
            |character: char| character.is_whitespace() || "'\"`,[](){}=$".contains(character);
        let program = command.rsplit(is_between).find_map(Program::of_word)?;
        program.takes(letter)
    };
    let (taken, flag) = read_flag(&text[dash..], program)?;
    let start = dash + flag;
    let rest = &text[start..];
    // `--password=value` is a pair.
    if rest.starts_with('=') {
        return None;
    }
    let is_end = |character: char| character.is_whitespace() || "'\"`".contains(character);
    let joined = rest.find(is_end).unwrap_or(rest.len());
    let (start, end) = if joined > 0 {
        (start, start + joined)
    } else {
        let (gap, quote) = gap(rest)?;
        let start = start + gap;
        let end = match quote {
            Some(quote) => text[start..].find(quote),
            None => text[start..].find(char::is_whitespace),
        };
        (start, end.map_or(text.len(), |end| start + end))
    };
    let secret = secret_in(&text[start..end], taken)?;
    (start + secret < end).then(|| Secret::new(start + secret, end))
}

/// Returns the length of what is between a flag and its value, and the quote that ends the value: a space, or the quotes
/// and the comma of a list that a language printed (`'-p', 'x'`).
fn gap(text: &str) -> Option<(usize, Option<char>)> {
    if let Some(value) = text.strip_prefix(' ') {
        let quote = value.chars().next().filter(|first| "'\"`".contains(*first));
        return Some((1 + usize::from(quote.is_some()), quote));
    }
    let quote = text.chars().next()?;
    [", ", ",", " "].iter().find_map(|between| {
        let value = text[1..].strip_prefix(between)?;
        let is_same = value.starts_with(quote);
        is_same.then_some((2 + between.len(), Some(quote)))
    })
}

/// The arguments of a command, one after the other.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    /// The last argument that is a known program.
    program: Option<&'static Program>,
    /// What the next argument is, after a flag.
    next: Option<Taken>,
}

impl Arguments {
    /// Returns the next argument without its secret; `None` if it has none.
    pub(super) fn hide(&mut self, argument: &str) -> Option<String> {
        match self.next.take() {
            Some(Taken::Password) => return Some(HIDDEN.to_owned()),
            Some(taken) => {
                let secret = secret_in(argument, taken)?;
                return Some(format!("{}{HIDDEN}", &argument[..secret]));
            }
            None => {}
        }
        if !argument.starts_with('-') {
            self.program = Program::of_word(argument).or(self.program);
            return None;
        }
        let program = |letter| self.program?.takes(letter);
        let (taken, flag) = read_flag(argument, program)?;
        let value = &argument[flag..];
        if value.is_empty() {
            self.next = Some(taken);
            return None;
        }
        if value.starts_with('=') {
            return None;
        }
        let secret = secret_in(value, taken)?;
        Some(format!("{}{HIDDEN}", &argument[..flag + secret]))
    }
}
