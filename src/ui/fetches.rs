//! What is fetched, shown while it is on its way.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::registry::FetchEvent;

use super::words::middle;

const TICK: Duration = Duration::from_millis(120);

/// Shows what is fetched as a bar on standard error; in a log it takes no room.
#[derive(Debug)]
pub struct Fetches {
    /// Nothing when nothing is drawn.
    shown: Option<Mutex<Shown>>,
    width: usize,
}

#[derive(Debug, Default)]
struct Shown {
    bar: Option<ProgressBar>,
    on_their_way: Vec<String>,
}

impl Fetches {
    /// Shows on a terminal of a width in columns, or not at all.
    pub fn new(on_terminal: bool, width: usize) -> Self {
        Self {
            shown: on_terminal.then(Mutex::default),
            width,
        }
    }

    /// Takes in what happened.
    pub fn event(&self, event: &FetchEvent) {
        let Some(shown) = &self.shown else { return };
        let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            FetchEvent::Began(total) => {
                let bar = ProgressBar::new(u64::try_from(*total).unwrap_or(u64::MAX));
                let template = "{spinner} fetching {pos}/{len} {msg}";
                bar.set_style(
                    ProgressStyle::with_template(template).expect("the template is our own"),
                );
                bar.enable_steady_tick(TICK);
                shown.bar = Some(bar);
            }
            FetchEvent::Started(what) => shown.on_their_way.push(what.clone()),
            FetchEvent::Finished(what) => {
                shown.on_their_way.retain(|other| other != what);
                if let Some(bar) = &shown.bar {
                    bar.inc(1);
                }
            }
            FetchEvent::Ended => {
                if let Some(bar) = shown.bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
        if let Some(bar) = &shown.bar {
            let room = self.width.saturating_sub(24).max(20);
            bar.set_message(middle(&shown.on_their_way.join(", "), room));
        }
    }
}
