/** The figures of a report, each a Vega-Lite specification over numbers that are already thinned. */
import type { OutputRows, SplitFigure, Trace, TrainingHistory } from "./data.js";
import { bands, evenly, histogram } from "./sample.js";
import { colour } from "./svg.js";

/** Points in one scatter plot: more make the file larger and the picture no clearer. */
const MAX_POINTS = 700;
const MAX_LINE_POINTS = 500;
const BUCKETS = 160;
const BINS = 41;

/** Outer sizes in px: plots that stand in columns, and plots as wide as the text. */
const small = (height: number) => sized(280, height);
/** Width of the text on a desk, and on a phone: letters stay of one size, so each has a picture of its own. */
export const textWidths = { desk: 900, phone: 360 } as const;

/** A picture of this size over all; a title that is longer than its axis is cut, or it would push the axis to nothing. */
const sized = (width: number, height: number) => ({
  width,
  height,
  autosize: { type: "fit", contains: "padding" },
  config: { axisX: { titleLimit: 0.9 * width }, axisY: { titleLimit: 0.9 * height } },
});

const withUnit = (name: string, unit: string | undefined) => (unit === undefined ? name : `${name} (${unit})`);
const title = (text: string) => ({ title: text });

const setColour = {
  domain: ["train", "validation", "test"],
  range: [colour.teacher, colour.student, colour.second],
};

/** Losses by epoch on a logarithmic scale; the epoch whose weights were kept is marked. */
export function trainingPlot({ train, validation, best, loss }: TrainingHistory, width: number): object {
  const rows = [
    ...evenly(train.length, MAX_LINE_POINTS).map((i) => ({ epoch: i + 1, loss: train[i], of: "train" })),
    ...evenly(validation.length, MAX_LINE_POINTS).map((i) => ({ epoch: i + 1, loss: validation[i], of: "validation" })),
  ].filter(({ loss }) => loss !== undefined && loss > 0 && Number.isFinite(loss));
  const kept = { epoch: best, loss: validation[best - 1] };
  const x = { field: "epoch", type: "quantitative", ...title("epoch"), axis: { tickMinStep: 1 } };
  const y = { field: "loss", type: "quantitative", scale: { type: "log", nice: false }, ...title(loss) };
  return {
    ...sized(width, 300),
    layer: [
      {
        data: { values: rows },
        mark: { type: "line", strokeWidth: 1.6 },
        encoding: {
          x,
          y: { ...y, axis: { ...powersOfTen(rows.map((row) => row.loss!)), format: "~g" } },
          color: {
            field: "of",
            type: "nominal",
            scale: { domain: ["train", "validation"], range: [colour.teacher, colour.student] },
          },
        },
      },
      {
        data: { values: [kept] },
        mark: { type: "rule", strokeDash: [3, 3], color: colour.muted },
        encoding: { x: { field: "epoch", type: "quantitative" } },
      },
      {
        data: { values: [kept] },
        mark: { type: "point", filled: true, size: 55, color: colour.student, opacity: 1 },
        encoding: { x: { field: "epoch", type: "quantitative" }, y: { field: "loss", type: "quantitative" } },
      },
      {
        data: { values: [{ ...kept, words: `kept: epoch ${best}` }] },
        mark: {
          type: "text",
          align: best > train.length / 2 ? "right" : "left",
          dx: best > train.length / 2 ? -7 : 7,
          color: colour.ink,
        },
        encoding: {
          x: { field: "epoch", type: "quantitative" },
          y: { value: 8 },
          text: { field: "words", type: "nominal" },
        },
      },
    ],
  };
}

/** Ticks at powers of ten, where there are enough of them to read a value off. */
function powersOfTen(values: readonly number[]): { values: number[] } | { tickCount: number } {
  const low = Math.ceil(Math.log10(Math.min(...values)));
  const high = Math.floor(Math.log10(Math.max(...values)));
  return high - low >= 1
    ? { values: Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i)) }
    : { tickCount: 4 };
}

