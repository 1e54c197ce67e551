//! A bundle's manifest, signed and not: what is read and written again is the same.
#![no_main]

use formats::bundle::{Bundle, Manifest, Parts};
use formats::size::Bytes;
use ilanga_fuzz::seeds;

const PLAIN: &str = "[update]\ncompatible=ilanga-mini-pc\nversion=2026.11.0\ndescription=Wi-Fi works again\nbuild=b\n\n\
    [bundle]\nformat=verity\n\n[image.rootfs]\nsha256=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
    size=1048576\nfilename=ilanga.img\nadaptive=block-hash-index;\n\n[meta.ilanga]\nboard=mini-pc\nchannel=stable\n\
    date=2026-11-21\nneeds=2026.10.0\nchangelog=Wi-Fi works again\\n\\n- and so does \\\\\n";

const VERITY: &str = "format=verity\nverity-hash=ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n\
    verity-salt=0707070707070707070707070707070707070707070707070707070707070707\nverity-size=16384\n";

fn start() {
    let others =
        "[update]\ncompatible=x\nversion=1\n[bundle]\nformat=crypt\n[hooks]\n[handler]\n[image]\n[meta.x]\na=b\n";
    seeds([PLAIN, &PLAIN.replace("format=verity\n", VERITY), others]);
}

libfuzzer_sys::fuzz_target!(init: start(), |data: &[u8]| {
    let Ok((manifest, verity)) = Manifest::parse(data) else { return };
    let again = manifest.text(verity.as_ref());
    assert_eq!(Manifest::parse(again.as_bytes()), Ok((manifest.clone(), verity.clone())));
    let parts = Parts { payload: Bytes(304 * 4096), signature: Bytes(2000) };
    if let Ok(bundle) = Bundle::new(parts, data) {
        assert_eq!((&bundle.manifest, Some(&bundle.verity)), (&manifest, verity.as_ref()));
        assert_eq!(bundle.squashfs.0 + bundle.verity.size.0, parts.payload.0);
        let _ = bundle.fits("ilanga-mini-pc", Bytes(3 << 30));
    }
});
