//! Files of lines, comma-separated (RFC 4180): `date,amount,text,balance`, in this order, with that header. Pure.

use std::collections::HashMap;

use eraflazz_core::money::Money;

use crate::admin::NewLine;

/// Else a quote that was forgotten would swallow the rows up to the next one.
const AFTER_QUOTE: &str = "what follows a closed quote is a comma or the end of the line";
const HEADER: [&str; 4] = ["date", "amount", "text", "balance"];

/// The lines of a file, each with the how-manieth it is of those that are equal. What is wrong is told with its line.
pub fn lines(file: &str) -> Result<Vec<NewLine>, String> {
    let mut rows = rows(file)?.into_iter().enumerate();
    let header = rows.next().map(|(_, row)| row).unwrap_or_default();
    if header != HEADER {
        return Err(format!("line 1: {} is expected", HEADER.join(",")));
    }
    let mut seen: HashMap<(String, Money, String, Option<Money>), u16> = HashMap::new();
    let mut lines = Vec::new();
    for (place, row) in rows {
        let wrong = |what: &str| format!("row {}: {what}", place + 1);
        let [date, amount, text, balance] = &row[..] else {
            return Err(wrong("four columns are expected"));
        };
        let amount: Money = amount
            .parse()
            .map_err(|_| wrong("amount: plain digits are expected"))?;
        let balance = match balance.as_str() {
            "" => None,
            text => Some(text.parse().map_err(|_| wrong("balance: plain digits"))?),
        };
        let line = NewLine {
            date: date.clone(),
            amount,
            text: text.clone(),
            balance,
            occurrence: 0,
        };
        // Equal is what the server takes for equal, however it is written.
        let said = (line.date.clone(), amount, text.trim().to_owned(), balance);
        let count = seen.entry(said).or_default();
        let occurrence = *count;
        *count = count
            .checked_add(1)
            .ok_or_else(|| wrong("more than 65,535 that are equal"))?;
        lines.push(NewLine { occurrence, ..line });
    }
    Ok(lines)
}

/// The fields of each row; empty rows are none.
fn rows(file: &str) -> Result<Vec<Vec<String>>, String> {
    let file = file.strip_prefix('\u{feff}').unwrap_or(file);
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let mut letters = file.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => {
                field.push('"');
                letters.next();
            }
            (true, '"') => {
                quoted = false;
                let next = letters.clone().take(2).collect::<String>();
                if !(next.is_empty() || next.starts_with([',', '\n']) || next == "\r\n") {
                    return Err(AFTER_QUOTE.to_owned());
                }
            }
            (false, '"') if field.is_empty() => quoted = true,
            (false, ',') => row.push(std::mem::take(&mut field)),
            (false, '\r') if letters.peek() == Some(&'\n') => {}
            (false, '\n') => {
                row.push(std::mem::take(&mut field));
                rows.push(std::mem::take(&mut row));
            }
            (true | false, _) => field.push(letter),
        }
    }
    if quoted {
        return Err("a quote is not closed".to_owned());
    }
    if !field.is_empty() || !row.is_empty() {
        row.push(field);
        rows.push(row);
    }
    rows.retain(|row| row.iter().any(|field| !field.is_empty()));
    Ok(rows)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn e_31_equal_rows_are_told_apart_by_their_number() {
        let file = "\u{feff}date,amount,text,balance\r\n2026-01-01,50437,\"TRSF \"\"BUDI\"\", cab. 1\",1050437.00\r\n\r\n2026-01-01,7000,X,\n2026-01-01,7000,X,\n";
        let lines = lines(file).unwrap();
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].text, "TRSF \"BUDI\", cab. 1");
        assert_eq!(lines[0].balance, "1050437".parse().ok());
        let places: Vec<u16> = lines.iter().map(|line| line.occurrence).collect();
        assert_eq!(places, [0, 0, 1]);
        assert_eq!(lines[1].balance, None);
    }

    /// A line is known again by what it says, however that is written: these are two, and the second is not the first brought again.
    #[test]
    fn e_31_rows_that_say_the_same_in_other_letters_are_told_apart_as_well() {
        for twin in [
            "2026-01-01,7000.00,X,",
            "2026-01-01,7000,\"X \",",
            "2026-01-01,07000,X,",
        ] {
            let file = format!("date,amount,text,balance\n2026-01-01,7000,X,\n{twin}\n");
            let lines = lines(&file).unwrap();
            let places: Vec<u16> = lines.iter().map(|line| line.occurrence).collect();
            assert_eq!(places, [0, 1], "{twin}");
        }
    }

    #[test]
    fn a_quote_that_is_closed_too_late_swallows_no_row() {
        let file = "date,amount,text,balance\n2026-01-01,7000,\"X,\n2026-01-02,8000,\"Y\",\n";
        assert_eq!(
            lines(file).unwrap_err(),
            "what follows a closed quote is a comma or the end of the line"
        );
    }

    #[test]
    fn what_is_wrong_is_told_with_its_row() {
        for (file, told) in [
            ("", "line 1"),
            ("tanggal,jumlah\n", "line 1"),
            ("date,amount,text,balance\n2026-01-01,1\n", "row 2: four"),
            (
                "date,amount,text,balance\n2026-01-01,1.000.000,X,\n",
                "row 2: amount",
            ),
            (
                "date,amount,text,balance\n2026-01-01,1,X,Rp 5\n",
                "row 2: balance",
            ),
            ("date,amount,text,balance\n2026-01-01,1,\"X\n", "a quote"),
        ] {
            let wrong = lines(file).unwrap_err();
            assert!(wrong.starts_with(told), "{wrong}");
        }
    }
}