/** Each sampled test row as a point; a perfect model is on the diagonal. */
export function predictedPlot({ unit, actual, predicted }: OutputRows): object {
  const values = evenly(actual.length, MAX_POINTS)
    .map((i) => ({ actual: actual[i]!, predicted: predicted[i]! }))
    .filter((row) => Number.isFinite(row.actual) && Number.isFinite(row.predicted));
  const all = values.flatMap((row) => [row.actual, row.predicted]);
  const low = Math.min(...all);
  const high = Math.max(...all);
  const domain = low < high ? [low, high] : [low - 1, high + 1];
  const axis = (field: string, name: string) => ({
    field,
    type: "quantitative",
    scale: { domain, nice: true, zero: false },
    axis: { grid: true, tickCount: 4 },
    ...title(withUnit(name, unit)),
  });
  return {
    ...small(280),
    layer: [
      {
        data: { values: domain.map((v) => ({ actual: v, predicted: v })) },
        mark: { type: "line", strokeWidth: 1, strokeDash: [4, 3], color: colour.muted },
        encoding: { x: axis("actual", "actual"), y: axis("predicted", "predicted") },
      },
      {
        data: { values },
        mark: { type: "circle", size: 9, opacity: 0.45, color: colour.student },
        encoding: { x: axis("actual", "actual"), y: axis("predicted", "predicted") },
      },
    ],
  };
}

/** How often an error of which size; outliers are counted in the bins at the ends. */
export function residualHistogram({ unit, actual, predicted }: OutputRows): object {
  const values = histogram(residuals(actual, predicted), BINS);
  return {
    ...small(150),
    data: { values },
    mark: { type: "bar", color: colour.student, opacity: 0.8 },
    encoding: {
      x: {
        field: "from",
        type: "quantitative",
        bin: { binned: true },
        axis: { tickCount: 5 },
        ...title(withUnit("error", unit)),
      },
      x2: { field: "to" },
      y: { field: "count", type: "quantitative", axis: { tickCount: 3, format: "~s" }, ...title("test rows") },
    },
  };
}

/** Residuals in the order of time: their mean, and the band from lowest to highest. */
export function residualOverTime({ unit, time_s, actual, predicted }: OutputRows): object {
  // time starts anew with each episode; then rows are counted instead
  const oneRun = time_s.every((t, i) => i === 0 || t >= time_s[i - 1]!);
  const along = oneRun ? time_s : time_s.map((_, i) => i);
  const values = bands(along, residuals(actual, predicted), BUCKETS);
  const alongTitle = title(oneRun ? "time (s)" : "test row");
  const x = { field: "time", type: "quantitative", scale: { nice: false, zero: false }, ...alongTitle };
  const named = title(withUnit("error", unit));
  return {
    ...small(150),
    data: { values },
    layer: [
      {
        mark: { type: "area", color: colour.student, opacity: 0.25 },
        encoding: {
          x,
          y: { field: "low", type: "quantitative", ...named, axis: { tickCount: 4 } },
          y2: { field: "high" },
        },
      },
      {
        mark: { type: "line", color: colour.student, strokeWidth: 1.2 },
        encoding: { x, y: { field: "mean", type: "quantitative" } },
      },
    ],
  };
}

const residuals = (actual: readonly number[], predicted: readonly number[]) => predicted.map((p, i) => p - actual[i]!);

const seriesStyle = {
  reference: { stroke: colour.muted, dash: [2, 3], width: 1.2 },
  teacher: { stroke: colour.teacher, dash: [1, 0], width: 2.6 },
  student: { stroke: colour.student, dash: [1, 0], width: 1.5 },
} as const;

/** One column of one port over one episode, under teacher and student. */
export function tracePlot({ unit, series }: Trace): object {
  return {
    ...small(190),
    layer: (["reference", "teacher", "student"] as const).flatMap((of) =>
      series
        .filter((one) => one.of === of)
        .map(({ time_s, value }) => ({
          data: { values: evenly(value.length, MAX_LINE_POINTS).map((i) => ({ t: time_s[i], v: value[i] })) },
          mark: {
            type: "line",
            color: seriesStyle[of].stroke,
            strokeDash: seriesStyle[of].dash,
            strokeWidth: seriesStyle[of].width,
          },
          encoding: {
            x: { field: "t", type: "quantitative", scale: { nice: false }, ...title("time (s)") },
            y: {
              field: "v",
              type: "quantitative",
              scale: { zero: false },
              axis: { tickCount: 4 },
              ...title(unit ?? ""),
            },
          },
        })),
    ),
  };
}

/** Which stretch of the data is in which set. */
export function splitPlot({ axis, parts }: SplitFigure, width: number): object {
  return {
    ...sized(width, 92),
    data: { values: parts.map(({ set, from, to }) => ({ set, from, to })) },
    mark: { type: "bar", height: 22, opacity: 0.85 },
    encoding: {
      x: {
        field: "from",
        type: "quantitative",
        scale: { nice: false, zero: false },
        ...title(axis),
        axis: { tickMinStep: 1 },
      },
      x2: { field: "to" },
      color: { field: "set", type: "nominal", scale: setColour },
    },
  };
}
