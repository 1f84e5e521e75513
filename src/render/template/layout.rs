//! Dates in Go's layouts: `2006-01-02T15:04:05Z07:00`.

use jiff::Zoned;
use jiff::civil::DateTime;
use jiff::tz::{Offset, TimeZone};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    MonthName,
    MonthShort,
    Month,
    Month0,
    DayName,
    DayShort,
    Day,
    DaySpace,
    Day0,
    YearDay0,
    YearDaySpace,
    Hour24,
    Hour12,
    Hour120,
    Minute,
    Minute0,
    Second,
    Second0,
    Year,
    Year2,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// With `Z` for UTC, a colon, seconds, minutes.
    Zone {
        z: bool,
        colon: bool,
        seconds: bool,
        minutes: bool,
    },
    /// How many digits, and whether zeros at the end are kept.
    Fraction(usize, bool),
}

/// Longer before shorter, where both begin alike.
const PARTS: [(&str, Part); 23] = [
    ("January", Part::MonthName),
    ("Jan", Part::MonthShort),
    ("Monday", Part::DayName),
    ("Mon", Part::DayShort),
    ("MST", Part::ZoneName),
    ("002", Part::YearDay0),
    ("01", Part::Month0),
    ("02", Part::Day0),
    ("03", Part::Hour120),
    ("04", Part::Minute0),
    ("05", Part::Second0),
    ("06", Part::Year2),
    ("15", Part::Hour24),
    ("1", Part::Month),
    ("2006", Part::Year),
    ("2", Part::Day),
    ("__2", Part::YearDaySpace),
    ("_2", Part::DaySpace),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperHalf),
    ("pm", Part::LowerHalf),
];

const fn zone(z: bool, colon: bool, seconds: bool, minutes: bool) -> Part {
    Part::Zone {
        z,
        colon,
        seconds,
        minutes,
    }
}

const ZONES: [(&str, Part); 10] = [
    ("-070000", zone(false, false, true, true)),
    ("-07:00:00", zone(false, true, true, true)),
    ("-0700", zone(false, false, false, true)),
    ("-07:00", zone(false, true, false, true)),
    ("-07", zone(false, false, false, false)),
    ("Z070000", zone(true, false, true, true)),
    ("Z07:00:00", zone(true, true, true, true)),
    ("Z0700", zone(true, false, false, true)),
    ("Z07:00", zone(true, true, false, true)),
    ("Z07", zone(true, false, false, false)),
];

/// The first part of a layout: the text before it, the part, and the rest.
fn next(layout: &str) -> (&str, Option<Part>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = &layout[at..];
        if let Some((part, length)) = part_at(layout, at) {
            return (&layout[..at], Some(part), &rest[length..]);
        }
    }
    (layout, None, "")
}

