//! Folders that are not as they should be, and clocks.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _},
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use console::{Config, disk};
use redb::{Database, TableDefinition};
use segment::TraceId;
use serde_json::{Value, json};

use super::{ARGUMENTS, Folder, Program, document, name, on_disk, put, segments, trace_id};
use crate::support::{Console, PATIENCE, always};

#[test]
fn a_damaged_file_is_set_aside_and_the_others_are_read() {
    type Damage = fn(&mut File);
    let damages: [(&str, Damage); 4] = [
        ("torn", |file| file.set_len(1_000).unwrap()),
        ("empty", |file| file.set_len(0).unwrap()),
        ("without a head", |file| file.write_all(&[0; 4096]).unwrap()),
        ("of somebody else", |file| {
            file.set_len(0).unwrap();
            file.write_all(b"SQLite format 3").unwrap();
        }),
    ];
    for (what, damage) in damages {
        let folder = Folder::new();
        let config = Config {
            max_disk: 16 * 1024 * 1024,
            ..folder.config()
        };
        let console = Console::start_with(config.clone());
        for trace in 0..5 {
            let documents: Vec<_> = (0..10)
                .map(|segment| document(trace, segment, 60_000))
                .collect();
            put(console.address, &documents);
            let sent = 10 * (trace as u64 + 1);
            console.wait_for(|console| on_disk(console, "written_documents") == sent);
        }
        drop(console);
        let files = folder.files();
        assert!(files.len() >= 2, "{files:?}");
        damage(&mut OpenOptions::new().write(true).open(&files[0]).unwrap());
        let (disk, notices) = disk::Disk::open(disk::Settings {
            folder: folder.0.clone(),
            bytes: config.max_disk,
        })
        .unwrap();
        disk.close();
        drop(disk);
        assert!(notices[0].contains(name(&files[0])), "{what}: {notices:?}");
        let console = Console::start_with(config);
        assert_eq!(
            [0, 4].map(|trace| segments(console.address, trace)),
            [0, 10],
            "{what}"
        );
        put(console.address, &[document(9, 0, 0)]);
        console.wait_for(|console| on_disk(console, "written_documents") == 1);
        let aside = folder
            .files()
            .iter()
            .filter(|file| name(file).contains("damaged"))
            .count();
        assert_eq!(aside, 1, "{what}");
    }
}

#[test]
fn bytes_that_changed_somewhere_stop_no_start() {
    let folder = Folder::new();
    {
        let console = Console::start_with(folder.config());
        let documents: Vec<_> = (0..300).map(|trace| document(trace, 0, 2_000)).collect();
        put(console.address, &documents);
        console.wait_for(|console| on_disk(console, "written_documents") == 300);
    }
    let whole = {
        let mut whole = Vec::new();
        File::open(&folder.files()[0])
            .unwrap()
            .read_to_end(&mut whole)
            .unwrap();
        whole
    };
    let file = folder.files()[0].clone();
    for part in 0..12_u64 {
        fs::write(&file, &whole).unwrap();
        let mut open = OpenOptions::new().write(true).open(&file).unwrap();
        let place = whole.len() as u64 * part / 12 + 100;
        open.seek(SeekFrom::Start(place)).unwrap();
        open.write_all(&[0xa5; 200]).unwrap();
        drop(open);
        let console = Console::start_with(folder.config());
        put(console.address, &[document(1_000, 0, 0)]);
        assert_eq!(segments(console.address, 1_000), 1);
        drop(console);
        for file in folder.files() {
            if name(&file).contains("damaged") || file != self::file(&folder) {
                fs::remove_file(file).unwrap();
            }
        }
    }
}

fn file(folder: &Folder) -> PathBuf {
    folder.0.join("traces-00000001.redb")
}

#[test]
fn a_folder_has_one_console_and_is_a_consoles() {
    let folder = Folder::new();
    let console = Console::start_with(folder.config());
    let error = folder.refused();
    for part in ["another console", folder.0.to_str().unwrap(), "--data"] {
        assert!(error.contains(part), "{part} is not in: {error}");
    }
    drop(console);

    let folder = Folder::new();
    fs::create_dir(&folder.0).unwrap();
    fs::write(folder.0.join("thesis.txt"), "x").unwrap();
    let error = folder.refused();
    assert!(
        error.contains("thesis.txt") && error.contains("empty folder"),
        "{error}"
    );
    let below = Folder(folder.0.join("thesis.txt/traces"));
    let error = below.refused();
    assert!(
        error.contains("cannot use") && error.contains("may write"),
        "{error}"
    );
    assert!(folder.0.join("thesis.txt").exists());
}

/// Writes the format of a folder.
fn write_format(folder: &Folder, format: u64) {
    let console = Database::create(folder.0.join("console.redb")).unwrap();
    let transaction = console.begin_write().unwrap();
    let formats: TableDefinition<'_, &str, u64> = TableDefinition::new("format");
    transaction
        .open_table(formats)
        .unwrap()
        .insert("console", format)
        .unwrap();
    transaction.commit().unwrap();
}

#[test]
fn a_folder_of_a_later_version_is_named_and_left_as_it_is() {
    let folder = Folder::new();
    drop(Console::start_with(folder.config()));
    write_format(&folder, 7);
    let error = folder.refused();
    assert!(
        error.contains("format 7") && error.contains("--data"),
        "{error}"
    );
    // A file of the account that is damaged is no other version, and no reason not to start.
    fs::write(folder.0.join("console.redb"), "torn").unwrap();
    let console = Console::start_with(folder.config());
    let rules: Value = console.call("GetSamplingRules", &json!({}));
    assert_eq!(rules["SamplingRuleRecords"].as_array().unwrap().len(), 1);
}

