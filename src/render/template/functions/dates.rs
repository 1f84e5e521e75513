//! Dates. The time that it is comes from the run.

use std::rc::Rc;

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use super::super::exec::Exec;
use super::super::function::Param::{Any, Object as Other, Str as Text};
use super::super::function::{Args, Failure, Function, Outcome, Param};
use super::super::object::{Method, Object};
use super::super::value::{IntKind, Value};
use super::super::{duration, function};
use super::super::{layout, raw};

const TYPE: &str = "time.Time";
const TIME: Param = Other(TYPE);

pub(super) const FUNCTIONS: &[Function] = &[
    Function::exec("now", &[], |exec, _args| {
        Ok(value(exec.now()?.to_zoned(TimeZone::UTC)))
    }),
    Function::exec("ago", &[Any], ago),
    Function::exec("date", &[Text, Any], |exec, args| {
        in_zone(exec, args.bytes(0), args.any(1), "Local")
    }),
    Function::exec("dateInZone", &[Text, Any, Text], |exec, args| {
        in_zone(exec, args.bytes(0), args.any(1), &args.text(2))
    }),
    Function::exec("date_in_zone", &[Text, Any, Text], |exec, args| {
        in_zone(exec, args.bytes(0), args.any(1), &args.text(2))
    }),
    Function::exec("htmlDate", &[Any], |exec, args| {
        in_zone(exec, b"2006-01-02", args.any(0), "Local")
    }),
    Function::exec("htmlDateInZone", &[Any, Text], |exec, args| {
        in_zone(exec, b"2006-01-02", args.any(0), &args.text(1))
    }),
    Function::pure("dateModify", &[Text, TIME], modify),
    Function::pure("date_modify", &[Text, TIME], modify),
    Function::pure("mustDateModify", &[Text, TIME], must_modify),
    Function::pure("must_date_modify", &[Text, TIME], must_modify),
    Function::pure("toDate", &[Text, Text], |args| {
        let time = layout::parse(&args.text(0), &args.text(1)).unwrap_or_else(|_| zero());
        Ok(value(time))
    }),
    Function::pure("mustToDate", &[Text, Text], |args| {
        Ok(value(layout::parse(&args.text(0), &args.text(1))?))
    }),
    Function::pure("unixEpoch", &[TIME], |args| {
        let seconds = time(args.any(0)).map_or(0, |time| floor_seconds(&time));
        Ok(Value::from(seconds.to_string()))
    }),
    Function::pure("duration", &[Any], |args| {
        let seconds: i64 = match args.any(0) {
            Value::Str(text) => text.to_text().parse().unwrap_or(0),
            Value::Int(number, IntKind::Int64) => *number,
            _ => 0,
        };
        let text = duration::print(seconds.wrapping_mul(1_000_000_000));
        Ok(Value::from(text))
    }),
    Function::exec("durationRound", &[Any], |exec, args| {
        let nanos = match args.any(0) {
            Value::Str(text) => duration::parse(&text.to_text()).unwrap_or(0),
            Value::Int(number, IntKind::Int64) => *number,
            value => match time(value) {
                Some(time) => nanos_since(exec.now()?, &time),
                None => 0,
            },
        };
        Ok(Value::from(duration::rounded(nanos)))
    }),
];

struct Time {
    at: Zoned,
    /// What TOML wrote it as, if that has no zone.
    local: Option<Local>,
}

/// The dates and times of TOML that have no zone: Go calls their zone so, and how TOML writes them.
#[derive(Clone, Copy)]
enum Local {
    DateTime,
    Date,
    Time,
}

impl Local {
    const ALL: [Self; 3] = [Self::DateTime, Self::Date, Self::Time];

    fn zone(self) -> &'static str {
        match self {
            Self::DateTime => "datetime-local",
            Self::Date => "date-local",
            Self::Time => "time-local",
        }
    }

    fn layout(self) -> &'static str {
        match self {
            Self::DateTime => "2006-01-02T15:04:05.999999999",
            Self::Date => "2006-01-02",
            Self::Time => "15:04:05.999999999",
        }
    }
}

/// Go's zero time, which a text that is no date gives.
fn zero() -> Zoned {
    jiff::civil::date(1, 1, 1)
        .to_zoned(TimeZone::UTC)
        .unwrap_or_default()
}

fn value(time: Zoned) -> Value {
    Value::Object(Rc::new(Time {
        at: time,
        local: None,
    }))
}

/// A date and time of TOML; what it leaves out is zero.
pub(super) fn from_toml(text: &str) -> Value {
    if let Ok(time) = layout::parse("2006-01-02T15:04:05Z07:00", text) {
        return value(time);
    }
    let found = Local::ALL.into_iter().find_map(|local| {
        // A fraction of a second needs no place in the layout.
        let layout = local.layout().trim_end_matches(".999999999");
        Some((layout::parse(layout, text).ok()?, Some(local)))
    });
    let (at, local) = found.unwrap_or_else(|| (zero(), None));
    Value::Object(Rc::new(Time { at, local }))
}

/// How TOML writes a time; nothing for what is no time.
pub(super) fn to_toml(value: &Value) -> Option<String> {
    let Value::Object(object) = value else {
        return None;
    };
    let time = object.as_any().downcast_ref::<Time>()?;
    let layout = time
        .local
        .map_or("2006-01-02T15:04:05.999999999Z07:00", Local::layout);
    Some(layout::format(layout, &time.at))
}

pub(super) fn time(value: &Value) -> Option<Zoned> {
    let Value::Object(object) = value else {
        return None;
    };
    let time = object.as_any().downcast_ref::<Time>()?;
    Some(time.at.clone())
}

