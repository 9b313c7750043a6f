//! The sentences that buyers of this family read, as templates of the operator's.
//!
//! What a buyer's server makes of a sentence is money, so a template is not only filled in: when settings are read, each is held against the reader of
//! our own adapter for this family, with every reason that can stand in it. What that would take for something else is refused.

use std::fmt;

/// How a buyer's server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `OtomaX`.
    Otomax,
    /// IRS.
    Irs,
}

impl Dialect {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Otomax, Self::Irs];

    /// Its section of the settings.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Otomax => "texts",
            Self::Irs => "irs_texts",
        }
    }
}

/// On what occasion something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// An order was taken.
    Accepted,
    /// It is asked about and still open.
    Open,
    /// It was delivered: to whoever waited, and in a report.
    Delivered,
    /// It is asked about and delivered.
    WasDelivered,
    /// It was not delivered: to whoever waited, and in a report.
    Failed,
    /// It is asked about and was not delivered.
    HasFailed,
    /// It was delivered and taken back.
    Reversed,
    /// It was not taken.
    Refused,
    /// Its reference belongs to another order.
    Mismatch,
    /// It is asked about and unknown.
    Unknown,
    /// Whoever asks is not known, or not here, or signs wrongly: which of them is not told.
    Stranger,
    /// The request breaks a rule.
    Malformed,
    /// The deposit.
    Balance,
    /// A deposit ticket.
    Ticket,
}

/// What a sentence must be taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// A purchase in process.
    Pending,
    /// A delivery.
    Delivered,
    /// No delivery.
    Refused,
    /// Nothing that proves anything.
    Nothing,
    /// It is about no purchase.
    Not,
}

/// What is fixed about an occasion.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// Its key in the settings.
    pub key: &'static str,
    /// What is said unless the settings say otherwise, in `OtomaX`'s dialect and in that of IRS.
    pub usual: [&'static str; 2],
    /// What must stand in it.
    pub needs: &'static [Field],
    /// What may.
    pub knows: &'static [Field],
    /// How it must read.
    pub reads: Read,
}

/// A place in a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// Our code of the order.
    Trx,
    /// The buyer's reference.
    Ref,
    /// The product's code.
    Product,
    /// The destination, as it was sent.
    Dest,
    /// The serial number.
    Sn,
    /// Why not, out of a fixed list.
    Reason,
    /// The price.
    Price,
    /// The deposit now.
    Balance,
    /// The deposit before the price was taken or came back.
    Before,
    /// The deposit after that.
    After,
    /// When the order was accepted, `18:46`.
    Made,
    /// When it last changed, `22/11 18:46`.
    Changed,
    /// Now, `18:46`.
    Time,
    /// Now, `22/11 18:46:05`.
    Moment,
    /// Which rule of which parameter is broken.
    Rule,
}

impl Field {
    const ALL: [(Self, &'static str); 15] = [
        (Self::Trx, "trx"),
        (Self::Ref, "ref"),
        (Self::Product, "product"),
        (Self::Dest, "dest"),
        (Self::Sn, "sn"),
        (Self::Reason, "reason"),
        (Self::Price, "price"),
        (Self::Balance, "balance"),
        (Self::Before, "before"),
        (Self::After, "after"),
        (Self::Made, "made"),
        (Self::Changed, "changed"),
        (Self::Time, "time"),
        (Self::Moment, "moment"),
        (Self::Rule, "rule"),
    ];

    /// Its name between braces.
    pub fn word(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(field, _)| *field == self)
            .map_or("", |(_, word)| word)
    }
}

use Field as F;

const NAMED: &[Field] = &[F::Ref, F::Product, F::Dest];
const REASONED: &[Field] = &[F::Ref, F::Product, F::Dest, F::Reason];
const PROVEN: &[Field] = &[F::Ref, F::Product, F::Dest, F::Sn];
/// What is known of an order.
const ORDER: &[Field] = &[
    F::Trx,
    F::Ref,
    F::Product,
    F::Dest,
    F::Price,
    F::Balance,
    F::Before,
    F::After,
    F::Made,
    F::Changed,
    F::Time,
    F::Moment,
];
/// What is known of a request that is no order.
const REQUEST: &[Field] = &[F::Ref, F::Product, F::Dest, F::Balance, F::Time, F::Moment];

