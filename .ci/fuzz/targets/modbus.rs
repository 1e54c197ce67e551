//! Modbus' frames, RTU and TCP: what a reply says is what stands in it.
#![no_main]

use ilanga_fuzz::{byte, modbus_rtu, modbus_tcp, seeds, word};
use power::protocol::modbus::{Count, Known, Reply, Request, What, rtu, tcp};

fn start() {
    seeds([
        &[0, 1, 0, 0, 1, 1, 2, 3, 4, 5, 6][..],
        &[1, 1, 0, 0, 0, 2],
        &[2, 1, 0, 0, 1, 1, 0, 0, 0, 2, 0, 3, b'a', b'b', b'c', 1, 1, b'x'],
        &[3, 1, 0xFF, 0xFF, 1, 1, 2],
    ]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let mut rest = data;
    let (how, unit, first) = (byte(&mut rest), byte(&mut rest), word(&mut rest));
    let what = match how & 7 {
        0 => What::Holding(first, Count::of::<3>()),
        1 => What::Input(first, Count::of::<125>()),
        2 => What::Identification,
        3 => What::Input(first, Count::of::<1>()),
        _ => What::Holding(first, Count::of::<40>()),
    };
    let request = Request { unit, what };
    let replies = [
        rtu::decode(request, rest),
        rtu::decode(request, &modbus_rtu(&rtu::encode(request), rest)),
        tcp::decode(request, rest),
        tcp::decode(request, &modbus_tcp(&tcp::encode(request), rest)),
        what.reply(rest),
    ];
    for reply in replies.into_iter().flatten() {
        match reply {
            Reply::Registers(registers) => {
                let (What::Holding(_, count) | What::Input(_, count)) = what else { panic!("nobody asked for registers") };
                let mut known = Known::default();
                known.add(registers);
                let last = first.checked_add(count.get() - 1);
                assert!(known.get(first).is_some() && last.is_none_or(|last| known.get(last).is_some()));
                assert_eq!(known.get(first).map(u16::cast_signed), known.signed(first));
                assert!(last.is_some() || known.bytes(first, count.get()).is_none());
                let _ = (known.high_first(first), known.low_first(first), known.text(first, count.get()));
            }
            Reply::Identification(objects) => {
                assert_eq!(what, What::Identification);
                assert!(objects.iter().all(|(_, text)| text.len() <= 253));
            }
            Reply::Refused(refusal) => assert!(!refusal.to_string().is_empty()),
        }
    }
    let _ = what.length(rest);
});
