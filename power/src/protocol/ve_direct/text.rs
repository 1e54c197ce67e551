//! The fields of text blocks, and what they mean.
//!
//! Source: Victron's 'VE.Direct Protocol', versions 3.29 to 3.33 (the tables of fields), as quoted by the public ESPHome component
//! for Victron devices, dmpack's `dm_ve` and ioBroker.vedirect. `---` stands for 'not known', as a battery monitor says before it is
//! synchronised, or without a sensor. Fields that are not listed here are left out: newer firmware adds some.

use thiserror::Error;

use super::decoder::Block;
use crate::reading::Text;
use crate::units::{Charge, Current, Power, Temperature, Voltage};

/// A field says something impossible.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("its field {label} is '{value}'")]
pub struct BadField {
    /// The field's name.
    pub label: &'static str,
    /// What it says.
    pub value: String,
}

/// A whole number, without a sign or with a minus, from `least` to `most`.
fn number(text: &str, least: i64, most: i64) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && (least..=most).contains(number))
}

fn narrow<T: TryFrom<i64>>(text: &str, least: i64, most: i64) -> Option<T> {
    T::try_from(number(text, least, most)?).ok()
}

/// `ON` or `OFF`.
fn switch(text: &str) -> Option<bool> {
    match text {
        "ON" | "On" => Some(true),
        "OFF" | "Off" => Some(false),
        _ => None,
    }
}

/// Flags or an id, hexadecimal with `0x`.
fn hexadecimal(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| plain)
}

macro_rules! fields {
    ($($label:literal $name:ident: $type:ty = $parse:expr; $doc:literal)*) => {
        /// What blocks say. A field that was not in them, or says that it is not known, is `None`.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Fields {
            $(#[doc = concat!("`", $label, "`: ", $doc)] pub $name: Option<$type>,)*
        }

        impl Fields {
            /// Each documented field's name.
            pub const LABELS: &[&str] = &[$($label),*];

            fn set(&mut self, label: &str, value: &str) -> Result<(), BadField> {
                match label {
                    $($label => {
                        let parse: fn(&str) -> Option<$type> = $parse;
                        let bad = || BadField { label: $label, value: value.to_owned() };
                        self.$name = if value == "---" { None } else { Some(parse(value).ok_or_else(bad)?) };
                    })*
                    _ => {}
                }
                Ok(())
            }

            /// Adds a later block: what both say, the later says.
            pub fn merge(&mut self, later: Self) {
                $(if later.$name.is_some() { self.$name = later.$name; })*
            }
        }
    };
}

