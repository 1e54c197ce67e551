//! Devices on TCP. Each connection is recorded.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use power::detect::port::{Place, Service};

use super::{Device, Record};

pub struct Server {
    pub port: u16,
    pub record: Record,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Serves each connection with a device of its own.
    pub fn new<D: Device + 'static>(mut device: impl FnMut() -> D + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (record, stop) = (Record::default(), Arc::<AtomicBool>::default());
        let (recorded, stopped) = (record.clone(), stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                let (mut device, recorded, stopped) = (device(), recorded.clone(), stopped.clone());
                std::thread::spawn(move || serve(stream.unwrap(), &mut device, &recorded, &stopped));
            }
        });
        Self { port, record, stop }
    }

    pub fn place(&self, service: Service) -> Place {
        Place::Network { host: "127.0.0.1".to_owned(), service, port: Some(self.port) }
    }

    pub fn sent(&self) -> Vec<Vec<u8>> {
        self.record.lock().unwrap().iter().map(|(_, bytes)| bytes.clone()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut stream: TcpStream, device: &mut dyn Device, record: &Record, stop: &AtomicBool) {
    stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut buffer = [0; 4096];
    while !stop.load(Ordering::Relaxed) {
        let say = match stream.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => {
                record.lock().unwrap().push((0, buffer[..length].to_vec()));
                device.asked(&buffer[..length])
            }
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                device.unasked()
            }
            Err(_) => return,
        };
        if stream.write_all(&say).is_err() {
            return;
        }
    }
}

/// Answers what comes at once with a function.
pub struct Replies<F>(pub F);

impl<F: FnMut(&[u8]) -> Vec<u8> + Send> Device for Replies<F> {
    fn asked(&mut self, bytes: &[u8]) -> Vec<u8> {
        (self.0)(bytes)
    }
}

/// A message of MQTT with quality 0.
pub fn published(topic: &str, payload: &str) -> Vec<u8> {
    let length = topic.len() + payload.len() + 2;
    assert!(length < 0x80);
    [&[0x30, length as u8, 0, topic.len() as u8], topic.as_bytes(), payload.as_bytes()].concat()
}

/// A Venus OS, as far as it speaks MQTT.
pub fn venus(request: &[u8]) -> Vec<u8> {
    let told = |path: &str, payload: &str| published(&format!("N/e0ff50a097c0/{path}"), payload);
    match request.first() {
        Some(0x10) => vec![0x20, 2, 0, 0],
        Some(0x82) => [vec![0x90, 5, 0, 1, 0, 0, 0], told("system/0/Serial", r#"{"value":"e0ff50a097c0"}"#)].concat(),
        Some(0x30) => [
            told("system/0/Dc/Battery/Soc", r#"{"value":76.5}"#),
            told("system/0/Dc/Pv/Power", r#"{"value":812}"#),
            told("full_publish_completed", r#"{"value":1702459522}"#),
        ]
        .concat(),
        _ => Vec::new(),
    }
}

/// An upsd that knows one device.
pub fn upsd(request: &[u8]) -> Vec<u8> {
    match request {
        b"LIST UPS\n" => b"BEGIN LIST UPS\nUPS shed \"Shed\"\nEND LIST UPS\n".to_vec(),
        b"LIST VAR shed\n" => b"BEGIN LIST VAR shed\nVAR shed battery.charge \"88\"\nVAR shed battery.voltage \"26.50\"\nVAR shed device.mfr \"APC\"\nVAR shed ups.status \"OL\"\nEND LIST VAR shed\n".to_vec(),
        _ => b"ERR UNKNOWN-COMMAND\n".to_vec(),
    }
}
