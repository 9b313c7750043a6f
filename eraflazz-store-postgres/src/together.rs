//! Statements that are sent as one, so that a commit is a handful of round trips however many tables it reads and writes.
//!
//! Each part is a statement of [`sql`](crate::sql), whole, and explained there on its own; here it is only given numbers of its own for its arguments and put beside the
//! others. All parts of one statement see the same moment and none sees the work of another, whatever their order: what must is sent after it. The server
//! plans each combination once, and there are few.

use sqlx::error::BoxDynError;
use sqlx::postgres::{PgArguments, PgRow, Postgres};
use sqlx::{Arguments as _, AssertSqlSafe, Decode, Encode, PgConnection, Row, Type};

use crate::error::Trouble;
use crate::value::odd;

/// Arguments of several statements, numbered through.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    all: PgArguments,
    refused: Option<BoxDynError>,
}

impl Arguments {
    /// One more, of the part that was added last.
    pub(crate) fn bind<'t, T>(&mut self, value: T) -> &mut Self
    where
        T: Encode<'t, Postgres> + Type<Postgres>,
    {
        if let Err(error) = self.all.add(value) {
            self.refused.get_or_insert(error);
        }
        self
    }

    /// The statement with its arguments numbered on from here.
    fn numbered(&self, statement: &str) -> String {
        let before = self.all.len();
        let mut pieces = statement.split('$');
        let first = pieces.next().unwrap_or_default().to_owned();
        let numbered = pieces.map(|piece| {
            let end = piece.find(|c: char| !c.is_ascii_digit());
            let (number, rest) = piece.split_at(end.unwrap_or(piece.len()));
            let number = number.parse::<usize>().map_or(0, |number| number + before);
            format!("${number}{rest}")
        });
        std::iter::once(first).chain(numbered).collect()
    }

    fn whole(self) -> Result<PgArguments, Trouble> {
        match self.refused {
            None => Ok(self.all),
            Some(error) => Err(sqlx::Error::Encode(error).into()),
        }
    }
}

/// A row of a part.
#[derive(Debug)]
pub(crate) struct Found<K> {
    pub(crate) kind: K,
    row: PgRow,
    from: usize,
}

impl<K> Found<K> {
    /// The columns of its part.
    pub(crate) const fn cells(&self) -> Cells<'_> {
        let Self { row, from, .. } = self;
        Cells { row, from: *from }
    }
}

/// Columns of a row, as one statement selects them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cells<'r> {
    row: &'r PgRow,
    from: usize,
}

impl<'r> Cells<'r> {
    /// The column at this place of its statement.
    pub(crate) fn get<T>(self, column: usize) -> Result<T, Trouble>
    where
        T: Decode<'r, Postgres> + Type<Postgres>,
    {
        Ok(self.row.try_get(self.from + column)?)
    }
}

/// All columns.
impl<'r> From<&'r PgRow> for Cells<'r> {
    fn from(row: &'r PgRow) -> Self {
        Self { row, from: 0 }
    }
}

/// What a part is to whoever asks: it tells its rows from those of others.
pub(crate) trait Part: Copy {
    fn reading(self) -> Reading;
}

/// A statement that reads.
#[derive(Debug)]
pub(crate) struct Reading {
    pub(crate) statement: &'static str,
    /// The types of its columns.
    pub(crate) columns: &'static [&'static str],
}

/// Statements that read, side by side.
#[derive(Debug)]
pub(crate) struct Reads<K> {
    first: Option<String>,
    /// With the types of their columns.
    parts: Vec<(K, String, &'static [&'static str])>,
    arguments: Arguments,
}

impl<K: Part> Reads<K> {
    /// None yet.
    pub(crate) fn new() -> Self {
        Self {
            first: None,
            parts: Vec::new(),
            arguments: Arguments::default(),
        }
    }

    /// A statement beside them that writes. Its arguments follow.
    pub(crate) fn beside(&mut self, statement: &'static str) -> &mut Arguments {
        self.first = Some(self.arguments.numbered(statement));
        &mut self.arguments
    }

    /// One more. Its arguments follow.
    pub(crate) fn part(&mut self, kind: K) -> &mut Arguments {
        let Reading { statement, columns } = kind.reading();
        let statement = self.arguments.numbered(statement);
        self.parts.push((kind, statement, columns));
        &mut self.arguments
    }

    /// What they find, one part after the other.
    pub(crate) async fn send(self, conn: &mut PgConnection) -> Result<Vec<Found<K>>, Trouble> {
        let Some(text) = self.text() else {
            return Ok(Vec::new());
        };
        let mut from = 1;
        let starts = self.parts.iter().map(|(kind, _, columns)| {
            let start = from;
            from += columns.len();
            (*kind, start)
        });
        let starts: Vec<(K, usize)> = starts.collect();
        let query = sqlx::query_with(AssertSqlSafe(text), self.arguments.whole()?);
        let rows = query.fetch_all(conn).await?.into_iter();
        let found = rows.map(|row| {
            let part: i16 = row.try_get(0)?;
            let start = usize::try_from(part).ok().and_then(|part| starts.get(part));
            let (kind, from) = *start.ok_or_else(|| odd("the part of a row"))?;
            Ok(Found { kind, row, from })
        });
        found.collect()
    }

    /// One statement: the number of the part, and beside it the columns of every part, of which a row has its own.
    fn text(&self) -> Option<String> {
        if self.parts.is_empty() {
            return self.first.clone();
        }
        let first = self.first.as_ref();
        let beside = first.map_or_else(String::new, |first| format!("WITH beside AS ({first}) "));
        let parts: Vec<String> = (0..self.parts.len()).map(|n| self.part_text(n)).collect();
        Some(beside + &parts.join(" UNION ALL "))
    }