fn part_at(layout: &str, at: usize) -> Option<(Part, usize)> {
    let rest = &layout[at..];
    if rest.starts_with("_2006") {
        // The underscore is text; the year follows.
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(['.', ',']) {
        let digit = fraction
            .bytes()
            .next()
            .filter(|b| matches!(b, b'0' | b'9'))?;
        let count = fraction.bytes().take_while(|byte| *byte == digit).count();
        let ends = !fraction[count..].starts_with(|c: char| c.is_ascii_digit());
        return ends.then_some((Part::Fraction(count, digit == b'0'), count + 1));
    }
    let zones = ZONES.iter().find(|(text, _)| rest.starts_with(text));
    if let Some((text, part)) = zones {
        return Some((*part, text.len()));
    }
    let (text, part) = PARTS.iter().find(|(text, part)| {
        let whole = matches!(part, Part::MonthShort | Part::DayShort);
        let continues = || rest[text.len()..].starts_with(|c: char| c.is_ascii_lowercase());
        rest.starts_with(text) && !(whole && continues())
    })?;
    Some((*part, text.len()))
}

/// Writes a time.
pub(super) fn format(layout: &str, time: &Zoned) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(layout.len() + 8);
    let mut rest = layout;
    let half = |hour: i8| if hour % 12 == 0 { 12 } else { hour % 12 };
    let month = usize::try_from(time.month() - 1).unwrap_or(0);
    let weekday = usize::try_from(time.weekday().to_sunday_zero_offset()).unwrap_or(0);
    loop {
        let (before, part, after) = next(rest);
        out.push_str(before);
        let comma = rest[before.len()..].starts_with(',');
        rest = after;
        let Some(part) = part else {
            return out;
        };
        // Writing into a string cannot fail.
        let _ = match part {
            Part::MonthName => write!(out, "{}", MONTHS[month]),
            Part::MonthShort => write!(out, "{}", &MONTHS[month][..3]),
            Part::Month => write!(out, "{}", time.month()),
            Part::Month0 => write!(out, "{:02}", time.month()),
            Part::DayName => write!(out, "{}", DAYS[weekday]),
            Part::DayShort => write!(out, "{}", &DAYS[weekday][..3]),
            Part::Day => write!(out, "{}", time.day()),
            Part::DaySpace => write!(out, "{:2}", time.day()),
            Part::Day0 => write!(out, "{:02}", time.day()),
            Part::YearDay0 => write!(out, "{:03}", time.day_of_year()),
            Part::YearDaySpace => write!(out, "{:3}", time.day_of_year()),
            Part::Hour24 => write!(out, "{:02}", time.hour()),
            Part::Hour12 => write!(out, "{}", half(time.hour())),
            Part::Hour120 => write!(out, "{:02}", half(time.hour())),
            Part::Minute => write!(out, "{}", time.minute()),
            Part::Minute0 => write!(out, "{:02}", time.minute()),
            Part::Second => write!(out, "{}", time.second()),
            Part::Second0 => write!(out, "{:02}", time.second()),
            Part::Year => write!(out, "{:04}", time.year()),
            Part::Year2 => write!(out, "{:02}", time.year().rem_euclid(100)),
            Part::UpperHalf => write!(out, "{}", if time.hour() >= 12 { "PM" } else { "AM" }),
            Part::LowerHalf => write!(out, "{}", if time.hour() >= 12 { "pm" } else { "am" }),
            Part::ZoneName => write!(out, "{}", zone_name(time)),
            Part::Zone {
                z,
                colon,
                seconds,
                minutes,
            } => {
                let offset = time.offset().seconds();
                if z && offset == 0 {
                    out.push('Z');
                    continue;
                }
                let size = offset.abs();
                let between = if colon { ":" } else { "" };
                let sign = if offset < 0 { '-' } else { '+' };
                let _ = write!(out, "{sign}{:02}", size / 3600);
                if minutes {
                    let _ = write!(out, "{between}{:02}", size / 60 % 60);
                }
                if seconds {
                    let _ = write!(out, "{between}{:02}", size % 60);
                }
                Ok(())
            }
            Part::Fraction(count, zeros) => {
                let nanos = format!("{:09}", time.subsec_nanosecond());
                let point = if comma { ',' } else { '.' };
                let digits = &nanos[..count.min(9)];
                let digits = if zeros {
                    digits
                } else {
                    digits.trim_end_matches('0')
                };
                if digits.is_empty() {
                    Ok(())
                } else {
                    write!(
                        out,
                        "{point}{digits:0<width$}",
                        width = if zeros { count } else { 0 }
                    )
                }
            }
        };
    }
}

fn zone_name(time: &Zoned) -> String {
    if *time.time_zone() == TimeZone::UTC {
        return "UTC".to_owned();
    }
    if time.time_zone().iana_name().is_none() {
        let offset = time.offset().seconds();
        let sign = if offset < 0 { '-' } else { '+' };
        return format!(
            "{sign}{:02}{:02}",
            offset.abs() / 3600,
            offset.abs() / 60 % 60
        );
    }
    time.strftime("%Z").to_string()
}

