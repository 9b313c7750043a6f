//! What a statement of a bank account as a file may do: each line of it is read as one that came in, once, and no two are taken for one. Called by the
//! properties beside this file and by a fuzz target of `tests/fuzz`.

use std::collections::BTreeSet;

use h2h_server::admin::NewLine;
use h2h_server::cli::csv;

/// A file.
pub(crate) fn file(text: &str) -> Result<Vec<NewLine>, String> {
    let read = csv::lines(text);
    match &read {
        Ok(lines) => {
            let plain = plain(text).unwrap();
            let (header, rows) = plain.split_first().unwrap();
            assert_eq!(header.join(","), "date,amount,text,balance");
            assert_eq!(lines.len(), rows.len(), "a line is lost, or made up");
            for (line, row) in lines.iter().zip(rows) {
                let balance = line.balance.map(hundredths);
                assert_eq!((&line.date, &line.text), (&row[0], &row[2]));
                assert_eq!(Some(hundredths(line.amount)), counted(&row[1]));
                assert_eq!(balance, counted(&row[3]));
            }
            let keys: BTreeSet<_> = lines.iter().map(key).collect();
            assert_eq!(keys.len(), lines.len(), "E-31: two would be taken for one");
            assert_eq!(csv::lines(&written(lines)).as_ref(), Ok(lines));
        }
        Err(wrong) => assert!(!wrong.is_empty() && wrong.len() < 200, "{wrong}"),
    }
    read
}

/// What the server knows a line by.
fn key(line: &NewLine) -> (&str, i64, &str, Option<i64>, u16) {
    let balance = line.balance.map(hundredths);
    (
        &line.date,
        hundredths(line.amount),
        line.text.trim(),
        balance,
        line.occurrence,
    )
}

fn hundredths(amount: eraflazz_core::money::Money) -> i64 {
    amount.hundredths()
}

/// The file that has these lines in it.
pub(crate) fn written(lines: &[NewLine]) -> String {
    let mut text = "date,amount,text,balance\n".to_owned();
    for line in lines {
        let quoted = |field: &str| format!("\"{}\"", field.replace('"', "\"\""));
        let balance = line.balance.map(|balance| balance.to_string());
        let fields = [
            quoted(&line.date),
            line.amount.to_string(),
            quoted(&line.text),
            balance.unwrap_or_default(),
        ];
        text.push_str(&fields.join(","));
        text.push('\n');
    }
    text
}

/// The rows of a file by RFC 4180, read by looking at what stands before each quote; none if a quote stands where none may.
fn plain(text: &str) -> Option<Vec<Vec<String>>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut rows = vec![vec![String::new()]];
    let mut rest = text;
    while !rest.is_empty() {
        let row = rows.last_mut()?;
        let field = row.last_mut()?;
        // At the start of a field: quoted to the quote that is not doubled, or bare to the next border.
        let after = if let Some(mut inside) = rest.strip_prefix('"') {
            loop {
                let (part, behind) = inside.split_once('"')?;
                field.push_str(part);
                match behind.strip_prefix('"') {
                    Some(more) => {
                        field.push('"');
                        inside = more;
                    }
                    None => break behind,
                }
            }
        } else {
            let end = rest.find([',', '\n']).unwrap_or(rest.len());
            let (part, behind) = rest.split_at(end);
            let ends_line = behind.starts_with('\n');
            let bare = part.strip_suffix('\r').filter(|_| ends_line);
            field.push_str(bare.unwrap_or(part));
            behind
        };
        let next_line = after.strip_prefix("\r\n").or(after.strip_prefix('\n'));
        rest = if let Some(next) = after.strip_prefix(',') {
            row.push(String::new());
            next
        } else if let Some(next) = next_line {
            rows.push(vec![String::new()]);
            next
        } else if after.is_empty() {
            after
        } else {
            return None;
        };
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    Some(rows)
}

/// An amount as it is written, counted in hundredths; nothing of nothing.
fn counted(text: &str) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or((1, text), |digits| (-1, digits));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let (kept, beyond) = part.split_at(part.len().min(2));
    let is_exact = beyond.bytes().all(|byte| byte == b'0');
    let counted: i64 = format!("{whole}{kept:0<2}").parse().ok()?;
    is_exact.then_some(sign * counted)
}
