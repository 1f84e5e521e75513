//! Decimal arithmetic for `addf` and its kin: exact where 38 digits are enough, and as floats do it otherwise.

use super::super::function::Failure;
use super::super::print;

/// How many digits behind the point a quotient has.
const QUOTIENT_PLACES: i32 = 16;

/// `digits` times ten to the power of `exponent`.
#[derive(Clone, Copy)]
pub(super) enum Decimal {
    Exact { digits: i128, exponent: i32 },
    Float(f64),
}

/// An operation on two decimals.
pub(super) type Step = fn(Decimal, Decimal) -> Result<Decimal, Failure>;

impl Decimal {
    /// The decimal with the shortest digits that give the float back.
    pub fn from_float(number: f64) -> Result<Self, Failure> {
        if let Some(special) = print::special(number) {
            return Err(format!("Cannot create a Decimal from {special}").into());
        }
        let (negative, digits, exponent) = print::shortest(number);
        let places = i32::try_from(digits.len()).unwrap_or(0) - 1;
        let size: i128 = digits.parse().unwrap_or(0);
        Ok(Self::Exact {
            digits: if negative { -size } else { size },
            exponent: exponent - places,
        })
    }

    pub fn to_float(self) -> f64 {
        match self {
            Self::Exact { digits, exponent } => {
                format!("{digits}e{exponent}").parse().unwrap_or(0.0)
            }
            Self::Float(number) => number,
        }
    }

    /// Both with the smaller of the two exponents.
    fn aligned(self, other: Self) -> Option<(i128, i128, i32)> {
        let (
            Self::Exact { digits, exponent },
            Self::Exact {
                digits: others,
                exponent: other_exponent,
            },
        ) = (self, other)
        else {
            return None;
        };
        let least = exponent.min(other_exponent);
        let scale = |digits: i128, exponent: i32| {
            let places = u32::try_from(exponent - least).ok()?;
            digits.checked_mul(10_i128.checked_pow(places)?)
        };
        Some((
            scale(digits, exponent)?,
            scale(others, other_exponent)?,
            least,
        ))
    }

    pub fn add(self, other: Self) -> Result<Self, Failure> {
        let exact = self.aligned(other).and_then(|(a, b, exponent)| {
            let digits = a.checked_add(b)?;
            Some(Self::Exact { digits, exponent })
        });
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() + other.to_float())))
    }

    pub fn sub(self, other: Self) -> Result<Self, Failure> {
        let exact = self.aligned(other).and_then(|(a, b, exponent)| {
            let digits = a.checked_sub(b)?;
            Some(Self::Exact { digits, exponent })
        });
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() - other.to_float())))
    }

    pub fn mul(self, other: Self) -> Result<Self, Failure> {
        if let (
            Self::Exact { digits, exponent },
            Self::Exact {
                digits: others,
                exponent: other_exponent,
            },
        ) = (self, other)
            && let Some(digits) = digits.checked_mul(others)
        {
            return Ok(Self::Exact {
                digits,
                exponent: exponent + other_exponent,
            });
        }
        Ok(Self::Float(self.to_float() * other.to_float()))
    }

    pub fn div(self, other: Self) -> Result<Self, Failure> {
        if other.to_float() == 0.0 {
            return Err("decimal division by 0".into());
        }
        let exact = self.aligned(other).and_then(|(a, b, _)| {
            let scale = 10_i128.checked_pow(QUOTIENT_PLACES.unsigned_abs())?;
            let a = a.checked_mul(scale)?;
            let (quotient, rest) = (a / b, a % b);
            let up = rest.checked_mul(2)?.unsigned_abs() >= b.unsigned_abs();
            let sign = if (a < 0) == (b < 0) { 1 } else { -1 };
            Some(Self::Exact {
                digits: quotient + if up { sign } else { 0 },
                exponent: -QUOTIENT_PLACES,
            })
        });
        Ok(exact.unwrap_or_else(|| Self::Float(self.to_float() / other.to_float())))
    }
}