/// What follows a text that stands in the layout; or where the two part. A blank stands for any number of them.
fn skip<'t>(mut text: &'t str, mut layout: &str) -> Result<&'t str, &'t str> {
    while let Some(wanted) = layout.chars().next() {
        if wanted == ' ' {
            if !text.is_empty() && !text.starts_with(' ') {
                return Err(text);
            }
            (layout, text) = (layout.trim_start_matches(' '), text.trim_start_matches(' '));
            continue;
        }
        text = text.strip_prefix(wanted).ok_or(text)?;
        layout = &layout[wanted.len_utf8()..];
    }
    Ok(text)
}

/// Reads a time; one without a zone is in UTC.
///
/// # Errors
/// Go's words for where layout and text part.
pub(super) fn parse(layout: &str, text: &str) -> Result<Zoned, String> {
    let mut reader = Reader {
        text,
        ..Reader::default()
    };
    let mut rest = layout;
    loop {
        let (before, part, after) = next(rest);
        let wrong = |element: &str, at: &str| {
            format!(
                "parsing time {} as {}: cannot parse {} as {}",
                quoted(text.as_bytes()),
                quoted(layout.as_bytes()),
                quoted(at.as_bytes()),
                quoted(element.as_bytes())
            )
        };
        let at = reader.text;
        reader.text = skip(at, before).map_err(|at| wrong(before, at))?;
        let Some(part) = part else {
            if !reader.text.is_empty() {
                return Err(format!(
                    "parsing time {}: extra text: {}",
                    quoted(text.as_bytes()),
                    quoted(reader.text.as_bytes())
                ));
            }
            return reader.time().ok_or_else(|| {
                format!("parsing time {}: day out of range", quoted(text.as_bytes()))
            });
        };
        let at = reader.text;
        let element = &rest[before.len()..rest.len() - after.len()];
        reader.part(part).ok_or_else(|| wrong(element, at))?;
        // Seconds may have a fraction, even if the layout has none.
        if matches!(part, Part::Second | Part::Second0)
            && !matches!(next(after), ("", Some(Part::Fraction(..)), _))
        {
            let has = reader.text.strip_prefix(['.', ',']);
            if has.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                reader.fraction(None);
            }
        }
        rest = after;
    }
}

#[derive(Default)]
struct Reader<'t> {
    text: &'t str,
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    year_day: Option<i16>,
    hour: i8,
    minute: i8,
    second: i8,
    nanos: i32,
    afternoon: Option<bool>,
    offset: Option<i32>,
}

