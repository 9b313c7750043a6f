//! A fake server of the `OtomaX` family on a bare loopback socket: honest, and small enough to read.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// In rupiah, and as it stands in a reply.
pub(crate) const PRICE: (i64, &str) = (10_850, "10850");
pub(crate) const SN: &str = "R251112.1911.2100F1";

pub(crate) struct Fake {
    url: String,
    shop: Arc<Mutex<Shop>>,
    serving: JoinHandle<()>,
}

/// What happened under one reference.
#[derive(Clone, Default)]
pub(crate) struct Sold {
    pub(crate) arrivals: u32,
    pub(crate) deliveries: u32,
    /// The goods and what their reply says of them; empty until there is a transaction.
    goods: String,
    said: String,
}

pub(crate) struct Shop {
    /// What the reply to a new purchase says, and whether its goods leave.
    pub(crate) fate: (&'static str, bool),
    /// The PIN is refused when the deposit is asked for.
    pub(crate) reads_refused: bool,
    balance: i64,
    sold: HashMap<String, Sold>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shop = Arc::new(Mutex::new(Shop {
            fate: ("SUKSES", true),
            reads_refused: false,
            balance: 1_000_000,
            sold: HashMap::new(),
        }));
        let counter = Arc::clone(&shop);
        let serving = tokio::spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                open.spawn(serve(socket, Arc::clone(&counter)));
            }
        });
        Self { url, shop, serving }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn shop(&self) -> MutexGuard<'_, Shop> {
        self.shop.lock().unwrap()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One request, one answer, then the connection is closed.
async fn serve(socket: TcpStream, shop: Arc<Mutex<Shop>>) {
    let mut socket = BufReader::new(socket);
    let Some(path) = requested(&mut socket).await else {
        return;
    };
    let body = shop.lock().unwrap().reply(&path);
    let length = body.len();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    // Who hung up has its reasons.
    let _ = socket.write_all(answer.as_bytes()).await;
}

/// The path of a GET; `None` if the caller went away.
async fn requested(socket: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    socket.read_line(&mut line).await.ok()?;
    loop {
        let mut header = String::new();
        if socket.read_line(&mut header).await.ok()? == 0 {
            return None;
        }
        if header.trim().is_empty() {
            break;
        }
    }
    line.split(' ').nth(1).map(str::to_owned)
}

impl Shop {
    pub(crate) fn sold(&self, reference: &str) -> Sold {
        self.sold.get(reference).cloned().unwrap_or_default()
    }

    fn reply(&mut self, path: &str) -> String {
        let (path, query) = path.split_once('?').unwrap();
        let fields: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
            .into_owned()
            .collect();
        // 27 characters of base64url: whether they are the right ones is the vectors' business.
        if self.reads_refused || fields["memberID"] != "ERZ001" || fields["sign"].len() != 27 {
            return "IP/Member ID/PIN/Password salah. Pin Salah".to_owned();
        }
        if path == "/balance" {
            return format!(
                "Yth. AGEN H2H (ERZ001). Saldo {}! Terima kasih",
                self.balance
            );
        }
        let reference = &fields["refID"];
        if fields.contains_key("check") {
            return match self.sold.get(reference) {
                Some(sold) => format!(
                    "R#{reference} {} sudah pernah jam 18:46, status {}",
                    sold.goods, sold.said
                ),
                None => format!(
                    "TIDAK ADA transaksi Tujuan {}. Tidak ada data.",
                    fields["dest"]
                ),
            };
        }
        self.sell(
            reference,
            format!("{}.{}", fields["product"], fields["dest"]),
        )
    }

    /// Sells once per reference.
    fn sell(&mut self, reference: &str, goods: String) -> String {
        let (code, delivers) = self.fate;
        let (price, written) = PRICE;
        let sold = self.sold.entry(reference.to_owned()).or_default();
        sold.arrivals += 1;
        if sold.goods.is_empty() {
            let before = self.balance;
            let serial = if delivers {
                sold.deliveries += 1;
                self.balance -= price;
                format!(". SN/Ref: {SN}. Hrg {written}")
            } else {
                String::new()
            };
            let after = self.balance;
            sold.said = format!(
                "{code}{serial}. Saldo {before} - {} = {after} @19:11",
                before - after
            );
            sold.goods = goods;
        }
        format!(
            "T#7700123 R#{reference} Telkomsel 10.000 {} {}",
            sold.goods, sold.said
        )
    }
}
