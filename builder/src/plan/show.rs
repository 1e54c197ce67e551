//! The plan as people read it: 80 columns, no colours.

use std::fmt;

use formats::size::Bytes;

use super::{Partition, Plan};
use crate::config::{Compression, Trust};

const WIDTH: usize = 80;

/// Where the right column begins.
const INDENT: usize = 16;

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { archive, packages, tree, kernel, artefacts, ids, .. } = self;
        writeln!(f, "{} {}, {}, channel {}", self.board, self.version, self.date, self.channel)?;
        if let Some(url) = &self.updates.url {
            writeln!(f, "updates from {url}")?;
        }
        head(f, "Packages")?;
        row(f, "from", &archive.mirror)?;
        for suite in &archive.suites {
            row(f, "", &format!("{} {} {}", suite.archive, suite.name, suite.components.join(" ")))?;
        }
        row(f, "kept", &kept(packages.recommends, packages.docs, packages.database))?;
        let names: Vec<&str> = packages.install.iter().map(|package| package.name.as_str()).collect();
        words(f, &format!("{} wanted", names.len()), &names)?;

        head(f, "Tree")?;
        for overlay in &tree.overlays {
            row(f, "overlay", &overlay.display().to_string())?;
        }
        for script in &tree.scripts {
            row(f, "script", &script.display().to_string())?;
        }
        words(f, "removed", &texts(&tree.removed))?;

        head(f, "Kernel")?;
        words(f, "command line", &texts(&kernel.command_line))?;
        words(f, "initramfs", &texts(&kernel.modules))?;
        if !kernel.root_modules.is_empty() {
            words(f, "modules", &texts(&kernel.root_modules))?;
        }
        words(f, "firmware", &texts(&kernel.firmware))?;
        let trust = match self.trust {
            Trust::Own => "our own keys, enrolled in firmware set-up mode",
            Trust::Shim => "Debian's shim, with a machine owner key",
        };
        row(f, "trust", trust)?;
        row(f, "on the ESP", &artefacts.boot_entry)?;

        head(f, "Disk")?;
        for partition in &self.partitions {
            row(f, "", &partition_line(partition))?;
        }
        row(f, "root", &packing(self))?;
        row(f, "disk id", &ids.disk.to_string())?;
        row(f, "root id", &ids.erofs.to_string())?;
        row(f, "verity salt", &ids.verity_salt.to_string())?;

        head(f, "Files")?;
        let image = [&artefacts.image].into_iter().chain(&artefacts.compressed);
        let mut names = image.chain([
            &artefacts.bmap,
            &artefacts.root,
            &artefacts.kernel,
            &artefacts.manifest,
            &artefacts.sbom,
            &artefacts.sums,
            &artefacts.signature,
        ]);
        names.try_for_each(|name| row(f, "", &format!("out/{}/{name}", self.board)))?;
        let bundle = artefacts.bundle.iter();
        bundle.map(|name| format!("out/{}/{name}, with --bundle", self.board)).try_for_each(|text| row(f, "", &text))
    }
}

fn kept(recommends: bool, docs: bool, database: bool) -> String {
    let yes_no = |yes| if yes { "yes" } else { "no" };
    format!(
        "recommended packages: {}; documentation: {}; dpkg's database: {}",
        yes_no(recommends),
        yes_no(docs),
        yes_no(database)
    )
}

fn packing(plan: &Plan) -> String {
    let name = match plan.root.compression {
        Compression::None => return "EROFS, not compressed".to_owned(),
        Compression::Lz4 => "lz4",
        Compression::Lz4hc => "lz4hc",
        Compression::Zstd => "zstd",
    };
    let level = plan.root.level.map(|level| format!(" level {level}")).unwrap_or_default();
    let cluster = plan.root.cluster.map(|size| format!(", {} KiB clusters", size.0 >> 10)).unwrap_or_default();
    format!("EROFS, {name}{level}{cluster}")
}

fn partition_line(partition: &Partition) -> String {
    let mib = |size: Bytes| format!("{} MiB", size.0 >> 20);
    let length = partition.length.map_or_else(|| "the rest".to_owned(), mib);
    let made = match (partition.in_image, partition.length) {
        (true, _) => "",
        (false, Some(_)) => "  made at the first start",
        (false, None) => "  made by the wizard",
    };
    format!("{:<14} {:>9} from {:>9}{made}", partition.name, length, mib(partition.start))
}

fn head(f: &mut fmt::Formatter<'_>, title: &str) -> fmt::Result {
    writeln!(f, "\n{title}")
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, value: &str) -> fmt::Result {
    writeln!(f, "{}", format!("  {name:<width$}{value}", width = INDENT - 2).trim_end())
}

fn texts(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

/// Many words, in as many lines as they need.
fn words(f: &mut fmt::Formatter<'_>, name: &str, words: &[&str]) -> fmt::Result {
    let mut line = String::new();
    let mut name = name;
    for word in words {
        if !line.is_empty() && INDENT + line.chars().count() + 1 + word.chars().count() > WIDTH {
            row(f, name, &line)?;
            (name, line) = ("", String::new());
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if line.is_empty() { row(f, name, "none") } else { row(f, name, &line) }
}
