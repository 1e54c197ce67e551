//! As much of a [unified kernel image](https://uapi-group.org/specifications/specs/unified_kernel_image/) as tells how
//! long it is and which release it starts.
//!
//! Nothing here checks a signature: the firmware does, before it starts the image. What is read may be anybody's, so
//! every place and length in it is checked.

use std::ops::Range;

use crate::boot_state::Release;
use crate::command_line::{BadCommandLine, CommandLine};
use crate::version::{NotAVersion, Version};
use object::LittleEndian;
use object::pe::IMAGE_DIRECTORY_ENTRY_SECURITY;
use object::read::pe::PeFile64;
use thiserror::Error;

/// How many bytes from its start [`Layout::parse`] needs: the headers of all that systemd's stub takes.
pub const HEAD: usize = 4096;

/// The longest kernel image; one has some 20 MB.
const LONGEST: u64 = 512 << 20;

/// The longest section of text.
const LONGEST_TEXT: u64 = 64 << 10;

/// The bytes are no kernel image of Ilanga's.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotAKernelImage {
    /// The headers are none.
    #[error("it is no 64-bit EFI program: {0}")]
    Headers(String),
    /// A section is missing, or where the file is not.
    #[error("it has no section {0}")]
    NoSection(&'static str),
    /// A length makes no sense.
    #[error("it claims to be {0} bytes long")]
    Long(u64),
    /// Something else's command line.
    #[error(transparent)]
    CommandLine(#[from] BadCommandLine),
    /// `.osrel` names no version.
    #[error("its os-release has no IMAGE_VERSION")]
    NoVersion,
    /// `.osrel` names something else.
    #[error(transparent)]
    Version(#[from] NotAVersion),
}

/// Where the parts are, in bytes from its start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// How long it is: up to the end of its last section and of its certificates.
    pub length: u64,
    /// Section `.cmdline`.
    pub command_line: Range<u64>,
    /// Section `.osrel`.
    pub os_release: Range<u64>,
    /// Section `.pcrsig`, if there is one.
    pub policies: Option<Range<u64>>,
    /// The certificate table; empty if nobody has signed it.
    pub signatures: Range<u64>,
}

/// Where the certificate table of an EFI program is, whose headers are within the first [`HEAD`] bytes; empty if it has none.
pub fn signatures(head: &[u8]) -> Result<Range<u64>, NotAKernelImage> {
    let file = PeFile64::parse(head).map_err(|error| NotAKernelImage::Headers(error.to_string()))?;
    // The one directory whose place is an offset in the file (PE format, 'The Attribute Certificate Table').
    let Some(table) = file.data_directory(IMAGE_DIRECTORY_ENTRY_SECURITY) else { return Ok(0..0) };
    let (start, size) = (table.virtual_address.get(LittleEndian), table.size.get(LittleEndian));
    Ok(u64::from(start)..u64::from(start) + u64::from(size))
}

impl Layout {
    /// Reads the headers, which are within the first [`HEAD`] bytes.
    pub fn parse(head: &[u8]) -> Result<Self, NotAKernelImage> {
        let file = PeFile64::parse(head).map_err(|error| NotAKernelImage::Headers(error.to_string()))?;
        let (mut end, mut command_line, mut os_release, mut policies) = (0, None, None, None);
        for header in file.section_table().iter() {
            let start = u64::from(header.pointer_to_raw_data.get(LittleEndian));
            let on_disk = u64::from(header.size_of_raw_data.get(LittleEndian));
            end = end.max(start + on_disk);
            let used = on_disk.min(header.virtual_size.get(LittleEndian).into());
            match header.raw_name() {
                b".cmdline" => command_line = command_line.or(Some(start..start + used)),
                b".osrel" => os_release = os_release.or(Some(start..start + used)),
                b".pcrsig" => policies = policies.or(Some(start..start + used)),
                _ => {}
            }
        }
        let signatures = signatures(head)?;
        end = end.max(signatures.end);
        if end > LONGEST {
            return Err(NotAKernelImage::Long(end));
        }
        let text = |range: Option<Range<u64>>, name| {
            range.filter(|range| range.end - range.start <= LONGEST_TEXT).ok_or(NotAKernelImage::NoSection(name))
        };
        let policies = policies.filter(|range| range.end - range.start <= LONGEST_TEXT);
        Ok(Self {
            length: end,
            command_line: text(command_line, ".cmdline")?,
            os_release: text(os_release, ".osrel")?,
            policies,
            signatures,
        })
    }
}

/// The release that an image with these sections starts.
pub fn release(command_line: &[u8], os_release: &[u8]) -> Result<Release, NotAKernelImage> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\0').to_owned();
    let line: CommandLine = text(command_line).parse()?;
    let os_release = text(os_release);
    let version = os_release.lines().find_map(|line| line.strip_prefix("IMAGE_VERSION="));
    let version: Version = version.ok_or(NotAKernelImage::NoVersion)?.trim().trim_matches('"').parse()?;
    Ok(Release { version, root: line.root })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn releases() {
        let root = Digest::of("root");
        let line = format!("ilanga.root={root} ilanga.esp=1M ilanga.slot=1M ilanga.state=1M\0\0");
        let name = "ID=ilanga\nIMAGE_VERSION=\"2026.11.0\"\n\0";
        let expected = Release { version: "2026.11.0".parse().unwrap(), root };
        assert_eq!(release(line.as_bytes(), name.as_bytes()), Ok(expected.clone()));
        assert_eq!(release(line.as_bytes(), b"IMAGE_VERSION=2026.11.0"), Ok(expected));
        assert_eq!(release(line.as_bytes(), b"ID=debian\n"), Err(NotAKernelImage::NoVersion));
        assert!(matches!(release(line.as_bytes(), b"IMAGE_VERSION=x"), Err(NotAKernelImage::Version(_))));
        assert!(matches!(release(b"quiet", name.as_bytes()), Err(NotAKernelImage::CommandLine(_))));
    }
}
