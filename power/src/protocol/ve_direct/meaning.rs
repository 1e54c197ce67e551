//! What fields mean in the words of all protocols.
//!
//! Alarms: the flags of `AR` and `WARN`, the numbers of `ERR`, as Victron's 'VE.Direct Protocol' and 'MPPT error codes' list them.
//! A starter battery that is too low or too high is not the battery that the node runs from: it is a plain fault.

use super::products;
use super::text::Fields;
use crate::reading::{Alarm, Confidence, Identity, Reading, StateOfCharge, Text};
use crate::units::Power;

/// `AR` and `WARN`, from the lowest flag on.
const ALARMS: [Alarm; 14] = [
    Alarm::BatteryLow,   // low voltage
    Alarm::BatteryHigh,  // high voltage
    Alarm::BatteryLow,   // low charge
    Alarm::Fault,        // low starter voltage
    Alarm::Fault,        // high starter voltage
    Alarm::TooCold,      // low temperature
    Alarm::TooHot,       // high temperature
    Alarm::Imbalance,    // mid voltage
    Alarm::Overload,     // overload
    Alarm::Fault,        // DC ripple
    Alarm::Fault,        // low AC output voltage
    Alarm::Fault,        // high AC output voltage
    Alarm::ShortCircuit, // short circuit
    Alarm::Fault,        // locked out by the BMS
];

/// The flag of `OR` that says that a protection is active.
const PROTECTION: u32 = 0x10;

/// A charger's error, `ERR`. 0 is none, 255 is not available.
fn error(number: u8) -> Option<Alarm> {
    Some(match number {
        0 | 255 => return None,
        1 | 17 | 22 | 23 | 26 | 51 | 114 => Alarm::TooHot,
        2 | 29 | 38 => Alarm::BatteryHigh,
        14 => Alarm::TooCold,
        18 | 50 | 52 => Alarm::Overload,
        27 => Alarm::ShortCircuit,
        33..=35 | 39..=43 | 80..=88 => Alarm::Panels,
        _ => Alarm::Fault,
    })
}

impl Fields {
    /// Who says that.
    pub fn identity(&self) -> Identity {
        let listed = self.pid.and_then(products::name).map(str::to_owned);
        let monitor = self.bmv.as_ref().map(|model| match model.as_str() {
            // Battery monitors before the 712 call themselves `700` or `602S`.
            number if number.starts_with(|char: char| char.is_ascii_digit()) => format!("BMV-{number}"),
            name => name.to_owned(),
        });
        Identity {
            maker: Text::new("Victron"),
            model: Text::new(&listed.or(monitor).unwrap_or_default()),
            serial: self.serial.clone().filter(|text| !text.as_str().is_empty()),
            firmware: self.fwe.as_ref().map(|text| firmware(text, 6)).or_else(|| Some(firmware(self.fw.as_ref()?, 4))),
        }
    }

    /// What is said of right now. Nothing is added to what the device gives, but the power of the load output: `IL` times `V`.
    pub fn reading(&self) -> Reading {
        let mut reading = Reading::default();
        reading.battery.voltage = self.v;
        // A shunt that measures panels or a load (`MON`) says nothing of what the battery does.
        if self.mon.unwrap_or(0) == 0 {
            reading.battery.current = self.i;
            reading.battery.power = self.p;
        }
        reading.battery.temperature = self.t;
        reading.battery.charge = self.soc.map(|charge| StateOfCharge { charge, confidence: Confidence::Counted });
        reading.pv = self.ppv;
        reading.pv_voltage = self.vpv;
        if let (Some(current), Some(voltage)) = (self.il, self.v) {
            let microwatts = i64::from(current.0) * i64::from(voltage.0);
            reading.load = i32::try_from((microwatts + 500_000).div_euclid(1_000_000)).ok().map(Power);
        }
        self.alarms(&mut reading);
        reading
    }

    fn alarms(&self, reading: &mut Reading) {
        let flags = self.ar.unwrap_or(0) | self.warn.unwrap_or(0);
        for flag in (0..16).filter(|flag| flags >> flag & 1 == 1) {
            reading.alarm(ALARMS.get(flag).copied().unwrap_or(Alarm::Fault));
        }
        if let Some(alarm) = self.err.and_then(error) {
            reading.alarm(alarm);
        }
        let unexplained = self.alarm == Some(true) || self.cs == Some(2) || self.or.unwrap_or(0) & PROTECTION != 0;
        if unexplained && reading.alarms.is_empty() {
            reading.alarm(Alarm::Fault);
        }
    }
}

/// A firmware's version for people. 16 bits: `0407` is 4.07, `C208` is candidate C of 2.08. 24 bits: `0208FF` is 2.08, `020801` is
/// the first beta of it (`VE_REG_APP_VER` in `ve_regs.h`). Anything else stays as it is.
fn firmware(text: &Text, longest: usize) -> Text {
    let digits = text.as_str();
    if !digits.is_ascii()
        || digits.len() > longest
        || digits.len() < 3
        || !digits.bytes().all(|b| b.is_ascii_hexdigit())
    {
        return text.clone();
    }
    let (version, suffix) = match longest {
        6 if digits.len() > 4 => match digits.split_at(digits.len() - 2) {
            (version, "FF" | "ff") => (version, String::new()),
            (version, beta) => (version, format!("-beta-{beta}")),
        },
        _ => match digits.split_at(digits.len() - 3) {
            (candidate, version) if candidate.starts_with(|char: char| char.is_ascii_alphabetic()) => {
                (version, format!("-rc-{candidate}"))
            }
            _ => (digits, String::new()),
        },
    };
    let (major, minor) = version.split_at(version.len() - 2);
    let major = major.trim_start_matches('0');
    Text::new(&format!("{}.{minor}{suffix}", if major.is_empty() { "0" } else { major }))
}
