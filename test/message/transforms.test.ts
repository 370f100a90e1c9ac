/** Transforms: against rows looked up one by one, and that a model's memory says what a dataset's rows say. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createMemory } from "../../src/message/transforms/memory.js";
import { compileTransforms, type Transform } from "../../src/message/transforms/transforms.js";

const COLUMNS = [{ name: "a", unit: "m" }, { name: "b" }];
const compile = (steps: readonly Transform[], stride?: number) => compileTransforms("x", steps, COLUMNS, stride);

/** A chain computed step by step on whole tables: each row a list, the first row repeated before the beginning. */
function reference(steps: readonly Transform[], rows: readonly (readonly number[])[]): number[][] {
  let table = rows.map((row) => [...row]);
  const at = (row: number) => table[Math.max(0, row)]!;
  for (const step of steps) {
    const apply = (row: readonly number[], r: number): number[] => {
      switch (step.kind) {
        case "lag":
          return [...((step.keep ?? true) ? row : []), ...step.rows.flatMap((lag) => at(r - lag))];
        case "history":
          return Array.from({ length: step.rows }, (_, i) => at(r - step.rows + 1 + i)).flat();
        case "difference": {
          let differences: (readonly number[])[] = [row];
          let level = Array.from({ length: (step.order ?? 1) + 1 }, (_, i) => at(r - i));
          for (let n = 0; n < (step.order ?? 1); n++) {
            level = level.slice(1).map((older, i) => level[i]!.map((x, c) => x - older[c]!));
            differences.push(level[0]!);
          }
          if (!(step.keep ?? true)) differences = [differences.at(-1)!];
          return differences.flat();
        }
        case "flatten":
          return step.columns.map(
            ({ of, plus = 0 }) =>
              plus + Object.entries(of).reduce((sum, [name, factor]) => sum + factor * row["ab".indexOf(name)]!, 0),
          );
      }
    };
    table = table.map(apply);
  }
  return table;
}

const keep = { keep: fc.boolean() };
const port = { port: fc.constant("x") };
const small = fc.integer({ min: -8, max: 8 });
const own = fc.record({
  kind: fc.constant("flatten" as const),
  ...port,
  columns: fc
    .array(fc.record({ of: fc.record({ a: small, b: small }, { requiredKeys: [] }), plus: small }), {
      minLength: 1,
      maxLength: 3,
    })
    .map((columns) => columns.map((column, i) => ({ name: "ab"[i] ?? "c", ...column }))),
});
const later: fc.Arbitrary<Transform> = fc.oneof(
  fc.record({
    kind: fc.constant("lag" as const),
    ...port,
    rows: fc.uniqueArray(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 2 }),
    ...keep,
  }),
  fc.record({ kind: fc.constant("difference" as const), ...port, order: fc.integer({ min: 1, max: 3 }), ...keep }),
  fc.record({ kind: fc.constant("history" as const), ...port, rows: fc.integer({ min: 1, max: 4 }) }),
);
const chains: fc.Arbitrary<readonly Transform[]> = fc
  .tuple(fc.array(own, { maxLength: 1 }), fc.array(later, { maxLength: 2 }))
  .map(([first, rest]) => [...first, ...rest]);
const tables = fc.array(fc.tuple(small, small), { minLength: 1, maxLength: 20 });

