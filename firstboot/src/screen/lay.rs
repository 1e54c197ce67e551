//! Texts on a terminal of 80 columns. Pure.

use qrcode::{Color, EcLevel, QrCode};

/// How wide it is, with a margin for a list's marks.
pub(super) const COLUMNS: usize = 76;

/// How many columns a text takes. All of our languages have letters of one column.
pub(super) fn width(text: &str) -> usize {
    text.chars().count()
}

/// A text without anything that a terminal would obey.
pub(super) fn harmless(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A text in lines that fit; a word that does not is cut.
pub(super) fn wrap(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in harmless(text).split(' ').filter(|word| !word.is_empty()) {
        let letters: Vec<char> = word.chars().collect();
        for (number, piece) in letters.chunks(COLUMNS).enumerate() {
            let piece: String = piece.iter().collect();
            let last = lines.len() - 1;
            let line = &mut lines[last];
            if line.is_empty() {
                line.push_str(&piece);
            } else if number == 0 && width(line) + 1 + width(&piece) <= COLUMNS {
                line.push(' ');
                line.push_str(&piece);
            } else {
                lines.push(piece);
            }
        }
    }
    lines
}

/// A QR code in half blocks, two of its rows a line: bright on dark, as screens are. Nothing where it does not fit.
pub(super) fn code(text: &str) -> Vec<String> {
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::L) else { return Vec::new() };
    let side = code.width() as isize;
    let bright = |row: isize, column: isize| {
        let inside = (0..side).contains(&row) && (0..side).contains(&column);
        !inside || code[(column as usize, row as usize)] == Color::Light
    };
    // Two bright modules around it: a screen's own dark edge is no part of it.
    (-2..side + 2)
        .step_by(2)
        .map(|row| {
            let block = |column| match (bright(row, column), bright(row + 1, column)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            };
            (-2..side + 2).map(block).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_fits_beside_its_text() {
        let lines = code("WIFI:T:WPA;S:ilanga-0a1b2c;P:abcdefghjk;;");
        assert!(lines.len() <= 17 && lines.iter().all(|line| width(line) <= 34), "{lines:?}");
        // Its three corners: a dark ring in a bright one.
        assert!(lines[1].starts_with("██ ▄▄▄▄▄ █") && lines[1].ends_with("█ ▄▄▄▄▄ ██"), "{lines:?}");
        assert!(code(&"x".repeat(4000)).is_empty());
    }

    #[test]
    fn texts_are_wrapped_and_harmless() {
        assert_eq!(wrap("a  b\nc\u{1b}[31m"), ["a b c [31m"]);
        assert_eq!(wrap(""), [""]);
        let long = "umqondo ".repeat(30) + &"x".repeat(200);
        let lines = wrap(&long);
        assert!(lines.len() > 4 && lines.iter().all(|line| width(line) <= COLUMNS), "{lines:?}");
        assert_eq!(lines.concat().matches('x').count(), 200);
    }
}
