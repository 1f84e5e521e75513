//! Hashes of passwords, passwords made of others, and encryption with them.

use aes::Aes256;
use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::render::template::exec::Exec;
use crate::render::template::function::Param::{Str as Text, Uint32};
use crate::render::template::function::{Args, Failure, Function, Outcome};
use crate::render::template::random::Stream;
use crate::render::template::value::Value;

pub(in super::super) const FUNCTIONS: &[Function] = &[
    Function::exec("bcrypt", &[Text], |exec, args| {
        exec.step(SLOW)?;
        exec.random(|stream| Ok(Value::from(hashed(stream, args.bytes(0)))))
    }),
    Function::exec("htpasswd", &[Text, Text], htpasswd),
    Function::exec("derivePassword", &[Uint32, Text, Text, Text, Text], derived),
    Function::exec("encryptAES", &[Text, Text], encrypted),
    Function::pure("decryptAES", &[Text, Text], decrypted),
];

/// What `htpasswd` and Go take when nothing else is said.
const COST: u32 = 10;
const MAX_PASSWORD: usize = 72;
/// Hashing a password is made to take long, so few are hashed in one run.
const SLOW: usize = 50_000;

fn hashed(stream: &mut Stream, password: &[u8]) -> String {
    if password.len() > MAX_PASSWORD {
        return "failed to encrypt string with bcrypt: bcrypt: password length exceeds 72 bytes"
            .to_owned();
    }
    match bcrypt::hash_with_salt(password, COST, stream.bytes()) {
        Ok(parts) => parts.format_for_version(bcrypt::Version::TwoA),
        Err(error) => format!("failed to encrypt string with bcrypt: {error}"),
    }
}

fn htpasswd(exec: &mut Exec<'_>, args: Args<'_>) -> Outcome {
    let user = args.text(0);
    if user.contains(':') {
        return Ok(Value::from(format!("invalid username: {user}")));
    }
    exec.step(SLOW)?;
    let hash = exec.random(|stream| Ok(Value::from(hashed(stream, args.bytes(1)))))?;
    let hash = [hash];
    let hash = Args(&hash);
    Ok(Value::from([args.bytes(0), b":", hash.bytes(0)].concat()))
}

/// The algorithm of the Master Password app (masterpassword.app, version 0).
const SCOPE: &[u8] = b"com.lyndir.masterpassword";

fn templates(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

fn characters(class: u8) -> &'static [u8] {
    match class {
        b'V' => b"AEIOU",
        b'C' => b"BCDFGHJKLMNPQRSTVWXYZ",
        b'v' => b"aeiou",
        b'c' => b"bcdfghjklmnpqrstvwxyz",
        b'a' => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz",
        b'n' => b"0123456789",
        b'o' => b"@&%?,=[]_:-+*$#!'^~;()/.",
        _ => b"AEIOUaeiouBCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz0123456789!@#$%^&*()",
    }
}

fn derived(exec: &mut Exec<'_>, args: Args<'_>) -> Outcome {
    let kind = args.text(1);
    let Some(templates) = templates(&kind) else {
        return Ok(Value::from(format!("cannot find password template {kind}")));
    };
    exec.step(SLOW)?;
    let sized = |text: &[u8]| {
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        [SCOPE, &length.to_be_bytes(), text].concat()
    };
    let counter = u32::try_from(args.int(0)).unwrap_or(0);
    let broken = |error: &dyn std::fmt::Display| Failure::from(error.to_string());
    let mut key = [0; 64];
    let params = scrypt::Params::new(15, 8, 2).map_err(|error| broken(&error))?;
    scrypt::scrypt(args.bytes(2), &sized(args.bytes(3)), &params, &mut key)
        .map_err(|error| broken(&error))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| broken(&error))?;
    mac.update(&sized(args.bytes(4)));
    mac.update(&counter.to_be_bytes());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()].bytes();
    let password: Vec<u8> = template
        .zip(&seed[1..])
        .map(|(class, byte)| {
            let from = characters(class);
            from[usize::from(*byte) % from.len()]
        })
        .collect();
    Ok(Value::from(password))
}

/// The password itself, cut or filled up with zeros.
fn cipher_key(password: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}

fn encrypted(exec: &mut Exec<'_>, args: Args<'_>) -> Outcome {
    if args.bytes(1).is_empty() {
        return Ok(Value::from(""));
    }
    exec.random(|stream| {
        let iv: [u8; 16] = stream.bytes();
        let cipher = cbc::Encryptor::<Aes256>::new(&cipher_key(args.bytes(0)).into(), &iv.into());
        let text = cipher.encrypt_padded_vec::<Pkcs7>(args.bytes(1));
        Ok(Value::from(STANDARD.encode([&iv[..], &text].concat())))
    })
}

fn decrypted(args: Args<'_>) -> Outcome {
    if args.bytes(1).is_empty() {
        return Ok(Value::from(""));
    }
    let bytes = super::super::encoding::base64_strict(args.bytes(1))?;
    let Some((iv, text)) = bytes.split_first_chunk::<16>() else {
        let length = bytes.len();
        return Err(format!(
            "runtime error: slice bounds out of range [:16] with capacity {length}"
        )
        .into());
    };
    let cipher = cbc::Decryptor::<Aes256>::new(&cipher_key(args.bytes(0)).into(), &(*iv).into());
    let mut plain = cipher
        .decrypt_padded_vec::<NoPadding>(text)
        .map_err(|_| Failure::from("crypto/cipher: input not full blocks"))?;
    let Some(padding) = plain.last().copied().map(usize::from) else {
        return Err("runtime error: index out of range [-1]".into());
    };
    let Some(length) = plain.len().checked_sub(padding) else {
        return Err("runtime error: slice bounds out of range".into());
    };
    plain.truncate(length);
    Ok(Value::from(plain))
}