describe("transforms", () => {
  test("one list of taps says what the steps say one by one", () => {
    fc.assert(
      fc.property(chains, tables, (steps, rows) => {
        const taps = compile(steps);
        const expected = reference(steps, rows);
        expect(taps.columns.length).toBe(expected[0]!.length);
        const padded = createMemory(taps, { pad: "first" });
        const strict = createMemory(taps, {});
        rows.forEach((row, i) => {
          const out = new Float32Array(taps.columns.length);
          expect(padded.push(Float32Array.from(row), i, out)).toBe(true);
          expect([...out]).toEqual(expected[i]!.map((x) => x + 0));
          expect(strict.push(Float32Array.from(row), i, out)).toBe(i >= taps.depth);
          if (i >= taps.depth) expect([...out]).toEqual(expected[i]!.map((x) => x + 0));
        });
      }),
      { numRuns: 300 },
    );
  });

  test("columns have names and units of their own", () => {
    const named = (...steps: Transform[]) => compile(steps).columns;
    expect(named({ kind: "history", port: "x", rows: 2 })).toEqual([
      { name: "a@-1", unit: "m" },
      { name: "b@-1" },
      { name: "a", unit: "m" },
      { name: "b" },
    ]);
    expect(named({ kind: "difference", port: "x", order: 2 }).map(({ name }) => name)).toEqual([
      ...["a", "b", "a:diff", "b:diff", "a:diff2", "b:diff2"],
    ]);
    expect(named({ kind: "flatten", port: "x", columns: [{ name: "c", unit: "km", of: { a: 1e-3 } }] })).toEqual([
      { name: "c", unit: "km" },
    ]);
    expect(named({ kind: "lag", port: "y", rows: [1] })).toEqual(COLUMNS);
  });

  test("with a stride, a row before is so many firings before", () => {
    fc.assert(
      fc.property(chains, tables, fc.integer({ min: 2, max: 4 }), (steps, rows, stride) => {
        const expected = reference(steps, rows);
        const memory = createMemory(compile(steps, stride), { pad: "first" });
        const out = new Float32Array(expected[0]!.length);
        rows.forEach((row, i) => {
          for (let k = 0; k < stride; k++) {
            // between the rows of the dataset the model sees what it must not count
            const seen = k === 0 ? row : [99, 99];
            memory.push(Float32Array.from(seen), i * stride + k, out);
            if (k === 0) expect([...out]).toEqual(expected[i]!.map((x) => x + 0));
          }
        });
      }),
    );
  });

  test("history ends at a gap, and where it is cleared", () => {
    const memory = createMemory(compile([{ kind: "lag", port: "x", rows: [1] }]), { max_gap_ns: 10 });
    const out = new Float32Array(4);
    const push = (value: number, at: number) => memory.push(Float32Array.of(value, 0), at, out);
    expect([push(1, 0), push(2, 10), push(3, 21), push(4, 30)]).toEqual([false, true, false, true]);
    expect([...out]).toEqual([4, 0, 3, 0]);
    memory.clear();
    expect([push(5, 31), push(6, 32)]).toEqual([false, true]);
    expect(memory.reach).toBe(1);
  });

  test("goes on from a snapshot", () => {
    fc.assert(
      fc.property(chains, tables, tables, fc.boolean(), (steps, before, after, pad) => {
        const options = pad ? { pad: "first" as const } : {};
        const memory = createMemory(compile(steps), options);
        const [out, other] = [new Float32Array(widthOf(steps)), new Float32Array(widthOf(steps))];
        for (const [i, row] of before.entries()) memory.push(Float32Array.from(row), i, out);
        const copy = createMemory(compile(steps), options);
        copy.restore(structuredClone(memory.snapshot()));
        after.forEach((row, i) => {
          const [a, b] = [memory, copy].map((m, k) => m.push(Float32Array.from(row), 100 + i, k === 0 ? out : other));
          expect(b).toBe(a);
          if (a) expect(other).toEqual(out);
        });
      }),
    );
  });

  const widthOf = (steps: readonly Transform[]) => compile(steps).columns.length;

  test.each<[string, Transform[]]>([
    [
      "there is no column `c`; there are a, b",
      [{ kind: "flatten", port: "x", columns: [{ name: "d", of: { c: 1 } }] }],
    ],
    [
      "two of its columns have one name",
      [{ kind: "flatten", port: "x", columns: Array.from({ length: 2 }, () => ({ name: "d", of: { a: 1 } })) }],
    ],
    [
      "look back 18000 rows, more than 10000",
      [
        { kind: "lag", port: "x", rows: [9000] },
        { kind: "lag", port: "x", rows: [9000] },
      ],
    ],
    [
      "more than 1048576 columns",
      [
        { kind: "history", port: "x", rows: 5000 },
        { kind: "history", port: "x", rows: 5000 },
      ],
    ],
  ])("L0770: %s", (message, steps) => {
    expect(() => compile(steps)).toThrow(/^L0770/);
    expect(() => compile(steps)).toThrow(message);
  });
});
