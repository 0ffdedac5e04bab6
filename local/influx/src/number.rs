//! Numbers of the line protocol: `1` and `1.5e3` are floats, `1i` an integer, `1u` an unsigned one.

use crate::point::FieldValue;
use crate::reason::Reason;

/// Shorter texts cannot leave the type's range, and influxd does not look.
const FLOAT_BYTES_CHECKED: usize = 25;

/// Where the value at `start` ends: at a comma, a space, or the line's end.
pub(crate) fn end_of_value(line: &[u8], start: usize) -> usize {
    start + line[start..].iter().take_while(|byte| !matches!(byte, b',' | b' ')).count()
}

/// Checks the number at `start` and says where it ends.
pub(crate) fn scan(line: &[u8], start: usize) -> Result<usize, Reason> {
    let end = end_of_value(line, start);
    let number = &line[start..end];
    let form = form(number)?;
    if form != Form::Float { decode_as(number, form).map(|_| end) } else { check_float(number).map(|()| end) }
}

/// The value of a number that [`scan`] has passed.
pub(crate) fn decode(number: &[u8]) -> Result<FieldValue, Reason> {
    decode_as(number, form(number)?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Float,
    Integer,
    Unsigned,
}

/// What kind of number this is, by its letters alone.
fn form(number: &[u8]) -> Result<Form, Reason> {
    let (form, digits) = match number {
        [digits @ .., b'i'] => (Form::Integer, digits),
        [digits @ .., b'u'] => (Form::Unsigned, digits),
        _ => (Form::Float, number),
    };
    let well_formed = match form {
        Form::Float => is_float_text(digits),
        Form::Integer => all_digits(digits.strip_prefix(b"-").unwrap_or(digits)),
        Form::Unsigned => all_digits(digits),
    };
    if well_formed { Ok(form) } else { Err(Reason::InvalidNumber) }
}

fn all_digits(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// A minus at the front, digits, at most one point, exponent letters after the first byte, and signs right after those.
fn is_float_text(number: &[u8]) -> bool {
    let minus = usize::from(number.first() == Some(&b'-'));
    let points = number.iter().filter(|&&byte| byte == b'.').count();
    let allowed = |(at, byte): (usize, &u8)| match byte {
        b'0'..=b'9' | b'.' => true,
        b'e' | b'E' => at > 0,
        b'+' | b'-' => at < minus || (at > 0 && matches!(number[at - 1], b'e' | b'E')),
        _ => false,
    };
    points <= 1 && number.len() > points + minus && number.iter().enumerate().all(allowed)
}

fn check_float(number: &[u8]) -> Result<(), Reason> {
    let scientific = number.iter().any(|byte| matches!(byte, b'e' | b'E'));
    if scientific || number.len() >= FLOAT_BYTES_CHECKED { parse_float(number).map(drop) } else { Ok(()) }
}

fn parse_float(number: &[u8]) -> Result<f64, Reason> {
    let value: f64 = text(number).parse().map_err(|_| Reason::InvalidFloat)?;
    if value.is_finite() { Ok(value) } else { Err(Reason::InvalidFloat) }
}

fn decode_as(number: &[u8], form: Form) -> Result<FieldValue, Reason> {
    let digits = text(&number[..number.len() - usize::from(form != Form::Float)]);
    match form {
        Form::Float => parse_float(number).map(FieldValue::Float),
        Form::Integer => digits.parse().map(FieldValue::Integer).map_err(|_| Reason::IntegerOutOfRange(digits)),
        Form::Unsigned => digits.parse().map(FieldValue::Unsigned).map_err(|_| Reason::UnsignedOutOfRange(digits)),
    }
}

fn text(number: &[u8]) -> String {
    String::from_utf8_lossy(number).into_owned()
}
