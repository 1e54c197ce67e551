//! The points of a model: numbers that may be missing, and what they are multiplied with.

use crate::protocol::modbus::Known;
use crate::protocol::possible::Impossible;
use crate::reading::Text;

/// A model of the chain: its number, and its points by their place behind the length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Model {
    pub(super) id: u16,
    pub(super) points: Known,
}

/// A number and what it is multiplied with, as places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scaled(pub(super) u16, pub(super) u16);

impl Model {
    /// A number without a sign.
    pub(super) fn unsigned(&self, at: u16) -> Option<u16> {
        self.points.get(at).filter(|value| *value != 0xFFFF)
    }

    /// A number with a sign.
    pub(super) fn signed(&self, at: u16) -> Option<i16> {
        self.points.signed(at).filter(|value| *value != i16::MIN)
    }

    /// Bits; none where they are not implemented.
    pub(super) fn bits(&self, at: u16) -> u32 {
        self.points.high_first(at).filter(|bits| *bits != u32::MAX).unwrap_or_default()
    }

    /// A number with a fraction, multiplied with 10 to this power.
    pub(super) fn float(&self, at: u16, to: i32) -> Option<i64> {
        let value = self.points.high_first(at).map(f32::from_bits).filter(|value| value.is_finite())?;
        Some((f64::from(value) * 10_f64.powi(to)).round() as i64)
    }

    /// A text; `None` if it is empty.
    pub(super) fn text(&self, at: u16, registers: u16) -> Option<Text> {
        self.points.text(at, registers)
    }

    /// A number without a sign in units of which 10 to this power make one of the model's.
    pub(super) fn unsigned_in(&self, to: i16, place: Scaled) -> Result<Option<i64>, Impossible> {
        self.scale(self.unsigned(place.0).map(i64::from), place.1, to)
    }

    /// A number with a sign in units of which 10 to this power make one of the model's.
    pub(super) fn signed_in(&self, to: i16, place: Scaled) -> Result<Option<i64>, Impossible> {
        self.scale(self.signed(place.0).map(i64::from), place.1, to)
    }

    /// What it is multiplied with is a power of ten from −10 to 10; where that is missing, so is the number.
    fn scale(&self, value: Option<i64>, factor: u16, to: i16) -> Result<Option<i64>, Impossible> {
        let (Some(value), Some(exponent)) = (value, self.signed(factor)) else { return Ok(None) };
        if !(-10..=10).contains(&exponent) {
            return Err(Impossible { what: "scale factor", value: exponent.into(), unit: "powers of ten" });
        }
        let exponent = exponent + to;
        let power = 10_i64.pow(exponent.unsigned_abs().into());
        if exponent >= 0 {
            return value.checked_mul(power).map(Some).ok_or(Impossible { what: "number", value, unit: "too large" });
        }
        let half = if value < 0 { -(power / 2) } else { power / 2 };
        Ok(Some((value + half) / power))
    }
}
