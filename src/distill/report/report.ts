/**
 * The report of a distillation: one HTML file that asks nothing of a network and runs no script.
 *
 *   head ─ comparison ─ training ─ predicted against actual ─ residuals ─ closed loop ─ data ─ how to make it again
 */
import type { OutputRows, ReportData } from "./data.js";
import { type Html, html, trusted } from "./html.js";
import {
  predictedPlot,
  residualHistogram,
  residualOverTime,
  splitPlot,
  textWidths,
  tracePlot,
  trainingPlot,
} from "./plots.js";
import { shellWord } from "./shell.js";
import { style } from "./style.js";
import { draw } from "./svg.js";
import { columnsTable, comparison, number, verdicts } from "./tables.js";

/** Renders the report; the same data give the same bytes. */
export async function renderReport(data: ReportData): Promise<string> {
  const { card } = data;
  const reference = `${card.name}@${card.version}`;
  const sections = [
    head(data, reference),
    html`<h2>Comparison</h2>
<p class="note">nMSE is the mean squared error over the variance of the output, on ${count(card.dataset.rows.test)} test rows that no student has seen: 0 is perfect, 1 is no better than a constant. Closed-loop metrics are measured while the student drives the simulation; mean ± standard deviation over episodes.</p>
${comparison(data)}
${verdicts(data).map((line) => html`<p class="loses">${line}</p>`)}`,
    await training(data),
    await predicted(data),
    await residuals(data),
    await closedLoop(data),
    await dataset(data),
    reproduce(data),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${reference} · Limbeck</title>
<style>${trusted(style)}</style>
</head>
<body>
${sections.map((section) => html`${section}\n`)}
<footer>Written by Limbeck on ${card.created_at.slice(0, 10)}. This file is whole: it loads nothing and runs nothing.</footer>
</body>
</html>
`;
  return page.html;
}

const count = (n: number) => n.toLocaleString("en");
const words = (n: number, word: string) => `${count(n)} ${word}${n === 1 ? "" : "s"}`;

function head(data: ReportData, reference: string): Html {
  const { card } = data;
  const ports = `${Object.keys(card.inputs).join(", ")} → ${Object.keys(card.outputs).join(", ")}`;
  const teacher = data.table.find((row) => row.role === "teacher");
  const loops = Object.entries(card.metrics.closed_loop ?? {}).flatMap(([metric, starts]) =>
    Object.entries(starts).map(([start, { mean }]) => ({
      name: `${metric}, ${start} starts`,
      value: `${number(mean)} ${data.metrics[metric]?.unit ?? ""}`,
      beside: beside(teacher?.closed_loop?.[metric]?.[start]?.mean),
    })),
  );
  const numbers = [
    {
      name: "nMSE, test rows",
      value: card.metrics.test.constant ? "–" : number(card.metrics.test.nmse_mean),
      beside: card.metrics.test.constant ? "no output varies" : "0 is perfect, 1 a constant",
    },
    {
      name: "R², test rows",
      value: card.metrics.test.constant ? "–" : card.metrics.test.r2_mean.toFixed(4),
      beside: card.metrics.test.constant ? "no output varies" : words(card.metrics.test.nmse.length, "output column"),
    },
    ...loops,
  ];
  return html`<header>
<p class="over">Distillation report</p>
<h1>${reference}</h1>
<p class="lead">${card.teacher.nodes === undefined ? html`The relation <code>${ports}</code>` : html`A stand-in for <code>${card.teacher.nodes.join(", ")}</code> (${ports})`} of <code>${card.teacher.graph}</code>, kept as ${card.student.kind}.</p>
${data.doc === undefined ? undefined : html`<p class="note">${data.doc}</p>`}
<dl class="numbers">${numbers.map(({ name, value, beside }) => html`<div><dt>${name}</dt><dd>${value}<small>${beside}</small></dd></div>`)}</dl>
</header>`;
}

const beside = (teacher: number | undefined) => (teacher === undefined ? "closed loop" : `teacher: ${number(teacher)}`);

async function training({ training, finetuned }: ReportData): Promise<Html> {
  const figures: Html[] = [];
  for (const [i, history] of training.entries()) {
    const { student, train, validation, best } = history;
    const label = `Training of ${student}`;
    figures.push(html`<figure><figcaption><strong>${student}</strong>: ${words(train.length, "epoch")}; epoch ${best} kept, validation loss ${number(validation[best - 1] ?? Number.NaN)}</figcaption>
${await drawWide(`training-${i}`, label, (width) => trainingPlot(history, width))}</figure>`);
  }
  return html`<h2>Training</h2>
${finetuned === undefined ? undefined : html`<p>${tuning(finetuned)}</p>`}
${figures.length === 0 ? html`<p class="note">The students here are solved in closed form and have no training history.</p>` : figures}`;
}

/** What fine-tuning did, in words. */
function tuning(facts: NonNullable<ReportData["finetuned"]>) {
  const { epochs, starts, horizon_ns, rate, cost_before, cost_after, difference, kept } = facts;
  const change = (100 * (cost_after - cost_before)) / cost_before;
  const sign = change > 0 ? "+" : "−";
  return `Fine-tuned by gradient through the closed loop: on the starts that were kept apart, the loop cost ${number(cost_before)} before and ${number(cost_after)} after (${sign}${Math.abs(change).toFixed(1)} %); ${words(epochs, "epoch")} over ${words(starts, "start")}, each followed for ${number(horizon_ns / 1e9)} s, rate ${number(rate)}. Before, the lowered loop was within ${difference.toExponential(1)} of runs of the graph. ${kept ? "The tuned student drives those runs better, and is kept." : "The tuned student drives those runs no better, and is not kept."}`;
}

async function predicted({ outputs }: ReportData): Promise<Html> {
  const figures = await each(outputs, async (output, i) => {
    const picture = await draw(`predicted-${i}`, `Predicted against actual ${output.column}`, predictedPlot(output));
    return html`<figure><figcaption>${name(output)} <span class="unit">nMSE ${number(output.nmse)}</span></figcaption>${picture}</figure>`;
  });
  return html`<h2>Predicted against actual</h2>
<p class="note">Test rows, evenly sampled. A perfect student is on the dashed line.</p>
<div class="figures">${figures}</div>`;
}

async function residuals({ outputs }: ReportData): Promise<Html> {
  const figures = await each(outputs, async (output, i) => {
    const spread = await draw(`spread-${i}`, `Histogram of residuals of ${output.column}`, residualHistogram(output));
    const time = await draw(`residual-${i}`, `Residuals of ${output.column} over time`, residualOverTime(output));
    return html`<figure><figcaption>${name(output)}</figcaption>${time}${spread}</figure>`;
  });
  return html`<h2>Residuals</h2>
<p class="note">All test rows; the error is predicted − actual. Above: over time, mean and band from lowest to highest. Below: how often which error; outliers count in the bars at the ends.</p>
<div class="figures">${figures}</div>`;
}

async function closedLoop({ traces }: ReportData): Promise<Html | undefined> {
  if (traces.length === 0) return undefined;
  const starts = [...new Set(traces.map(({ start }) => start))];
  const hasReference = traces.some(({ series }) => series.some(({ of }) => of === "reference"));
  const groups = await each(starts, async (start, s) => {
    const figures = await each(
      traces.filter((trace) => trace.start === start),
      async (trace, i) => {
        const picture = await draw(`trace-${s}-${i}`, `${trace.port} from ${start} starts`, tracePlot(trace));
        return html`<figure><figcaption><code>${trace.port}</code></figcaption>${picture}</figure>`;
      },
    );
    return html`<h3>From the <em>${start}</em> starts</h3><div class="figures">${figures}</div>`;
  });
  return html`<h2>Closed loop</h2>
<p class="note">One episode a set of starts: the same start and the same noise, once under the teacher and once under the student.</p>
<p class="key"><span style="--of: var(--teacher)">teacher</span><span style="--of: var(--student)">student</span>${hasReference ? html`<span class="dotted" style="--of: var(--muted)">reference</span>` : undefined}</p>
${groups}`;
}

async function dataset({ card, split }: ReportData): Promise<Html> {
  const { rows, split: by } = card.dataset;
  const picture = await drawWide("split", "Which part of the data is in which set", (width) => splitPlot(split, width));
  return html`<h2>Data</h2>
<p>${count(rows.train)} rows to train, ${count(rows.validation)} to choose when to stop and what to keep, ${count(rows.test)} to test; split by ${by.by}. Means, standard deviations and ranges below are of the training rows alone.</p>
<figure>${picture}</figure>
${columnsTable(card)}`;
}

function reproduce({ card }: ReportData): Html {
  const facts: [string, string | Html][] = [
    ["Created", card.created_at],
    ["Model, SHA-256", html`<code>${card.sha256}</code>`],
    ["Dataset, digest", html`<code>${card.dataset.digest}</code>`],
    ["Graph, digest", html`<code>${card.teacher.graph_digest}</code>`],
    ["Seed", String(card.seed)],
    ["Runs", "clock" in card.trigger ? `at ${card.trigger.clock}` : `on each ${card.trigger.each.join(", ")}`],
    ["ONNX", `opset ${card.opset}, ${count(card.size)} bytes`],
    ["Student", html`${card.student.kind} <code>${JSON.stringify(card.student.settings)}</code>`],
    ...(card.parents.length > 0 ? [["Parents", card.parents.join(", ")] as [string, string]] : []),
  ];
  return html`<h2>How to make it again</h2>
<pre>npx limbeck ${card.command.map(shellWord).join(" ")}</pre>
<dl class="facts">${facts.map(([term, fact]) => html`<dt>${term}</dt><dd>${fact}</dd>`)}</dl>`;
}

/** A picture as wide as the text, drawn for a desk and for a phone; the style sheet shows one of them. */
async function drawWide(id: string, label: string, plot: (width: number) => object): Promise<Html> {
  const desk = await draw(`${id}-desk`, label, plot(textWidths.desk));
  const phone = await draw(`${id}-phone`, label, plot(textWidths.phone));
  return html`<div class="desk">${desk}</div><div class="phone">${phone}</div>`;
}

/** A word as a POSIX shell reads it back. */

const name = ({ column, unit }: OutputRows) =>
  html`<code>${column}</code>${unit === undefined ? undefined : html` <span class="unit">${unit}</span>`}`;

/** One after the other: pictures are drawn on one thread anyway, and memory stays low. */
async function each<T>(list: readonly T[], make: (item: T, index: number) => Promise<Html>): Promise<Html[]> {
  const made: Html[] = [];
  for (const [i, item] of list.entries()) made.push(await make(item, i));
  return made;
}
