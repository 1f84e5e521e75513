//! A run as bars on a terminal.

use std::collections::VecDeque;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::apply::Event;

use super::super::View;
use super::super::words::{count, middle, number};
use super::summary::{awaited, done, place, trouble};

/// So many layers in flight have a line of their own.
const LINES: usize = 6;

const TICK: Duration = Duration::from_millis(120);

/// One bar for the run, and below it a line for some of the layers in flight.
pub(super) struct Bars {
    view: View,
    all: MultiProgress,
    total: Option<ProgressBar>,
    /// Those that are shown.
    lines: Vec<(String, ProgressBar)>,
    /// Those in flight for which there is no room.
    waiting: VecDeque<(String, String)>,
    failed: usize,
    skipped: usize,
}

impl Bars {
    pub(super) fn new(view: View) -> Self {
        Self {
            view,
            all: MultiProgress::new(),
            total: None,
            lines: Vec::new(),
            waiting: VecDeque::new(),
            failed: 0,
            skipped: 0,
        }
    }

    pub(super) fn event(&mut self, event: &Event) {
        match event {
            Event::Began {
                layers, clusters, ..
            } => self.begin(*layers, *clusters),
            Event::Started { action, .. } => {
                let place = place(event);
                let doing = doing(done(*action));
                self.waiting.push_back((place, doing));
                self.fill();
            }
            Event::HookStarted {
                event: of, hook, ..
            } => {
                self.doing(event, &format!("runs the {of} hook {hook}"));
            }
            Event::Awaiting { awaiting, .. } => self.doing(event, &awaited(awaiting)),
            Event::HookDone { .. } => {}
            Event::HookPrinted { .. } | Event::HookLeftOut { .. } | Event::Kept { .. } => {
                self.tell(event);
            }
            Event::Finished { .. } => self.over(event),
            Event::Failed { layer, .. } => {
                self.failed += 1;
                self.tell(event);
                if layer.is_some() {
                    self.over(event);
                }
            }
            Event::Skipped { .. } => {
                self.skipped += 1;
                self.tell(event);
                self.over(event);
            }
            Event::Draining { in_flight } => {
                if let Some(total) = &self.total {
                    total.set_message(format!(
                        "stopping, {} in flight",
                        count(*in_flight, "layer")
                    ));
                }
            }
            Event::Ended(_) => {
                self.waiting.clear();
                for (_, line) in self.lines.drain(..) {
                    line.finish_and_clear();
                }
                if let Some(total) = self.total.take() {
                    total.finish_and_clear();
                }
            }
        }
    }

    fn begin(&mut self, layers: usize, clusters: usize) {
        let colour = if self.view.colour { ".cyan/dim" } else { "" };
        let room = (self.view.width / 3).clamp(10, 40);
        let template =
            format!("{{elapsed_precise}} [{{bar:{room}{colour}}}] {{pos}}/{{len}} {{msg}}");
        let total = self
            .all
            .add(ProgressBar::new(u64::try_from(layers).unwrap_or(u64::MAX)));
        total.set_style(style(&template).progress_chars("=> "));
        total.set_message(format!("layers on {}", count(clusters, "cluster")));
        total.enable_steady_tick(TICK);
        self.total = Some(total);
    }

    /// Gives layers in flight a line as long as there is room.
    fn fill(&mut self) {
        while self.lines.len() < LINES {
            let Some((place, doing)) = self.waiting.pop_front() else {
                return;
            };
            let line = self.all.add(ProgressBar::new_spinner());
            line.set_style(style("  {spinner} {msg} {elapsed}"));
            line.set_message(self.message(&place, &doing));
            line.enable_steady_tick(TICK);
            self.lines.push((place, line));
        }
    }

    /// Says what a layer in flight is about now.
    fn doing(&mut self, event: &Event, doing: &str) {
        let place = place(event);
        if let Some((_, line)) = self.lines.iter().find(|(shown, _)| *shown == place) {
            line.set_message(self.message(&place, doing));
        } else if let Some(waiting) = self.waiting.iter_mut().find(|(shown, _)| *shown == place) {
            doing.clone_into(&mut waiting.1);
        }
    }

    /// `prod-1/ingress being created`, as far as there is room.
    fn message(&self, place: &str, doing: &str) -> String {
        let room = self.view.width.saturating_sub(24).max(20);
        let text = format!("{} {doing}", middle(place, room));
        // What is awaited may be long; one that wraps would leave its first half on the screen.
        clipped(&text, self.view.width.saturating_sub(12).max(20))
    }

    fn over(&mut self, event: &Event) {
        let place = place(event);
        if let Some(at) = self.lines.iter().position(|(shown, _)| *shown == place) {
            let (_, line) = self.lines.remove(at);
            line.finish_and_clear();
            self.all.remove(&line);
        } else {
            self.waiting.retain(|(waiting, _)| *waiting != place);
        }
        self.fill();
        if let Some(total) = &self.total {
            total.inc(1);
            if self.failed + self.skipped > 0 {
                total.set_message(format!(
                    "{} failed, {} skipped",
                    number(self.failed),
                    number(self.skipped)
                ));
            }
        }
    }

    /// Prints what went wrong above the bars.
    fn tell(&self, event: &Event) {
        if let Some(text) = trouble(event, &self.view) {
            // A terminal that has gone away is no reason to stop a run.
            let _ = self.all.println(text.trim_end());
        }
    }
}

/// `created` as long as it is not yet: `being created`.
fn doing(done: &str) -> String {
    format!("being {done}")
}

/// A text that is cut off where there is no more room.
fn clipped(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let mut clipped: String = text.chars().take(room.saturating_sub(3)).collect();
    clipped.push_str("...");
    clipped
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates are our own")
}
