use serde_json::{Value, json};

use super::unit::Unit;

/// One figure, and where it should stand.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fact {
    pub(super) what: String,
    pub(super) unit: Unit,
    /// Without one it is told for its own sake.
    pub(super) bound: Option<Bound>,
    /// Nothing where it was not measured.
    pub(super) reached: Option<f64>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

impl Fact {
    /// A figure that is to be at least `bound`.
    pub(super) fn at_least(bound: f64, what: impl Into<String>, unit: Unit, reached: f64) -> Self {
        Self {
            bound: Some(Bound::AtLeast(bound)),
            ..Self::told(what, unit, reached)
        }
    }

    /// A figure that is to be at most `bound`.
    pub(super) fn at_most(bound: f64, what: impl Into<String>, unit: Unit, reached: f64) -> Self {
        Self {
            bound: Some(Bound::AtMost(bound)),
            ..Self::told(what, unit, reached)
        }
    }

    /// A figure without a target.
    pub(super) fn told(what: impl Into<String>, unit: Unit, reached: f64) -> Self {
        Self {
            what: what.into(),
            unit,
            bound: None,
            reached: Some(reached),
        }
    }

    pub(super) fn verdict(&self) -> &'static str {
        match (self.reached, self.bound) {
            (None, _) => "not measured",
            (Some(_), None) => "",
            (Some(reached), Some(Bound::AtLeast(least))) if reached >= least => "met",
            (Some(reached), Some(Bound::AtMost(most))) if reached <= most => "met",
            (Some(_), Some(_)) => "**NOT met**",
        }
    }

    pub(super) fn reached(&self) -> String {
        self.reached
            .map_or("–".to_owned(), |reached| self.unit.show(reached))
    }

    /// The bound, as words.
    pub(super) fn bound(&self) -> String {
        match self.bound {
            None => String::new(),
            Some(Bound::AtLeast(least)) => format!("≥ {}", self.unit.show(least)),
            Some(Bound::AtMost(most)) => format!("≤ {}", self.unit.show(most)),
        }
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "what": self.what,
            "target": self.bound(),
            "reached": self.reached,
            "shown": self.reached(),
            "verdict": self.verdict().trim_matches('*'),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_at_its_bound_is_met_and_one_beyond_is_not() {
        let least = |reached| Fact::at_least(0.97, "", Unit::Share, reached).verdict();
        let most = |reached| Fact::at_most(8_192.0, "", Unit::Bytes, reached).verdict();
        assert_eq!([least(0.97), least(0.96)], ["met", "**NOT met**"]);
        assert_eq!([most(8_192.0), most(8_193.0)], ["met", "**NOT met**"]);
        assert_eq!(Fact::told("", Unit::Count, 1.0).verdict(), "");
    }

    #[test]
    fn what_was_not_measured_is_not_met_either() {
        let fact = Fact {
            reached: None,
            ..Fact::at_most(1.0, "", Unit::Times, 0.0)
        };
        assert_eq!((fact.verdict(), &*fact.reached()), ("not measured", "–"));
    }
}