    fn part_text(&self, n: usize) -> String {
        let none = |of_type: &&str| format!(", NULL::{of_type}");
        let padding = |parts: &[(K, String, &'static [&'static str])]| -> String {
            let columns = parts.iter().flat_map(|(.., columns)| *columns);
            columns.map(none).collect()
        };
        let (before, rest) = self.parts.split_at(n);
        let Some(((_, statement, columns), after)) = rest.split_first() else {
            return String::new();
        };
        let names: Vec<String> = (0..columns.len()).map(|n| format!("c{n}")).collect();
        let names = names.join(", ");
        format!(
            "SELECT {n}::smallint{}, {names}{} FROM ({statement}) AS p ({names})",
            padding(before),
            padding(after)
        )
    }
}

/// Statements that write, side by side.
#[derive(Debug, Default)]
pub(crate) struct Writes {
    /// And how many rows each must write.
    parts: Vec<(String, Option<usize>)>,
    arguments: Arguments,
}

impl Writes {
    /// One more, that writes what it finds to write. Its arguments follow.
    pub(crate) fn part(&mut self, statement: &'static str) -> &mut Arguments {
        self.add(statement, None)
    }

    /// One more, that writes exactly so many rows: any other number is a row that was lost under its lock. Its arguments follow.
    pub(crate) fn exactly(&mut self, rows: usize, statement: &'static str) -> &mut Arguments {
        self.add(statement, Some(rows))
    }

    fn add(&mut self, statement: &'static str, rows: Option<usize>) -> &mut Arguments {
        let statement = self.arguments.numbered(statement);
        self.parts.push((statement, rows));
        &mut self.arguments
    }

    /// Writes all of it.
    pub(crate) async fn send(self, conn: &mut PgConnection) -> Result<(), Trouble> {
        if self.parts.is_empty() {
            return Ok(());
        }
        let text = self.text();
        let query = sqlx::query_with(AssertSqlSafe(text), self.arguments.whole()?);
        let counts = query.fetch_one(conn).await?;
        for (part, (_, expected)) in self.parts.iter().enumerate() {
            let written: i64 = counts.try_get(part)?;
            if expected.is_some_and(|rows| i64::try_from(rows) != Ok(written)) {
                return Err(odd("a row that was locked was not there to be written"));
            }
        }
        Ok(())
    }

    /// One statement: how many rows each part has written.
    fn text(&self) -> String {
        let parts = self.parts.iter().enumerate();
        let with = parts.map(|(n, (part, _))| format!("w{n} AS ({part} RETURNING 1)"));
        let counts = (0..self.parts.len()).map(|n| format!("(SELECT count(*) FROM w{n})"));
        let (with, counts): (Vec<_>, Vec<_>) = (with.collect(), counts.collect());
        format!("WITH {} SELECT {}", with.join(", "), counts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy)]
    enum Asked {
        Colors,
        Sizes,
    }

    impl Part for Asked {
        fn reading(self) -> Reading {
            match self {
                Self::Colors => Reading {
                    statement: "SELECT c.id FROM colors c WHERE c.id = ANY($1)",
                    columns: &["uuid"],
                },
                Self::Sizes => Reading {
                    statement: "SELECT s.place, s.size FROM sizes s WHERE s.a = $1 AND s.b = $2",
                    columns: &["bigint", "text"],
                },
            }
        }
    }

    #[test]
    fn parts_that_read_have_numbers_and_columns_of_their_own() {
        let mut reads = Reads::new();
        reads.beside("INSERT INTO batches (id) VALUES ($1)").bind(1);
        reads.part(Asked::Colors).bind(vec![2]);
        reads.part(Asked::Sizes).bind(3).bind(4);
        let expected = "WITH beside AS (INSERT INTO batches (id) VALUES ($1)) \
            SELECT 0::smallint, c0, NULL::bigint, NULL::text FROM (SELECT c.id FROM colors c WHERE c.id = ANY($2)) AS p (c0) \
            UNION ALL \
            SELECT 1::smallint, NULL::uuid, c0, c1 FROM (SELECT s.place, s.size FROM sizes s WHERE s.a = $3 AND s.b = $4) AS p (c0, c1)";
        assert_eq!(reads.text().as_deref(), Some(expected));
    }

    #[test]
    fn what_stands_beside_nothing_stands_alone() {
        let mut reads = Reads::<Asked>::new();
        assert_eq!(reads.text(), None);
        reads.beside("INSERT INTO batches (id) VALUES ($1)").bind(1);
        let expected = "INSERT INTO batches (id) VALUES ($1)";
        assert_eq!(reads.text().as_deref(), Some(expected));
    }

    #[test]
    fn parts_that_write_are_counted_each() {
        let mut writes = Writes::default();
        let update = "UPDATE colors c SET name = $2, hue = $12 WHERE c.id = $1";
        let arguments = writes.exactly(1, update);
        for n in 0..12 {
            arguments.bind(n);
        }
        writes.part("DELETE FROM sizes s WHERE s.a = $1").bind(12);
        let expected = "WITH w0 AS (UPDATE colors c SET name = $2, hue = $12 WHERE c.id = $1 RETURNING 1), \
            w1 AS (DELETE FROM sizes s WHERE s.a = $13 RETURNING 1) SELECT (SELECT count(*) FROM w0), (SELECT count(*) FROM w1)";
        assert_eq!(writes.text(), expected);
    }
}
