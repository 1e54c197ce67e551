//! Who is what on USB.
//!
//! Sources: the USB ID repository (usb.ids); the kernel's drivers `usb/serial` and `cdc-acm`; ModemManager's plug-ins for modems;
//! NUT's `usbhid-ups` and `nutdrv_qx` for UPSes.

use std::fmt;

use super::port::Usb;

/// What a device's USB numbers and names say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A cable for VE.Direct. Nothing else is ever on it.
    VeDirect,
    /// An adapter that EPEver sells with its chargers, and others with other things.
    Exar,
    /// An adapter: it says nothing of what is behind it.
    Adapter,
    /// Voltronic's HID interface, which is in many UPSes too.
    VoltronicHid,
    /// Something else, which is never opened.
    Other(Other),
    /// It says nothing.
    Unknown,
}

/// Something that is no solar device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// A mobile modem.
    Modem,
    /// A phone.
    Phone,
    /// A GPS receiver.
    Gps,
    /// A radio for Zigbee, Z-Wave, LoRa and the like.
    Radio,
    /// A UPS that NUT has a driver for.
    Ups,
    /// A microcontroller, which restarts when its port is opened.
    Controller,
    /// A keyboard, printer, scanner, card reader or debugger.
    Gadget,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Modem => "a mobile modem",
            Self::Phone => "a phone",
            Self::Gps => "a GPS receiver",
            Self::Radio => "a radio",
            Self::Ups => "a UPS",
            Self::Controller => "a microcontroller",
            Self::Gadget => "no solar device",
        })
    }
}

/// Words in a vendor's or a product's name, in small letters.
const WORDS: &[(&str, Other)] = &[
    ("arduino", Other::Controller),
    ("barcode", Other::Gadget),
    ("bluetooth", Other::Radio),
    ("conbee", Other::Radio),
    ("debug", Other::Gadget),
    ("gnss", Other::Gps),
    ("gps", Other::Gps),
    ("jtag", Other::Gadget),
    ("keyboard", Other::Gadget),
    ("lora", Other::Radio),
    ("meshtastic", Other::Radio),
    ("modem", Other::Modem),
    ("printer", Other::Gadget),
    ("scanner", Other::Gadget),
    ("skyconnect", Other::Radio),
    ("st-link", Other::Gadget),
    ("thread", Other::Radio),
    ("ups", Other::Ups),
    ("z-wave", Other::Radio),
    ("zigbee", Other::Radio),
    ("zwave", Other::Radio),
];

/// Vendors all of whose serial ports and HID devices are something else.
const VENDORS: &[(u16, Other)] = &[
    (0x0421, Other::Phone),      // Nokia
    (0x0463, Other::Ups),        // MGE, Eaton
    (0x047C, Other::Ups),        // Dell
    (0x0483, Other::Controller), // STMicroelectronics
    (0x04E8, Other::Phone),      // Samsung
    (0x050D, Other::Ups),        // Belkin
    (0x051D, Other::Ups),        // APC
    (0x05AC, Other::Phone),      // Apple
    (0x05C6, Other::Modem),      // Qualcomm
    (0x0658, Other::Radio),      // Sigma Designs, Z-Wave
    (0x0764, Other::Ups),        // CyberPower
    (0x091E, Other::Gps),        // Garmin
    (0x09AE, Other::Ups),        // Tripp Lite
    (0x0AF0, Other::Modem),      // Option
    (0x0BB4, Other::Phone),      // HTC
    (0x0BDB, Other::Modem),      // Ericsson
    (0x0D28, Other::Controller), // Arm
    (0x0D9F, Other::Ups),        // Powercom
    (0x0E8D, Other::Modem),      // MediaTek
    (0x0F3D, Other::Modem),      // AirPrime
    (0x0FCE, Other::Phone),      // Sony
    (0x1004, Other::Phone),      // LG
    (0x106C, Other::Modem),      // Pantech
    (0x114F, Other::Modem),      // Wavecom
    (0x1199, Other::Modem),      // Sierra Wireless
    (0x1209, Other::Controller), // pid.codes
    (0x12D1, Other::Modem),      // Huawei
    (0x1366, Other::Gadget),     // Segger
    (0x1410, Other::Modem),      // Novatel
    (0x1546, Other::Gps),        // u-blox
    (0x16C0, Other::Controller), // Van Ooijen, Teensy
    (0x16D8, Other::Modem),      // CMOTECH
    (0x1782, Other::Modem),      // Spreadtrum
    (0x18D1, Other::Phone),      // Google
    (0x1915, Other::Controller), // Nordic
    (0x19D2, Other::Modem),      // ZTE
    (0x1B4F, Other::Controller), // SparkFun
    (0x1BBB, Other::Modem),      // TCL, Alcatel
    (0x1BC7, Other::Modem),      // Telit
    (0x1C9E, Other::Modem),      // Longcheer
    (0x1CF1, Other::Radio),      // Dresden Elektronik
    (0x1D50, Other::Controller), // OpenMoko
    (0x1E0E, Other::Modem),      // SIMCom
    (0x1FC9, Other::Controller), // NXP
    (0x2020, Other::Modem),      // BroadMobi
    (0x22B8, Other::Phone),      // Motorola
    (0x22D9, Other::Phone),      // Oppo
    (0x2341, Other::Controller), // Arduino
    (0x239A, Other::Controller), // Adafruit, and most boards of Meshtastic
    (0x2717, Other::Phone),      // Xiaomi
    (0x2A03, Other::Controller), // Arduino
    (0x2A70, Other::Phone),      // OnePlus
    (0x2AE5, Other::Phone),      // Fairphone
    (0x2C7C, Other::Modem),      // Quectel
    (0x2CB7, Other::Modem),      // Fibocom
    (0x2D95, Other::Phone),      // vivo
    (0x2DEE, Other::Modem),      // MeiG
    (0x2E8A, Other::Controller), // Raspberry Pi Pico
    (0x303A, Other::Controller), // Espressif
];

