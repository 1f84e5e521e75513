//! What is fetched, shown while it is on its way.

use std::io::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::registry::FetchEvent;

use super::words::{middle, number};

const TICK: Duration = Duration::from_millis(120);

/// Shows what is fetched on standard error: a bar for a terminal, one line in the end for a log.
#[derive(Debug)]
pub struct Fetches {
    shown: Mutex<Shown>,
    on_terminal: bool,
    width: usize,
}

#[derive(Debug, Default)]
struct Shown {
    bar: Option<ProgressBar>,
    total: usize,
    on_their_way: Vec<String>,
}

impl Fetches {
    /// Shows on a terminal of a width in columns, or in a log.
    pub fn new(on_terminal: bool, width: usize) -> Self {
        Self {
            shown: Mutex::default(),
            on_terminal,
            width,
        }
    }

    /// Takes in what happened.
    pub fn event(&self, event: &FetchEvent) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            FetchEvent::Began(total) => {
                shown.total = *total;
                shown.bar = self.on_terminal.then(|| bar(*total));
            }
            FetchEvent::Started(what) => shown.on_their_way.push(what.clone()),
            FetchEvent::Finished(what) => {
                shown.on_their_way.retain(|other| other != what);
                if let Some(bar) = &shown.bar {
                    bar.inc(1);
                }
            }
            FetchEvent::Ended => match shown.bar.take() {
                Some(bar) => bar.finish_and_clear(),
                None => {
                    let what = match shown.total {
                        1 => "a pack or chart".to_owned(),
                        total => format!("{} packs and charts", number(total)),
                    };
                    // Who closes standard error does not want to know.
                    let _ = writeln!(std::io::stderr().lock(), "Asked registries for {what}.");
                }
            },
        }
        if let Some(bar) = &shown.bar {
            let room = self.width.saturating_sub(24).max(20);
            bar.set_message(middle(&shown.on_their_way.join(", "), room));
        }
    }
}

fn bar(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(total).unwrap_or(u64::MAX));
    let style = ProgressStyle::with_template("{spinner} fetching {pos}/{len} {msg}");
    bar.set_style(style.expect("the template is our own"));
    bar.enable_steady_tick(TICK);
    bar
}
