//! Bills on the shelf: the documented kinds with their test numbers, and what an inquiry about each tells.

use std::time::Duration;

use serde_json::{Value, json};

use crate::script::Plan;

/// One kind of bill. `Default` of [`Config`](crate::Config) has the documented fifteen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BillRow {
    /// The account's own code for it, compared without regard to case.
    pub sku: String,
    /// Name for people.
    pub product_name: String,
    /// For example `PLN PASCABAYAR`.
    pub brand: String,
    /// What the payment takes from the deposit, whole rupiah, unless a customer owes something else.
    pub price: i64,
    /// The provider's fee within what the customer is asked for.
    pub admin: i64,
    /// What is left to the buyer of it.
    pub commission: i64,
    /// What `desc` tells.
    pub desc: Value,
}

/// A kind of bill, its brand, the numbers of its documented test cases: well, inquiry fails, payment fails, pending then well, pending then failed.
type Documented = (&'static str, &'static str, [&'static [&'static str]; 5]);

const DOCUMENTED: [Documented; 15] = [
    (
        "pln",
        "PLN PASCABAYAR",
        [
            &["530000000001", "530000000002"],
            &["530000000003"],
            &["530000000006"],
            &["630000000001", "630000000002"],
            &["630000000006"],
        ],
    ),
    (
        "pdam",
        "PDAM",
        [
            &["1013226"],
            &["1013227"],
            &["1013230"],
            &["2013226"],
            &["2013230"],
        ],
    ),
    (
        "internet",
        "INTERNET PASCABAYAR",
        [
            &["6391601001"],
            &["6391601002"],
            &["6391601005"],
            &["7391601001"],
            &["7391601005"],
        ],
    ),
    (
        "bpjs",
        "BPJS KESEHATAN",
        [
            &["8801234560001"],
            &["8801234560002"],
            &["8801234560005"],
            &["9801234560001"],
            &["9801234560005"],
        ],
    ),
    (
        "multifinance",
        "MULTIFINANCE",
        [
            &["6391601201"],
            &["6391601202"],
            &["6391601205"],
            &["7391601201"],
            &["7391601205"],
        ],
    ),
    (
        "cimahi",
        "PBB",
        [
            &["329801092375999991"],
            &["329801092375999992"],
            &["329801092375999995"],
            &["429801092375999991"],
            &["429801092375999995"],
        ],
    ),
    (
        "pdl",
        "PAJAK DAERAH LAINNYA",
        [
            &["3298010921"],
            &["3298010922"],
            &["3298010923"],
            &["4298010921"],
            &["4298010923"],
        ],
    ),
    (
        "pgas",
        "GAS NEGARA",
        [
            &["0110014601", "0110014602"],
            &["0110014603"],
            &["0110014605"],
            &["1110014601", "1110014602"],
            &["1110014605"],
        ],
    ),
    (
        "tv",
        "TV PASCABAYAR",
        [
            &["127246500101"],
            &["127246500102"],
            &["127246500105"],
            &["227246500101"],
            &["227246500105"],
        ],
    ),
    (
        "bpjstk",
        "BPJS KETENAGAKERJAAN",
        [
            &["8102051011270001"],
            &["8102051011270002"],
            &["8102051011270003"],
            &["9102051011270001"],
            &["9102051011270003"],
        ],
    ),
    (
        "bpjstkpu",
        "BPJS KETENAGAKERJAAN PU",
        [
            &["400000100001"],
            &["400000100002"],
            &["400000100003"],
            &["500000100001"],
            &["500000100003"],
        ],
    ),
    (
        "plnnontaglist",
        "PLN NONTAGLIS",
        [
            &["3225030005921"],
            &["3225030005922"],
            &["3225030005923"],
            &["4225030005921"],
            &["4225030005923"],
        ],
    ),
    (
        "emoney",
        "E-MONEY",
        [
            &["082100000001"],
            &["082100000002"],
            &["082100000003"],
            &["082110000001"],
            &["082110000003"],
        ],
    ),
    (
        "samsat",
        "SAMSAT",
        [
            &["9658548523568701,0212502110170100"],
            &["9658548523568702,0212502110170100"],
            &["9658548523568705,0212502110170100"],
            &["0658548523568701,0212502110170100"],
            &["0658548523568705,0212502110170100"],
        ],
    ),
    (
        "hp",
        "HP PASCABAYAR",
        [
            &["081234554320"],
            &["081234554321"],
            &["081234554324"],
            &["081244554320"],
            &["081244554324"],
        ],
    ),
];

impl BillRow {
    /// A kind of bill that takes `price` from the deposit and asks the customer for Rp 1,000 more.
    pub fn new(sku: impl Into<String>, price: i64) -> Self {
        let sku = sku.into();
        let desc = desc(&sku);
        Self {
            product_name: format!("Tagihan {sku}"),
            brand: sku.to_uppercase(),
            sku,
            price,
            admin: 2_500,
            commission: 1_000,
            desc,
        }
    }

    /// What the customer is asked for.
    pub(crate) const fn selling_price(&self, price: i64) -> i64 {
        price.saturating_add(self.commission)
    }

    /// The row of the pasca price list.
    pub(crate) fn listed(&self) -> Value {
        json!({
            "product_name": self.product_name, "category": "Pascabayar", "brand": self.brand, "seller_name": "Ki***",
            "admin": self.admin, "commission": self.commission, "buyer_sku_code": self.sku,
            "buyer_product_status": true, "seller_product_status": true, "desc": "-",
        })
    }
}

