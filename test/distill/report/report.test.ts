/** The report: one file that stands alone, holds every part, escapes every text, and is the same each time. */
import { beforeAll, describe, expect, test } from "vitest";
import type { ReportData } from "../../../src/distill/report/data.js";
import { renderReport } from "../../../src/distill/report/report.js";
import { armReport, pandaReport } from "../../support/report.js";

let arm: string;
let panda: string;
beforeAll(async () => {
  arm = await renderReport(armReport);
  panda = await renderReport(pandaReport);
});

const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map((match) => match[1]!);
const words = (page: string) =>
  page
    .replace(/<style>[\s\S]*?<\/style>|<svg[\s\S]*?<\/svg>/g, "")
    .replace(/<[^>]+>/g, " ")
    .replace(/\s+/g, " ");

describe("it stands alone", () => {
  test("no script, no request: nothing that a browser would load or run", () => {
    for (const page of [arm, panda]) {
      expect(all(page, /(<script|<link|<img|<iframe|<object|<embed|@import|javascript:|\son\w+=)/gi)).toEqual([]);
      expect(all(page, /(?:href|src)="([^"]*)"/g)).toEqual([]);
      expect(all(page, /url\(([^)]*)\)/g).filter((target) => !target.startsWith("#"))).toEqual([]);
      // names of XML vocabularies look like addresses and are not requested
      expect(all(page.replace(/ xmlns(:\w+)?="[^"]*"/g, ""), /(https?:\/\/)/g)).toEqual([]);
      expect(page).toContain(`default-src 'none'`);
    }
  });

  test("inner ids are unique and every reference has its target", () => {
    for (const page of [arm, panda]) {
      const ids = all(page, /\bid="([^"]+)"/g);
      expect(new Set(ids).size).toBe(ids.length);
      for (const target of all(page, /url\(#([^)]+)\)/g)) expect(ids).toContain(target);
    }
  });

  test("the same data give the same bytes", async () => {
    expect(await renderReport(armReport)).toBe(arm);
  });
});

describe("it holds every part", () => {
  test("sections, in their order", () => {
    expect(all(arm, /<h2>([^<]+)<\/h2>/g)).toEqual([
      "Comparison",
      "Training",
      "Predicted against actual",
      "Residuals",
      "Closed loop",
      "Data",
      "How to make it again",
    ]);
    expect(all(panda, /<h2>([^<]+)<\/h2>/g)).not.toContain("Closed loop");
  });

  test("figures: one of each kind for every output, trace and student", () => {
    const labels = (page: string) => all(page, /aria-label="([^"]+)"/g);
    expect(labels(panda).filter((label) => label.startsWith("Predicted against actual"))).toHaveLength(7);
    expect(labels(panda).filter((label) => label.startsWith("Histogram"))).toHaveLength(7);
    expect(labels(panda).filter((label) => label.includes("over time"))).toHaveLength(7);
    expect(labels(arm).filter((label) => label.includes("from training starts"))).toHaveLength(4);
    expect(labels(arm).filter((label) => label.includes("from outside starts"))).toHaveLength(4);
    // drawn for a desk and for a phone
    expect(labels(arm).filter((label) => label === "Training of mlp")).toHaveLength(2);
  });

  test("the comparison names every row, marks the best student, and never the teacher", () => {
    const text = words(arm);
    expect(text).toContain("controller teacher – – 0.0792 ± 0.0104 0.131 ± 0.047");
    expect(text).toContain("mlp student 0.0027 0.9972 0.0810 ± 0.0110 0.142 ± 0.050");
    expect(text).toContain("mean baseline 1.0005 −0.0005 1.4200 ± 0.2200 1.930 ± 0.400");
    expect(all(arm, /<td class="best">([^ <]+)/g)).toEqual(["0.0027", "0.9972", "0.0810", "0.142"]);
  });

  test("a student that loses is said to lose, in words", () => {
    expect(words(arm)).not.toContain("does not beat");
    expect(words(panda)).toContain("ridge does not beat mean: nMSE 1.84 against 1.01.");
  });

  test("what it takes to make the model again", () => {
    expect(arm).toContain("<pre>npx limbeck distill graphs/arm-reach.graph.yaml --nodes controller --as reach</pre>");
    for (const fact of ["ef".repeat(32), "cd".repeat(32), "ab".repeat(32), "opset 18, 21,504 bytes"])
      expect(arm).toContain(fact);
    expect(words(arm)).toContain("16,000 rows to train");
  });

  test("the kept epoch is marked, at its own place", async () => {
    expect(arm).toContain("kept: epoch 107");
    const [history] = armReport.training;
    const other = await renderReport({ ...armReport, training: [{ ...history!, best: 3 }] });
    expect(other).toContain("kept: epoch 3");
  });
});

test("columns have their port's name in front; time that starts anew with each episode gives way to rows", async () => {
  expect(words(arm)).toContain("joints.velocity[0] input rad/s");
  expect(words(arm)).toContain("torque[1] output N·m");
  expect(all(arm, />(test row)</g)).toEqual([]);
  const outputs = armReport.outputs.map((output) => ({ ...output, time_s: output.time_s.map((_, i) => i % 500) }));
  expect(all(await renderReport({ ...armReport, outputs }), />(test row)</g)).toHaveLength(2);
});

test("closed-form students alone: no history, and that is said", async () => {
  const page = await renderReport({ ...armReport, training: [] });
  expect(words(page)).toContain("solved in closed form");
});

test("a hundred thousand rows make no larger page than two thousand", async () => {
  const long = (values: readonly number[]) => Array.from({ length: 100_000 }, (_, i) => values[i % values.length]!);
  const outputs = armReport.outputs.map((output) => ({
    ...output,
    time_s: Array.from({ length: 100_000 }, (_, i) => i / 100),
    actual: long(output.actual),
    predicted: long(output.predicted),
  }));
  expect((await renderReport({ ...armReport, outputs })).length).toBeLessThan(1.1 * arm.length);
});

test("numbers that are not finite, and outputs that never change, do not break a figure", async () => {
  const flat = {
    column: "flat",
    time_s: [0, 1, 2],
    actual: [1, 1, 1],
    predicted: [1, Number.NaN, 1],
    nmse: Number.POSITIVE_INFINITY,
  };
  const page = await renderReport({ ...armReport, outputs: [flat] });
  expect(page).toContain("nMSE ∞");
  expect(all(page, /(NaN)/g)).toEqual([]);
});

test("no text of a user's becomes markup, in HTML or in a picture", async () => {
  const evil = `</style></pre><script>alert("x")</script><img src=x onerror='1'>`;
  const rename = <T>(value: T): T =>
    JSON.parse(
      JSON.stringify(value, (key, part) =>
        // the words that mean something to the page stay
        typeof part === "string" && !["kind", "role", "of", "set", "axis", "by", "created_at", "sha256"].includes(key)
          ? `${part}${evil}`
          : part,
      ),
    );
  const metrics = { [`tracking${evil}`]: { unit: evil } };
  const loop = { [`tracking${evil}`]: { [`outside${evil}`]: { mean: 1, sd: 0.1 } } };
  const renamed = rename<ReportData>(armReport);
  const page = await renderReport({
    ...renamed,
    metrics,
    table: renamed.table.map((row) => ({ ...row, closed_loop: loop })),
    card: { ...renamed.card, metrics: { ...renamed.card.metrics, closed_loop: loop } },
  });
  expect(all(page, /(<script|<img)/g)).toEqual([]);
  expect(all(page, /(<\/style>)/g)).toHaveLength(1);
  expect(words(page)).toContain("&lt;script&gt;alert(&quot;x&quot;)");
  // a long name leaves room for what it names
  expect(all(page, /<path class="background"[^>]* d="M0,0h\d+v(0)h-/g)).toEqual([]);
  // and a shell reads the command back as it was typed
  expect(page).toContain("&#39;distill&lt;/style&gt;");
});
