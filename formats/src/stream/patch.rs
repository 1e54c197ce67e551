//! Patches: zstd frames that refer to a prefix, as `zstd --patch-from` makes them.

use zstd::zstd_safe::{CCtx, CParameter, DCtx, compress_bound};

use super::{StreamError, failed};

/// A patch that makes `new` of `old`.
pub fn patch(old: &[u8], new: &[u8], level: i32) -> Result<Vec<u8>, StreamError> {
    let mut context = CCtx::create();
    context.set_parameter(CParameter::CompressionLevel(level)).map_err(failed)?;
    // All of the prefix is in the window, from the first byte to the last.
    let window = (old.len() + new.len()).max(1 << 10).next_power_of_two().ilog2();
    context.set_parameter(CParameter::WindowLog(window)).map_err(failed)?;
    context.ref_prefix(old).map_err(failed)?;
    let mut patch = Vec::with_capacity(compress_bound(new.len()));
    context.compress2(&mut patch, new).map_err(failed)?;
    Ok(patch)
}

/// What a patch makes of `old`: exactly `length` bytes.
pub fn patched(old: &[u8], patch: &[u8], length: usize) -> Result<Vec<u8>, StreamError> {
    let mut context = DCtx::create();
    context.ref_prefix(old).map_err(failed)?;
    let mut new = Vec::with_capacity(length);
    context.decompress(&mut new, patch).map_err(failed)?;
    if new.len() == length { Ok(new) } else { Err(StreamError::Zstd("a patch made another length than was said")) }
}
