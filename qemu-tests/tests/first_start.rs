//! A benchmark: the first start of the image, from power-on until its page answers, beside that of a peer until its login prompt.
//!
//! `.ci/bench/run first` makes the peer, by mkosi, and runs this: `ILANGA_PEER=FILE ilanga test --long first_start`. Both start from a copy of
//! their image on the same machine, in turn; Secure Boot is off, as nobody has signed the peer for it.

use std::time::Duration;

use anyhow::Result;
use formats::size::Bytes;
use qemu_tests::phone::{self, Phone};
use qemu_tests::qemu::Network;
use qemu_tests::{Firmware, Inputs, Machine, Story, inputs};

/// How often each is started.
const TIMES: usize = 3;

/// A length that both have room on.
const DISK: Bytes = Bytes(16 << 30);

/// What a system asks who is to log in by.
const PROMPT: &str = "login:";

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

#[test]
#[ignore = "long"]
fn its_page_is_there_when_a_peers_prompt_is() -> Result<()> {
    let story = Story::begin("first_start");
    let Some(peer) = inputs::peer() else {
        println!("skipped: ILANGA_PEER names no image");
        return Ok(());
    };
    let inputs = Inputs::of_environment()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..TIMES {
        let port = phone::free_port()?;
        let machine = Machine::new("first", &inputs)?.firmware(Firmware::Off).network(Network::User(vec![(port, 80)]));
        let mut machine = machine.disk_size(DISK)?.patience(Duration::from_secs(600));
        let mut node = machine.start()?;
        node.wait("the page", |_| Ok(Phone::connect(port).map(drop)))?;
        ours.push(node.on_for().as_secs_f64());
        node.cut_power();

        let machine = Machine::of("peer", &peer, None, &inputs.keys, &inputs.scratch)?.firmware(Firmware::Off);
        let machine = machine.network(Network::User(Vec::new())).disk_size(DISK)?;
        let mut machine = machine.patience(Duration::from_secs(600));
        let mut node = machine.start()?;
        node.wait_for(PROMPT)?;
        theirs.push(node.on_for().as_secs_f64());
        node.cut_power();
    }
    story.found(&format!("from power-on to the page: {ours:.1?} s; to the peer's prompt: {theirs:.1?} s"));
    let (ours, theirs) = (median(ours), median(theirs));
    story.found(&format!("medians: {ours:.1} s and {theirs:.1} s, {:.2}", ours / theirs));
    Ok(())
}