fn floor_seconds(time: &Zoned) -> i64 {
    let nanos = time.timestamp().as_nanosecond();
    i64::try_from(nanos.div_euclid(1_000_000_000)).unwrap_or(0)
}

/// Local time is UTC: what is rendered must not depend on the machine.
fn zone(name: &str) -> TimeZone {
    match name {
        "" | "UTC" | "Local" => TimeZone::UTC,
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    }
}

/// The time that is meant: a time, seconds since 1970, or for anything else the present.
fn meant(exec: &mut Exec<'_>, date: &Value) -> Result<Zoned, Failure> {
    match date {
        Value::Int(seconds, IntKind::Int | IntKind::Int64) => {
            let timestamp = Timestamp::from_second(*seconds)
                .map_err(|_| Failure::from("the time is out of range"))?;
            Ok(timestamp.to_zoned(TimeZone::UTC))
        }
        date => match time(date) {
            Some(time) => Ok(time),
            None => Ok(exec.now()?.to_zoned(TimeZone::UTC)),
        },
    }
}

fn in_zone(exec: &mut Exec<'_>, layout: &[u8], date: &Value, name: &str) -> Outcome {
    let time = meant(exec, date)?.with_time_zone(zone(name));
    let written = raw::through(layout, |layout| layout::format(layout, &time));
    Ok(Value::Str(written))
}

/// Go's durations end after 292 years.
fn nanos_since(now: Timestamp, time: &Zoned) -> i64 {
    let nanos = now.as_nanosecond() - time.timestamp().as_nanosecond();
    let limit = if nanos < 0 { i64::MIN } else { i64::MAX };
    i64::try_from(nanos).unwrap_or(limit)
}

fn ago(exec: &mut Exec<'_>, args: Args<'_>) -> Outcome {
    let time = meant(exec, args.any(0))?;
    let nanos = nanos_since(exec.now()?, &time);
    Ok(Value::from(duration::print(duration::round(
        nanos,
        1_000_000_000,
    ))))
}

fn moved(time: &Zoned, nanos: i64) -> Result<Zoned, Failure> {
    time.checked_add(jiff::SignedDuration::from_nanos(nanos))
        .map_err(|_| "the time is out of range".into())
}

fn modify(args: Args<'_>) -> Outcome {
    let time = time(args.any(1)).unwrap_or_else(zero);
    match duration::parse(&args.text(0)) {
        Ok(nanos) => Ok(value(moved(&time, nanos)?)),
        Err(_) => Ok(value(time)),
    }
}

fn must_modify(args: Args<'_>) -> Outcome {
    let time = time(args.any(1)).unwrap_or_else(zero);
    Ok(value(moved(&time, duration::parse(&args.text(0))?)?))
}

impl Object for Time {
    fn type_name(&self) -> &str {
        TYPE
    }

    fn kind_name(&self) -> &'static str {
        "struct"
    }

    fn method(&self, name: &str) -> Option<Method> {
        let params: &[_] = match name {
            "Format" => &[Text],
            "Unix" | "UnixMilli" | "UnixNano" | "Year" | "Month" | "Day" | "Hour" | "Minute"
            | "Second" | "YearDay" | "Weekday" | "UTC" | "IsZero" | "String" => &[],
            "Before" | "After" | "Equal" => &[TIME],
            _ => return None,
        };
        Some(Method {
            params,
            variadic: false,
        })
    }

    fn call(&self, name: &str, args: &[Value]) -> function::Outcome {
        let own = &self.at;
        let args = Args(args);
        let other = || time(args.any(0)).unwrap_or_else(zero).timestamp();
        let number = |number: i64| Ok(Value::int(number));
        match name {
            "Format" => Ok(Value::from(layout::format(&args.text(0), own))),
            "Unix" => Ok(Value::int64(floor_seconds(own))),
            "UnixMilli" => Ok(Value::int64(own.timestamp().as_millisecond())),
            "UnixNano" => {
                let nanos = i64::try_from(own.timestamp().as_nanosecond());
                Ok(Value::int64(nanos.unwrap_or(0)))
            }
            "Year" => number(own.year().into()),
            // Go prints both by their names.
            "Month" => Ok(Value::from(layout::format("January", own))),
            "Weekday" => Ok(Value::from(layout::format("Monday", own))),
            "Day" => number(own.day().into()),
            "Hour" => number(own.hour().into()),
            "Minute" => number(own.minute().into()),
            "Second" => number(own.second().into()),
            "YearDay" => number(own.day_of_year().into()),
            "UTC" => Ok(value(own.with_time_zone(TimeZone::UTC))),
            "IsZero" => Ok(Value::Bool(own.timestamp() == zero().timestamp())),
            "Before" => Ok(Value::Bool(own.timestamp() < other())),
            "After" => Ok(Value::Bool(own.timestamp() > other())),
            "Equal" => Ok(Value::Bool(own.timestamp() == other())),
            _ => Ok(Value::from(self.text())),
        }
    }

    fn text(&self) -> String {
        match self.local {
            Some(local) => {
                let text = layout::format("2006-01-02 15:04:05.999999999 -0700", &self.at);
                format!("{text} {}", local.zone())
            }
            None => layout::format("2006-01-02 15:04:05.999999999 -0700 MST", &self.at),
        }
    }

    fn data(&self) -> Value {
        Value::from(layout::format(
            "2006-01-02T15:04:05.999999999Z07:00",
            &self.at,
        ))
    }

    fn as_any(&self) -> &dyn std::any::Any {
        self
    }
}
