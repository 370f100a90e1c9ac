/** Nodes in worker threads and processes: the bits of the inline node, faults by name, and nothing left behind. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Instance } from "../../src/component/component.js";
import type { Problem } from "../../src/problem/problem.js";
import {
  componentFolder,
  contextAt,
  fired,
  hostsOf,
  LimbeckError,
  MAX_HOSTS,
  opened,
  vertexOf,
  type Wanted,
} from "./hosted.js";

const files = {
  /** Uses everything that a step may use. */
  "walker.ts": `
    import { step, Type } from "limbeck";
    export default step({
      doc: "A noisy walk that looks at its context.",
      params: Type.Object({ gain: Type.Number({ default: 2 }) }),
      inputs: { value: Type.Number() },
      outputs: { walk: Type.Any(), seen: Type.Any() },
      state: () => ({ sum: 0, history: new Float32Array(3) }),
      random: true,
      step: ({ value }, { sum, history }, ctx) => {
        const next = sum + ctx.params.gain * value + ctx.rng.normal() * ctx.dt;
        const seen = { time: ctx.time, time_ns: ctx.time_ns, microstep: ctx.microstep, dt: ctx.dt,
          fresh: ctx.fresh("value"), age: ctx.age("value"), stamp: ctx.stamp("value"), none: ctx.age("nobody") };
        return {
          outputs: { walk: Float64Array.of(next, value, -0, NaN), seen },
          state: { sum: next, history: Float32Array.of(next, history[0], history[1]) },
          ...(ctx.time_ns % 2e7 === 0 ? { stamps: { walk: ctx.time_ns - 5 } } : {}),
        };
      },
    });`,
  "echo.ts": `
    import { step, Type } from "limbeck";
    export default step({ doc: "Echo.", inputs: { value: Type.Any() }, outputs: { value: Type.Any() },
      step: ({ value }) => ({ outputs: { value } }) });`,
  /** Does what its input says. */
  "doing.ts": `
    const any = { type: {}, kind: "signal" };
    export default {
      doc: "Does as it is told.", kind: "step", params: {},
      signature: (params) => ({ inputs: { value: any }, outputs: { value: any }, params, source: false, place: "anywhere",
        pure: false, stateful: false, sink: false }),
      instantiate({ wake }) {
        wake(7);
        const doings = {
          hang: () => { for (;;); },
          wait: () => new Promise(() => setInterval(() => {}, 1000)),
          exit: () => process.exit(3),
          reject: () => { Promise.reject(new RangeError("nobody looked")); return new Promise(() => setInterval(() => {}, 1000)); },
          throw: () => { throw new TypeError("no such thing"); },
          text: () => { throw "just words"; },
          closure: () => ({ value: () => 1 }),
          wake: () => { wake(11); wake(5); return {}; },
          late: () => { (async () => { for (let hop = 0; hop < 50; hop++) await null; wake(1); })(); return {}; },
          pid: () => ({ value: process.pid }),
          print: () => { console.log("printed by a component"); return {}; },
          nothing: () => undefined,
        };
        return {
          fire: ({ value }) => doings[value](),
          snapshot: () => () => 1,
          warnings: () => [{ code: "L0607", severity: "warning", message: "said at the end" }],
        };
      },
    };`,
  "counter.ts": `
    import { source, Type } from "limbeck";
    export default source({
      doc: "Counts.", outputs: () => ({ value: Type.Number() }),
      *open(_, _files, rng) { for (let n = 0; n < 3; n++) yield { time_ns: n, port: "value", message: rng.uniform() }; },
    });`,
  "torn.ts": "export default step({",
};

let folder: ReturnType<typeof componentFolder>;
beforeAll(() => {
  folder = componentFolder(files);
});
afterAll(() => folder.remove());

const open = (wanted: Wanted) => opened(wanted, folder.surroundings);
const tell = (instance: Instance, value: string) => instance.fire!({ value }, contextAt(0, undefined as never));

async function problemOf(work: () => unknown): Promise<Problem> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LimbeckError) return error.problems[0]!;
    throw error;
  }
  throw new Error("no problem came");
}

/** Whether there is a process of this id that still runs. */
function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const places = ["worker", "process"] as const;

