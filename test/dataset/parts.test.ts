import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { recordedRows } from "../../src/dataset/join.js";
import type { Range } from "../../src/dataset/manifest.js";
import { npyHeader, readNpyHeader, writeNpy } from "../../src/dataset/npy.js";
import { assertDisjoint, DEFAULT_SPLIT, shuffled, splitRows } from "../../src/dataset/split.js";
import { columnStatistics, type Rows } from "../../src/dataset/statistics.js";
import { type Direction, joinAsOf } from "../../src/record/asof.js";

describe("npy", () => {
  test("what is written is read, and the data is aligned", () => {
    fc.assert(
      fc.property(
        fc.nat(9),
        fc.integer({ min: 1, max: 5 }),
        fc.constantFrom("float32", "float64"),
        (rows, width, dtype) => {
          const values = Array.from({ length: rows * width }, (_, i) => i / 4);
          const data = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
          const bytes = writeNpy(dtype, [rows, width], data);
          const header = readNpyHeader(bytes)!;
          expect(header).toMatchObject({ dtype, shape: [rows, width] });
          expect(header.offset % 64).toBe(0);
          const Elements = dtype === "float32" ? Float32Array : Float64Array;
          expect(new Elements(bytes.slice(header.offset).buffer)).toStrictEqual(data);
        },
      ),
    );
  });

  test("the header is the one that numpy writes", () => {
    const bytes = npyHeader("int64", [3]);
    expect(Buffer.from(bytes.subarray(0, 8)).toString("latin1")).toBe("\x93NUMPY\x01\x00");
    expect(Buffer.from(bytes.subarray(10)).toString("latin1").trimEnd()).toBe(
      "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }",
    );
    expect(bytes.length).toBe(128);
  });

  test("anything else is refused", () => {
    const good = npyHeader("float32", [2, 2]);
    expect(readNpyHeader(good.subarray(0, 20))).toBeUndefined();
    expect(readNpyHeader(new Uint8Array())).toBeUndefined();
    for (const [from, to] of [
      ["False", "True "],
      ["<f4", ">f4"],
    ] as const) {
      const text = Buffer.from(good).toString("latin1").replace(from, to);
      expect(readNpyHeader(Buffer.from(text, "latin1"))).toBeUndefined();
    }
  });

  const numpy = (() => {
    try {
      execFileSync("python3", ["-c", "import numpy"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  })();
  test.skipIf(!numpy)("numpy memory-maps it", () => {
    const dir = mkdtempSync(join(tmpdir(), "limbeck-npy-"));
    try {
      writeFileSync(join(dir, "a.npy"), writeNpy("float32", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6.5)));
      const code = `import numpy; a = numpy.load(${JSON.stringify(join(dir, "a.npy"))}, mmap_mode="r"); print(a.dtype, a.shape, a[1, 2])`;
      expect(execFileSync("python3", ["-c", code], { encoding: "utf8" }).trim()).toBe("float32 (2, 3) 6.5");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

const table = (port: string, messages: readonly { sequence?: number; stamp?: number; episode?: number }[]) => ({
  port,
  episode: messages.map((m) => m.episode ?? 0),
  sequence: messages.map((m, i) => m.sequence ?? i),
  stamp_ns: messages.map((m) => m.stamp ?? 0),
});

describe("joining by row", () => {
  test("only rows with every port, and the rest by cause", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(20)), fc.uniqueArray(fc.nat(20)), (a, b) => {
        const rise = (list: number[]) => [...list].sort((x, y) => x - y);
        const [left, right] = [rise(a), rise(b)];
        const sequences = (list: number[]) => list.map((sequence) => ({ sequence }));
        const found = [];
        for (const row of recordedRows([table("a", sequences(left)), table("b", sequences(right))]))
          found.push(typeof row === "string" ? row : row.map((i, t) => [left, right][t]![i]));
        expect(found.filter((row) => typeof row !== "string")).toStrictEqual(
          left.filter((s) => right.includes(s)).map((s) => [s, s]),
        );
        expect(found.filter((row) => row === "no a")).toHaveLength(right.filter((s) => !left.includes(s)).length);
        expect(found.filter((row) => row === "no b")).toHaveLength(left.filter((s) => !right.includes(s)).length);
      }),
    );
  });
});

describe("joining by stamp", () => {
  interface Sent {
    readonly stamp: number;
    readonly episode: number;
  }
  const messages = fc.array(fc.record({ stamp: fc.nat(30), episode: fc.nat(1) }), { maxLength: 20 });
  const directions = fc.constantFrom<Direction>("backward", "forward", "nearest");

  /** By looking through all. Later messages of one stamp are later; of two as close, the earlier is nearest. */
  function looked(direction: Direction, own: Sent, others: readonly Sent[]): number {
    let best = -1;
    for (const [i, { stamp, episode }] of others.entries()) {
      if (episode !== own.episode) continue;
      const distance = stamp - own.stamp;
      if ((direction === "backward" && distance > 0) || (direction === "forward" && distance < 0)) continue;
      const least = best < 0 ? Number.POSITIVE_INFINITY : others[best]!.stamp - own.stamp;
      const closer = Math.abs(distance) < Math.abs(least);
      const tie =
        distance === least
          ? distance < 0 || (distance === 0 && direction !== "forward")
          : distance === -least && distance < 0;
      if (closer || tie) best = i;
    }
    return best;
  }

  test("each anchor takes the message that looking through all would, and the rest is counted", () => {
    fc.assert(
      fc.property(
        messages,
        messages,
        directions,
        fc.option(fc.nat(10), { nil: undefined }),
        (anchor, other, direction, tolerance_ns) => {
          const rule = { direction, ...(tolerance_ns === undefined ? {} : { tolerance_ns }) };
          const joined = joinAsOf([table("x", other), table("y", anchor)], 1, [rule, {}]);
          const rows: [number, number][] = [];
          const order = [...anchor.entries()].sort(
            (a, b) => a[1].episode - b[1].episode || a[1].stamp - b[1].stamp || a[0] - b[0],
          );
          for (const [row, sent] of order) {
            const best = looked(direction, sent, other);
            if (best >= 0 && Math.abs(sent.stamp - other[best]!.stamp) <= (tolerance_ns ?? 99)) rows.push([best, row]);
          }
          expect(joined.picks[0]!.map((pick, i) => [pick, joined.picks[1]![i]])).toStrictEqual(rows);
          const left = [...joined.incomplete.values()].reduce((a, b) => a + b, 0);
          expect(joined.rows + left).toBe(anchor.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("ports are joined each in its way", () => {
    const at = (...stamps: number[]) => stamps.map((stamp) => ({ stamp }));
    const tables = [table("a", at(1, 9)), table("b", at(1, 9)), table("c", at(4, 8)), table("y", at(5))];
    const { picks } = joinAsOf(tables, 3, [
      { direction: "backward" },
      { direction: "forward" },
      { direction: "nearest" },
      {},
    ]);
    expect(picks).toStrictEqual([[0], [1], [0], [0]]);
  });

  test.each<[Direction, object]>([
    ["backward", { "no x yet": 1, "x older than the tolerance": 1 }],
    ["forward", { "x younger than the tolerance": 1, "no x any more": 2 }],
    ["nearest", { "x outside the tolerance": 2 }],
  ])("%s: the causes are told apart", (direction, causes) => {
    const y = [{ stamp: direction === "forward" ? 2 : 4 }, { stamp: 6 }, { stamp: 9 }];
    const x = [{ stamp: direction === "nearest" ? 1 : 5 }];
    const joined = joinAsOf([table("x", x), table("y", y)], 1, [
      { direction, tolerance_ns: direction === "nearest" ? 3 : 2 },
      {},
    ]);
    expect(Object.fromEntries(joined.incomplete)).toStrictEqual(causes);
  });
});

describe("splits", () => {
  const count = (ranges: readonly Range[]) => ranges.reduce((n, [a, b]) => n + b - a, 0);

  test("by time: 68 %, then 12 %, then 20 %, of each episode", () => {
    const tags = Array.from({ length: 150 }, (_, i) => i);
    expect(
      splitRows(
        DEFAULT_SPLIT,
        [
          [0, 100],
          [100, 150],
        ],
        tags,
      ),
    ).toStrictEqual({
      train: [
        [0, 68],
        [100, 134],
      ],
      validation: [
        [68, 80],
        [134, 140],
      ],
      test: [
        [80, 100],
        [140, 150],
      ],
    });
  });

  test("rows of one tag stay together", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 30, maxLength: 60 }), (repeats) => {
        const tags = repeats.flatMap((n, i) => Array.from({ length: n }, () => i));
        const { train, validation, test: last } = splitRows(DEFAULT_SPLIT, [[0, tags.length]], tags);
        for (const [, to] of [...train, ...validation]) expect(tags[to]).not.toBe(tags[to - 1]);
        expect(count(train) + count(validation) + count(last)).toBe(tags.length);
      }),
    );
  });

  test("by episode: whole ones, each once, in an order of the seed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 30 }), fc.integer(), (n, seed) => {
        const episodes = Array.from({ length: n }, (_, i): Range => [10 * i, 10 * i + 10]);
        const split = () => splitRows({ by: "episode", fractions: [0.64, 0.16, 0.2], seed }, episodes, []);
        const { train, validation, test: last } = split();
        expect([...train, ...validation, ...last].sort((a, b) => a[0] - b[0])).toStrictEqual(episodes);
        expect(Math.min(train.length, validation.length, last.length)).toBeGreaterThan(0);
        expect(split()).toStrictEqual({ train, validation, test: last });
      }),
    );
    const at = (seed: number) =>
      splitRows(
        { by: "episode", fractions: [0.6, 0.2, 0.2], seed },
        Array.from({ length: 20 }, (_, i): Range => [i, i + 1]),
        [],
      );
    expect(at(1)).not.toStrictEqual(at(2));
  });

  test("too little is refused", () => {
    expect(() =>
      splitRows(
        { by: "episode", fractions: [0.6, 0.2, 0.2], seed: 1 },
        [
          [0, 5],
          [5, 9],
        ],
        [],
      ),
    ).toThrow("L0720: 2 episodes cannot be split into training, validation and test: 3 are needed");
    expect(() => splitRows(DEFAULT_SPLIT, [[0, 2]], [0, 1])).toThrow("L0720: 2 rows");
    expect(() => splitRows(DEFAULT_SPLIT, [[0, 50]], new Array(50).fill(7))).toThrow("L0720");
    for (const fractions of [
      [0.5, 0.5, 0],
      [0.5, 0.2, 0.2],
      [1, -0.5, 0.5],
      [Number.NaN, 0.5, 0.5],
    ])
      expect(() => splitRows({ by: "time", fractions }, [[0, 50]], [])).toThrow("L0723");
  });

  test("every split that is made passes the check", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 5, max: 30 }), { minLength: 3, maxLength: 6 }),
        fc.boolean(),
        (sizes, time) => {
          let at = 0;
          const episodes = sizes.map((n): Range => [at, (at += n)]);
          const tag_ns = sizes.flatMap((n) => Array.from({ length: n }, (_, i) => i));
          const episode = sizes.flatMap((n, e) => Array.from({ length: n }, () => e));
          const fractions = [0.6, 0.2, 0.2];
          const splits = splitRows(
            time ? { by: "time", fractions } : { by: "episode", fractions, seed: 3 },
            episodes,
            tag_ns,
          );
          const origins = { recording: episode, tag_ns, microstep: tag_ns.map(() => 0) };
          expect(() =>
            assertDisjoint(
              splits,
              origins,
              sizes.map(String).map((s, i) => s + i),
            ),
          ).not.toThrow();
        },
      ),
    );
  });

  describe("planted leaks are caught", () => {
    const origins = { recording: [0, 0, 0, 1, 1, 1], tag_ns: [0, 1, 2, 0, 1, 2], microstep: [0, 0, 0, 0, 0, 0] };
    const good = { train: [[0, 2]], validation: [[2, 4]], test: [[4, 6]] } as const;

    test("the good one is not", () => {
      expect(() => assertDisjoint(good, origins, ["a", "b"])).not.toThrow();
    });
    test("a test row among the training rows", () => {
      expect(() =>
        assertDisjoint(
          {
            ...good,
            train: [
              [0, 2],
              [5, 6],
            ],
          },
          origins,
          ["a", "b"],
        ),
      ).toThrow("L0719: the train and test splits share row 5");
    });
    test("ranges that meet by one row", () => {
      expect(() => assertDisjoint({ ...good, validation: [[1, 4]] }, origins, ["a", "b"])).toThrow(
        "L0719: the train and validation splits share row 1",
      );
    });
    test("one moment under two row numbers", () => {
      expect(() => assertDisjoint(good, origins, ["a", "a"])).toThrow(
        "L0719: the train and validation splits share the tag 0 ns of recording a",
      );
    });
    test("rows that do not exist", () => {
      expect(() => assertDisjoint({ ...good, test: [[4, 7]] }, origins, ["a", "b"])).toThrow("L0719");
    });
  });
});