/// Writes a file of traces as consoles of format 1 did: a document in each block.
fn write_format_1(folder: &Folder, documents: &[String]) {
    let file = Database::create(file(folder)).unwrap();
    let transaction = file.begin_write().unwrap();
    {
        let blocks: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("blocks");
        let index: TableDefinition<'_, &[u8; 24], ()> = TableDefinition::new("index");
        let counts: TableDefinition<'_, &str, u64> = TableDefinition::new("counts");
        let mut blocks = transaction.open_table(blocks).unwrap();
        let mut index = transaction.open_table(index).unwrap();
        for (number, document) in (0_u64..).zip(documents) {
            let id: TraceId = trace_id(usize::try_from(number).unwrap()).parse().unwrap();
            let id = id.to_bytes();
            let at = 1_602_537_400_000_000_000 + number;
            let length = u32::try_from(document.len()).unwrap();
            let record = [
                &id[..],
                &at.to_be_bytes(),
                &length.to_be_bytes(),
                document.as_bytes(),
            ]
            .concat();
            let block = lz4_flex::compress_prepend_size(&record);
            blocks.insert(number, block.as_slice()).unwrap();
            let key = [&id[..], &number.to_be_bytes()].concat();
            let key: [u8; 24] = key.try_into().unwrap();
            index.insert(&key, ()).unwrap();
        }
        let mut counts = transaction.open_table(counts).unwrap();
        counts.insert("documents", documents.len() as u64).unwrap();
    }
    transaction.commit().unwrap();
}

#[test]
fn a_folder_of_an_older_version_is_read_and_gone_on_with() {
    let folder = Folder::new();
    fs::create_dir(&folder.0).unwrap();
    write_format(&folder, 1);
    let documents: Vec<_> = (0..50).map(|trace| document(trace, 0, 0)).collect();
    write_format_1(&folder, &documents);
    let config = Config {
        max_traces: 10,
        ..folder.config()
    };
    let check = |console: &Console| {
        assert_eq!(
            [0, 3, 49, 50].map(|trace| segments(console.address, trace)),
            [1, 2, 1, 1]
        );
        let found = console.call("TraceSummaries", &always());
        assert_eq!(found["TraceSummaries"].as_array().unwrap().len(), 51);
    };
    let console = Console::start_with(config.clone());
    put(console.address, &[document(50, 0, 0), document(3, 1, 0)]);
    console.wait_for(|console| on_disk(console, "written_documents") == 2);
    check(&console);
    drop(console);
    // What is new is in a file of its own.
    assert_eq!(folder.files().len(), 2);
    check(&Console::start_with(config));
}

/// A console that was started by a clock that was an hour ahead wrote the folder.
#[test]
fn a_clock_that_went_back_is_said_and_loses_nothing() {
    let folder = Folder::new();
    let (disk, _) = disk::Disk::open(disk::Settings {
        folder: folder.0.clone(),
        bytes: Config::default().max_disk,
    })
    .unwrap();
    let id: TraceId = trace_id(0).parse().unwrap();
    let ahead = SystemTime::now() + Duration::from_secs(3_600);
    disk.keep(
        id,
        ahead.into(),
        ahead.into()..=ahead.into(),
        &document(0, 0, 0),
    );
    disk.close();
    drop(disk);
    let mut command = Command::new(env!("CARGO_BIN_EXE_console"));
    command
        .args(ARGUMENTS)
        .arg(&folder.0)
        .stderr(Stdio::piped());
    let mut program = Program::run(command);
    let said = BufReader::new(program.child.stderr.take().unwrap()).lines();
    let warning = said
        .map_while(Result::ok)
        .find(|line| line.contains("clock went back"));
    program.kill();
    let warning = warning.unwrap();
    assert!(warning.contains(folder.0.to_str().unwrap()), "{warning}");
    let console = Console::start_with(folder.config());
    put(console.address, &[document(0, 1, 0)]);
    assert_eq!(segments(console.address, 0), 2);
}

/// On a disk of 64 MB of which something else takes 60, until that is gone. The disk is the test's own, in a namespace.
#[test]
fn what_a_full_disk_does_not_take_is_in_memory_until_there_is_room() {
    let folder = Folder::new();
    fs::create_dir(&folder.0).unwrap();
    let script = r#"mount -t tmpfs -o size=64m none "$0" && head -c 60M /dev/zero >"$0/other" && exec "$@" "$0/data""#;
    let mut command = Command::new("/usr/bin/unshare");
    command
        .args(["--map-root-user", "--mount", "/bin/sh", "-c", script])
        .arg(&folder.0)
        .arg(env!("CARGO_BIN_EXE_console"))
        .args(ARGUMENTS)
        .stderr(Stdio::piped());
    let mut program = Program::run(command);
    let mut said = BufReader::new(program.child.stderr.take().unwrap()).lines();
    let documents: Vec<_> = (0..200).map(|trace| document(trace, 0, 60_000)).collect();
    put(program.address, &documents);
    let words = said.find_map(|line| line.ok().filter(|line| line.contains("cannot write")));
    assert!(words.unwrap().contains("--max-disk"));
    assert!(program.disk("written_documents") < 200);
    assert_eq!(
        [0, 199].map(|trace| segments(program.address, trace)),
        [1, 1]
    );
    let namespace = PathBuf::from(format!("/proc/{}/root", program.child.id()));
    let other = folder.0.strip_prefix("/").unwrap().join("other");
    fs::remove_file(namespace.join(other)).unwrap();
    let deadline = Instant::now() + PATIENCE;
    while program.disk("written_documents") < 200 {
        assert!(Instant::now() < deadline, "nothing more is written");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(program.disk("unwritten_documents"), 0);
    program.kill();
}
