/** Stored models as components: what their signature says is what the model does. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { generateComponent } from "../../src/distill/generate/component.js";
import { gru } from "../../src/distill/students/gru.js";
import { history } from "../../src/distill/students/history.js";
import { ridge } from "../../src/distill/students/ridge.js";
import type { Fitted } from "../../src/distill/students/student.js";
import { modelComponent } from "../../src/models/component.js";
import { addModel } from "../../src/models/store.js";
import { encode } from "../../src/onnx/codec/index.js";
import { type CardSubject, cardOf } from "../../src/project/card.js";
import { block } from "../distill/students/teacher.js";
import { cardFacts } from "../support/card.js";

const store = mkdtempSync(join(tmpdir(), "limbeck-components-"));
afterAll(() => rmSync(store, { recursive: true, force: true }));

const rows = (count: number) => {
  const column = (of: (i: number) => number) => ({
    rows: count,
    width: 1,
    data: Float32Array.from({ length: count }, (_, i) => of(i)),
  });
  return { x: column((i) => Math.sin(i)), y: column((i) => Math.cos(i)) };
};
const data = { inputs: [block("x", 1)], outputs: [block("y", 1)], train: rows(40), validation: rows(10) };
const options = {
  seed: 1,
  now: () => 0,
  worker: false,
  steps: 2,
  epochs: 1,
  ensemble: 1,
  hidden: [2],
  dropout: 0,
  window: 2,
  state: 2,
};

test.each([
  ["ridge", ridge, false],
  ["history", history, true],
  ["gru", gru, true],
] as const)(
  "a stored %s says in its card, its signature and its drop-in whether it remembers",
  async (name, student, remembers) => {
    const fitted: Fitted = await student.fit(data, options as never);
    const { trigger, inputs, outputs, columns, dataset } = cardFacts;
    const port = ([name, { type }]: [string, (typeof inputs)[string]]) => ({
      port: name,
      type,
      ref: name,
      kind: "signal" as const,
    });
    const facts = cardOf({
      command: ["distill"],
      createdAt: "2026-01-01T00:00:00Z",
      graph: "g",
      graphDigest: "",
      teacher: { inputs: Object.entries(inputs).map(port), outputs: Object.entries(outputs).map(port), on: trigger },
      rows: { columns, digest: dataset.digest, by: "time", counts: dataset.rows },
      seed: 1,
      student: fitted,
      score: { name, test: cardFacts.metrics.test },
      baselines: [],
    } as unknown as CardSubject);
    const stored = await addModel(store, name, { onnx: encode(fitted.model), facts, component: generateComponent });
    expect(stored.card.remembers).toBe(remembers ? true : undefined);
    expect(readFileSync(stored.files.component!, "utf8").includes("remembers: true,")).toBe(remembers);
    const { signature } = await modelComponent(store, `${name}@1`);
    const { stateful, pure } = signature({}, {});
    expect({ stateful, pure }).toEqual({ stateful: remembers, pure: !remembers });
  },
);
