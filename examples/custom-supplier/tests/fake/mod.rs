//! A fake Warung on a bare loopback socket: small enough to read, and able to break off an answer wherever it likes.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use conformance::Scene;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

const PRICE: i64 = 10_000;
const PAGE: &str = "<html><body>502 Bad Gateway</body></html>";

pub(crate) struct Fake {
    address: SocketAddr,
    shop: Arc<Mutex<Shop>>,
    serving: Mutex<Option<JoinHandle<()>>>,
}

/// What happened under one reference.
#[derive(Clone, Default)]
pub(crate) struct Sold {
    pub(crate) arrivals: u32,
    pub(crate) deliveries: u32,
    order: Value,
}

struct Shop {
    scene: Scene,
    reads_spoilt: bool,
    balance: i64,
    sold: HashMap<String, Sold>,
}

/// How an answer is told.
enum Telling {
    Whole(String),
    Half(String),
    Closed,
    Silence,
}

impl Fake {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shop = Arc::new(Mutex::new(Shop {
            scene: Scene::Deliver,
            reads_spoilt: false,
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
        Self {
            address,
            shop,
            serving: Mutex::new(Some(serving)),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The port is closed once this returns, if nobody is to be reached.
    pub(crate) async fn play(&self, scene: Scene) {
        self.shop.lock().unwrap().scene = scene;
        let stopped = (scene == Scene::Unreachable)
            .then(|| self.serving.lock().unwrap().take())
            .flatten();
        if let Some(serving) = stopped {
            serving.abort();
            assert!(serving.await.unwrap_err().is_cancelled());
        }
    }

    pub(crate) fn spoil_reads(&self) {
        self.shop.lock().unwrap().reads_spoilt = true;
    }

    pub(crate) fn sold(&self, reference: &str) -> Sold {
        let shop = self.shop.lock().unwrap();
        shop.sold.get(reference).cloned().unwrap_or_default()
    }
}

impl Drop for Fake {
    fn drop(&mut self) {
        if let Some(serving) = self.serving.lock().unwrap().take() {
            serving.abort();
        }
    }
}

/// One request, one answer, then the connection is closed.
async fn serve(socket: TcpStream, shop: Arc<Mutex<Shop>>) {
    let mut socket = BufReader::new(socket);
    let Some((line, body)) = request(&mut socket).await else {
        return;
    };
    let told = shop.lock().unwrap().answer(&line, &body);
    let (body, sent) = match &told {
        Telling::Closed => return,
        Telling::Silence => return std::future::pending().await,
        Telling::Whole(body) => (body, body.len()),
        Telling::Half(body) => (body, body.len() / 2),
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Who hung up has its reasons.
    let _ = socket.write_all(head.as_bytes()).await;
    let _ = socket.write_all(&body.as_bytes()[..sent]).await;
    let _ = socket.shutdown().await;
}

/// The request line and the body; `None` if the caller went away.
async fn request(socket: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    socket.read_line(&mut first).await.ok()?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if socket.read_line(&mut header).await.ok()? == 0 {
            return None;
        }
        let header = header.trim_end().to_ascii_lowercase();
        if header.is_empty() {
            break;
        }
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some((first, body))
}

impl Shop {
    fn answer(&mut self, line: &str, body: &[u8]) -> Telling {
        let mut words = line.split(' ');
        let (method, path) = (words.next(), words.next().unwrap_or_default());
        if method == Some("POST") {
            return self.sell(serde_json::from_slice(body).unwrap());
        }
        if self.reads_spoilt {
            return Telling::Whole(PAGE.to_owned());
        }
        let answer = match path.strip_prefix("/orders/") {
            Some(reference) => self.sold.get(reference).map_or_else(
                || json!({ "ref": reference, "state": "unknown" }),
                |sold| sold.order.clone(),
            ),
            None => json!({ "balance": self.balance }),
        };
        Telling::Whole(answer.to_string())
    }

    /// Sells once per reference, then tells it as the scene wants.
    fn sell(&mut self, mut order: Value) -> Telling {
        let reference = order["ref"].as_str().unwrap().to_owned();
        let sold = self.sold.entry(reference).or_default();
        sold.arrivals += 1;
        if sold.order.is_null() {
            let dear = order["max_price"].as_i64().unwrap() < PRICE;
            let state = if dear || self.scene == Scene::RefuseUnformed {
                "rejected"
            } else if self.scene == Scene::RefuseFormed {
                "failed"
            } else if self.scene == Scene::Pending {
                "working"
            } else {
                "delivered"
            };
            order["state"] = json!(state);
            order["price"] = json!(PRICE);
            if state == "delivered" {
                order["sn"] = json!("0123456789");
                sold.deliveries += 1;
                self.balance -= PRICE;
            }
            sold.order = order;
        }
        let mut said = sold.order.clone();
        match self.scene {
            Scene::AnswerLost => return Telling::Closed,
            Scene::AnswerCut => return Telling::Half(said.to_string()),
            Scene::Silence => return Telling::Silence,
            Scene::HtmlPage => return Telling::Whole(PAGE.to_owned()),
            Scene::UnknownWord => said["state"] = json!("mungkin"),
            Scene::WrongReference => said["ref"] = json!("E00ANOTHERREFERENCE"),
            Scene::WrongTarget => said["target"] = json!("089999999999"),
            Scene::Deliver
            | Scene::RefuseUnformed
            | Scene::RefuseFormed
            | Scene::Pending
            | Scene::Unreachable => {}
        }
        Telling::Whole(said.to_string())
    }
}
