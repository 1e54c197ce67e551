//! What to do about failures that can happen in any operation.

use std::io;

use crate::tool::ToolError;

/// What to do about an error whose own words only say what failed.
pub(crate) fn about(error: &anyhow::Error) -> Option<&'static str> {
    error.chain().find_map(|cause| {
        let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let full = matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
            || matches!(cause.downcast_ref(), Some(ToolError::Failed { stderr, .. }) if stderr.contains("No space left"));
        full.then_some(
            "make room on that disk (`ilanga clean` removes what can be made again), or use another one: \
             --output for what is built, XDG_CACHE_HOME for the cache",
        )
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context as _;

    use super::*;

    #[test]
    fn helps_with_full_disks() {
        let full = || Err::<(), _>(io::Error::from(io::ErrorKind::StorageFull)).context("writing a.img");
        assert!(about(&full().unwrap_err()).unwrap().starts_with("make room"));
        let tool = |stderr: &str| ToolError::Failed {
            command: "mkfs.erofs".to_owned(),
            status: "exit code 1".to_owned(),
            stderr: stderr.to_owned(),
        };
        assert!(about(&anyhow::Error::from(tool("write: No space left on device"))).is_some());
        assert!(about(&anyhow::Error::from(tool("bad option"))).is_none());
        assert!(about(&anyhow::anyhow!("other")).is_none());
    }
}
