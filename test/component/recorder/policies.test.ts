/** Each policy of a recorder by itself, against rows counted by hand. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseBytes } from "../../../src/component/recorder/bytes.js";
import { differenceOf, sameMessage } from "../../../src/component/recorder/difference.js";
import { createEpisodes } from "../../../src/component/recorder/policies/episodes.js";
import { every } from "../../../src/component/recorder/policies/every.js";
import type { Filter } from "../../../src/component/recorder/policies/policy.js";
import { periodAt, rate } from "../../../src/component/recorder/policies/rate.js";
import { createRing, type RingLimits, sizeOf } from "../../../src/component/recorder/policies/ring.js";
import { triggerWindow } from "../../../src/component/recorder/policies/trigger.js";
import { predicateOf, type When } from "../../../src/component/recorder/predicate.js";
import { type RecordedRow, spotOf, valueIn } from "../../../src/component/recorder/row.js";
import { builtinTypes } from "../../../src/message/builtin.js";
import type { Message } from "../../../src/message/type.js";

const row = (tag_ms: number, messages: { [port: string]: Message } = {}): RecordedRow => ({
  tag_ns: Math.round(tag_ms * 1e6),
  microstep: 0,
  entries: Object.entries(messages).map(([port, message]) => ({ port, stamp_ns: 0, message })),
});
const at = (...tags_ms: number[]) => tags_ms.map((ms) => row(ms));
const passing = (filter: Filter, rows: readonly RecordedRow[]) =>
  rows.filter((r) => filter.passes(r)).map(({ tag_ns }) => tag_ns / 1e6);
const tens = (n: number) => Array.from({ length: n }, (_, i) => 10 * i);

describe("every", () => {
  test("the first of each three", () => {
    expect(passing(every(3), at(...tens(8)))).toEqual([0, 30, 60]);
  });

  test("goes on from a snapshot", () => {
    const first = every(3);
    passing(first, at(0, 10, 20, 30));
    const second = every(3);
    second.restore(structuredClone(first.snapshot()));
    expect(passing(second, at(40, 50, 60, 70))).toEqual([60]);
  });
});

describe("rate", () => {
  test("30 Hz of 100 Hz: the first row of each period of 33.3 ms", () => {
    // periods begin at 0, 33.3, 66.7, 100, 133.3, 166.7
    expect(passing(rate(1e9 / 30), at(...tens(20)))).toEqual([0, 40, 70, 100, 140, 170]);
  });

  test("rows of a clock of the same rate are all kept, though their times are rounded", () => {
    const times = Array.from({ length: 3000 }, (_, k) => Math.round((k * 1e9) / 30) / 1e6);
    expect(passing(rate(1e9 / 30), at(...times))).toEqual(times);
  });

  test("rows that jitter do not drift: as many as periods in 1,000 s", () => {
    const filter = rate(1e9 / 7);
    let kept = 0;
    for (let i = 0; i < 100_000; i++) if (filter.passes(row(10 * i + ((i * 7919) % 9)))) kept++;
    expect(kept).toBe(7000);
  });

  test("a row that comes late does not move those after it", () => {
    expect(passing(rate(100e6), at(0, 190, 200, 290, 300))).toEqual([0, 190, 200, 300]);
  });

  test("a period begins where a clock fires", () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 1e9, noNaN: true }), fc.nat(1e6), (period, k) => {
        const begin = Math.round(k * period);
        expect(periodAt(begin, period)).toBeGreaterThanOrEqual(k);
        expect(Math.round(periodAt(begin, period) * period)).toBe(begin);
        if (begin > 0) expect(periodAt(begin - 1, period)).toBeLessThan(periodAt(begin, period));
      }),
    );
  });
});

describe("ring", () => {
  const kept = (limits: RingLimits, rows: readonly RecordedRow[], ...bounds: number[]) => {
    const ring = createRing(limits, ...bounds);
    const lost = rows.flatMap((r) => ring.push({ row: r, episode: 0 }).map((h) => h.row.tag_ns / 1e6));
    return { kept: [...ring.drain()].map((h) => h.row.tag_ns / 1e6), lost, size: ring.size };
  };
  const wide = (tag_ms: number, bytes: number) => row(tag_ms, { a: new Uint8Array(bytes - 8), b: 1 });

  test("rows: the last three, of all ports", () => {
    const ring = createRing({ rows: 3 });
    for (let i = 0; i < 200; i++) ring.push({ row: row(i, { a: i, b: -i }), episode: 0 });
    expect([...ring.drain()].map((h) => h.row.entries.map((e) => e.message))).toEqual([
      [197, -197],
      [198, -198],
      [199, -199],
    ]);
  });

  test.each([
    [1, [0]],
    [3, [0, 10, 20]],
    [4, [10, 20, 30]],
  ])("of %i rows at most three are held", (n, want) => {
    expect(kept({ rows: 3 }, at(...tens(n))).kept).toEqual(want);
  });

  test("bytes: those of the last rows that fit, and the last whatever its size", () => {
    expect(kept({ bytes: 100 }, [wide(0, 40), wide(10, 40), wide(20, 40)]).kept).toEqual([10, 20]);
    expect(kept({ bytes: 100 }, [wide(0, 50), wide(10, 50)]).kept).toEqual([0, 10]);
    expect(kept({ bytes: 100 }, [wide(0, 50), wide(10, 101)]).kept).toEqual([10]);
  });

  test("age: those that are not older than it at the last row", () => {
    expect(kept({ age_ns: 25e6 }, at(...tens(10))).kept).toEqual([70, 80, 90]);
    expect(kept({ age_ns: 20e6 }, at(...tens(10))).kept).toEqual([70, 80, 90]);
    expect(kept({ age_ns: 20e6 }, at(0, 10, 500)).kept).toEqual([500]);
  });

  test("whichever limit is least", () => {
    expect(kept({ rows: 2, age_ns: 1e9 }, at(...tens(10))).kept).toEqual([80, 90]);
    expect(kept({ rows: 9, age_ns: 10e6 }, at(...tens(10))).kept).toEqual([80, 90]);
  });

  test("what memory does not hold is told", () => {
    expect(kept({ rows: 5 }, [wide(0, 40), wide(10, 40), wide(20, 40)], 100)).toMatchObject({
      kept: [10, 20],
      lost: [0],
    });
    expect(kept({ age_ns: 1e9 }, at(0, 1, 2), 1e9, 2)).toMatchObject({ kept: [1, 2], lost: [0], size: 0 });
  });

  test("bytes of messages", () => {
    expect(sizeOf({ a: [1, 2, 3], b: { c: "xy", d: false }, e: new Float32Array(3) })).toBe(24 + 4 + 1 + 12);
    expect(sizeOf(undefined)).toBe(0);
  });
});

describe("trigger", () => {
  type Extents = Parameters<typeof triggerWindow>;
  const written = (pre: Extents[0], post: Extents[1], n: number, fires: readonly number[]) => {
    const window = triggerWindow(pre, post);
    return at(...tens(n)).flatMap((r, i) => {
      const { write } = window.next(r.tag_ns, fires.includes(i), { row: r, episode: 0 });
      return [...write].map((h) => h.row.tag_ns / 1e7);
    });
  };

  test("two rows before and one after", () => {
    expect(written({ rows: 2 }, { rows: 1 }, 10, [5])).toEqual([3, 4, 5, 6]);
  });

  test("by time: not further away than it", () => {
    expect(written({ time_ns: 25e6 }, { time_ns: 20e6 }, 12, [5])).toEqual([3, 4, 5, 6, 7]);
  });

  test("windows that overlap write each row once", () => {
    expect(written({ rows: 3 }, { rows: 2 }, 12, [4, 5, 7])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(written({ rows: 3 }, { rows: 0 }, 12, [4, 5, 7])).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  test("windows apart leave a gap, and rows that were written are not written again as those before", () => {
    expect(written({ rows: 2 }, { rows: 1 }, 20, [4, 12])).toEqual([2, 3, 4, 5, 10, 11, 12, 13]);
    expect(written({ rows: 4 }, { rows: 1 }, 20, [4, 8])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test("neither before nor after: the rows that fire", () => {
    expect(written({ rows: 0 }, { rows: 0 }, 10, [1, 2, 6])).toEqual([1, 2, 6]);
  });

  test("fewer rows than asked for at the start", () => {
    expect(written({ rows: 5 }, { rows: 1 }, 4, [1])).toEqual([0, 1, 2]);
  });

  test("a row that the filters left out opens the window all the same", () => {
    const window = triggerWindow({ rows: 5 }, { rows: 1 });
    const kept = at(0, 10, 20, 30, 40).flatMap((r, i) => {
      const held = i % 2 === 0 ? { row: r, episode: 0 } : undefined;
      return [...window.next(r.tag_ns, i === 1, held).write].map((h) => h.row.tag_ns / 1e6);
    });
    expect(kept).toEqual([0, 20]);
  });

  test("no row twice and none out of order, and each as near to a trigger as it says", () => {
    const extent = fc.oneof(fc.record({ rows: fc.nat(5) }), fc.record({ time_ns: fc.nat(50).map((ms) => ms * 1e6) }));
    fc.assert(
      fc.property(extent, extent, fc.array(fc.boolean(), { maxLength: 60 }), (pre, post, fired) => {
        const fires = fired.flatMap((fire, i) => (fire ? [i] : []));
        const near = (i: number, f: number) => {
          const [apart, limit] = f >= i ? [f - i, pre] : [i - f, post];
          return "rows" in limit ? apart <= limit.rows : apart * 10e6 <= limit.time_ns;
        };
        const want = fired.flatMap((_, i) => (fires.some((f) => near(i, f)) ? [i] : []));
        expect(written(pre, post, fired.length, fires)).toEqual(want);
      }),
    );
  });
});

describe("episodes", () => {
  const numbers = (
    options: Parameters<typeof createEpisodes>[0],
    rows: readonly RecordedRow[],
    ends: readonly number[] = [],
  ) => {
    const episodes = createEpisodes(options);
    return rows.map((r, i) => episodes.of(r, ends.includes(i)));
  };

  test("a new one where the value changes", () => {
    const rows = ["a", "a", "b", "b", "a"].map((mode, i) => row(i, { task: { mode, x: i } }));
    expect(numbers({ by: { port: "task", field: ["mode"] } }, rows)).toEqual([0, 0, 1, 1, 2]);
  });

  test("values that are not numbers of one kind: tensors by what is in them, NaN equals NaN", () => {
    const rows = [Float64Array.of(1, Number.NaN), Float64Array.of(1, Number.NaN), Float64Array.of(2, 0)].map((q, i) =>
      row(i, { q }),
    );
    expect(numbers({ by: { port: "q", field: [] } }, rows)).toEqual([0, 0, 1]);
  });

  test("at each multiple of a time, also where no row lies", () => {
    expect(numbers({ duration_ns: 1e9 }, at(0, 500, 999, 1000, 1999, 4500))).toEqual([0, 0, 0, 1, 1, 2]);
  });

  test("both, and where the recorder says that one ends", () => {
    const rows = ["a", "a", "a", "b"].map((mode, i) => row(400 * i, { mode }));
    expect(numbers({ by: { port: "mode", field: [] }, duration_ns: 1e9 }, rows)).toEqual([0, 0, 0, 1]);
    expect(numbers({}, at(0, 1, 2, 3), [1, 2])).toEqual([0, 0, 1, 2]);
  });
});

describe("difference", () => {
  const joints = differenceOf(builtinTypes.JointState2!);
  const q = (a: number, b: number, v = 0) => ({ position: Float64Array.of(a, b), velocity: Float64Array.of(v, 0) });

  test("the largest of all numbers, angles the short way round", () => {
    expect(joints(q(0, 1), q(0.25, 1.125))).toBe(0.25);
    expect(joints(q(3.1, 0), q(-3.1, 0))).toBeCloseTo(2 * Math.PI - 6.2, 12);
    expect(joints(q(0, 0, 3.1), q(0, 0, -3.1))).toBe(6.2);
    expect(joints(q(1, 2, 3), q(1, 2, 3))).toBe(0);
  });

  test("what cannot be compared is infinitely far", () => {
    const schema = {
      type: "object",
      properties: {
        n: { type: "number" },
        on: { type: "boolean" },
        list: { type: "array", items: { type: "number" }, maxItems: 3 },
      },
      required: ["on", "list"],
    } as const;
    const apart = differenceOf(schema);
    const base = { n: 1, on: true, list: [1, 2] };
    expect(apart(base, { ...base, list: [1, 2.5] })).toBe(0.5);
    expect(apart(base, { ...base, on: false })).toBe(Number.POSITIVE_INFINITY);
    expect(apart(base, { ...base, list: [1] })).toBe(Number.POSITIVE_INFINITY);
    expect(apart(base, { on: true, list: [1, 2] })).toBe(Number.POSITIVE_INFINITY);
    expect(apart({ on: true, list: [1, 2] }, { on: true, list: [1, 2] })).toBe(0);
    expect(apart({ ...base, n: Number.NaN }, { ...base, n: Number.NaN })).toBe(0);
    expect(apart({ ...base, n: Number.NaN }, base)).toBe(Number.POSITIVE_INFINITY);
    expect(apart({ ...base, n: Number.POSITIVE_INFINITY }, base)).toBe(Number.POSITIVE_INFINITY);
  });

  test("messages are the same or not", () => {
    expect(sameMessage({ a: [1, Number.NaN] }, { a: [1, Number.NaN] })).toBe(true);
    expect(sameMessage({ a: 1 }, { a: 1, b: 2 })).toBe(false);
    expect(sameMessage({ a: 1 }, { b: 1 })).toBe(false);
    expect(sameMessage("a", 1)).toBe(false);
  });
});

describe("when", () => {
  const holds = (when: When, ...values: Message[]) => {
    const rows = values.map((value, i) => row(i, { "contact.force": value }));
    const predicate = predicateOf(when, ["contact.force"]);
    return rows.map((r, i) => predicate(r, rows[i - 1]));
  };
  const force = { port: "contact.force:z[0]" };
  const z = (...values: number[]) => values.map((value) => ({ z: Float64Array.of(value, 0) }));

  test.each<[object, readonly number[], readonly boolean[]]>([
    [{ above: 20 }, [19, 20, 21, Number.NaN], [false, false, true, false]],
    [{ below: 20 }, [19, 20, 21, Number.NaN], [true, false, false, false]],
    [{ above: 0, below: 10 }, [-1, 1, 9, 10], [false, true, true, false]],
    [{ equals: 3 }, [3, 3.5], [true, false]],
    [{ above: 20, not: true }, [19, 20, 21, Number.NaN], [true, true, false, true]],
    [{ changes: true }, [1, 1, 2, 2, 1], [false, false, true, false, true]],
    [{ changes: false }, [1, 1, 2], [true, true, false]],
  ])("%o", (said, values, want) => {
    expect(holds({ ...force, ...said }, ...z(...values))).toEqual(want);
  });

  test("a list means all, `any` one", () => {
    const both = [
      { ...force, above: 1 },
      { ...force, below: 3 },
    ];
    expect(holds(both, ...z(0, 2, 4))).toEqual([false, true, false]);
    expect(holds({ any: both.map((clause) => ({ ...clause, not: true })) }, ...z(0, 2, 4))).toEqual([
      true,
      false,
      true,
    ]);
  });

  test("texts and booleans, by the node alone", () => {
    expect(holds({ port: "contact", equals: "slip" }, "grip", "slip")).toEqual([false, true]);
    expect(holds({ port: "contact.force", equals: false }, true, false)).toEqual([false, true]);
  });

  test("an optional field that is not there is nothing", () => {
    expect(holds({ port: "contact.force:x", below: 1 }, {}, { x: 0 })).toEqual([false, true]);
  });
});

test("names of recorded values", () => {
  const ports = ["joints:velocity", "joints", "contact.force", "a.x", "a.y"];
  expect(spotOf(ports, "joints:velocity[1]")).toEqual({ port: "joints:velocity", field: ["1"] });
  expect(spotOf(ports, "joints:position[1]")).toEqual({ port: "joints", field: ["position", "1"] });
  expect(spotOf(ports, "contact")).toEqual({ port: "contact.force", field: [] });
  expect(spotOf(ports, "contact.force[1]")).toEqual({ port: "contact.force", field: ["1"] });
  expect(spotOf(ports, "contact[1]")).toEqual({ port: "contact.force", field: ["1"] });
  expect(spotOf(ports, "contact.force[x]")).toBeUndefined();
  expect(spotOf(ports, "a")).toBeUndefined();
  expect(spotOf(ports, "contact.torque")).toBeUndefined();
  expect(spotOf(ports, "contact.force:")).toBeUndefined();
  expect(valueIn(row(0, { joints: { velocity: Float64Array.of(4, 5) } }), "joints:velocity[1]")).toBe(5);
});

test.each<[unknown, number | undefined]>([
  ["10MB", 1e7],
  ["1.5kB", 1500],
  ["2GiB", 2 ** 31],
  ["7B", 7],
  [7, 7],
  [0, undefined],
  ["0B", undefined],
  ["-1MB", undefined],
  ["10 MB", undefined],
  ["10mb", undefined],
  ["9000TB", 9000e12],
  ["9999TiB", undefined],
  [1.5, undefined],
  [{}, undefined],
])("%o is %o bytes", (written, bytes) => {
  expect(parseBytes(written)).toBe(bytes);
});
