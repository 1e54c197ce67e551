//! What a person, or a thief, has written of solar devices: refused, or ports and batteries that there can be.
#![no_main]

use ilanga_fuzz::seeds;
use power::detect::plan::plan;
use power::reading::Reading;
use power::settings::Settings;

const ALL: &str = "format = 1\n[[network]]\nhost = \"venus.local\"\nservice = \"venus\"\nport = 502\n[[port]]\nname = \"/dev/ttyS0\"\n\
    use = \"ask\"\n[[battery]]\nport = \"usb-one\"\nname = \"Roof\"\nchemistry = \"lifepo4\"\nvolts = 24\namp-hours = 200\n";

libfuzzer_sys::fuzz_target!(init: seeds([ALL, "format = 1\n"]), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(settings) = Settings::parse(text) else { return };
    assert_eq!(Settings::parse(text).as_ref(), Ok(&settings));
    for port in settings.networks() {
        let _ = plan(&port, settings.told(&port.name));
    }
    // Each port that stands in it may have a battery.
    for word in text.split('"') {
        if let Some(battery) = settings.battery(word) {
            let mut reading = Reading::default();
            reading.battery.voltage = Some(power::units::Voltage(25_600));
            battery.add_to(&mut reading);
            assert!(reading.battery.charge.is_none_or(|soc| soc.charge.get() <= 1000));
        }
    }
});
