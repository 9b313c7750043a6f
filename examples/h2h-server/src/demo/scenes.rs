//! The scenes: what the suppliers are told to do, what the client sends, and what must come of it.

use std::time::{Duration, Instant};

use sandbox::{Fault, Match, Plan};

use super::Failure;
use super::client::{Answer, Client};
use super::house::House;

/// How long a scene may take to reach its end.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a scene.
pub(crate) struct Played {
    pub(crate) name: &'static str,
    pub(crate) ref_id: &'static str,
    pub(crate) http: u16,
    pub(crate) said: String,
    pub(crate) took: Duration,
    /// What is off; `None` if the scene ended as it must.
    pub(crate) off: Option<String>,
}

struct Stage<'a> {
    house: &'a House,
    agen: &'a Client,
    played: Vec<Played>,
}

pub(crate) async fn play(
    house: &House,
    agen: &Client,
    poor: &Client,
) -> Result<Vec<Played>, Failure> {
    let mut stage = Stage {
        house,
        agen,
        played: Vec::new(),
    };
    stage.straight_success().await?;
    stage.rejected_then_delivered().await?;
    stage.lost_answer().await?;
    stage.rejected_by_all().await?;
    stage.repeated().await?;
    stage.too_poor(poor).await?;
    stage.settled_by_callback().await?;
    stage.late_success().await?;
    Ok(stage.played)
}

