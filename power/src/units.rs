//! Units as types: a number that is volts here can't be watts there. All are whole numbers of the smallest unit that
//! devices give.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! unit {
    ($(#[$doc:meta])* $name:ident, $inner:ty, $one:expr, $decimals:expr, $sign:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:.*} {}", $decimals, f64::from(self.0) / $one, $sign)
            }
        }
    };
}

unit!(
    /// Millivolts.
    Voltage, i32, 1000.0, 2, "V"
);
unit!(
    /// Milliamperes. Of a battery, positive while it is charged.
    Current, i32, 1000.0, 1, "A"
);
unit!(
    /// Watts. Of a battery, positive while it is charged; of the grid, positive while it gives.
    Power, i32, 1.0, 0, "W"
);
unit!(
    /// Tenths of a degree Celsius.
    Temperature, i16, 10.0, 1, "°C"
);
unit!(
    /// Milliampere hours.
    Capacity, u32, 1000.0, 0, "Ah"
);

/// How full a battery is, in thousandths; never more than full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Charge(u16);

impl Charge {
    /// Thousandths; `None` if that is more than full.
    pub const fn permille(permille: u16) -> Option<Self> {
        if permille <= 1000 { Some(Self(permille)) } else { None }
    }

    /// Per cent; `None` if that is more than full.
    pub const fn percent(percent: u16) -> Option<Self> {
        if percent <= 100 { Some(Self(percent * 10)) } else { None }
    }

    /// In thousandths.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Charge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", (self.0 + 5) / 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn for_people() {
        let shown = [
            Voltage(12_810).to_string(),
            Current(-10).to_string(),
            Current(-1_250).to_string(),
            Power(412).to_string(),
            Temperature(-35).to_string(),
            Capacity(100_000).to_string(),
        ];
        assert_eq!(shown, ["12.81 V", "-0.0 A", "-1.2 A", "412 W", "-3.5 °C", "100 Ah"]);
        assert_eq!(Charge::percent(76).map(|charge| charge.to_string()).as_deref(), Some("76 %"));
        assert_eq!((Charge::percent(101), Charge::permille(1001)), (None, None));
    }
}
