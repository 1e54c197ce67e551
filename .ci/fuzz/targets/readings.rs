//! The file of what solar devices said: what is read and written again is the same.
#![no_main]

use std::time::Duration;

use ilanga_fuzz::seeds;
use power::readings::{LARGEST, MOST, Readings};
use power::sentence;

const ALL: &str = r#"{"format":1,"devices":[{"port":"usb-one","place":"/dev/ttyUSB0","state":"heard","protocol":"ve-direct",
"line":{"serial":19200},"heard-at":5215.203,"identity":{"maker":"Victron","model":"MPPT","serial":null,"firmware":"139"},
"reading":{"battery":{"charge":{"charge":830,"confidence":"counted"},"voltage":12810,"current":-10,"power":-8,"temperature":251},
"pv":8,"alarms":["too-hot"]},"battery":null,"trouble":null},{"port":"can0","place":"can0","state":"resting"}]}"#;

libfuzzer_sys::fuzz_target!(init: seeds([ALL, r#"{"format":1,"devices":[]}"#]), |data: &[u8]| {
    let Ok(readings) = Readings::parse(data) else { return };
    assert!(readings.devices.len() <= MOST && data.len() <= LARGEST);
    let text = readings.text().expect("every value has its place in JSON");
    assert_eq!(Readings::parse(text.as_bytes()).expect("it is read again").devices.len(), readings.devices.len());
    for device in &readings.devices {
        let _ = (device.age(Duration::MAX), device.fresh(Duration::ZERO), sentence::name(device));
        let _ = sentence::device(device, Duration::from_secs(1 << 40));
        if let Some(reading) = &device.reading {
            assert!(!sentence::said(reading).chars().any(char::is_control));
        }
    }
});
