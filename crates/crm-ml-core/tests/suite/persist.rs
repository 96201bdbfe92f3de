//! The envelope notices damage, other kinds and other versions.

use crm_ml_core::{Error, Persist, Result, reseal};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Line {
    slope: f64,
    points: Vec<u32>,
}

impl Persist for Line {
    const KIND: &'static str = "line";

    fn validate(&self) -> Result<()> {
        if self.slope.is_finite() { Ok(()) } else { Err(Error::model_file("slope is not finite")) }
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Other {
    slope: f64,
}

impl Persist for Other {
    const KIND: &'static str = "other";
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct NewerLine {
    slope: f64,
}

impl Persist for NewerLine {
    const KIND: &'static str = "line";
    const VERSION: u16 = 2;
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}

fn line() -> Line {
    Line { slope: 0.5, points: vec![1, 2, 300] }
}

#[test]
fn a_value_comes_back() {
    let folder = std::env::temp_dir().join(format!("crm-ml-persist-{}", std::process::id()));
    line().save(&folder).unwrap();
    assert_eq!(Line::load(&folder).unwrap(), line());
    std::fs::remove_file(&folder).unwrap();
    let missing = Line::load(&folder).unwrap_err().to_string();
    assert!(missing.contains("crm-ml-persist-"), "{missing}");
}

#[test]
fn kinds_versions_and_values_are_checked() {
    let message = |bytes: &[u8]| Line::from_bytes(bytes).unwrap_err().to_string();
    assert_eq!(
        message(&Other { slope: 1.0 }.to_bytes().unwrap()),
        "model file: it holds a 'other', not a 'line'"
    );
    let newer = NewerLine { slope: 1.0 }.to_bytes().unwrap();
    assert!(message(&newer).contains("line version 2 is not known here"), "{}", message(&newer));
    let invalid = Line { slope: f64::NAN, points: vec![] }.to_bytes().unwrap();
    assert!(message(&invalid).contains("slope is not finite"));
    assert!(message(b"").contains("cut short"));
    assert!(message(b"PK\x03\x04 some other file, long enough").contains("no crm-ml model"));
    let mut later = line().to_bytes().unwrap();
    later[8] = 9;
    reseal(&mut later);
    assert!(message(&later).contains("envelope version 9"));
}

#[test]
fn every_flipped_bit_and_every_cut_is_noticed() {
    let bytes = line().to_bytes().unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut damaged = bytes.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        assert!(Line::from_bytes(&damaged).is_err(), "bit {bit}");
        reseal(&mut damaged);
        let _ = Line::from_bytes(&damaged);
    }
    for length in 0..bytes.len() {
        let mut cut = bytes[..length].to_vec();
        assert!(Line::from_bytes(&cut).is_err(), "length {length}");
        reseal(&mut cut);
        assert!(Line::from_bytes(&cut).is_err(), "length {length}, resealed");
    }
}

#[test]
fn a_lie_about_a_length_allocates_nothing() {
    // slope, then a vector that claims 2^60 entries.
    let mut payload = 0.5f64.to_le_bytes().to_vec();
    payload.extend_from_slice(&[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
    let mut bytes = b"crm-ml\r\n\x01\x00\x04\x00line\x01\x00".to_vec();
    bytes.extend_from_slice(&(payload.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&payload);
    bytes.extend_from_slice(&[0; 4]);
    reseal(&mut bytes);
    assert!(Line::from_bytes(&bytes).is_err());
}
