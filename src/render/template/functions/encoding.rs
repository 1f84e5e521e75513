//! Base 64 and 32, digests.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::Digest as _;

use super::super::function::Param::Str as Text;
use super::super::function::{Args, Function, Outcome};
use super::super::value::Value;

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure("b64enc", &[Text], |args| {
        let text = base64::engine::general_purpose::STANDARD.encode(args.bytes(0));
        Ok(Value::from(text))
    }),
    Function::pure("b64dec", &[Text], |args| Ok(from_base64(args))),
    Function::pure("b32enc", &[Text], |args| {
        Ok(Value::from(to_base32(args.bytes(0))))
    }),
    Function::pure("b32dec", &[Text], |args| Ok(from_base32(args))),
    Function::pure("sha1sum", &[Text], |args| {
        Ok(hex(&sha1::Sha1::digest(args.bytes(0))))
    }),
    Function::pure("sha256sum", &[Text], |args| {
        Ok(hex(&sha2::Sha256::digest(args.bytes(0))))
    }),
    Function::pure("sha512sum", &[Text], |args| {
        Ok(hex(&sha2::Sha512::digest(args.bytes(0))))
    }),
    Function::pure("adler32sum", &[Text], adler32),
];

fn hex(digest: &[u8]) -> Value {
    use std::fmt::Write as _;
    let mut text = String::with_capacity(digest.len() * 2);
    for byte in digest {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Value::from(text)
}

fn adler32(args: Args<'_>) -> Outcome {
    const PRIME: u32 = 65_521;
    let (mut low, mut high) = (1_u32, 0_u32);
    for byte in args.bytes(0) {
        low = (low + u32::from(*byte)) % PRIME;
        high = (high + low) % PRIME;
    }
    Ok(Value::from(format!("{}", (high << 16) | low)))
}

fn from_base64(args: Args<'_>) -> Value {
    match base64_strict(args.bytes(0)) {
        Ok(bytes) => Value::from(bytes),
        Err(message) => Value::from(message),
    }
}

/// The bytes, or what Go says is wrong with the text.
pub(super) fn base64_strict(text: &[u8]) -> Result<Vec<u8>, String> {
    const CONFIG: GeneralPurposeConfig = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical)
        .with_decode_allow_trailing_bits(true);
    const LENIENT: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, CONFIG);
    // Line breaks do not count.
    let packed: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    LENIENT.decode(&packed).map_err(|_| {
        let at = bad_place(text, 4, |byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
        });
        format!("illegal base64 data at input byte {at}")
    })
}

/// Where Go finds fault: at the first byte that cannot stand there, or where the last group begins to lack bytes.
fn bad_place(text: &[u8], group: usize, belongs: impl Fn(u8) -> bool) -> usize {
    let mut in_group = 0;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'\r' | b'\n' => {}
            b'=' if in_group >= 2 => {
                // Padding up to the end of the group, and nothing behind it.
                let mut missing = group - in_group;
                while at < text.len() && missing > 0 {
                    match text[at] {
                        b'=' => missing -= 1,
                        b'\r' | b'\n' => {}
                        _ => return at,
                    }
                    at += 1;
                }
                return at;
            }
            byte if belongs(byte) => in_group = (in_group + 1) % group,
            _ => return at,
        }
        at += 1;
    }
    text.len() - in_group
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

fn to_base32(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let mut five = [0_u8; 8];
        five[3..3 + chunk.len()].copy_from_slice(chunk);
        let bits = u64::from_be_bytes(five);
        let digits = (chunk.len() * 8).div_ceil(5);
        for at in 0..8 {
            let digit = (bits >> (35 - 5 * at)) & 31;
            out.push(if at < digits {
                BASE32[usize::try_from(digit).unwrap_or(0)]
            } else {
                b'='
            });
        }
    }
    out
}

fn from_base32(args: Args<'_>) -> Value {
    let text = args.bytes(0);
    let digit = |byte: u8| BASE32.iter().position(|digit| *digit == byte);
    let packed: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let bare = packed
        .iter()
        .rposition(|byte| *byte != b'=')
        .map_or(&packed[..0], |last| &packed[..=last]);
    let padding = packed.len() - bare.len();
    let fits = packed.len().is_multiple_of(8) && matches!(padding, 0 | 1 | 3 | 4 | 6);
    let digits: Option<Vec<usize>> = bare.iter().map(|byte| digit(*byte)).collect();
    if let Some(digits) = digits.filter(|_| fits) {
        let mut out = Vec::with_capacity(digits.len() * 5 / 8);
        for group in digits.chunks(8) {
            let mut bits = 0_u64;
            for at in 0..8 {
                let digit = group.get(at).copied().unwrap_or(0);
                bits = (bits << 5) | u64::try_from(digit).unwrap_or(0);
            }
            let bytes = bits.to_be_bytes();
            out.extend_from_slice(&bytes[3..3 + group.len() * 5 / 8]);
        }
        return Value::from(out);
    }
    let at = text
        .iter()
        .position(|byte| digit(*byte).is_none() && !matches!(byte, b'\r' | b'\n' | b'='))
        .unwrap_or(text.len() - packed.len() % 8);
    Value::from(format!("illegal base32 data at input byte {at}"))
}