describe.each(places)("in a %s", (place) => {
  test("a component file says bit for bit what it says inline, randomness, context, stamps and state included", async () => {
    const params = { gain: 3 };
    const wanted = { component: "./walker.ts", params };
    const inline = await open({ ...wanted, place: "inline" });
    const there = await open({ ...wanted, place });
    const values = [1, -0, Number.NaN, 1e-300, Number.POSITIVE_INFINITY, 0.1, 7];
    for (const [k, value] of values.entries()) {
      const here = await fired(inline, k, { value }, { gain: 3 });
      expect(await fired(there, k, { value }, { gain: 3 })).toStrictEqual(here);
    }
    await there.close();
  });

  test("a component of the library with types at its inputs", async () => {
    const params = { alpha: 0.25 };
    const wanted = { component: "filter/ema", params, types: { value: { type: "number" } as const } };
    const [inline, there] = [await open({ ...wanted, place: "inline" }), await open({ ...wanted, place })];
    for (const k of [0, 1, 2])
      expect(await fired(there, k, { value: k }, params)).toStrictEqual(await fired(inline, k, { value: k }, params));
    await there.close();
  });

  test("every message arrives as it was sent: typed arrays, NaN, −0, nesting", async () => {
    const there = await open({ component: "./echo.ts", place });
    const message = fc.oneof(
      fc.double(),
      fc.float32Array(),
      fc.float64Array(),
      fc.int8Array(),
      fc.uint16Array(),
      fc.bigInt64Array(),
      fc.array(fc.record({ a: fc.double(), b: fc.uint8Array(), c: fc.string() }, { noNullPrototype: true }), {
        maxLength: 3,
      }),
    );
    await fc.assert(
      fc.asyncProperty(message, async (value) => {
        const said = await there.instance.fire!({ value }, contextAt(1, there.rng));
        expect(said!.value).toStrictEqual(value);
      }),
    );
    await there.close();
  });

  test("a state kept in the middle goes on the same in another host, and inline", async () => {
    const wanted = { component: "./walker.ts", place };
    const params = { gain: 2 };
    const first = await open(wanted);
    for (const k of [0, 1, 2]) await fired(first, k, { value: k }, params);
    const state = await first.instance.snapshot!();
    const random = first.rng.snapshot();
    const expected = [await fired(first, 3, { value: 3 }, params), await fired(first, 4, { value: 4 }, params)];
    await first.close();
    for (const where of [place, "inline"] as const) {
      const again = await open({ ...wanted, place: where });
      await again.instance.restore!(state);
      again.rng.restore(random);
      expect([await fired(again, 3, { value: 3 }, params), await fired(again, 4, { value: 4 }, params)]).toEqual(
        expected,
      );
      await again.close();
    }
  });

  test("a source gives its items in order, then the end", async () => {
    const inline = await open({ component: "./counter.ts", place: "inline" });
    const there = await open({ component: "./counter.ts", place });
    for (let n = 0; n < 4; n++) expect(await there.instance.next!()).toEqual(await inline.instance.next!());
    await there.close();
  });

  test("timers come back with the answer, in the order in which they were set; warnings at the end", async () => {
    const { instance, wakes } = await open({ component: "./doing.ts", place });
    expect(wakes).toEqual([7]);
    await tell(instance, "wake");
    expect(wakes).toEqual([7, 11, 5]);
    // an empty firing, and what there is to say at the end
    expect(await tell(instance, "nothing")).toBeUndefined();
    expect(instance.warnings!()).toEqual([]);
    await instance.close!();
    expect(instance.warnings!()).toMatchObject([{ message: "said at the end" }]);
  });

  test("what a component throws comes back as it was thrown, what is no data is refused, and it goes on", async () => {
    const { instance, close } = await open({ component: "./doing.ts", place });
    await expect(tell(instance, "throw")).rejects.toMatchObject({
      name: "TypeError",
      message: "no such thing",
      stack: expect.stringMatching(/^TypeError: no such thing\n.*doing\.ts:\d+:\d+/) as unknown,
    });
    await expect(tell(instance, "text")).rejects.toThrow("just words");
    // what is no data is refused, on both ways
    expect(await problemOf(() => tell(instance, "closure"))).toMatchObject({ code: "L0622" });
    expect(await problemOf(() => instance.snapshot!())).toMatchObject({ code: "L0622" });
    expect(await problemOf(() => tell(instance, (() => 1) as never))).toMatchObject({ code: "L0622" });
    expect(await tell(instance, "nothing")).toBeUndefined();
    await close();
  });

  test.each(["hang", "wait"])("one that hangs (%s) is ended by its timeout, by name", async (how) => {
    const { instance, close } = await open({ component: "./doing.ts", place, timeout_ns: 200e6 });
    expect(await problemOf(() => tell(instance, how))).toMatchObject({
      code: "L0620",
      path: "/nodes/node",
      message: expect.stringContaining(
        `\`node\` took longer than 0.2 s for firing, and its ${place} was ended`,
      ) as unknown,
    });
    await instance.close!();
    expect(await problemOf(() => tell(instance, "nothing"))).toMatchObject({ code: "L0621" });
    await close();
  });

  test("one that ends its own process or thread is a fault with its exit code", async () => {
    const { instance, close } = await open({ component: "./doing.ts", place });
    expect(await problemOf(() => tell(instance, "exit"))).toMatchObject({
      code: "L0621",
      message: `the ${place} of \`node\` ended while it was firing (exit code 3)`,
    });
    await close();
  });

  test("an error that nobody caught is told", async () => {
    const { instance, close } = await open({ component: "./doing.ts", place });
    const { code, message } = await problemOf(() => tell(instance, "reject"));
    expect(code).toBe("L0621");
    expect(message).toContain("(exit code 1: nobody looked)");
    await close();
  });

  test("a timer that is set behind a firing's back is refused", async () => {
    const { instance, close } = await open({ component: "./doing.ts", place });
    await tell(instance, "late");
    const { code, message } = await problemOf(() => tell(instance, "wait"));
    expect(code).toBe("L0621");
    expect(message).toContain("L0623");
    await close();
  });

  test("a component that does not load there says why", async () => {
    const { vertex, setup } = await vertexOf("node", { component: "./echo.ts", place }, folder.surroundings);
    const named = (component: string) => ({ ...vertex, node: { ...vertex.node, component } });
    for (const [component, code] of [
      ["./torn.ts", "L0406"],
      ["../outside.ts", "L0406"],
      ["made/in-a-program", "L0451"],
      ["model:nobody@1", "L0851"],
    ] as const) {
      const hosts = hostsOf([named(component)], folder.surroundings);
      expect(await problemOf(() => hosts.host(named(component), setup()))).toMatchObject({ code });
      await hosts.close();
    }
  });

  test("a hanging node harms no other, and is back within 100 ms of its end", async () => {
    const restart = { budget: 2, within_ns: 1e9, after_ns: 0 };
    const wanted = { component: "./doing.ts", place, timeout_ns: 100e6, restart };
    const bad = await vertexOf("bad", wanted, folder.surroundings);
    const good = await vertexOf("good", { component: "./echo.ts", place }, folder.surroundings);
    const hosts = hostsOf([bad.vertex, good.vertex], folder.surroundings);
    const [first, other] = [await hosts.host(bad.vertex, bad.setup()), await hosts.host(good.vertex, good.setup())];
    const took: number[] = [];
    for (let fault = 0; fault < restart.budget; fault++) {
      const instance = fault === 0 ? first : await hosts.host(bad.vertex, bad.setup());
      const hang = problemOf(() => tell(instance, "hang"));
      expect(await other.fire!({ value: fault }, contextAt(fault, good.setup().rng))).toEqual({ value: fault });
      expect((await hang).code).toBe("L0620");
      await hosts.warm();
      const ended = performance.now();
      const again = await hosts.host(bad.vertex, bad.setup());
      expect(await tell(again, "nothing")).toBeUndefined();
      took.push(performance.now() - ended);
      await again.close!();
    }
    // the best of them: what else the machine does is not what is promised
    expect(Math.min(...took)).toBeLessThan(100);
    await hosts.close();
  });
});