impl Occasion {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Accepted,
        Self::Open,
        Self::Delivered,
        Self::WasDelivered,
        Self::Failed,
        Self::HasFailed,
        Self::Reversed,
        Self::Refused,
        Self::Mismatch,
        Self::Unknown,
        Self::Stranger,
        Self::Malformed,
        Self::Balance,
        Self::Ticket,
    ];

    /// Whether it answers a question alone, never an order.
    pub const fn answers_a_question(self) -> bool {
        match self {
            Self::Open | Self::WasDelivered | Self::HasFailed | Self::Reversed | Self::Unknown => {
                true
            }
            Self::Accepted
            | Self::Delivered
            | Self::Failed
            | Self::Refused
            | Self::Mismatch
            | Self::Stranger
            | Self::Malformed
            | Self::Balance
            | Self::Ticket => false,
        }
    }

    /// What is fixed about it.
    #[rustfmt::skip]
    pub const fn facts(self) -> Facts {
        match self {
            Self::Accepted => Facts { key: "accepted", needs: NAMED, knows: ORDER, reads: Read::Pending, usual: [
                "T#{trx} R#{ref} {product}.{dest} akan diproses @{time}. Saldo {before} - {price} = {after}",
                "TRX {product}.{dest} akan diproses. SISA SALDO:{balance} CLIENTID={ref}.",
            ] },
            Self::Open => Facts { key: "open", needs: NAMED, knows: ORDER, reads: Read::Pending, usual: [
                "T#{trx} R#{ref} {product}.{dest} sudah pernah jam {made}, status Menunggu Jawaban. Saldo {balance}",
                "TRX {product}.{dest} masih diproses. SISA SALDO:{balance} CLIENTID={ref}.",
            ] },
            Self::Delivered => Facts { key: "delivered", needs: PROVEN, knows: ORDER, reads: Read::Delivered, usual: [
                "T#{trx} R#{ref} {product}.{dest} SUKSES. SN/Ref: {sn}. Saldo {before} - {price} = {after} @{moment}",
                "TRX {product}.{dest} BERHASIL, HRG:{price} SN:{sn}. SISA SALDO:{balance} CLIENTID={ref}.",
            ] },
            Self::WasDelivered => Facts { key: "was_delivered", needs: PROVEN, knows: ORDER, reads: Read::Delivered, usual: [
                "T#{trx} R#{ref} {product}.{dest} sudah pernah jam {made}, status SUKSES. SN/Ref: {sn}. Saldo {balance}",
                "TRX {product}.{dest} BERHASIL, HRG:{price} SN:{sn}. SISA SALDO:{balance} CLIENTID={ref}.",
            ] },
            Self::Failed => Facts { key: "failed", needs: REASONED, knows: ORDER, reads: Read::Refused, usual: [
                "T#{trx} R#{ref} {product}.{dest} GAGAL. {reason}. Saldo {before} + {price} = {after} @{time}",
                "TRX {product}.{dest} GAGAL, {reason}. SISA SALDO {balance} CLIENTID={ref}.",
            ] },
            Self::HasFailed => Facts { key: "has_failed", needs: REASONED, knows: ORDER, reads: Read::Refused, usual: [
                "T#{trx} R#{ref} {product}.{dest} sudah pernah jam {made}, status GAGAL. {reason}. Saldo {balance}",
                "TRX {product}.{dest} GAGAL, {reason}. SISA SALDO {balance} CLIENTID={ref}.",
            ] },
            Self::Reversed => Facts { key: "reversed", needs: NAMED, knows: ORDER, reads: Read::Refused, usual: [
                "T#{trx} R#{ref} {product}.{dest} sudah pernah jam {made}, status GAGAL. Dikembalikan {changed}. Saldo {balance}",
                "TRX {product}.{dest} GAGAL, dikembalikan {changed}. SISA SALDO {balance} CLIENTID={ref}.",
            ] },
            Self::Refused => Facts { key: "refused", needs: REASONED, knows: REQUEST, reads: Read::Refused, usual: [
                "R#{ref} {product}.{dest} GAGAL. {reason}. Saldo {balance} @{time}",
                "TRX {product}.{dest} GAGAL, {reason}. SISA SALDO {balance} CLIENTID={ref}.",
            ] },
            Self::Mismatch => Facts { key: "mismatch", needs: &[F::Ref], knows: REQUEST, reads: Read::Refused, usual: [
                "R#{ref} {product}.{dest} GAGAL. refID sudah dipakai transaksi lain",
                "TRX {product}.{dest} GAGAL, idtrx sudah dipakai transaksi lain. CLIENTID={ref}.",
            ] },
            Self::Unknown => Facts { key: "unknown", needs: &[F::Ref, F::Dest], knows: REQUEST, reads: Read::Nothing, usual: [
                "TIDAK ADA transaksi R#{ref} tujuan {dest}. Tidak ada data.",
                "TIDAK ADA transaksi tujuan {dest} CLIENTID={ref}. Tidak ada data.",
            ] },
            Self::Stranger => Facts { key: "stranger", needs: &[], knows: &[F::Ref], reads: Read::Refused, usual: [
                "R#{ref} GAGAL. IP/Member ID/PIN/Password/Sign salah",
                "TRX CLIENTID={ref} GAGAL, IP/Member ID/PIN/Password salah.",
            ] },
            Self::Malformed => Facts { key: "malformed", needs: &[F::Rule], knows: &[F::Ref], reads: Read::Refused, usual: [
                "R#{ref} GAGAL. Format salah: {rule}",
                "TRX CLIENTID={ref} GAGAL, Format salah: {rule}",
            ] },
            Self::Balance => Facts { key: "balance", needs: &[F::Balance], knows: &[F::Time, F::Moment], reads: Read::Not, usual: [
                "Saldo {balance}",
                "Saldo {balance}",
            ] },
            Self::Ticket => Facts { key: "ticket", needs: &[], knows: &[F::Time, F::Moment, F::Balance], reads: Read::Not, usual: [
                "GAGAL. Tiket deposit tidak tersedia lewat H2H, hubungi admin",
                "GAGAL. Tiket deposit tidak tersedia lewat H2H, hubungi admin",
            ] },
        }
    }
}

