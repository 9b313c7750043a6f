//! Rust source as the rules read it: code without what is said in comments and strings, and where the tests are.

use std::ops::Range;

use crate::files::File;

/// The text with comments and the insides of strings and characters blanked out. As long as the original, byte for byte, so offsets
/// and lines stay.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => block_end(bytes, at),
            b'"' => {
                let end = string_end(bytes, at + 1);
                blank(&mut out[at + 1..end]);
                at = end + 1;
                continue;
            }
            b'r' if !after_word(bytes, at) || bytes[at - 1] == b'b' => {
                if let Some(inside) = raw_string(bytes, at) {
                    blank(&mut out[inside.clone()]);
                    at = inside.end + 1;
                } else {
                    at += 1;
                }
                continue;
            }
            b'\'' => {
                if let Some(end) = character_end(bytes, at) {
                    blank(&mut out[at + 1..end]);
                    at = end + 1;
                } else {
                    at += 1; // a lifetime
                }
                continue;
            }
            _ => {
                at += 1;
                continue;
            }
        };
        blank(&mut out[at..end]);
        at = end;
    }
    // Only ASCII was written, and whole strings and comments were blanked, so this is UTF-8 still.
    String::from_utf8_lossy(&out).into_owned()
}

fn blank(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn after_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && is_word(bytes[at - 1])
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes[from..]
        .iter()
        .position(|byte| *byte == b'\n')
        .map_or(bytes.len(), |length| from + length)
}

fn block_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = from;
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Where the closing quote is.
fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len())
}

/// The inside of `r"…"` or `r#"…"#` that starts at `at`, if one does.
fn raw_string(bytes: &[u8], at: usize) -> Option<Range<usize>> {
    let hashes = bytes[at + 1..]
        .iter()
        .take_while(|byte| **byte == b'#')
        .count();
    let start = at + 2 + hashes;
    if bytes.get(start - 1) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"')
        .chain(std::iter::repeat_n(b'#', hashes))
        .collect();
    let length = bytes[start..]
        .windows(close.len())
        .position(|window| window == close)?;
    Some(start..start + length)
}

/// Where the quote closes, if this is a character and not a lifetime.
fn character_end(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at + 1)? {
        b'\\' => bytes[at + 3..]
            .iter()
            .position(|byte| *byte == b'\'')
            .map(|length| at + 3 + length),
        first if first.is_ascii() => (bytes.get(at + 2) == Some(&b'\'')).then_some(at + 2),
        _ => {
            (2..=5).find_map(|width| (bytes.get(at + width) == Some(&b'\'')).then_some(at + width))
        }
    }
}

/// Offsets of `token` in `code`, not as a part of a longer word.
pub fn tokens<'a>(code: &'a str, token: &'a str) -> impl Iterator<Item = usize> + 'a {
    code.match_indices(token).filter_map(move |(at, _)| {
        let bytes = code.as_bytes();
        let whole_before = !(is_word(bytes[at]) && after_word(bytes, at));
        let next = bytes.get(at + token.len()).copied().unwrap_or(b' ');
        let last = bytes[at + token.len() - 1];
        (whole_before && !(is_word(last) && is_word(next))).then_some(at)
    })
}

/// From the bracket at `open` to the one that closes it, both included.
pub fn brackets(code: &str, open: usize) -> Range<usize> {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return open..at + 1;
                }
            }
            _ => {}
        }
    }
    open..code.len()
}

/// The parts of a file that are test code: all of it under `tests/`, else the items behind `#[cfg(test)]`.
pub fn test_code(file: &File, code: &str) -> Vec<Range<usize>> {
    let path = &file.path;
    let whole =
        path.starts_with("tests/") || path.contains("/tests/") || path.ends_with("/tests.rs");
    if whole {
        return std::iter::once(0..code.len()).collect();
    }
    code.match_indices("#[cfg(test)]")
        .filter_map(|(at, _)| {
            let body = at + code[at..].find(['{', ';'])?;
            Some(at..brackets(code, body).end)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_blank_and_lines_stay() {
        let text = "a(); // todo!()\n/* x /* f64 */ */ b(\"f64 \\\" f64\", r#\"f\"64\"#, 'f', b'\\'');\nc();";
        let code = code(text);
        assert_eq!(code.len(), text.len());
        assert_eq!(code.lines().count(), 3);
        assert!(!code.contains("todo") && !code.contains("64"));
        assert!(code.contains("a();") && code.contains("b(\"") && code.contains("c();"));
    }

    #[test]
    fn a_lifetime_is_not_a_character() {
        assert_eq!(code("fn f<'a>(x: &'a str)"), "fn f<'a>(x: &'a str)");
        assert_eq!(code("'é' + '\"' + f64"), "'  ' + ' ' + f64");
    }

    #[test]
    fn a_token_is_a_whole_word() {
        assert_eq!(
            tokens("visit_f64 f64 f64x", "f64").collect::<Vec<_>>(),
            [10]
        );
        assert_eq!(
            tokens("operand::x rand::y", "rand::").collect::<Vec<_>>(),
            [11]
        );
    }

    #[test]
    fn the_test_module_is_found_to_its_last_brace() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { {} } }\nfn c() {}";
        let found = test_code(&File::new("eraflazz-core/src/a.rs", text), &code(text));
        assert_eq!(found.len(), 1);
        assert!(text[found[0].clone()].ends_with("{ {} } }"));
    }
}
