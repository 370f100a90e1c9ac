/** Delayed edges: delivered at (t + d, 0), held `initial` before, in order, one message a tag. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { Agenda } from "../../src/runtime/engine/agenda.js";
import { createTransit } from "../../src/runtime/port/transit.js";
import { probe, run } from "../support/graphs.js";

test("a delayed message comes at (t + d, 0), and `initial` is held before it without triggering", async () => {
  const { seen, component } = probe({ tick: "signal", late: "signal" });
  const { at } = await run(
    `
nodes:
  n: {component: test/count, on: 10ms}
  each: {component: test/pass, in: {value: {from: n.value, delay: 4ms, initial: -1}}}
  p: {component: test/probe, on: {each: [tick]}, in: {tick: n.value, late: {from: n.value, delay: 25ms, initial: -1}}}
`,
    { components: { "test/probe": component }, for_ms: 50 },
  );
  expect(at("each.value")).toEqual([
    [4, 0, 0],
    [14, 0, 1],
    [24, 0, 2],
    [34, 0, 3],
    [44, 0, 4],
  ]);
  expect(seen.map((s) => [s.time_ms, s.inputs.late, s.fresh.includes("late")])).toEqual([
    [0, -1, false],
    [10, -1, false],
    [20, -1, false],
    [30, 0, true],
    [40, 1, true],
  ]);
});

test("`1period` is a period of the reader's own clock: it reads what was said one firing ago", async () => {
  const { values } = await run(
    `
nodes:
  sum: {component: test/sum, on: 20hz, in: {a: {from: sum.value, delay: 1period, initial: 1}, b: {from: sum.value, delay: 2period, initial: 0}}}
`,
    { for_ms: 400 },
  );
  expect(values("sum.value")).toEqual([1, 1, 2, 3, 5, 8, 13, 21]);
});

test("a clock whose period is not whole reads each delayed value exactly once", async () => {
  const { values } = await run(
    "nodes: {sum: {component: test/sum, on: 30hz, params: {offset: 1}, in: {a: {from: sum.value, delay: 33ms, initial: 0}}}}",
    { for_ms: 1000 },
  );
  expect(values("sum.value")).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
});

test("a cycle through a delay goes round by itself when it triggers", async () => {
  const { at } = await run(
    `
nodes:
  start: {component: test/count, on: 1s, initial: {value: 0}}
  loop: {component: test/sum, on: {each: [a, b]}, params: {offset: 1},
         in: {a: {from: loop.value, delay: 10ms, initial: 0}, b: start.value}}
`,
    { for_ms: 45 },
  );
  expect(at("loop.value")).toEqual([
    [0, 0, 1],
    [10, 0, 2],
    [20, 0, 3],
    [30, 0, 4],
    [40, 0, 5],
  ]);
});

test("a delayed message keeps its stamp", async () => {
  const { seen, component } = probe({ value: "signal" });
  await run(
    `
world: {log: {component: test/script, params: {items: [[10, value, 5, 8]]}}}
streams: {in: {value: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/probe, on: 20ms, in: {value: {from: value, delay: 7ms, initial: 0}}}}
`,
    { components: { "test/probe": component }, for_ms: 21 },
  );
  expect(seen.map((s) => [s.time_ms, s.inputs.value, s.stamp_ms.value])).toEqual([
    [0, 0, 0],
    [20, 5, 8],
  ]);
});

test("a burst at one time stays a burst behind a delay: successive microsteps, no message lost", async () => {
  const { at } = await run(
    `
world: {log: {component: test/script, params: {items: [[10, value, 1], [10, value, 2], [10, value, 3], [12, value, 4]]}}}
streams: {in: {value: {message: Scalar, simulate: log.value}}}
nodes: {p: {component: test/pass, in: {value: {from: value, delay: 5ms, initial: 0}}}}
`,
    { for_ms: 50 },
  );
  expect(at("p.value")).toEqual([
    [15, 0, 1],
    [15, 1, 2],
    [15, 2, 3],
    [17, 0, 4],
  ]);
});

test("a delay on an edge out to the world counts too", async () => {
  const { at } = await run(
    `
streams: {out: {command: {message: Scalar, from: n.value, initial: 9}}}
nodes: {n: {component: test/count, on: 10ms}}
world:
  now: {component: test/pass, in: {value: command}}
  late: {component: test/pass, in: {value: {from: command, delay: 3ms, initial: 0}}}
`,
    { for_ms: 25 },
  );
  expect(at("now.value")).toEqual([
    [0, 1, 0],
    [10, 1, 1],
    [20, 1, 2],
  ]);
  expect(at("late.value")).toEqual([
    [3, 0, 0],
    [13, 0, 1],
    [23, 0, 2],
  ]);
});

test("law: whatever is sent arrives once, in order, never before it is due, at a tag of its own", () => {
  const send = fc.record({ wait: fc.nat(5), delay: fc.nat(12), microstep: fc.nat(2) });
  fc.assert(
    fc.property(fc.array(send, { maxLength: 60 }), (sends) => {
      const agenda = new Agenda();
      const arrived: { time: number; microstep: number; message: number }[] = [];
      const tag = { time: 0, microstep: 0 };
      const transit = createTransit(agenda, "test", (message) => {
        arrived.push({ ...tag, message: message as number });
      });
      const until = (time: number) => {
        for (let entry = agenda.peek(); entry !== undefined && entry.time_ns <= time; entry = agenda.peek()) {
          tag.time = entry.time_ns;
          tag.microstep = entry.microstep;
          agenda.pop()!.happen();
        }
      };
      let now = 0;
      const due: number[] = [];
      sends.forEach(({ wait, delay, microstep }, i) => {
        now += wait;
        until(now);
        due.push(now + delay);
        transit.send(now + delay + (delay === 0 ? 1 : 0), microstep, i, 0);
      });
      until(Number.MAX_SAFE_INTEGER);
      expect(arrived.map((a) => a.message)).toEqual(sends.map((_, i) => i));
      expect(transit.inFlight()).toBe(0);
      arrived.forEach((a, i) => {
        expect(a.time).toBeGreaterThanOrEqual(due[i]!);
        const before = arrived[i - 1];
        if (before === undefined) return;
        expect(a.time > before.time || (a.time === before.time && a.microstep > before.microstep)).toBe(true);
      });
    }),
  );
});