/// The most characters of a template, and of what is said.
const TEMPLATE_MAX: usize = 300;
const SAID_MAX: usize = 1_000;

/// A sentence with places in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place(Field),
}

impl Template {
    /// The template that `text` spells for `occasion`, or which rule it breaks.
    pub fn read(occasion: Occasion, text: &str) -> Result<Self, String> {
        if text.is_empty() || text.len() > TEMPLATE_MAX {
            return Err(format!("1 to {TEMPLATE_MAX} characters"));
        }
        if !text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
            return Err("one line of printable ASCII characters".to_owned());
        }
        let facts = occasion.facts();
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            pieces.push(Piece::Text(before.to_owned()));
            let (word, after) = after
                .split_once('}')
                .ok_or("a place is a name between braces")?;
            let field = Field::ALL
                .iter()
                .map(|(field, _)| *field)
                .find(|field| field.word() == word)
                .filter(|field| facts.knows.contains(field) || facts.needs.contains(field));
            pieces.push(Piece::Place(field.ok_or_else(|| places(facts))?));
            rest = after;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        if rest.contains('}') {
            return Err("a place is a name between braces".to_owned());
        }
        for field in facts.needs {
            if !pieces.contains(&Piece::Place(*field)) {
                return Err(format!("needs {{{}}}", field.word()));
            }
        }
        Ok(Self(pieces))
    }

    /// The sentence, one line of bounded length.
    pub fn fill(&self, value: impl Fn(Field) -> String) -> String {
        let mut said = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => said.push_str(text),
                Piece::Place(field) => said.push_str(&value(*field)),
            }
        }
        let plain = |c: char| if c.is_control() { ' ' } else { c };
        said.chars().map(plain).take(SAID_MAX).collect()
    }
}

fn places(facts: Facts) -> String {
    let known = facts.needs.iter().chain(facts.knows);
    let mut words: Vec<String> = known.map(|field| format!("{{{}}}", field.word())).collect();
    words.sort();
    words.dedup();
    format!("places known here: {}", words.join(", "))
}

/// Every sentence of one dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    dialect: Dialect,
    all: Vec<Template>,
}

impl Texts {
    /// The sentences that `text` gives for each occasion, or the usual ones; with what is wrong, by key.
    pub fn read(
        dialect: Dialect,
        mut text: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, Vec<(&'static str, String)>> {
        let (mut all, mut wrong) = (Vec::new(), Vec::new());
        for occasion in Occasion::ALL {
            let facts = occasion.facts();
            let given = text(facts.key);
            let text = given.unwrap_or_else(|| facts.usual[dialect as usize].to_owned());
            match Template::read(occasion, &text) {
                Ok(template) => all.push(template),
                Err(rule) => wrong.push((facts.key, rule)),
            }
        }
        if wrong.is_empty() {
            Ok(Self { dialect, all })
        } else {
            Err(wrong)
        }
    }

    /// The usual ones.
    pub fn usual(dialect: Dialect) -> Self {
        // That each can be read is held by a test; one that could not would say nothing, which is no harm.
        Self::read(dialect, |_| None).unwrap_or(Self {
            dialect,
            all: Vec::new(),
        })
    }

    /// Whose they are.
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// What is said on `occasion`.
    pub fn say(&self, occasion: Occasion, value: impl Fn(Field) -> String) -> String {
        let template = self.all.get(occasion as usize);
        template.map_or_else(String::new, |template| template.fill(value))
    }
}

/// The sentences of both dialects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentences {
    /// For `OtomaX`.
    pub otomax: Texts,
    /// For IRS.
    pub irs: Texts,
}

impl Sentences {
    /// Those of one dialect.
    pub const fn of(&self, dialect: Dialect) -> &Texts {
        match dialect {
            Dialect::Otomax => &self.otomax,
            Dialect::Irs => &self.irs,
        }
    }
}

impl Default for Sentences {
    fn default() -> Self {
        Self {
            otomax: Texts::usual(Dialect::Otomax),
            irs: Texts::usual(Dialect::Irs),
        }
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section())
    }
}