/// Vendors of adapters; without products, all of them.
const ADAPTERS: &[(u16, &[u16])] = &[
    (0x0403, &[]),                                       // FTDI
    (0x04D8, &[0x000A, 0x00DD, 0x00DF]),                 // Microchip
    (0x0557, &[0x2008]),                                 // ATEN
    (0x067B, &[]),                                       // Prolific
    (0x10C4, &[0xEA60, 0xEA61, 0xEA63, 0xEA70, 0xEA71]), // Silicon Labs
    (0x110A, &[]),                                       // Moxa
    (0x1A86, &[]),                                       // QinHeng: CH340, CH343, CH9102
    (0x4348, &[0x5523]),                                 // QinHeng
    (0x9710, &[]),                                       // MosChip
];

/// What it is.
pub fn hint(usb: &Usb) -> Hint {
    let maker = usb.maker.as_str().to_ascii_lowercase();
    let model = usb.model.as_str().to_ascii_lowercase();
    if maker.contains("victronenergy") || model.contains("ve direct") {
        return Hint::VeDirect;
    }
    if (usb.vendor, usb.product) == (0x0665, 0x5161) {
        return Hint::VoltronicHid;
    }
    if usb.network {
        return Hint::Other(Other::Modem);
    }
    let is_word =
        |text: &str, word: &str| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').any(|part| part == word);
    let named = WORDS.iter().find(|(word, _)| is_word(&maker, word) || is_word(&model, word)).map(|(_, other)| *other);
    let sold = VENDORS.iter().find(|(vendor, _)| *vendor == usb.vendor).map(|(_, other)| *other);
    if let Some(other) = named.or(sold) {
        return Hint::Other(other);
    }
    if usb.vendor == 0x04E2 {
        return Hint::Exar;
    }
    let is_adapter = |(vendor, products): &(u16, &[u16])| {
        *vendor == usb.vendor && (products.is_empty() || products.contains(&usb.product))
    };
    if ADAPTERS.iter().any(is_adapter) { Hint::Adapter } else { Hint::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::Text;

    #[test]
    fn who_is_what() {
        for (vendor, product, maker, model, expected) in [
            (0x0403, 0x6015, "VictronEnergy BV", "VE Direct cable", Hint::VeDirect),
            (0x0403, 0x6001, "FTDI", "FT232R USB UART", Hint::Adapter),
            (0x0403, 0x6001, "Prusa", "3D printer", Hint::Other(Other::Gadget)),
            (0x1A86, 0x7523, "", "USB Serial", Hint::Adapter),
            (0x10C4, 0xEA60, "Silicon Labs", "CP2102 USB to UART Bridge Controller", Hint::Adapter),
            (0x10C4, 0xEA60, "ITead", "Sonoff Zigbee 3.0 USB Dongle Plus", Hint::Other(Other::Radio)),
            (0x10C4, 0x8A2A, "Silicon Labs", "HubZ", Hint::Unknown),
            (0x04E2, 0x1411, "Exar Corp.", "XR21B1411", Hint::Exar),
            (0x0665, 0x5161, "", "USB to Serial", Hint::VoltronicHid),
            (0x2C7C, 0x0125, "Quectel", "EC25-E", Hint::Other(Other::Modem)),
            (0x1546, 0x01A8, "u-blox AG", "u-blox 8", Hint::Other(Other::Gps)),
            (0x067B, 0x2303, "Prolific", "USB GPS Receiver", Hint::Other(Other::Gps)),
            (0x051D, 0x0002, "American Power Conversion", "Back-UPS ES 700", Hint::Other(Other::Ups)),
            (0x04E8, 0x6860, "SAMSUNG", "SAMSUNG_Android", Hint::Other(Other::Phone)),
            (0x1234, 0x5678, "Groups and backups Ltd", "Cups", Hint::Unknown),
            (0x1234, 0x5678, "Some", "Line-Interactive UPS", Hint::Other(Other::Ups)),
        ] {
            let usb = Usb { vendor, product, maker: Text::new(maker), model: Text::new(model), ..Usb::default() };
            assert_eq!(hint(&usb), expected, "{usb:?}");
        }
        let tethered = Usb { vendor: 0x1A86, network: true, ..Usb::default() };
        assert_eq!(hint(&tethered), Hint::Other(Other::Modem));
    }

    #[test]
    fn tables_are_sorted_and_apart() {
        assert!(VENDORS.is_sorted_by(|one, two| one.0 < two.0) && WORDS.is_sorted_by(|one, two| one.0 < two.0));
        let both = |(vendor, _): &&(u16, &[u16])| VENDORS.iter().any(|(other, _)| other == vendor);
        assert!(!ADAPTERS.iter().any(|adapter| both(&adapter)));
    }
}