impl Reader<'_> {
    /// A number of so many digits, at least and at most.
    fn digits(&mut self, least: usize, most: usize) -> Option<i16> {
        let count = self
            .text
            .bytes()
            .take(most)
            .take_while(u8::is_ascii_digit)
            .count();
        if count < least {
            return None;
        }
        let (digits, rest) = self.text.split_at(count);
        self.text = rest;
        digits.parse().ok()
    }

    fn small(&mut self, least: usize, max: i16) -> Option<i8> {
        let number = self.digits(least, 2)?;
        i8::try_from(number).ok().filter(|_| number <= max)
    }

    fn name(&mut self, names: &[&str], length: usize) -> Option<usize> {
        let found = names.iter().position(|name| {
            let name = &name[..length.min(name.len())];
            let start = self.text.get(..name.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(name))
        })?;
        self.text = &self.text[length.min(names[found].len())..];
        Some(found)
    }

    fn fraction(&mut self, count: Option<usize>) -> Option<()> {
        let digits = self.text.strip_prefix(['.', ','])?;
        let found = digits.bytes().take_while(u8::is_ascii_digit).count();
        let used = count.unwrap_or(found);
        if used > found {
            return None;
        }
        let nanos = format!("{:0<9}", &digits[..used]);
        self.nanos = nanos[..9].parse().ok()?;
        self.text = &digits[used..];
        Some(())
    }

    fn part(&mut self, part: Part) -> Option<()> {
        let month = |at: usize| i8::try_from(at + 1).ok();
        match part {
            Part::MonthName => self.month = Some(month(self.name(&MONTHS, usize::MAX)?)?),
            Part::MonthShort => self.month = Some(month(self.name(&MONTHS, 3)?)?),
            Part::Month | Part::Month0 => {
                let least = if part == Part::Month0 { 2 } else { 1 };
                self.month = Some(self.small(least, 12).filter(|month| *month > 0)?);
            }
            Part::DayName => {
                self.name(&DAYS, usize::MAX)?;
            }
            Part::DayShort => {
                self.name(&DAYS, 3)?;
            }
            Part::Day | Part::Day0 | Part::DaySpace => {
                if part == Part::DaySpace {
                    self.text = self.text.strip_prefix(' ').unwrap_or(self.text);
                }
                let least = if part == Part::Day0 { 2 } else { 1 };
                self.day = Some(self.small(least, 31)?);
            }
            Part::YearDay0 | Part::YearDaySpace => {
                self.text = self.text.trim_start_matches(' ');
                self.year_day = Some(self.digits(1, 3)?);
            }
            Part::Hour24 => self.hour = self.small(2, 23)?,
            Part::Hour12 => self.hour = self.small(1, 12)?,
            Part::Hour120 => self.hour = self.small(2, 12)?,
            Part::Minute => self.minute = self.small(1, 59)?,
            Part::Minute0 => self.minute = self.small(2, 59)?,
            Part::Second => self.second = self.small(1, 59)?,
            Part::Second0 => self.second = self.small(2, 59)?,
            Part::Year => self.year = Some(self.digits(4, 4)?),
            Part::Year2 => {
                let year = self.digits(2, 2)?;
                self.year = Some(if year >= 69 { 1900 + year } else { 2000 + year });
            }
            Part::UpperHalf | Part::LowerHalf => {
                let names = if part == Part::UpperHalf {
                    ["AM", "PM"]
                } else {
                    ["am", "pm"]
                };
                let at = names.iter().position(|name| self.text.starts_with(name))?;
                self.text = &self.text[2..];
                self.afternoon = Some(at == 1);
            }
            Part::ZoneName => {
                let length = self.text.bytes().take_while(u8::is_ascii_uppercase).count();
                if !(3..=5).contains(&length) {
                    return None;
                }
                self.text = &self.text[length..];
                self.offset = self.offset.or(Some(0));
            }
            Part::Zone {
                z,
                colon,
                seconds,
                minutes,
            } => {
                if let Some(rest) = self.text.strip_prefix('Z').filter(|_| z) {
                    self.text = rest;
                    self.offset = Some(0);
                    return Some(());
                }
                let sign = match self.text.bytes().next()? {
                    b'+' => 1,
                    b'-' => -1,
                    _ => return None,
                };
                self.text = &self.text[1..];
                let mut offset = i32::from(self.small(2, 24)?) * 3600;
                for (wanted, unit) in [(minutes, 60), (seconds, 1)] {
                    if wanted {
                        if colon {
                            self.text = self.text.strip_prefix(':')?;
                        }
                        offset += i32::from(self.small(2, 59)?) * unit;
                    }
                }
                self.offset = Some(sign * offset);
            }
            Part::Fraction(count, true) => self.fraction(Some(count))?,
            Part::Fraction(_, false) => {
                let rest = self.text.strip_prefix(['.', ',']);
                if rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit())) {
                    self.fraction(None)?;
                }
            }
        }
        Some(())
    }

    fn time(&self) -> Option<Zoned> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let year = self.year.unwrap_or(0);
        let mut time = DateTime::new(
            year,
            self.month.unwrap_or(1),
            self.day.unwrap_or(1),
            hour,
            self.minute,
            self.second,
            self.nanos,
        )
        .ok()?;
        if let Some(day) = self.year_day {
            time = time.with().day_of_year(day).build().ok()?;
        }
        let zone = match self.offset {
            None | Some(0) => TimeZone::UTC,
            Some(offset) => TimeZone::fixed(Offset::from_seconds(offset).ok()?),
        };
        time.to_zoned(zone).ok()
    }
}

/// Go quotes dates in its own way.
fn quoted(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for byte in text {
        match byte {
            b'"' | b'\\' => out.extend(['\\', char::from(*byte)]),
            b' '..0x80 => out.push(char::from(*byte)),
            byte => out.push_str(&format!("\\x{byte:02x}")),
        }
    }
    out.push('"');
    out
}
