//! Replies of Modbus around what the fuzzer says.

use power::protocol::modbus::rtu::crc;

use crate::{Device, byte};

/// A reply to a question without its address: `[0][why]` refuses, `[2]…` are objects, all else registers.
fn reply(question: &[u8], content: &[u8]) -> Vec<u8> {
    let mut content = content;
    let function = question.first().copied().unwrap_or(3);
    match (byte(&mut content), function) {
        (0, _) => vec![function | 0x80, byte(&mut content)],
        (_, 0x2B) => [&[0x2B, 0x0E, 1], content].concat(),
        _ => {
            let count = question.get(3..5).map_or(1, |count| usize::from(u16::from_be_bytes([count[0], count[1]])));
            let length = count.min(125) * 2;
            let mut data = content.to_vec();
            data.resize(length, 0);
            [&[function, length as u8], &data[..]].concat()
        }
    }
}

/// A reply over a serial line.
pub fn modbus_rtu(request: &[u8], content: &[u8]) -> Vec<u8> {
    let question = request.get(1..).unwrap_or_default();
    let mut bytes = [&request[..request.len().min(1)], &reply(question, content)].concat();
    bytes.extend(crc(&bytes).to_le_bytes());
    bytes
}

/// A reply over TCP.
pub fn modbus_tcp(request: &[u8], content: &[u8]) -> Vec<u8> {
    let (head, question) = request.split_at(request.len().min(7));
    let reply = reply(question, content);
    let length = (reply.len() as u16 + 1).to_be_bytes();
    [head.get(..4).unwrap_or_default(), &length, head.get(6..).unwrap_or_default(), &reply].concat()
}

/// What devices with registers begin with.
pub fn modbus_seeds() -> Vec<Vec<u8>> {
    let registers = |value: u16| [&[1][..], &value.to_be_bytes().repeat(60)].concat();
    let objects = |maker: &str, model: &str| {
        let object = |number: u8, text: &str| [&[number, text.len() as u8], text.as_bytes()].concat();
        [&[1, 1, 0, 0, 3][..], &object(0, maker), &object(1, model), &object(2, "V1.0")].concat()
    };
    let epever = objects("EPsolar Tech co., Ltd", "Tracer4210A");
    let (some, zero, many) = (registers(0x0203), registers(0), registers(0x7FFF));
    // The device types, the serial number and the values of a hybrid inverter with one phase.
    let word =
        |values: &[u16]| [&[1][..], &values.iter().copied().flat_map(u16::to_be_bytes).collect::<Vec<u8>>()].concat();
    let deye = word(&[3, 1, 0x0104, 0x3232, 0x3037, 0x3037, 0x3939, 0x3939, 0, 0]);
    let values = word(&[1253, 5312, 76, 0, 410, 371, 0, 0, 512, 964]);
    let text = |text: &str, registers: usize| {
        let mut bytes = [&[1][..], text.as_bytes()].concat();
        bytes.resize(1 + 2 * registers, 0);
        bytes
    };
    // A Growatt's registers and a GX's.
    let (firmware, kind, serial) = (text("067.01042.02", 6), word(&[3401]), text("ABC1234567", 7));
    let mut input = [0; 45];
    for (register, value) in [(0, 12), (1, 3105), (4, 8120), (10, 5230), (17, 5287), (18, 88), (22, 2299), (23, 5001)] {
        input[register] = value;
    }
    let (input, more) = (word(&input), word(&[0, 100]));
    let (address, direct) = (text("c0619ab12345", 6), word(&[620]));
    let battery = word(&[528, 0xFF97, 0xFDD6, 91, 2, 250, 4000]);
    let grid = word(&[0, 0, 0, 400, 0, 0, 0, 0, 0, 610, 0, 0, 0xFFE2, 0, 0, 0, 0, 0, 1]);
    let refused: [&[u8]; 2] = [&[0, 2], &[0, 1]];
    let devices: [Vec<&[u8]>; 8] = [
        vec![&firmware[..], &kind[..], &serial[..], &input[..], &more[..]],
        vec![&address[..], &battery[..], &grid[..], &direct[..]],
        vec![&deye[..], &zero[..], &zero[..], &values[..], &zero[..]],
        vec![&epever[..], &some[..], &zero[..], &values[..], &some[..], &zero[..]],
        vec![&some[..]; 12],
        vec![&zero[..]; 12],
        vec![&many[..], refused[0], &some[..], refused[0], &values[..], &zero[..]],
        vec![refused[0], refused[0], refused[1]],
    ];
    devices.into_iter().map(|answers| Device::answering(2, &answers)).collect()
}
