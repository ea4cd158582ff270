//! CPU time per token against the number of streams, as a small SVG that reads well on a light and on a dark page.

use std::fmt::Write;

use super::report::{Measured, Report};
use super::request::Face;
use super::table::grouped;

const WIDTH: f64 = 860.0;
const HEIGHT: f64 = 440.0;
/// Where the lines are drawn; right of it are their names.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 590.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 392.0;
/// Names closer than this would overlap.
const LINE: f64 = 18.0;

const STYLE: &str = "
  text { font: 13px system-ui, sans-serif; fill: #57606a }
  .title { font-size: 15px; font-weight: 600; fill: #1f2328 }
  .grid { stroke: #d0d7de }
  .line { fill: none; stroke: var(--c); stroke-width: 2 }
  .memory { stroke-dasharray: 5 4 }
  .dot { fill: var(--c) }
  .name { fill: var(--c); font-weight: 500 }
  .typescript.graphql { --c: #a40e26 }
  .typescript.ag-ui { --c: #bc4c00 }
  .graphql { --c: #8250df }
  .ag-ui { --c: #0969da }
  .relay { --c: #6e7781 }
  @media (prefers-color-scheme: dark) {
    text { fill: #9198a1 }
    .title { fill: #f0f6fc }
    .grid { stroke: #3d444d }
    .typescript.graphql { --c: #ff7b72 }
    .typescript.ag-ui { --c: #f0883e }
    .graphql { --c: #bc8cff }
    .ag-ui { --c: #58a6ff }
    .relay { --c: #9198a1 }
  }";

/// The drawing.
pub fn of(report: &Report) -> String {
    let streams = &report.settings.streams;
    let lines: Vec<_> = report
        .systems
        .iter()
        .filter_map(|system| Line::of(system, streams))
        .collect();
    let scale = Scale::over(&lines, streams.len());
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" \
         aria-label=\"CPU time per token, by the number of streams\">\n<style>{STYLE}\n</style>\n\
         <text class=\"title\" x=\"16\" y=\"28\">CPU time per token, µs (less is better), by streams at the same time</text>\n"
    );
    scale.grid(streams, &mut svg);
    let mut names: Vec<_> = lines.iter().map(|line| scale.y(line.last())).collect();
    spread(&mut names);
    for (line, name) in lines.iter().zip(names) {
        line.draw(&scale, name, &mut svg);
    }
    svg + "</svg>\n"
}

/// One system's figures, with the place of each among the stream counts.
struct Line<'a> {
    system: &'a Measured,
    points: Vec<(usize, f64)>,
}

impl<'a> Line<'a> {
    fn of(system: &'a Measured, streams: &[usize]) -> Option<Self> {
        let figure = |&streams: &usize| Some(system.paced_with(streams)?.cpu_us_per_token);
        let figures = streams.iter().map(figure).enumerate();
        let points: Vec<_> = figures
            .filter_map(|(at, figure)| Some((at, figure.filter(|it| *it > 0.0)?)))
            .collect();
        (!points.is_empty()).then_some(Self { system, points })
    }

    fn last(&self) -> f64 {
        self.points.last().map_or(1.0, |point| point.1)
    }

    fn draw(&self, scale: &Scale, name: f64, svg: &mut String) {
        let system = self.system;
        let class = match (system.typescript, system.relay, system.face) {
            (_, true, _) => "relay",
            (true, _, Face::GraphQl) => "typescript graphql",
            (true, _, Face::AgUi) => "typescript ag-ui",
            (.., Face::GraphQl) => "graphql",
            (.., Face::AgUi) => "ag-ui",
        };
        let dashes = if system.name.ends_with("memory") {
            " memory"
        } else {
            ""
        };
        let points: Vec<_> = self
            .points
            .iter()
            .map(|&(at, figure)| (scale.x(at), scale.y(figure)))
            .collect();
        let _ = writeln!(svg, "<g class=\"{class}\">");
        let path: Vec<_> = points
            .iter()
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        let path = path.join(" ");
        let _ = writeln!(svg, "<polyline class=\"line{dashes}\" points=\"{path}\"/>");
        for (x, y) in &points {
            let _ = writeln!(
                svg,
                "<circle class=\"dot\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"/>"
            );
        }
        let (x, y) = (RIGHT + 14.0, name + 4.0);
        let figure = grouped(self.last(), 1);
        let _ = writeln!(
            svg,
            "<text class=\"name\" x=\"{x}\" y=\"{y:.1}\">{figure}  {}</text>\n</g>",
            system.name
        );
    }
}

/// From figures to places: each stream count as far from the next as any other, figures by their logarithm.
struct Scale {
    columns: usize,
    /// Powers of ten.
    low: i32,
    high: i32,
}

impl Scale {
    fn over(lines: &[Line<'_>], columns: usize) -> Self {
        let figures = || {
            lines
                .iter()
                .flat_map(|line| line.points.iter().map(|point| point.1))
        };
        let least = figures().fold(f64::INFINITY, f64::min).min(10.0);
        let most = figures().fold(0.0, f64::max).max(10.0);
        let low = least.log10().floor() as i32;
        Self {
            columns,
            low,
            high: (most.log10().ceil() as i32).max(low + 1),
        }
    }

    fn x(&self, at: usize) -> f64 {
        match self.columns {
            1 => (LEFT + RIGHT) / 2.0,
            columns => LEFT + 24.0 + (RIGHT - LEFT - 36.0) * at as f64 / (columns - 1) as f64,
        }
    }

    fn y(&self, figure: f64) -> f64 {
        let part = (figure.log10() - f64::from(self.low)) / f64::from(self.high - self.low);
        BOTTOM - (BOTTOM - TOP) * part
    }

    fn grid(&self, streams: &[usize], svg: &mut String) {
        for power in self.low..=self.high {
            for step in [1.0, 2.0, 5.0] {
                let figure = step * 10f64.powi(power);
                let y = self.y(figure);
                if y < TOP - 1.0 {
                    continue;
                }
                let _ = writeln!(
                    svg,
                    "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
                    LEFT - 8.0,
                    y + 4.0,
                    grouped(figure, usize::from(figure < 1.0))
                );
            }
        }
        for (at, &streams) in streams.iter().enumerate() {
            let _ = writeln!(
                svg,
                "<text x=\"{:.1}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                self.x(at),
                BOTTOM + 24.0,
                grouped(streams as f64, 0)
            );
        }
    }
}

/// Moves names apart, downwards from the top, and back up where they fall off the drawing.
fn spread(names: &mut [f64]) {
    let mut order: Vec<_> = (0..names.len()).collect();
    order.sort_by(|&a, &b| names[a].total_cmp(&names[b]));
    for pair in order.windows(2) {
        names[pair[1]] = names[pair[1]].max(names[pair[0]] + LINE);
    }
    let mut floor = BOTTOM + 8.0;
    for &at in order.iter().rev() {
        names[at] = names[at].min(floor);
        floor = names[at] - LINE;
    }
}
