//! A fake Warung on a bare loopback socket: honest, and small enough to read. What goes wrong on the way back is the kit's business.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

pub(crate) const KEY: &str = "sample-key-of-warung";
/// Hundredths of a rupiah.
const PRICE: i64 = 1_000_050;

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
    order: Value,
}

pub(crate) struct Shop {
    /// What new orders come to, and whether their goods leave.
    pub(crate) fate: (&'static str, bool),
    /// The key is refused when balance is asked for.
    pub(crate) reads_refused: bool,
    balance: i64,
    sold: HashMap<String, Sold>,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shop = Arc::new(Mutex::new(Shop {
            fate: ("delivered", true),
            reads_refused: false,
            balance: 100_000_000,
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
    let Some(request) = Request::read(&mut socket).await else {
        return;
    };
    let body = shop.lock().unwrap().answer(&request).to_string();
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
    // Who hung up has its reasons.
    let _ = socket.write_all(answer.as_bytes()).await;
}

struct Request {
    line: String,
    key: String,
    body: Vec<u8>,
}

impl Request {
    /// `None` if the caller went away.
    async fn read(socket: &mut BufReader<TcpStream>) -> Option<Self> {
        let mut line = String::new();
        socket.read_line(&mut line).await.ok()?;
        let (mut length, mut key) = (0, String::new());
        loop {
            let mut header = String::new();
            if socket.read_line(&mut header).await.ok()? == 0 {
                return None;
            }
            match header.trim_end().split_once(": ") {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().ok()?;
                }
                Some((name, value)) if name.eq_ignore_ascii_case("x-api-key") => {
                    key = value.to_owned();
                }
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.ok()?;
        Some(Self { line, key, body })
    }
}

impl Shop {
    pub(crate) fn sold(&self, reference: &str) -> Sold {
        self.sold.get(reference).cloned().unwrap_or_default()
    }

    fn answer(&mut self, request: &Request) -> Value {
        let mut words = request.line.split(' ');
        let (method, path) = (words.next(), words.next().unwrap_or_default());
        let refused = self.reads_refused && path == "/balance";
        if request.key != KEY || refused {
            return json!({ "error": "unknown key" });
        }
        if method == Some("POST") {
            return self.sell(serde_json::from_slice(&request.body).unwrap());
        }
        match path.strip_prefix("/orders/") {
            Some(reference) => self.sold.get(reference).map_or_else(
                || json!({ "ref": reference, "state": "unknown" }),
                |sold| sold.order.clone(),
            ),
            None => json!({ "balance": rupiah(self.balance) }),
        }
    }

    /// Sells once per reference.
    fn sell(&mut self, mut order: Value) -> Value {
        let reference = order["ref"].as_str().unwrap().to_owned();
        let dear = order["max_price"].as_i64().unwrap() * 100 < PRICE;
        let sold = self.sold.entry(reference).or_default();
        sold.arrivals += 1;
        if sold.order.is_null() {
            let (state, delivers) = if dear { ("rejected", false) } else { self.fate };
            order["state"] = json!(state);
            order["price"] = rupiah(PRICE);
            if delivers {
                order["sn"] = json!("0123456789");
                sold.deliveries += 1;
                self.balance -= PRICE;
            }
            sold.order = order;
        }
        sold.order.clone()
    }
}

/// Amounts are texts with two decimals.
fn rupiah(hundredths: i64) -> Value {
    json!(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}