fields! {
    "V" v: Voltage = |text| narrow(text, 0, 1_000_000).map(Voltage); "the battery's voltage, or that of channel 1."
    "V2" v2: Voltage = |text| narrow(text, 0, 1_000_000).map(Voltage); "the battery voltage of channel 2."
    "V3" v3: Voltage = |text| narrow(text, 0, 1_000_000).map(Voltage); "the battery voltage of channel 3."
    "VS" vs: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the voltage of the auxiliary (starter) battery."
    "VM" vm: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the voltage in the middle of the bank."
    "DM" dm: i16 = |text| narrow(text, -1000, 1000); "how far the middle deviates, in thousandths."
    "VPV" vpv: Voltage = |text| narrow(text, 0, 1_000_000).map(Voltage); "the panels' voltage."
    "PPV" ppv: Power = |text| narrow(text, 0, 1_000_000).map(Power); "the panels' power."
    "I" i: Current = |text| narrow(text, -10_000_000, 10_000_000).map(Current); "what flows into the battery, or of channel 1."
    "I2" i2: Current = |text| narrow(text, -10_000_000, 10_000_000).map(Current); "the battery current of channel 2."
    "I3" i3: Current = |text| narrow(text, -10_000_000, 10_000_000).map(Current); "the battery current of channel 3."
    "IL" il: Current = |text| narrow(text, -100_000, 1_000_000).map(Current); "what flows out of the load output."
    "LOAD" load: bool = switch; "whether the load output is on."
    "T" t: Temperature = |text| Some(Temperature(narrow::<i16>(text, -100, 200)? * 10)); "the battery's temperature."
    "P" p: Power = |text| narrow(text, -10_000_000, 10_000_000).map(Power); "the power that flows into the battery."
    "CE" ce: i32 = |text| narrow(text, -1_000_000_000, 1_000_000_000); "mAh drawn since it was full, as a negative number."
    "SOC" soc: Charge = |text| Charge::permille(narrow(text, 0, 1000)?); "the state of charge."
    "TTG" ttg: i32 = |text| narrow(text, -1, 10_000_000); "minutes until it is empty; -1 if never."
    "Alarm" alarm: bool = switch; "whether an alarm is active and not acknowledged."
    "Relay" relay: bool = switch; "whether the relay is on."
    "AR" ar: u16 = |text| narrow(text, 0, 0xFFFF); "the alarms, as flags."
    "OR" or: u32 = hexadecimal; "why it is off, as flags."
    "H1" h1: i32 = |text| narrow(text, -1_000_000_000, 1_000_000_000); "the deepest discharge, in mAh."
    "H2" h2: i32 = |text| narrow(text, -1_000_000_000, 1_000_000_000); "the last discharge, in mAh."
    "H3" h3: i32 = |text| narrow(text, -1_000_000_000, 1_000_000_000); "the average discharge, in mAh."
    "H4" h4: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how often it was charged."
    "H5" h5: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how often it was discharged to the end."
    "H6" h6: i64 = |text| number(text, -1_000_000_000_000, 1_000_000_000_000); "what was drawn altogether, in mAh."
    "H7" h7: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the lowest battery voltage."
    "H8" h8: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the highest battery voltage."
    "H9" h9: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "seconds since it was full."
    "H10" h10: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how often it was synchronised."
    "H11" h11: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how many alarms there were of a low voltage."
    "H12" h12: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how many alarms there were of a high voltage."
    "H13" h13: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how many alarms there were of a low auxiliary voltage."
    "H14" h14: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "how many alarms there were of a high auxiliary voltage."
    "H15" h15: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the lowest auxiliary voltage."
    "H16" h16: Voltage = |text| narrow(text, -400_000, 1_000_000).map(Voltage); "the highest auxiliary voltage."
    "H17" h17: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "the energy drawn (of a DC monitor: produced), in 10 Wh."
    "H18" h18: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "the energy charged (of a DC monitor: consumed), in 10 Wh."
    "H19" h19: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "the yield altogether, in 10 Wh."
    "H20" h20: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "the yield today, in 10 Wh."
    "H21" h21: Power = |text| narrow(text, 0, 1_000_000).map(Power); "the highest power today."
    "H22" h22: u32 = |text| narrow(text, 0, 0xFFFF_FFFF); "the yield yesterday, in 10 Wh."
    "H23" h23: Power = |text| narrow(text, 0, 1_000_000).map(Power); "the highest power yesterday."
    "ERR" err: u8 = |text| narrow(text, 0, 0xFF); "a charger's error."
    "CS" cs: u8 = |text| narrow(text, 0, 0xFF); "the state of operation: 0 off, 1 low power, 2 fault, 3 bulk, 4 absorption, 5 float, 9 inverting, …"
    "BMV" bmv: Text = |text| Some(Text::new(text)); "the model of a battery monitor. Deprecated."
    "FW" fw: Text = |text| Some(Text::new(text)); "the firmware, 16 bits."
    "FWE" fwe: Text = |text| Some(Text::new(text)); "the firmware, 24 bits."
    "PID" pid: u32 = hexadecimal; "the product's id."
    "SER#" serial: Text = |text| Some(Text::new(text)); "the serial number."
    "HSDS" hsds: u16 = |text| narrow(text, 0, 0xFFFF); "the number of the day in the history, 0 to 364."
    "MODE" mode: u8 = |text| narrow(text, 0, 0xFF); "an inverter's mode: 1 charger, 2 on, 4 off, 5 eco, 253 hibernate."
    "AC_OUT_V" ac_out_v: Voltage = |text| Some(Voltage(narrow::<i32>(text, -100, 100_000)? * 10)); "the AC output's voltage; given in 10 mV."
    "AC_OUT_I" ac_out_i: Current = |text| Some(Current(narrow::<i32>(text, -10_000, 100_000)? * 100)); "the AC output's current; given in 100 mA."
    "AC_OUT_S" ac_out_s: i32 = |text| narrow(text, -100_000, 1_000_000); "the AC output's apparent power, in VA. These are not watts."
    "WARN" warn: u16 = |text| narrow(text, 0, 0xFFFF); "the warnings, as flags like those of `AR`."
    "MPPT" mppt: u8 = |text| narrow(text, 0, 0xFF); "the tracker: 0 off, 1 limited, 2 at the point of most power."
    "MON" mon: i16 = |text| narrow(text, -128, 127); "what a shunt measures: 0 a battery, less a source (-9 panels), more a load."
    "DC_IN_V" dc_in_v: Voltage = |text| Some(Voltage(narrow::<i32>(text, -100, 100_000)? * 10)); "the DC input's voltage; given in 10 mV."
    "DC_IN_I" dc_in_i: Current = |text| Some(Current(narrow::<i32>(text, -100_000, 100_000)? * 100)); "the DC input's current; given in 100 mA."
    "DC_IN_P" dc_in_p: Power = |text| narrow(text, -1_000_000, 1_000_000).map(Power); "the DC input's power."
}

impl Fields {
    /// Reads a block.
    pub fn parse(block: &Block) -> Result<Self, BadField> {
        let mut fields = Self::default();
        block.lines().try_for_each(|(label, value)| fields.set(label, value))?;
        Ok(fields)
    }
}
