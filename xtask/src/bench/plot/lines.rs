use super::svg::{Anchor, OURS, PEERS, Svg};
use crate::bench::unit::grouped;

/// One line, by its points.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 130.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 36.0;
/// How near to each other names at the lines' ends may stand.
const APART: f64 = 16.0;

/// Draws lines over a logarithmic axis, whose marks are the first line's, and a height from nothing.
pub(super) fn draw(title: &str, series: &[Series]) -> String {
    let mut svg = Svg::new(WIDTH as u32, HEIGHT as u32, title);
    let all = || series.iter().flat_map(|series| series.points.iter());
    let most_x = all().map(|(x, _)| *x).fold(1.0, f64::max);
    let most_y = all().map(|(_, y)| *y).fold(0.0, f64::max);
    let step = step(most_y);
    let top = (most_y / step).ceil().max(1.0) * step;
    let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * value.ln() / most_x.ln().max(1.0);
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top;

    let marks = (0..).map(|mark| f64::from(mark) * step);
    for mark in marks.take_while(|mark| *mark <= top) {
        svg.rule((LEFT, y(mark)), (WIDTH - RIGHT, y(mark)));
        svg.text(LEFT - 8.0, y(mark) + 4.0, Anchor::End, &grouped(mark));
    }
    for (mark, _) in series.iter().take(1).flat_map(|series| &series.points) {
        let below = HEIGHT - BOTTOM + 20.0;
        svg.text(x(*mark), below, Anchor::Middle, &grouped(*mark));
    }
    let mut names = Vec::new();
    let mut peers = PEERS.iter();
    for Series { name, points } in series {
        let colour = match name.as_str() {
            "ours" => OURS,
            _ => peers.next().copied().unwrap_or(PEERS[0]),
        };
        let points: Vec<_> = points.iter().map(|(at, cost)| (x(*at), y(*cost))).collect();
        svg.line(&points, colour);
        names.extend(points.last().map(|(_, y)| (*y, name, colour)));
    }
    names.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut free = 0.0_f64;
    for (at, name, colour) in names {
        let at = at.max(free);
        svg.bar(WIDTH - RIGHT + 8.0, at - 4.0, 8.0, 8.0, colour);
        svg.text(WIDTH - RIGHT + 22.0, at + 4.0, Anchor::Start, name);
        free = at + APART;
    }
    svg.finish()
}

/// A round distance between marks, so that there are about five of them.
fn step(most: f64) -> f64 {
    let rough = (most / 5.0).max(1.0);
    let power = 10_f64.powf(rough.log10().floor());
    let rounds = [1.0, 2.0, 5.0, 10.0].map(|round| round * power);
    let found = rounds.into_iter().find(|round| *round >= rough);
    found.unwrap_or(rough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_numbers() {
        assert_eq!([0.0, 4.0, 44.0, 300.0].map(step), [1.0, 1.0, 10.0, 100.0]);
    }

    #[test]
    fn a_line_goes_from_the_left_edge_to_the_right() {
        let series = Series {
            name: "ours".to_owned(),
            points: vec![(1.0, 10.0), (100.0, 5.0), (10_000.0, 0.0)],
        };
        let svg = draw("title", &[series]);
        assert!(
            svg.contains(r#"d="M48.0 48.0 L339.0 176.0 L630.0 304.0""#),
            "{svg}"
        );
        assert!(svg.contains(">10,000</text>"), "{svg}");
    }
}