describe("processes", () => {
  const open = (wanted: Partial<Wanted> = {}) =>
    opened({ component: "./doing.ts", place: "process", ...wanted }, folder.surroundings);
  const pidOf = async (instance: Instance) => (await tell(instance, "pid"))!.value as number;

  test("one that is killed from outside is a fault with its signal", async () => {
    const { instance, close } = await open();
    const pid = await pidOf(instance);
    expect(pid).not.toBe(process.pid);
    const waiting = problemOf(() => tell(instance, "wait"));
    process.kill(pid, "SIGKILL");
    expect(await waiting).toMatchObject({
      code: "L0621",
      message: expect.stringContaining("(signal SIGKILL)") as unknown,
    });
    await close();
  });

  test("none is left after a close, nor after a hang", async () => {
    const closed = await open();
    const hung = await open({ timeout_ns: 100e6 });
    const pids = [await pidOf(closed.instance), await pidOf(hung.instance)];
    expect(pids.map(runs)).toEqual([true, true]);
    await closed.instance.close!();
    await problemOf(() => tell(hung.instance, "hang"));
    await hung.instance.close!();
    expect(pids.map(runs)).toEqual([false, false]);
  });

  test("Ctrl-C, which reaches the whole group, does not end one before its parent says so", async () => {
    const { instance, close } = await open();
    const pid = await pidOf(instance);
    process.kill(pid, "SIGINT");
    process.kill(pid, "SIGTERM");
    expect(await pidOf(instance)).toBe(pid);
    await close();
  });
});

test("a recorder is refused, and so are too many hosts", async () => {
  const { vertex } = await vertexOf("node", { component: "./echo.ts", place: "worker" }, folder.surroundings);
  const sink = { ...vertex, signature: { ...vertex.signature, sink: true } };
  expect(await problemOf(() => hostsOf([sink], folder.surroundings))).toMatchObject({
    code: "L0450",
    path: "/nodes/node",
  });
  const many = Array.from({ length: MAX_HOSTS + 1 }, (_, i) => ({ ...vertex, id: `n${i}` }));
  expect(await problemOf(() => hostsOf(many, folder.surroundings))).toMatchObject({ code: "L0624" });
});
