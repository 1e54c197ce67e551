//! Decimal numbers as devices write them: `230.0`, `0161`, `-12`, `+00000`. No float takes part, so nothing is lost or invented.

/// The most digits before the point.
const MOST_DIGITS: usize = 9;

/// A number in thousandths, rounded to the nearest if it has more decimals. `None` if it is no such number.
pub(crate) fn thousandths(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes() {
        [b'-', ..] => (-1, text.get(1..)?),
        [b'+', ..] => (1, text.get(1..)?),
        _ => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > MOST_DIGITS || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let digit = |at: usize| fraction.as_bytes().get(at).map_or(0, |byte| i64::from(byte - b'0'));
    let fraction = digit(0) * 100 + digit(1) * 10 + digit(2) + i64::from(digit(3) >= 5);
    Some(sign * (whole.parse::<i64>().ok()? * 1000 + fraction))
}

/// Whether a field says that there is no value: nothing at all, or only dashes, points and spaces, such as `---.-`.
pub(crate) fn is_placeholder(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'-' | b'.' | b' '))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (text, number) in [
            ("230.0", Some(230_000)),
            ("0161", Some(161_000)),
            ("57.50", Some(57_500)),
            ("-12", Some(-12_000)),
            ("+00000", Some(0)),
            ("-0.5", Some(-500)),
            ("1.0005", Some(1001)),
            ("1.0004", Some(1000)),
            ("5.", Some(5000)),
            ("999999999", Some(999_999_999_000)),
            ("9999999999", None),
            ("", None),
            (".5", None),
            ("-", None),
            ("--1", None),
            ("1e3", None),
            ("1,5", None),
            ("0x10", None),
            (" 1", None),
            ("1.2.3", None),
            ("1.-2", None),
        ] {
            assert_eq!(thousandths(text), number, "{text}");
        }
    }

    #[test]
    fn placeholders() {
        assert!(["---", "---.-", "-----", "", "-"].into_iter().all(is_placeholder));
        assert!(["0", "-1", "N/A", "--1"].into_iter().all(|text| !is_placeholder(text)));
    }
}
