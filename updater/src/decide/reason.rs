//! Why a release is judged bad, in a sentence: which health check failed, and what it said.
//!
//! A check is a unit `ilanga-health-*.service`. What it said is its last `STATUS=` (sd_notify(3)); else how it ended.

use crate::sentence::Sentence;

/// What systemd tells of a health check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// The unit's name.
    pub unit: String,
    /// Its `Description=`.
    pub description: String,
    /// Its `ActiveState`: `active`, `activating`, `failed`, `inactive`.
    pub active: String,
    /// Its `Result`: `success`, `exit-code`, `timeout`, `signal`, `watchdog`, `oom-kill`, …
    pub result: String,
    /// The exit status, or the signal, of its program.
    pub status: i32,
    /// What it said last.
    pub said: String,
}

/// The sentence, without an end: it stands behind a colon.
pub fn reason(checks: &[Check]) -> Sentence {
    let failed = checks.iter().filter(|check| check.active == "failed");
    let late = checks.iter().filter(|check| check.active == "activating");
    let parts: Vec<String> = failed
        .map(|check| format!("{} failed: {}", name(check), how(check)))
        .chain(late.map(|check| match check.said.as_str() {
            "" => format!("{} had not ended in time", name(check)),
            said => format!("{} had not ended in time: {said}", name(check)),
        }))
        .collect();
    match parts.as_slice() {
        [] => Sentence::new("the system did not come up completely in time"),
        parts => Sentence::new(&parts.join("; ")),
    }
}

/// `the health check 'time is sane'`: what it is for, or the unit's name.
fn name(check: &Check) -> String {
    let what = check.description.strip_prefix("Health: ").unwrap_or(&check.description);
    let what = if what.is_empty() { &check.unit } else { what };
    format!("the health check '{what}'")
}

fn how(check: &Check) -> String {
    if !check.said.is_empty() {
        return check.said.clone();
    }
    match check.result.as_str() {
        "exit-code" => format!("its program ended with status {}", check.status),
        "signal" | "core-dump" => format!("its program was ended by signal {}", check.status),
        "timeout" => "it took too long".to_owned(),
        "oom-kill" => "there was not enough memory".to_owned(),
        "success" | "" => "systemd does not say why".to_owned(),
        other => format!("systemd calls it '{other}'"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        let check = |active: &str, result: &str, status, said: &str| Check {
            unit: "ilanga-health-story.service".to_owned(),
            description: "Health: a check".to_owned(),
            active: active.to_owned(),
            result: result.to_owned(),
            status,
            said: said.to_owned(),
        };
        let good = check("active", "success", 0, "all is well");
        for (checks, expected) in [
            (
                vec![good.clone(), check("failed", "exit-code", 1, "")],
                "the health check 'a check' failed: its program ended with status 1",
            ),
            (
                vec![check("failed", "exit-code", 1, "there is\nno network")],
                "the health check 'a check' failed: there is no network",
            ),
            (vec![check("failed", "timeout", 0, "")], "the health check 'a check' failed: it took too long"),
            (
                vec![check("failed", "signal", 11, "")],
                "the health check 'a check' failed: its program was ended by signal 11",
            ),
            (vec![check("activating", "success", 0, "")], "the health check 'a check' had not ended in time"),
            (
                vec![check("activating", "success", 0, "waiting"), check("failed", "watchdog", 0, "")],
                "the health check 'a check' failed: systemd calls it 'watchdog'; the health check 'a check' had not ended in time: waiting",
            ),
            (vec![good], "the system did not come up completely in time"),
            (vec![], "the system did not come up completely in time"),
            (
                vec![Check { unit: "ilanga-health-x.service".into(), active: "failed".into(), ..Check::default() }],
                "the health check 'ilanga-health-x.service' failed: systemd does not say why",
            ),
        ] {
            assert_eq!(reason(&checks).as_str(), expected);
        }
    }
}