/// The documented fifteen, each for Rp 10,000.
pub(crate) fn documented() -> Vec<BillRow> {
    let rows = DOCUMENTED.iter();
    rows.map(|(sku, brand, _)| BillRow {
        brand: (*brand).to_owned(),
        ..BillRow::new(*sku, 10_000)
    })
    .collect()
}

fn is_case(sku: &str, customer_no: &str, case: usize) -> bool {
    DOCUMENTED.iter().any(|(known, _, cases)| {
        known.eq_ignore_ascii_case(sku)
            && cases
                .get(case)
                .is_some_and(|numbers| numbers.contains(&customer_no))
    })
}

/// Whether the inquiry about this customer fails, as documented.
pub(crate) fn inquiry_fails(sku: &str, customer_no: &str) -> bool {
    is_case(sku, customer_no, 1)
}

/// How a payment goes when nothing was scripted: the documented test numbers, and a success for all others.
pub(crate) fn payment(sku: &str, customer_no: &str, delay: Duration) -> Plan {
    let is = |case| is_case(sku, customer_no, case);
    if is(2) {
        Plan::gagal()
    } else if is(3) {
        Plan::pending().then(delay, "00").sn("S1234554321N")
    } else if is(4) {
        Plan::pending().then(delay, "02")
    } else if is(0) {
        Plan::sukses().sn("S1234554321N")
    } else {
        Plan::sukses()
    }
}

/// What the documentation shows for each kind.
fn desc(sku: &str) -> Value {
    let sheet =
        json!({"periode": "201901", "nilai_tagihan": "8000", "admin": "2500", "denda": "500"});
    match sku {
        "pln" => json!({"tarif": "R1", "daya": 1_300, "lembar_tagihan": 1, "detail": [sheet]}),
        "pdam" => {
            json!({"tarif": "3A", "alamat": "KARANGGAN RT 01 RW 02", "jatuh_tempo": "1-15 DES 2014", "lembar_tagihan": 1,
            "detail": [{"periode": "201901", "nilai_tagihan": "8000", "denda": "500", "meter_awal": "00080000", "meter_akhir": "00090000", "biaya_lain": "1500"}]})
        }
        "internet" => {
            json!({"lembar_tagihan": 1, "detail": [{"periode": "MEI 2019", "nilai_tagihan": "8000", "admin": "2500"}]})
        }
        "bpjs" => {
            json!({"jumlah_peserta": "2", "lembar_tagihan": 1, "alamat": "JAKARTA PUSAT", "detail": [{"periode": "01"}]})
        }
        "multifinance" => {
            json!({"lembar_tagihan": 1, "item_name": "HONDA VARIO TECHNO 125 PGM FI NON CBS", "no_rangka": "MH1JFB111CK196426", "no_pol": "B6213UWX", "tenor": "030",
            "detail": [{"periode": "12/36", "denda": "1000", "biaya_lain": "0"}]})
        }
        "cimahi" | "pdl" => {
            json!({"lembar_tagihan": 1, "alamat": "KP. CIPAGERAN", "tahun_pajak": "2019", "kelurahan": "CIPAGERAN", "kecamatan": "CIMAHI UTARA",
            "kode_kab_kota": "0023", "kab_kota": "PEMKOT CIMAHI", "luas_tanah": "113 M2", "luas_gedung": "47 M2"})
        }
        "pgas" => {
            json!({"lembar_tagihan": 1, "alamat": "GRIYA MULYA", "detail": [{"periode": "201901", "meter_awal": "00080000", "meter_akhir": "00090000", "usage": "11"}]})
        }
        "tv" => {
            json!({"lembar_tagihan": 1, "detail": [{"periode": "201901", "nilai_tagihan": "8000", "no_ref": "0116210312"}]})
        }
        "bpjstk" => {
            json!({"kode_iuran": "900002121212", "kode_program": "1,2,3", "jkk": 10_000, "jkm": 6_800, "jht": 20_000, "kantor_cabang": "JAKARTA", "tgl_efektif": "2019-01-01", "tgl_expired": "2019-02-01", "lembar_tagihan": 1})
        }
        "bpjstkpu" => {
            json!({"kode_iuran": "400000100001", "jht": 1, "jkk": 2, "jkm": 3, "jpk": 4, "jpn": 5, "npp": "14021042", "kode_divisi": "000", "lembar_tagihan": 1})
        }
        "plnnontaglist" => {
            json!({"lembar_tagihan": 1, "transaksi": "MIGRASI TARIF", "no_registrasi": "3225030005921", "tanggal_registrasi": "13 MEI 2019"})
        }
        "samsat" => {
            json!({"lembar_tagihan": 1, "alamat": "JL. MERDEKA", "nomor_identitas": "0212502110170100", "nomor_rangka": "MH1JFB111CK196426", "nomor_mesin": "JFB1E1187865",
            "nomor_polisi": "B 6213 UWX", "milik_kenama": "2", "merek_kb": "HONDA", "model_kb": "SEPEDA MOTOR", "tahun_buatan": "2012", "tgl_akhir_pajak_baru": "2020-01-01",
            "biaya_pokok_pkb": "175000", "biaya_pokok_swd": "35000", "biaya_denda_pkb": "0"})
        }
        _ => json!({"lembar_tagihan": 1}),
    }
}
