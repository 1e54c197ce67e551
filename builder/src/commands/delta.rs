//! `ilanga delta`.

use anyhow::Result;

use crate::bundle::delta;
use crate::cli;
use crate::ui::Ui;

/// Makes the delta, and says what it saves.
pub(super) fn run(args: &cli::Delta, ui: &Ui) -> Result<u8> {
    let made = ui.stage("making the delta", || {
        let output = args.output.as_deref();
        delta::make(&args.old, &args.new, output, &mut |done, total| ui.bytes(done.0, total.0))
    })?;
    ui.finish();
    println!("{}, {} instead of {}", made.path.display(), made.length, made.bundle);
    Ok(0)
}