impl Stage<'_> {
    async fn straight_success(&mut self) -> Result<(), Failure> {
        self.run("straight success", "D-0001", "087811110001", "SUCCESS")
            .await
    }

    async fn rejected_then_delivered(&mut self) -> Result<(), Failure> {
        let number = "087811110002";
        self.house
            .alfa
            .script(Match::CustomerNo(number.to_owned()), Plan::rc("53"));
        self.run("alfa rejects, beta delivers", "D-0002", number, "SUCCESS")
            .await?;
        self.expect(
            "beta delivered it once",
            self.house.beta.deliveries_to(number) == 1,
        );
        Ok(())
    }

    async fn lost_answer(&mut self) -> Result<(), Failure> {
        let number = "087811110003";
        let plan = Plan::sukses()
            .fault_on(1, Fault::late(Duration::from_secs(3)))
            .fault_always(Fault::WebhookNever);
        self.house
            .alfa
            .script(Match::CustomerNo(number.to_owned()), plan);
        self.run(
            "alfa times out, is asked again",
            "D-0003",
            number,
            "SUCCESS",
        )
        .await?;
        let once = self.house.alfa.deliveries_to(number) == 1
            && self.house.beta.deliveries_to(number) == 0;
        self.expect("asking again bought nothing", once);
        let ledger = self.house.alfa.ledger();
        let posts = ledger
            .purchases
            .iter()
            .filter(|purchase| purchase.customer_no == number)
            .map(|purchase| purchase.posts)
            .sum::<u32>();
        self.expect("it was asked again", posts == 2);
        Ok(())
    }

    async fn rejected_by_all(&mut self) -> Result<(), Failure> {
        let number = "087811110004";
        for sandbox in [&self.house.alfa, &self.house.beta] {
            sandbox.script(Match::CustomerNo(number.to_owned()), Plan::rc("53"));
        }
        let before = self.balance().await?;
        self.run("all reject, money back at once", "D-0004", number, "FAILED")
            .await?;
        let after = self.balance().await?;
        self.expect("the money is back", before == after);
        Ok(())
    }

    async fn repeated(&mut self) -> Result<(), Failure> {
        let first = self.agen.get("/api/v1/transactions/D-0001").await?;
        self.run("the same ref_id again", "D-0001", "087811110001", "SUCCESS")
            .await?;
        let again = self.agen.get("/api/v1/transactions/D-0001").await?;
        self.expect(
            "it is the same order",
            first.text("trx_id") == again.text("trx_id"),
        );
        self.expect(
            "nothing was bought again",
            self.house.alfa.deliveries_to("087811110001") == 1,
        );
        let other = self.agen.order("D-0001", "087811119999", 0).await?;
        self.expect(
            "another request under it is refused",
            other.http == 422 && other.body["error_code"] == "REF_ID_MISMATCH",
        );
        Ok(())
    }

    async fn too_poor(&mut self, poor: &Client) -> Result<(), Failure> {
        let began = Instant::now();
        let answer = poor.order("M-0001", "087811110006", 0).await?;
        let refused = answer.http == 400 && answer.body["error_code"] == "INSUFFICIENT_BALANCE";
        self.note(
            "insufficient balance",
            "M-0001",
            &answer,
            began.elapsed(),
            (!refused).then(|| answer.body.to_string()),
        );
        self.expect(
            "nobody was asked",
            self.house.alfa.deliveries_to("087811110006") == 0,
        );
        Ok(())
    }

    async fn settled_by_callback(&mut self) -> Result<(), Failure> {
        let number = "087811110007";
        let plan = Plan::pending().then(Duration::from_millis(200), "00");
        self.house
            .alfa
            .script(Match::CustomerNo(number.to_owned()), plan);
        self.run(
            "pending, settled by a callback",
            "D-0007",
            number,
            "SUCCESS",
        )
        .await
    }

    async fn late_success(&mut self) -> Result<(), Failure> {
        let number = "087811110008";
        self.house
            .alfa
            .script(Match::CustomerNo(number.to_owned()), Plan::gagal());
        self.house
            .beta
            .script(Match::CustomerNo(number.to_owned()), Plan::rc("53"));
        self.run("failed, money back", "D-0008", number, "FAILED")
            .await?;
        let began = Instant::now();
        let sent = self.house.alfa.ledger();
        let purchase = sent
            .purchases
            .iter()
            .find(|purchase| purchase.customer_no == number);
        let Some(supplier_ref) = purchase.map(|purchase| purchase.ref_id.clone()) else {
            self.expect("alfa was asked first", false);
            return Ok(());
        };
        self.house.alfa.settle(&supplier_ref, "00").await;
        let answer = self.until("D-0008", "SUCCESS").await?;
        let off = (answer.text("status") != "SUCCESS").then(|| answer.body.to_string());
        self.note(
            "late success, paid after all",
            "D-0008",
            &answer,
            began.elapsed(),
            off,
        );
        Ok(())
    }

    async fn balance(&self) -> Result<serde_json::Value, Failure> {
        Ok(self.agen.get("/api/v1/balance").await?.body["data"]["balance"].clone())
    }

    async fn run(
        &mut self,
        name: &'static str,
        ref_id: &'static str,
        number: &str,
        wanted: &str,
    ) -> Result<(), Failure> {
        let began = Instant::now();
        let mut answer = self.agen.order(ref_id, number, 8_000).await?;
        if answer.text("status") != wanted {
            answer = self.until(ref_id, wanted).await?;
        }
        let off = (answer.text("status") != wanted)
            .then(|| format!("{wanted} was expected: {}", answer.body));
        self.note(name, ref_id, &answer, began.elapsed(), off);
        Ok(())
    }

    /// Asks for the order until it has this status, or patience ends.
    async fn until(&self, ref_id: &str, wanted: &str) -> Result<Answer, Failure> {
        let began = Instant::now();
        loop {
            let answer = self
                .agen
                .get(&format!("/api/v1/transactions/{ref_id}"))
                .await?;
            if answer.text("status") == wanted || began.elapsed() > PATIENCE {
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn note(
        &mut self,
        name: &'static str,
        ref_id: &'static str,
        answer: &Answer,
        took: Duration,
        off: Option<String>,
    ) {
        let said = answer.body["data"]["status"]
            .as_str()
            .or(answer.body["error_code"].as_str())
            .unwrap_or("?")
            .to_owned();
        self.played.push(Played {
            name,
            ref_id,
            http: answer.http,
            said,
            took,
            off,
        });
    }

    /// Adds to what is off in the last scene.
    fn expect(&mut self, what: &str, holds: bool) {
        if let (false, Some(last)) = (holds, self.played.last_mut()) {
            let before = last.off.take().unwrap_or_default();
            last.off = Some(format!("{before} [{what}: no]"));
        }
    }
}
