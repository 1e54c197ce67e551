//! `ilanga lock`.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::build::Builder;
use crate::cli;
use crate::packages::lock::Lock;

/// Makes the lock anew, and says what changed.
pub(super) fn run(args: &cli::Lock, builder: &Builder) -> Result<u8> {
    let plan = builder.plan(&args.board)?;
    let tools = builder.tools()?;
    let path = builder.workspace.lock(&args.board);
    let old = Lock::read(&path).ok().flatten();
    let new = builder.new_image_lock(&plan, &tools)?;
    builder.ui.finish();
    let lines = differences(old.as_ref(), &new);
    lines.iter().for_each(|line| println!("{line}"));
    println!("{} packages, {} changes", new.packages.len(), lines.len());
    if !args.dry_run {
        new.write(&path)?;
    }
    Ok(0)
}

/// One line a package that came, went or changed.
fn differences(old: Option<&Lock>, new: &Lock) -> Vec<String> {
    let versions = |lock: &Lock| -> BTreeMap<String, String> {
        lock.packages.iter().map(|package| (package.name.clone(), package.version.clone())).collect()
    };
    let before = old.map(versions).unwrap_or_default();
    let after = versions(new);
    let mut lines = Vec::new();
    for (name, version) in &after {
        match before.get(name) {
            None => lines.push(format!("+ {name} {version}")),
            Some(old) if old != version => lines.push(format!("  {name} {old} → {version}")),
            Some(_) => {}
        }
    }
    lines.extend(
        before.iter().filter(|(name, _)| !after.contains_key(*name)).map(|(name, old)| format!("- {name} {old}")),
    );
    lines
}

#[cfg(test)]
mod tests {
    use formats::digest::Digest;

    use super::*;
    use crate::packages::lock::Locked;

    fn lock(packages: &[(&str, &str)]) -> Lock {
        let locked = |(name, version): &(&str, &str)| Locked {
            name: (*name).into(),
            version: (*version).into(),
            architecture: "amd64".into(),
            archive: "debian".into(),
            filename: String::new(),
            size: 0,
            sha256: Digest::of(name),
        };
        Lock::new(Digest::of(""), packages.iter().map(locked).collect())
    }

    #[test]
    fn says_what_changed() {
        let (old, new) = (lock(&[("a", "1"), ("b", "1"), ("d", "1")]), lock(&[("b", "2"), ("c", "1"), ("d", "1")]));
        assert_eq!(differences(Some(&old), &new), ["  b 1 → 2", "+ c 1", "- a 1"]);
        assert_eq!(differences(None, &old).len(), 3);
    }
}
