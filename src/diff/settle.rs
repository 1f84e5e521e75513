//! Values that a server holds in other words than it was given.

use crate::yaml::Value;

/// Mappings whose values are quantities, in every kind of Kubernetes' own that has them.
const QUANTITIES: [&str; 4] = ["requests", "limits", "hard", "capacity"];

/// What was seen, with the wanted value wherever both mean the same to a server that nobody has asked yet: quantities
/// (`1000m` is `1`), numbers (`1.0` is `1`), and what says nothing (`false`, `0`, `""`, `{}`, `[]`, `null`) where nothing
/// was seen. Durations are left alone: the server keeps them as they were written.
///
/// Once the server has answered to what was wanted, its answer is the better measure, since it leaves nothing to guess.
#[must_use]
pub fn settle(seen: Value, wanted: &Value) -> Value {
    settled(Some(seen), wanted, false).unwrap_or_default()
}

fn settled(seen: Option<Value>, wanted: &Value, quantity: bool) -> Option<Value> {
    match (seen, wanted) {
        (None, wanted) => says_nothing(wanted).then(|| wanted.clone()),
        (Some(Value::Map(mut seen)), Value::Map(wanted)) => {
            for (name, wanted) in wanted {
                let amount = quantity || name == "sizeLimit";
                let below = QUANTITIES.contains(&name.as_str());
                if let Some(inner) = seen.get_mut(name) {
                    let taken = std::mem::take(inner);
                    *inner = settled(Some(taken), wanted, amount || below).unwrap_or_default();
                } else if says_nothing(wanted) {
                    seen.insert(name.clone(), wanted.clone());
                }
            }
            Some(Value::Map(seen))
        }
        (Some(Value::List(seen)), Value::List(wanted)) if seen.len() == wanted.len() => {
            let both = seen.into_iter().zip(wanted);
            let inner = both.filter_map(|(seen, wanted)| settled(Some(seen), wanted, false));
            Some(Value::List(inner.collect()))
        }
        (Some(seen), wanted) if means(&seen, wanted, quantity) => Some(wanted.clone()),
        (seen, _) => seen,
    }
}

/// Whether a server drops it, since it is what its absence means.
fn says_nothing(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) | Value::Int(0) => true,
        Value::Float(number) => *number == 0.0,
        Value::String(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.values().all(says_nothing),
        Value::Bool(true) | Value::Int(_) => false,
    }
}

fn means(seen: &Value, wanted: &Value, quantity: bool) -> bool {
    match (seen, wanted) {
        (Value::Int(whole), Value::Float(number)) | (Value::Float(number), Value::Int(whole)) => {
            #[expect(clippy::cast_precision_loss, reason = "it was a float before")]
            let same = *whole as f64 == *number;
            same
        }
        _ if quantity => same_quantity(seen, wanted),
        _ => false,
    }
}

/// Whether two values are the same amount, by the rules of Kubernetes' `resource.Quantity`.
fn same_quantity(one: &Value, other: &Value) -> bool {
    match (amount(one), amount(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// Billionths of the unit, which is as fine as a quantity gets.
fn amount(value: &Value) -> Option<i128> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        _ => return None,
    };
    let end = text
        .find(|character: char| !(character.is_ascii_digit() || "+-.".contains(character)))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let digits: i128 = format!("{whole}{part}").parse().ok()?;
    let part = i32::try_from(part.len()).ok()?;
    let (tens, twos) = match suffix {
        "" => (0, 0),
        "n" => (-9, 0),
        "u" => (-6, 0),
        "m" => (-3, 0),
        "k" => (3, 0),
        "M" => (6, 0),
        "G" => (9, 0),
        "T" => (12, 0),
        "P" => (15, 0),
        "E" => (18, 0),
        "Ki" => (0, 10),
        "Mi" => (0, 20),
        "Gi" => (0, 30),
        "Ti" => (0, 40),
        "Pi" => (0, 50),
        "Ei" => (0, 60),
        other => (other.strip_prefix(['e', 'E'])?.parse().ok()?, 0),
    };
    let scaled = digits.checked_mul(1 << twos)?;
    let tens: i32 = tens + 9 - part;
    let power = 10_i128.checked_pow(tens.unsigned_abs())?;
    if tens < 0 {
        (scaled % power == 0).then_some(scaled / power)
    } else {
        scaled.checked_mul(power)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let mut all = crate::yaml::parse(text).expect("YAML");
        all.pop().expect("a document")
    }

    #[test]
    fn what_means_the_same_is_the_same() {
        let table = [
            // seen, wanted, whether they mean the same
            ("{limits: {cpu: '1'}}", "{limits: {cpu: 1000m}}", true),
            ("{limits: {cpu: 500m}}", "{limits: {cpu: 0.5}}", true),
            ("{limits: {cpu: 500m}}", "{limits: {cpu: 0.51}}", false),
            (
                "{requests: {memory: 1Gi}}",
                "{requests: {memory: 1024Mi}}",
                true,
            ),
            (
                "{requests: {storage: 1G}}",
                "{requests: {storage: 1e9}}",
                true,
            ),
            (
                "{requests: {memory: 1Gi}}",
                "{requests: {memory: 1G}}",
                false,
            ),
            ("{hard: {pods: '10'}}", "{hard: {pods: 10}}", true),
            ("{data: {cpu: '1'}}", "{data: {cpu: 1000m}}", false),
            (
                "{emptyDir: {sizeLimit: 1Gi}}",
                "{emptyDir: {sizeLimit: 1024Mi}}",
                true,
            ),
            ("{a: 1}", "{a: 1.0}", true),
            ("{a: 1}", "{a: '1'}", false),
            ("{}", "{a: false, b: {c: ''}, d: [], e: null, f: 0}", true),
            ("{}", "{a: true}", false),
            ("{a: [{}]}", "{a: [{b: 0}]}", true),
            ("{a: 1}", "{}", false),
            ("{a: [1]}", "{a: [1, 2]}", false),
        ];
        for (seen, wanted, same) in table {
            let (seen_value, wanted_value) = (value(seen), value(wanted));
            assert_eq!(
                settle(seen_value, &wanted_value) == wanted_value,
                same,
                "{seen} for {wanted}"
            );
        }
    }
}
