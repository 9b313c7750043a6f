//! What the server says while it runs: for people, or one JSON object a line for programs.
//!
//! # The trace id
//! Every line about an order has the field `trace_id`, and it is the order's id: members see it as `trx_id`, operators look it up. Nothing has to be
//! handed on for that: whoever works the order, now or after a restart, has its id. A request has a name of its own, `request_id` (the header
//! `X-Request-Id` of its answer); the lines between a request and the order it placed have both, so one leads to the other:
//!
//! | Line | Level | Fields |
//! |---|---|---|
//! | `order accepted or refused` | debug | `request_id`, `trace_id`, `status` |
//! | `request` | debug | `request_id`, `trace_id` if it placed an order, `method`, `path`, `status`, `took_us` |
//! | `committed` (each step of the order) | debug | `trace_id`, `version`, `status`, `attempts` |
//! | `supplier called`, and all that the adapter says meanwhile | debug | `trace_id`, `supplier`, `attempt`, `call`, `took_ms`, `claim` |
//! | `callback stored`, then `callback heard` | debug | `request_id`, `inbox`, then `inbox`, `trace_id` |
//! | `order ended` | info | `trace_id`, `trx_code`, `member` and `product` (by their codes; a member that has asked for nothing since the start, by its id), `ref_id` (the member's own), `destination` (masked), `status`, `attempts`, `took_ms` |
//! | `webhook tried` | debug | `trace_id`, `member`, `event`, `outcome` |
//! | whatever a person should read | warn, error | `alert`, and `trace_id` where it is about an order |
//! | what an operator did (target `audit`) | info | `operator`, `action`, `subject`, `result`, `request_id` |
//!
//! In JSON all of them stand at the top of the object, beside `timestamp`, `level`, `target` and `message`; `span` names the innermost piece of work
//! (`request`, `supplier_call`, `webhook`). No line holds a secret, a body, or a whole destination (INV-37).

use std::fmt;
use std::io::IsTerminal as _;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{
    self as lines, FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter,
};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::settings::{Log, LogFormat};

/// Tells this process's lines as `log` says; what operators did is told whatever else is not. Only the first of a process can be installed.
pub fn install(log: &Log) -> Result<(), String> {
    let filter = EnvFilter::try_new(&log.level).map_err(|error| format!("log.level: {error}"))?;
    let audit = "audit=info"
        .parse()
        .map_err(|error| format!("log: {error}"))?;
    let told = tracing_subscriber::registry().with(filter.add_directive(audit));
    match log.format {
        LogFormat::Text => {
            let ansi = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
            let layer = lines::layer().with_ansi(ansi).log_internal_errors(false);
            told.with(layer).try_init()
        }
        LogFormat::Json => told.with(json(std::io::stdout)).try_init(),
    }
    .map_err(|error| format!("log: {error}"))
}

/// One JSON object a line, to `writer`.
pub fn json<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> MakeWriter<'w> + 'static,
{
    lines::layer()
        .fmt_fields(JsonFields::new())
        .event_format(OneObject)
        .with_writer(writer)
        // A log that nobody takes any more is no reason to stop: complaining on a standard error that is gone as well would be a panic.
        .log_internal_errors(false)
}

/// The fields of an event and of the spans around it, in one flat object; of two with one name the inner one is told.
struct OneObject;

impl<S, N> FormatEvent<S, N> for OneObject
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Map::new();
        for span in context.event_scope().into_iter().flat_map(Scope::from_root) {
            line.insert("span".to_owned(), span.name().into());
            if let Some(fields) = span.extensions().get::<FormattedFields<N>>()
                && let Ok(Value::Object(fields)) = serde_json::from_str(&fields.fields)
            {
                line.extend(fields);
            }
        }
        event.record(&mut Fields(&mut line));
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        line.insert("timestamp".to_owned(), timestamp.into());
        line.insert("level".to_owned(), event.metadata().level().as_str().into());
        line.insert("target".to_owned(), event.metadata().target().into());
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Where an event puts its fields.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value.into());
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is written while `say` runs, each line an object.
    fn told(say: impl FnOnce()) -> Vec<Value> {
        let written = Written::default();
        let writer = written.clone();
        let lines = tracing_subscriber::registry().with(json(move || writer.clone()));
        tracing::subscriber::with_default(lines, say);
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    }

    #[test]
    fn all_fields_stand_at_the_top_and_the_inner_one_is_told() {
        let lines = told(|| {
            let outer = tracing::error_span!("outer", request_id = "R", supplier = "outer");
            let _outer = outer.enter();
            let inner = tracing::error_span!("inner", trace_id = tracing::field::Empty);
            let _inner = inner.enter();
            tracing::info!(
                supplier = "event",
                count = 3_u64,
                gone = -1_i64,
                yes = true,
                "first"
            );
            inner.record("trace_id", "T");
            tracing::info!("a \"second\"\nline");
        });
        let [first, second] = lines.as_slice() else {
            panic!("{lines:#?}");
        };
        assert_eq!(first["request_id"], "R");
        assert_eq!(first["span"], "inner");
        assert_eq!(first["supplier"], "event");
        assert_eq!((&first["count"], &first["gone"]), (&3.into(), &(-1).into()));
        assert_eq!(
            (&first["yes"], &first["level"]),
            (&true.into(), &"INFO".into())
        );
        assert_eq!(first["trace_id"], Value::Null);
        assert_eq!(second["trace_id"], "T");
        assert_eq!(second["supplier"], "outer");
        assert_eq!(second["message"], "a \"second\"\nline");
    }

    #[test]
    fn no_field_passes_for_what_the_log_itself_says() {
        let lines = told(|| tracing::warn!(level = "INFO", target = "audit", timestamp = "x", "m"));
        assert_eq!(lines[0]["level"], "WARN");
        assert_ne!(lines[0]["target"], "audit");
        assert_ne!(lines[0]["timestamp"], "x");
    }
}
