//! The patterns by which mkosi's `KernelInitrdModules=` and `FirmwareFiles=` name files of a folder.
//!
//! A pattern matches the end of a path, from a `/` on: `nvme` matches `drivers/nvme/host/nvme`. One that begins with `/`
//! matches the whole path; one that ends with `/`, everything in folders of that name. With `-` in front what matches is
//! left out. The last pattern that matches decides.

use formats::glob;

/// What the patterns say about `path`: in, out, or nothing.
pub(super) fn decide(patterns: &[String], path: &str) -> Option<bool> {
    patterns.iter().rev().find(|pattern| matches(pattern, path)).map(|pattern| !pattern.starts_with('-'))
}

/// Whether `pattern` is about `path`, be it in or out.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern = pattern.strip_prefix('-').unwrap_or(pattern);
    let below = if pattern.ends_with('/') { "*" } else { "" };
    let anywhere = if pattern.starts_with('/') { "" } else { "*/" };
    glob::matches(&format!("{anywhere}{pattern}{below}"), &format!("/{path}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_mkosi_matches() {
        for (patterns, path, decision) in [
            (&["nvme"][..], "drivers/nvme/host/nvme", Some(true)),
            (&["nvme"], "drivers/nvme/host/nvme-core", None),
            (&["nvme/"], "drivers/nvme/host/nvme-core", Some(true)),
            (&["virtio_*"], "drivers/block/virtio_blk", Some(true)),
            (&["dm-verity"], "drivers/md/dm_verity", Some(true)),
            (&["/nvme"], "drivers/nvme/host/nvme", None),
            (&["/drivers/nvme/"], "drivers/nvme/host/nvme", Some(true)),
            (&["amdgpu/", "-amdgpu/isp*"], "amdgpu/isp_4.bin", Some(false)),
            (&["-amdgpu/isp*", "amdgpu/"], "amdgpu/isp_4.bin", Some(true)),
            (&[], "x", None),
        ] {
            let patterns: Vec<String> = patterns.iter().map(|&pattern| pattern.to_owned()).collect();
            assert_eq!(decide(&patterns, path), decision, "{path} by {patterns:?}");
        }
    }
}
