//! The file of a WireGuard network: what is read and written again is the same.
#![no_main]

use formats::answers::WireGuard;
use ilanga_fuzz::seeds;

const SEED: &str = "[Interface]\nPrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=\nAddress = 10.7.0.2/24, fd00::2\nListenPort = 51820\n\
    MTU = 1400\nDNS = 10.7.0.1\n\n[Peer]\nPublicKey = xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=\nAllowedIPs = 0.0.0.0/0, ::/0\n\
    Endpoint = vpn.example.org:51820\nPersistentKeepalive = off\n";

libfuzzer_sys::fuzz_target!(init: seeds([SEED]), |data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(network) = text.parse::<WireGuard>() else { return };
    let text = network.to_string();
    assert!(!text.contains("Post") && text.lines().all(|line| line.is_empty() || line.starts_with('[') || line.contains(" = ")));
    assert_eq!(text.parse(), Ok(network));
});
