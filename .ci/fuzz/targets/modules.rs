//! The table of kernel modules, and what devices call themselves: plugged in, anything may stand there.
#![no_main]

use formats::glob;
use formats::modules::{ModuleName, ModuleTable};
use ilanga_fuzz::{part, parted, seeds};

const TABLE: &str = "ilanga-modules 1\nmodule a kernel/a.ko - -\nmodule b kernel/b.ko a c\nmodule c kernel/c.ko a -\n\
    module d kernel/d.ko b,e -\nmodule e kernel/e.ko d -\nalways d\nalias pci:v00001AF4d* b\n\
    alias usb:v*p[0-9A-F]?d c\n";

fn start() {
    seeds([parted(&[TABLE.as_bytes(), b"pci:v00001AF4d00001000sv0"]), parted(&[b"usb:v*p[0-9]?x", b"usb:v1p5ax"])]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let (Ok(first), Ok(second)) = (std::str::from_utf8(part(&mut rest)), std::str::from_utf8(part(&mut rest))) else {
        return;
    };
    let _ = glob::matches(first, second);
    assert!(glob::matches("*", second));
    if let Some(name) = ModuleName::of_path(second) {
        assert_eq!(ModuleName::new(name.as_str()), Some(name));
    }
    if let Ok(table) = ModuleTable::parse(first) {
        assert_eq!(ModuleTable::parse(&table.to_text()).as_ref(), Ok(&table));
        for name in table.matching(second).into_iter().chain(table.always()) {
            let order = table.load_order(name);
            assert!(order.contains(&name) && order.iter().all(|name| table.get(name).is_some()));
        }
    }
});
