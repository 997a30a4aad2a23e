use super::svg::{Anchor, OURS, PEERS, Svg};
use crate::bench::unit::grouped;

/// Bars of the same thing, ours first.
pub(super) struct Panel {
    pub(super) title: String,
    pub(super) bars: Vec<(String, f64)>,
}

const WIDTH: f64 = 720.0;
const LEFT: f64 = 110.0;
/// What the longest bar has; its figure stands behind it.
const LONGEST: f64 = WIDTH - LEFT - 90.0;
const ROW: f64 = 24.0;
const TOP: f64 = 44.0;

/// Draws panels one below the other; each has its own scale, from nothing to its longest bar.
pub(super) fn draw(title: &str, panels: &[Panel]) -> String {
    let rows: usize = panels.iter().map(|panel| panel.bars.len() + 2).sum();
    let height = TOP + rows as f64 * ROW;
    let mut svg = Svg::new(WIDTH as u32, height as u32, title);
    let mut y = TOP;
    for panel in panels {
        svg.strong(16.0, y + 18.0, &panel.title);
        y += ROW;
        let longest = panel.bars.iter().map(|(_, value)| *value);
        let longest = longest.fold(f64::MIN_POSITIVE, f64::max);
        for (name, value) in &panel.bars {
            let length = LONGEST * value / longest;
            let colour = if name == "ours" { OURS } else { PEERS[0] };
            svg.text(LEFT - 8.0, y + 17.0, Anchor::End, name);
            svg.bar(LEFT, y + 3.0, length.max(1.0), ROW - 6.0, colour);
            let (x, value) = (LEFT + length + 6.0, grouped(*value));
            svg.text(x, y + 17.0, Anchor::Start, &value);
            y += ROW;
        }
        y += ROW;
    }
    svg.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_share_of_the_longest() {
        let bars = [("ours", 200.0), ("peer", 50.0)].map(|(name, value)| (name.to_owned(), value));
        let panel = Panel {
            title: "a < b".to_owned(),
            bars: bars.into(),
        };
        let svg = draw("title", &[panel]);
        let bar = |width: f64, colour| {
            format!(r#"width="{width:.1}" height="18.0" rx="2" fill="{colour}""#)
        };
        assert!(svg.contains(&bar(LONGEST, OURS)), "{svg}");
        assert!(svg.contains(&bar(LONGEST / 4.0, PEERS[0])), "{svg}");
        assert!(svg.contains("a &lt; b"), "{svg}");
    }
}
