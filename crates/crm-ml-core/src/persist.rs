//! Model files: a versioned envelope with a checksum.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Error, Result};

const MAGIC: &[u8; 8] = b"crm-ml\r\n";
const ENVELOPE_VERSION: u16 = 1;
/// Magic, envelope version, kind length; then kind, kind version, payload length, payload, checksum.
const FIXED: usize = 8 + 2 + 2;

/// A value that can be saved and loaded.
///
/// The file is an envelope: magic bytes, version of the envelope, the kind and its version, the payload (postcard) with
/// its length, and a CRC-32 of all before it. Loading checks each in turn, then [`validate`](Persist::validate)s the
/// value, so that any byte string gives a valid value or an error.
pub trait Persist: Serialize + DeserializeOwned {
    /// Name of the kind in the file, never reused for another type.
    const KIND: &'static str;
    /// Version of the payload's layout. Raise it when the layout changes, and read the older ones in
    /// [`read_payload`](Persist::read_payload).
    const VERSION: u16 = 1;

    /// Checks all that the type promises beyond its layout: lengths that agree, indices in range, finite numbers.
    fn validate(&self) -> Result<()>;

    /// The value as a payload. A value made of models of other kinds writes each as a file of its own, so that its kind and
    /// version are checked too.
    fn write_payload(&self) -> Result<Vec<u8>> {
        encode(self)
    }

    /// Reads a payload of `version`; it is validated afterwards.
    fn read_payload(version: u16, payload: &[u8]) -> Result<Self> {
        if version == Self::VERSION {
            decode(payload)
        } else {
            Err(unknown_version(Self::KIND, version, Self::VERSION))
        }
    }

    /// The value as the bytes of a model file.
    fn to_bytes(&self) -> Result<Vec<u8>> {
        let payload = self.write_payload()?;
        let mut bytes = Vec::with_capacity(payload.len() + Self::KIND.len() + 32);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&ENVELOPE_VERSION.to_le_bytes());
        bytes.extend_from_slice(&(Self::KIND.len() as u16).to_le_bytes());
        bytes.extend_from_slice(Self::KIND.as_bytes());
        bytes.extend_from_slice(&Self::VERSION.to_le_bytes());
        bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&payload);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// The value of a model file's bytes. Errors: damage, another kind, an unknown version, an invalid value.
    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (kind, version, payload) = open(bytes)?;
        if kind != Self::KIND.as_bytes() {
            return Err(Error::model_file(format!(
                "it holds a '{}', not a '{}'",
                String::from_utf8_lossy(kind).escape_default(),
                Self::KIND
            )));
        }
        let value = Self::read_payload(version, payload)?;
        value.validate().map_err(|e| Error::model_file(e.to_string()))?;
        Ok(value)
    }

    /// Writes a model file.
    fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        std::fs::write(path, self.to_bytes()?).map_err(|e| Error::io(path.display(), &e))
    }

    /// Reads a model file.
    fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        Self::from_bytes(&std::fs::read(path).map_err(|e| Error::io(path.display(), &e))?)
    }
}

/// The error for a version of a kind that cannot be read.
pub fn unknown_version(kind: &str, version: u16, written: u16) -> Error {
    Error::model_file(format!("{kind} version {version} is not known here (this library writes {written})"))
}

/// Encodes a value as a payload.
pub fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    postcard::to_allocvec(value).map_err(|e| Error::model_file(e.to_string()))
}

/// Decodes a payload, which must be used up.
pub fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T> {
    let (value, rest) = postcard::take_from_bytes(payload).map_err(|e| Error::model_file(e.to_string()))?;
    if rest.is_empty() { Ok(value) } else { Err(Error::model_file(format!("{} bytes too many", rest.len()))) }
}

/// Puts a right checksum under bytes that may have been altered: for tests of what lies behind the checksum.
pub fn reseal(bytes: &mut [u8]) {
    if let Some(split) = bytes.len().checked_sub(4) {
        let (body, seal) = bytes.split_at_mut(split);
        seal.copy_from_slice(&crc32fast::hash(body).to_le_bytes());
    }
}

/// Kind, version and payload of an envelope whose checksum is right.
fn open(bytes: &[u8]) -> Result<(&[u8], u16, &[u8])> {
    let short = || Error::model_file("it is cut short");
    if bytes.len() < FIXED + 4 {
        return Err(short());
    }
    if &bytes[..8] != MAGIC {
        return Err(Error::model_file("it is no crm-ml model"));
    }
    let envelope = u16::from_le_bytes([bytes[8], bytes[9]]);
    if envelope != ENVELOPE_VERSION {
        return Err(Error::model_file(format!("envelope version {envelope} is not known here")));
    }
    let (body, seal) = bytes.split_at(bytes.len() - 4);
    if seal != crc32fast::hash(body).to_le_bytes() {
        return Err(Error::model_file("the checksum does not match: the file is damaged"));
    }
    let kind_length = u16::from_le_bytes([body[10], body[11]]) as usize;
    let (kind, rest) = body[FIXED..].split_at_checked(kind_length).ok_or_else(short)?;
    let (version, rest) = rest.split_first_chunk::<2>().ok_or_else(short)?;
    let (length, payload) = rest.split_first_chunk::<8>().ok_or_else(short)?;
    if u64::from_le_bytes(*length) != payload.len() as u64 {
        return Err(short());
    }
    Ok((kind, u16::from_le_bytes(*version), payload))
}
