//! `.bmap`: which blocks of an image have to be written, in version 2.0 of
//! [bmaptool's format](https://github.com/yoctoproject/bmaptool).
//!
//! Whoever flashes with a `.bmap` leaves in the other blocks what was on the disk. So zeros that matter are listed too:
//! those in FAT's tables, or in a root file system whose every block has its digest. Left out are free clusters of the
//! ESP and what lies between partitions. The file's own checksum is the SHA-256 of its text with 64 zeros in the
//! checksum's place.

use std::fmt::Write as _;

use formats::digest::Digest;

use super::image::ImageFacts;

const BLOCK: u64 = 4096;

/// The text of the `.bmap` of an image.
pub(crate) fn text(image: &ImageFacts) -> String {
    let unchecked = document(image, &"0".repeat(64));
    document(image, &Digest::of(&unchecked).to_string())
}

fn document(image: &ImageFacts, checksum: &str) -> String {
    let blocks = image.size.0.div_ceil(BLOCK);
    let mapped: u64 = image.mapped.iter().map(|range| range.blocks.end - range.blocks.start).sum();
    let mut text = format!(
        "<?xml version=\"1.0\" ?>\n\
         <bmap version=\"2.0\">\n\
         \x20   <ImageSize> {} </ImageSize>\n\
         \x20   <BlockSize> {BLOCK} </BlockSize>\n\
         \x20   <BlocksCount> {blocks} </BlocksCount>\n\
         \x20   <MappedBlocksCount> {mapped} </MappedBlocksCount>\n\
         \x20   <ChecksumType> sha256 </ChecksumType>\n\
         \x20   <BmapFileChecksum> {checksum} </BmapFileChecksum>\n\
         \x20   <BlockMap>\n",
        image.size.0
    );
    for range in &image.mapped {
        let (first, last) = (range.blocks.start, range.blocks.end - 1);
        let span = if first == last { first.to_string() } else { format!("{first}-{last}") };
        let _ = writeln!(text, "        <Range chksum=\"{}\"> {span} </Range>", range.sha256);
    }
    text.push_str("    </BlockMap>\n</bmap>\n");
    text
}

#[cfg(test)]
mod tests {
    use formats::size::Bytes;

    use super::super::image::MappedRange;
    use super::*;

    #[test]
    fn is_bmaptools() {
        let range = |blocks| MappedRange { blocks, sha256: Digest::of("x") };
        let image = ImageFacts {
            size: Bytes(5 * 4096 + 1),
            sha256: Digest::of(""),
            mapped: vec![range(0..1), range(2..5)],
            root: 0..0,
        };
        let text = text(&image);
        let sum = Digest::of("x");
        assert!(text.contains("<BlocksCount> 6 </BlocksCount>"));
        assert!(text.contains("<MappedBlocksCount> 4 </MappedBlocksCount>"));
        assert!(text.contains(&format!("<Range chksum=\"{sum}\"> 0 </Range>")));
        assert!(text.contains(&format!("<Range chksum=\"{sum}\"> 2-4 </Range>")));
        let (_, rest) = text.split_once("<BmapFileChecksum> ").unwrap();
        let zeroed = text.replace(&rest[..64], &"0".repeat(64));
        assert_eq!(Digest::of(&zeroed).to_string(), rest[..64]);
    }
}
