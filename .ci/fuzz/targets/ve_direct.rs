//! VE.Direct's text: whatever is on the line, cut anywhere, gives the same blocks, and blocks that are whole are read or refused.
#![no_main]

use ilanga_fuzz::{Device, play, recording, seeds};
use power::protocol::registry::Protocol;
use power::protocol::ve_direct::decoder::{Decoder, Frame};
use power::protocol::ve_direct::text::Fields;
use power::reading::Reading;

const CHARGER: &str = "PID\t0xA05F\nFW\t139\nSER#\tHQ00000AAAA\nV\t12810\nI\t-10\nVPV\t33580\nPPV\t8\nCS\t3\nERR\t0\n\
    LOAD\tON\nIL\t100\nH19\t8272\nHSDS\t274";
const MONITOR: &str =
    "PID\t0xA389\nV\t13259\nVS\t12\nI\t-7742\nP\t-102\nCE\t-5000\nSOC\t990\nTTG\t-1\nT\t21\nAlarm\tOFF\nAR\t0";
const INVERTER: &str =
    "PID\t0xA2E1\nMODE\t2\nCS\t9\nAC_OUT_V\t23010\nAC_OUT_I\t3\nAC_OUT_S\t60\nV\t25100\nAR\t0\nWARN\t0\nOR\t0x0";

/// A block of these lines.
fn block(_: &[u8], lines: &[u8]) -> Vec<u8> {
    let mut bytes: Vec<u8> = lines.split(|byte| *byte == b'\n').flat_map(|line| [b"\r\n", line].concat()).collect();
    bytes.extend(b"\r\nChecksum\t");
    let sum = bytes.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    bytes.push(sum.wrapping_neg());
    bytes
}

fn start() {
    let blocks = [CHARGER, MONITOR, INVERTER].map(|lines| Device::answering(2, &[lines.as_bytes()]));
    let dumps = ["ve-direct-bluesolar-mppt.dump", "ve-direct-smartsolar-mppt.dump"].into_iter().filter_map(recording);
    let dumps = dumps.map(|dump| Device::answering(1, &dump.chunks(900).take(2).collect::<Vec<_>>()));
    seeds(blocks.into_iter().chain(dumps));
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    play(Protocol::VeDirect, data, block);
    for bytes in [data.to_vec(), block(&[], data)] {
        let whole = Decoder::default().take(&bytes);
        let mut decoder = Decoder::default();
        let cut: Vec<Frame> = bytes.chunks(7).flat_map(|chunk| decoder.take(chunk)).collect();
        assert_eq!(whole, cut);
        for frame in whole {
            match frame {
                Frame::Block(block) => {
                    assert!(block.lines().count() > 0);
                    if let Ok(mut fields) = Fields::parse(&block) {
                        let _ = (fields.identity(), fields.reading());
                        let twice = fields.clone();
                        fields.merge(twice.clone());
                        assert_eq!(fields.reading(), twice.reading());
                    }
                }
                Frame::Hex(message) => {
                    if let Some(register) = message.register() {
                        register.add_to(&mut Reading::default());
                    }
                }
                Frame::Damaged(damaged) => assert!(!damaged.to_string().is_empty()),
            }
        }
    }
});