describe("statistics", () => {
  const rowsOf = (data: Float32Array | Float64Array, width: number): Rows => ({
    dtype: data instanceof Float32Array ? "float32" : "float64",
    width,
    pieces: (from, to) => [data.subarray(from * width, to * width)],
  });

  test("of any numbers are those of the sorted columns, to the bit", async () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(-0, 0, 1, -1, 5e-324, -5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
      fc.integer({ min: -3, max: 3 }),
    );
    const single = fc.float({ noNaN: true, noDefaultInfinity: true });
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.oneof(
          fc.array(value, { minLength: 6, maxLength: 300 }).map((all) => Float64Array.from(all)),
          fc.array(single, { minLength: 6, maxLength: 300 }).map((all) => Float32Array.from(all)),
        ),
        async (width, all) => {
          const n = Math.floor(all.length / width);
          const found = await columnStatistics(rowsOf(all, width), [
            [0, 1],
            [1, n],
          ]);
          for (let c = 0; c < width; c++) {
            const column = Float64Array.from({ length: n }, (_, row) => all[row * width + c]!);
            const mean = column.reduce((sum, x) => sum + x, 0) / n;
            const std = Math.sqrt(column.reduce((sum, x) => sum + (x - mean) ** 2, 0) / n);
            column.sort();
            expect(found.min[c]).toBe(column[0]! + 0);
            expect(found.max[c]).toBe(column[n - 1]! + 0);
            expect(found.mean[c]).toBe(mean + 0);
            expect(found.std[c]).toBe(std);
            for (const [q, of] of Object.entries(found.quantiles)) {
              const rank = Number(q) * (n - 1);
              const [low, high] = [column[Math.floor(rank)]!, column[Math.min(Math.floor(rank) + 1, n - 1)]!];
              expect(of[c]).toBe(low + (rank - Math.floor(rank)) * (high - low) + 0);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test("of known columns", async () => {
    const data = Float32Array.of(1, 10, 2, 10, 3, 10, 4, 10, 99, 99);
    expect(
      await columnStatistics(rowsOf(data, 2), [
        [0, 2],
        [2, 4],
      ]),
    ).toStrictEqual({
      min: [1, 10],
      max: [4, 10],
      mean: [2.5, 10],
      std: [Math.sqrt(1.25), 0],
      quantiles: {
        "0.01": [1.03, 10],
        "0.25": [1.75, 10],
        "0.5": [2.5, 10],
        "0.75": [3.25, 10],
        "0.99": [3.9699999999999998, 10],
      },
    });
  });
});

test("a shuffle is a permutation that the seed decides", () => {
  fc.assert(
    fc.property(fc.nat(100), fc.integer(), (n, seed) => {
      expect([...shuffled(n, seed)].sort((a, b) => a - b)).toStrictEqual(Array.from({ length: n }, (_, i) => i));
      expect(shuffled(n, seed)).toStrictEqual(shuffled(n, seed));
    }),
  );
  expect(shuffled(50, 1)).not.toStrictEqual(shuffled(50, 2));
});
