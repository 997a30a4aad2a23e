use std::fmt;

use serde_json::{Value, json};

/// What one run of one client cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Figures {
    pub(super) calls: f64,
    pub(super) wall_s: f64,
    pub(super) cpu_s: f64,
    /// How long half of the calls took at most; a start has no calls.
    pub(super) p50_s: Option<f64>,
    pub(super) p99_s: Option<f64>,
    pub(super) peak_kib: Option<f64>,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Metric {
    CallsPerCpuSecond,
    CallsPerSecond,
    CpuPerCall,
    WallPerCall,
    P50,
    P99,
    Peak,
}

impl Figures {
    /// Reads the line of JSON that a worker prints.
    pub(super) fn parse(line: &str) -> Option<Self> {
        let said: Value = serde_json::from_str(line).ok()?;
        let number = |name: &str| said.get(name)?.as_f64();
        Some(Self {
            calls: number("calls").filter(|calls| *calls > 0.0)?,
            wall_s: number("wall_s")?,
            cpu_s: number("cpu_s")?,
            p50_s: number("p50_s"),
            p99_s: number("p99_s"),
            peak_kib: number("peak_kib"),
        })
    }

    pub(super) fn get(&self, metric: Metric) -> Option<f64> {
        match metric {
            Metric::CallsPerCpuSecond => Some(self.calls / self.cpu_s),
            Metric::CallsPerSecond => Some(self.calls / self.wall_s),
            Metric::CpuPerCall => Some(self.cpu_s / self.calls),
            Metric::WallPerCall => Some(self.wall_s / self.calls),
            Metric::P50 => self.p50_s,
            Metric::P99 => self.p99_s,
            Metric::Peak => self.peak_kib,
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "calls": self.calls, "wall_s": self.wall_s, "cpu_s": self.cpu_s,
            "p50_s": self.p50_s, "p99_s": self.p99_s, "peak_kib": self.peak_kib,
        })
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CallsPerCpuSecond => "calls per CPU second",
            Self::CallsPerSecond => "calls per second",
            Self::CpuPerCall => "CPU time",
            Self::WallPerCall => "wall time",
            Self::P50 => "p50",
            Self::P99 => "p99",
            Self::Peak => "peak memory",
        })
    }
}

/// The middle one, or the mean of both; `None` of nothing.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    Some(match values.len() % 2 {
        0 => f64::midpoint(values[middle - 1], upper),
        _ => upper,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_and_of_nothing_none() {
        assert_eq!(median([9.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 9.0]), Some(3.0));
        assert_eq!(median([]), None);
    }

    #[test]
    fn a_worker_that_made_no_call_has_no_figures() {
        let line = |calls| format!(r#"{{"calls":{calls},"wall_s":2,"cpu_s":1}}"#);
        let figures = Figures::parse(&line(10)).unwrap();
        assert_eq!(figures.get(Metric::CallsPerCpuSecond), Some(10.0));
        assert_eq!(figures.get(Metric::WallPerCall), Some(0.2));
        assert_eq!(figures.get(Metric::Peak), None);
        assert_eq!(Figures::parse(&line(0)), None);
        assert_eq!(Figures::parse("Traceback"), None);
    }
}
