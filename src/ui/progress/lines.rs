//! A run as lines in a log.

use crate::apply::Event;

use super::super::View;
use super::super::counts::objects;
use super::super::history::took;
use super::super::words::{count, number};
use super::summary::{awaited, done, place, trouble};

/// A longer run is told in parts.
const EACH: usize = 200;

/// In so many parts.
const PARTS: usize = 20;

/// A run as lines in a log.
pub(super) struct Lines {
    view: View,
    layers: usize,
    over: usize,
    failed: usize,
    skipped: usize,
}

impl Lines {
    pub(super) fn new(view: View) -> Self {
        Self {
            // Logs are searched line by line.
            view: View {
                width: usize::MAX,
                ..view
            },
            layers: 0,
            over: 0,
            failed: 0,
            skipped: 0,
        }
    }

    /// The lines that tell of an event; empty when it is not told.
    pub(super) fn event(&mut self, event: &Event) -> String {
        match event {
            Event::Began {
                revision,
                layers,
                clusters,
            } => {
                self.layers = *layers;
                format!(
                    "Revision {revision}: {} on {}.\n",
                    count(*layers, "layer"),
                    count(*clusters, "cluster")
                )
            }
            Event::Started { .. } | Event::HookStarted { .. } | Event::Ended(_) => String::new(),
            Event::HookDone { .. } | Event::Awaiting { .. } if self.layers > EACH => String::new(),
            Event::HookDone {
                event: of,
                hook,
                took: time,
                ..
            } => format!(
                "{}: the {of} hook {hook} has run ({})\n",
                place(event),
                took(time.as_secs_f64())
            ),
            Event::Awaiting { awaiting, .. } if awaiting.object.is_some() => {
                format!("{}: {}\n", place(event), awaited(awaiting))
            }
            // When nothing is awaited any more the layer is finished, which is told.
            Event::Awaiting { .. } => String::new(),
            Event::HookPrinted { .. } | Event::HookLeftOut { .. } | Event::Kept { .. } => {
                trouble(event, &self.view).unwrap_or_default()
            }
            Event::Finished {
                action,
                counts,
                took: time,
                ..
            } => {
                let text = if self.layers > EACH {
                    String::new()
                } else {
                    format!(
                        "{}: {}, {} ({})\n",
                        place(event),
                        done(*action),
                        objects(*counts),
                        took(time.as_secs_f64())
                    )
                };
                text + &self.step()
            }
            Event::Failed { layer, .. } => {
                self.failed += 1;
                let text = trouble(event, &self.view).unwrap_or_default();
                // The index is no layer, and counts for none.
                match layer {
                    Some(_) => text + &self.step(),
                    None => text,
                }
            }
            Event::Skipped { .. } => {
                self.skipped += 1;
                let text = if self.layers > EACH {
                    String::new()
                } else {
                    trouble(event, &self.view).unwrap_or_default()
                };
                text + &self.step()
            }
            Event::Draining { in_flight } => format!(
                "Stopping: {} in flight, nothing else is begun.\n",
                count(*in_flight, "layer")
            ),
        }
    }

    /// One layer more is over; a line for each part of a long run.
    fn step(&mut self) -> String {
        let part = |over: usize| over * PARTS / self.layers.max(1);
        let before = part(self.over);
        self.over += 1;
        if self.layers <= EACH || part(self.over) == before {
            return String::new();
        }
        let mut text = format!(
            "{:>3}%  {} of {}",
            self.over * 100 / self.layers,
            number(self.over),
            count(self.layers, "layer")
        );
        for (many, what) in [(self.failed, "failed"), (self.skipped, "skipped")] {
            if many > 0 {
                text.push_str(&format!(", {} {what}", number(many)));
            }
        }
        text + "\n"
    }
}
