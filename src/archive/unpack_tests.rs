#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

fn header(name: &[u8], kind: EntryType, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    header
}

fn tar(entries: &[(&str, EntryType, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (name, kind, data) in entries {
        tar.append(&header(name.as_bytes(), *kind, data.len() as u64), *data)
            .unwrap();
    }
    tar.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

fn paths(bytes: &[u8]) -> Vec<String> {
    let entries = unpack(bytes, Limits::default()).unwrap();
    entries.into_iter().map(|entry| entry.path).collect()
}

const FILE: EntryType = EntryType::Regular;

#[test]
fn files_come_in_order_without_marks_and_folders() {
    let archive = gzip(&tar(&[
        ("a/", EntryType::Directory, b""),
        ("a/b/", FILE, b""),
        ("a/Chart.yaml", FILE, b"\xEF\xBB\xBFname: a"),
        ("a/templates/x.yaml", FILE, b"x"),
        ("a/Chart.yaml", FILE, b"name: b"),
    ]));
    let entries = unpack(&archive, Limits::default()).unwrap();
    let found: Vec<_> = entries
        .iter()
        .map(|entry| (entry.path.as_str(), &*entry.data))
        .collect();
    let expected: [(&str, &[u8]); 3] = [
        ("Chart.yaml", b"name: a"),
        ("templates/x.yaml", b"x"),
        ("Chart.yaml", b"name: b"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn long_names_are_read_and_global_headers_are_not_files() {
    let long = format!("a/{}/b", "x".repeat(200));
    let mut builder = tar::Builder::new(Vec::new());
    let pax = b"16 comment=abcd\n";
    builder
        .append(
            &header(b"pax_global_header", EntryType::XGlobalHeader, 16),
            &pax[..],
        )
        .unwrap();
    let mut plain = header(b"", FILE, 1);
    builder.append_data(&mut plain, &long, &b"1"[..]).unwrap();
    builder
        .append_pax_extensions([("path", "a/pax/ü".as_bytes())])
        .unwrap();
    builder
        .append(&header(b"short", FILE, 1), &b"2"[..])
        .unwrap();
    let archive = gzip(&builder.into_inner().unwrap());
    assert_eq!(paths(&archive), [long.strip_prefix("a/").unwrap(), "pax/ü"]);
}

#[test]
fn links_and_devices_are_empty_files_and_never_followed() {
    let mut builder = tar::Builder::new(Vec::new());
    for kind in [
        EntryType::Symlink,
        EntryType::Link,
        EntryType::Fifo,
        EntryType::Char,
        EntryType::Block,
    ] {
        let mut header = header(b"a/link", kind, 0);
        header.set_link_name("/etc/passwd").unwrap();
        header.set_cksum();
        builder.append(&header, &b""[..]).unwrap();
    }
    let entries = unpack(&gzip(&builder.into_inner().unwrap()), Limits::default()).unwrap();
    assert_eq!(entries.len(), 5);
    assert!(entries.iter().all(|entry| entry.data.is_empty()));
}

#[test]
fn what_is_no_archive_is_refused() {
    let good = tar(&[("a/b", FILE, &[7; 3000])]);
    let packed = gzip(&good);
    let cases: [(&str, Vec<u8>, &str); 7] = [
        ("nothing", Vec::new(), "it is not a gzipped tar archive"),
        ("text", b"hello".to_vec(), "it is not a gzipped tar archive"),
        (
            "cut gzip",
            packed[..packed.len() / 2].to_vec(),
            "it is not a gzipped tar archive",
        ),
        (
            "cut tar",
            gzip(&good[..1000]),
            "it is not a gzipped tar archive",
        ),
        (
            "no tar",
            gzip(&[7; 2048]),
            "it is not a gzipped tar archive",
        ),
        ("empty tar", gzip(&[0; 1024]), "no files in chart archive"),
        (
            "only folders",
            gzip(&tar(&[("a/", EntryType::Directory, b"")])),
            "no files in chart archive",
        ),
    ];
    for (what, bytes, expected) in cases {
        let error = unpack(&bytes, Limits::default()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{what}");
    }
}

#[test]
fn a_folder_is_found_in_its_archive() {
    let entries: [(&str, EntryType, &[u8]); 4] = [
        ("._p", FILE, b"beside"),
        ("p/pack.json", FILE, b"\xEF\xBB\xBF{}"),
        ("p/a/b.yaml", FILE, b"b"),
        ("p/link", EntryType::Symlink, b""),
    ];
    let said = |bytes: &[u8]| {
        let files = unpack_folder(bytes, "pack.json", Limits::default());
        files.map_or_else(
            |error| error.to_string(),
            |files| files.into_keys().collect::<Vec<_>>().join(" "),
        )
    };
    let plain = tar(&entries);
    assert_eq!(said(&plain), "a/b.yaml link pack.json");
    assert_eq!(said(&gzip(&plain)), "a/b.yaml link pack.json");
    let bare = [
        ("./pack.json", FILE, &b"{}"[..]),
        ("a/pack.json", FILE, b""),
    ];
    assert_eq!(said(&gzip(&tar(&bare))), "a/pack.json pack.json");
    let files = unpack_folder(&plain, "pack.json", Limits::default()).unwrap();
    assert_eq!(
        files["pack.json"], b"\xEF\xBB\xBF{}",
        "bytes are as they are"
    );
    let out = [("p/../../x", FILE, &b""[..])];
    assert_eq!(said(&tar(&out)), "`p/../../x` leads out of the archive");
    assert_eq!(
        said(&tar(&[("a/b/pack.json", FILE, b"")])),
        "it holds no `pack.json`, neither at its top nor in a folder there"
    );
    assert_eq!(said(b"text"), "it is not a gzipped tar archive");
}

#[test]
fn garbage_behind_the_archive_does_not_matter() {
    let mut archive = gzip(&tar(&[("a/b", FILE, b"1")]));
    archive.extend_from_slice(b"garbage");
    assert_eq!(paths(&archive), ["b"]);
}

#[test]
fn bombs_are_refused_before_they_grow() {
    let limits = Limits {
        bytes: 1000,
        entries: 3,
    };
    let said = |bytes: &[u8]| unpack(bytes, limits).unwrap_err().to_string();
    let large = gzip(&tar(&[("a/b", FILE, &[0; 1001])]));
    let together = gzip(&tar(&[("a/b", FILE, &[0; 600]), ("a/c", FILE, &[0; 600])]));
    // The header promises more than there is.
    let mut lying = header(b"a/b", FILE, 1 << 40).as_bytes().to_vec();
    lying.extend_from_slice(&[0; 1024]);
    let lying = gzip(&lying);
    let too_large = "decompressed chart is larger than the maximum size 1000";
    for bytes in [&large, &together, &lying] {
        assert_eq!(said(bytes), too_large);
    }
    let file = ("a/b", FILE, &b""[..]);
    assert_eq!(
        said(&gzip(&tar(&[file; 4]))),
        "the archive has more than 3 entries"
    );
    // A name as long as the stream may be.
    let mut name = header(b"././@LongLink", EntryType::GNULongName, 1 << 40)
        .as_bytes()
        .to_vec();
    name.resize(80 << 20, b'x');
    assert_eq!(said(&gzip(&name)), too_large);
}

proptest! {
    #[test]
    fn damaged_archives_neither_panic_nor_grow(
        changes in prop::collection::vec((0usize..4096, any::<u8>()), 0..20),
        cut in 0usize..4096,
        inside in any::<bool>(),
    ) {
        let mut bytes = tar(&[
            ("a/Chart.yaml", FILE, b"name: a"),
            ("a/l", EntryType::Symlink, b""),
            ("a/templates/x", FILE, &[b'x'; 700]),
        ]);
        if !inside {
            bytes = gzip(&bytes);
        }
        for (at, byte) in changes {
            let len = bytes.len();
            bytes[at % len] = byte;
        }
        if cut < bytes.len() && cut % 3 == 0 {
            bytes.truncate(cut);
        }
        if inside {
            bytes = gzip(&bytes);
        }
        let limits = Limits { bytes: 4000, entries: 10 };
        if let Ok(files) = unpack(&bytes, limits) {
            let total: usize = files.iter().map(|file| file.data.len()).sum();
            prop_assert!(total <= 4000 && files.len() <= 10);
            for file in files {
                prop_assert!(!file.path.starts_with(['/', '.']) || !file.path.starts_with(".."));
                prop_assert!(file.path.split('/').all(|part| part != ".." && !part.is_empty()));
            }
        }
    }
}
