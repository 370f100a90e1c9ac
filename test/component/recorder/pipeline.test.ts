/** Policies together, as a recorder's node has them; and recorders of one's own. */
import fc from "fast-check";
import Type from "typebox";
import { describe, expect, test } from "vitest";
import type { Component, Context, Instance, RecordingSpec } from "../../../src/component/component.js";
import { recorder, recorderComponent } from "../../../src/component/recorder/node.js";
import { Recorder, type RecorderClass, type RowContext } from "../../../src/component/recorder/recorder.js";
import type { RecordedRow } from "../../../src/component/recorder/row.js";
import { rng } from "../../../src/component/rng.js";
import type { Message } from "../../../src/message/type.js";
import { LimbeckError } from "../../../src/problem/problem.js";
import { memory } from "../../support/graphs.js";

const NUMBER = { type: "number" } as const;
const PORTS = { force: NUMBER, mode: { type: "string" }, "arm.torque": NUMBER } as const;
const BASE = { as: "r", rows: "firings", inputs: ["force", "mode"], outputs: ["arm.torque"] } as const;

/** What a recording is told. */
interface Heard {
  readonly rows: { tag: number; values: Message[]; episode: number | undefined }[];
  readonly incomplete: string[];
  readonly dropped: string[];
  armed: number;
  spec?: RecordingSpec;
}

async function make(component: Component, options: object, heard: Heard): Promise<Instance> {
  const params = { ...BASE, ...options };
  const signature = component.signature(params, PORTS);
  const services = {
    ...memory(),
    recordings: {
      open: (spec: RecordingSpec) => {
        heard.spec = spec;
        return {
          row: (time_ns: number, _: number, entries: RecordedRow["entries"], episode?: number) =>
            void heard.rows.push({ tag: time_ns / 1e7, values: entries.map((e) => e.message), episode }),
          incomplete: (port: string) => void heard.incomplete.push(port),
          dropped: (_: unknown, cause: string) => void heard.dropped.push(cause),
          armed: () => void heard.armed++,
          close: async () => {},
        };
      },
    },
  };
  return component.instantiate({
    node: "record#r",
    params: signature.params,
    signature,
    inputs: PORTS,
    kinds: {},
    rng: rng(1),
    services,
    wake: () => {},
  });
}

/** One firing each 10 ms: `force`, `mode`, `arm.torque`; undefined is nothing at that port. */
type Firing = readonly [force?: number | undefined, mode?: string | undefined, torque?: number | undefined];

const contextOf = (i: number, values: { [port: string]: unknown }, params = {}): Context => ({
  time: i / 100,
  time_ns: i * 1e7,
  microstep: 0,
  dt: 0.01,
  fresh: (port) => values[port] !== undefined,
  age: () => 0,
  stamp: () => i * 1e7,
  params,
  rng: rng(1),
});

async function feed(instance: Instance, firings: readonly Firing[], from = 0): Promise<void> {
  for (const [i, [force, mode, torque]] of firings.entries()) {
    const values = { force, mode, "arm.torque": torque };
    await instance.fire!(values, contextOf(from + i, values));
  }
}

/** Made once: a component checks its params by a schema that it compiles. */
const made = new Map<RecorderClass, Component>([[Recorder, recorder]]);
function componentOf(Class: RecorderClass): Component {
  const component = made.get(Class) ?? recorderComponent(Class);
  made.set(Class, component);
  return component;
}

async function record(options: object, firings: readonly Firing[], Class: RecorderClass = Recorder): Promise<Heard> {
  const heard: Heard = { rows: [], incomplete: [], dropped: [], armed: 0 };
  const instance = await make(componentOf(Class), options, heard);
  await feed(instance, firings);
  await instance.close!();
  return heard;
}

const rows = (n: number, force: (i: number) => number = (i) => i): Firing[] =>
  Array.from({ length: n }, (_, i) => [force(i), "a", -i]);
const tags = ({ rows: kept }: Heard) => kept.map(({ tag }) => tag);

describe("filters", () => {
  test("every second of ten complete rows: five rows with all ports", async () => {
    const { rows: kept } = await record({ every: 2 }, rows(10));
    expect(kept.map(({ values }) => values)).toEqual([0, 2, 4, 6, 8].map((i) => [i, "a", -i]));
  });

  test("incomplete rows count for nothing, and by what they lack", async () => {
    const heard = await record({ every: 2 }, [
      [0, "a", 0],
      [1, "a"],
      [undefined, "a", 2],
      [3, "a", 3],
      [4, "a", 4],
      [undefined, undefined, undefined],
    ]);
    expect(tags(heard)).toEqual([0, 4]);
    expect(heard.incomplete).toEqual(["arm.torque", "force", "arm.torque"]);
  });

  test("`when` comes before `every`: each second of those for which it holds", async () => {
    expect(tags(await record({ when: { port: "force", above: 3 }, every: 2 }, rows(10)))).toEqual([4, 6, 8]);
  });

  test("`rate` on the run's clock", async () => {
    expect(tags(await record({ rate: "30hz" }, rows(12)))).toEqual([0, 4, 7, 10]);
  });

  test("on change: against the row that was kept last, so that a slow drift is kept too", async () => {
    const drift = rows(10, (i) => i / 10);
    expect(tags(await record({ on_change: { tolerance: 0.25, ports: ["force"] } }, drift))).toEqual([0, 3, 6, 9]);
    expect(tags(await record({ on_change: { ports: ["mode"] } }, rows(4)))).toEqual([0]);
    expect(
      tags(
        await record({ on_change: true }, [
          [1, "a", 1],
          [1, "a", 1],
          [1, "b", 1],
          [1, "b", 1],
        ]),
      ),
    ).toEqual([0, 2]);
  });

  test("what `rate` left out is a change no less once it is looked at", async () => {
    const step = rows(12, (i) => (i === 5 ? 1 : i > 5 ? 1 : 0));
    expect(tags(await record({ rate: "25hz", on_change: { ports: ["force"] } }, step))).toEqual([0, 8]);
  });
});

describe("how much is kept", () => {
  test("the last rows, at the end", async () => {
    expect(tags(await record({ keep: { rows: 3 } }, rows(9)))).toEqual([6, 7, 8]);
    expect(tags(await record({ keep_rows: 3 }, rows(9)))).toEqual([6, 7, 8]);
    expect(tags(await record({ keep: { age: "20ms" }, every: 2 }, rows(9)))).toEqual([6, 8]);
  });

  test("bytes of the ring: 18 a row", async () => {
    // two numbers and a letter
    expect(tags(await record({ keep: { bytes: 36 } }, rows(9)))).toEqual([7, 8]);
    expect(tags(await record({ keep: { bytes: "35B" } }, rows(9)))).toEqual([8]);
  });

  test("around a trigger, and armed again after it", async () => {
    const heard = await record(
      { trigger: { when: { port: "force", above: 90 }, pre: 2, post: "10ms" } },
      rows(20, (i) => (i === 5 || i === 6 || i === 15 ? 100 : 0)),
    );
    expect(tags(heard)).toEqual([3, 4, 5, 6, 7, 13, 14, 15, 16]);
    expect(heard.armed).toBe(2);
  });

  test("a trigger looks at rows that filters leave out", async () => {
    const heard = await record(
      { every: 4, trigger: { when: { port: "force", above: 90 }, pre: 1, post: 1 } },
      rows(12, (i) => (i === 6 ? 100 : 0)),
    );
    expect(tags(heard)).toEqual([4, 8]);
  });
});

describe("segments", () => {
  test("episodes by what a port says, also where its rows are not kept", async () => {
    const modes = ["a", "a", "b", "a", "a"].map((mode, i): Firing => [i, mode, 0]);
    const heard = await record({ episodes: { by: "mode" }, when: { port: "mode", equals: "a" } }, modes);
    expect(heard.rows.map(({ tag, episode }) => [tag, episode])).toEqual([
      [0, 0],
      [1, 0],
      [3, 2],
      [4, 2],
    ]);
  });

  test("rows that are held keep theirs", async () => {
    const heard = await record({ episodes: { duration: "30ms" }, keep: { rows: 4 } }, rows(10));
    expect(heard.rows.map(({ tag, episode }) => [tag, episode])).toEqual([
      [6, 2],
      [7, 2],
      [8, 2],
      [9, 3],
    ]);
  });

  test("files are the recording's business", async () => {
    const { spec } = await record({ split: { bytes: "1MB", time: "10s" }, max_disk: "1GB" }, []);
    expect(spec).toMatchObject({
      split: { bytes: 1e6, time_ns: 1e10 },
      max_disk: { bytes: 1e9, when_full: "stop" },
    });
  });
});

describe("a recorder of one's own", () => {
  class Contact extends Recorder {
    static override readonly params = Type.Object({ least: Type.Number({ default: 5 }) });
    override keeps(row: RecordedRow, { params }: RowContext<{ least: number }>) {
      return Number(this.value(row, "force")) >= params.least;
    }
  }

  test("keeps what it says, of what the options let through", async () => {
    expect(tags(await record({ every: 2 }, rows(10), Contact))).toEqual([6, 8]);
    expect(tags(await record({ least: 8 }, rows(10), Contact))).toEqual([8, 9]);
  });

  test("knows the row before and the one it kept last", async () => {
    const seen: (readonly [number, number | undefined, number | undefined])[] = [];
    class Each extends Recorder {
      override keeps(row: RecordedRow, { previous, before, time_ns }: RowContext) {
        expect(time_ns).toBe(row.tag_ns);
        seen.push([row.tag_ns / 1e7, before && before.tag_ns / 1e7, previous && previous.tag_ns / 1e7]);
        return row.tag_ns / 1e7 !== 1;
      }
    }
    await record({}, rows(4), Each);
    expect(seen).toEqual([
      [0, undefined, undefined],
      [1, 0, 0],
      [2, 1, 0],
      [3, 2, 2],
    ]);
  });

  test("triggers by itself, with the window of the options or none", async () => {
    class Hits extends Recorder {
      override triggers(row: RecordedRow) {
        return Number(this.value(row, "force")) === 5;
      }
    }
    expect(tags(await record({}, rows(10), Hits))).toEqual([5]);
    expect(tags(await record({ trigger: { pre: 1, post: 2 } }, rows(10), Hits))).toEqual([4, 5, 6, 7]);
  });

  test("ends episodes: its last row belongs to them", async () => {
    class Done extends Recorder {
      override endsEpisode(row: RecordedRow) {
        return Number(this.value(row, "force")) % 3 === 2;
      }
    }
    const { rows: kept } = await record({}, rows(7), Done);
    expect(kept.map(({ episode }) => episode)).toEqual([0, 0, 0, 1, 1, 1, 2]);
  });

  test("says itself how much a row differs", async () => {
    class Relative extends Recorder {
      override change(row: RecordedRow, { previous }: RowContext) {
        const [now, before] = [Number(this.value(row, "force")), Number(this.value(previous!, "force"))];
        return Math.abs(now / before - 1);
      }
    }
    const doubling = rows(12, (i) => i + 1);
    expect(tags(await record({ on_change: { tolerance: 0.99 } }, doubling, Relative))).toEqual([0, 1, 3, 7]);
  });

  test("a value that the row does not have is L0733", async () => {
    class Wrong extends Recorder {
      override keeps(row: RecordedRow) {
        return this.value(row, "forse") === 1;
      }
    }
    await expect(record({}, rows(1), Wrong)).rejects.toMatchObject({
      problems: [{ code: "L0733", message: "the row has no `forse`; it has `force`, `mode`, `arm.torque`" }],
    });
  });

  test("a param of its own may not be one of every recorder", () => {
    class Twice extends Recorder {
      static override readonly params = Type.Object({ every: Type.Number() });
    }
    expect(() => recorderComponent(Twice)).toThrow("every recorder has a param `every`");
  });
});

describe("a snapshot", () => {
  class Alternate extends Recorder {
    odd = false;
    override keeps() {
      this.odd = !this.odd;
      return this.odd;
    }
    override endsEpisode(row: RecordedRow) {
      return row.tag_ns % 7e7 === 0;
    }
  }
  const options = fc.oneof(
    fc.constant({ every: 3 }),
    fc.constant({ rate: "30hz" }),
    fc.constant({ on_change: { tolerance: 2, ports: ["force"] } }),
    fc.constant({ when: { port: "mode", changes: true } }),
    fc.constant({ trigger: { when: { port: "force", above: 8 }, pre: 3, post: 2 } }),
    fc.constant({ trigger: { when: { port: "force", above: 8 }, pre: "30ms", post: "20ms" }, every: 2 }),
    fc.constant({ keep: { rows: 4 } }),
    fc.constant({ keep: { age: "50ms", bytes: 100 }, episodes: { by: "mode" } }),
    fc.constant({ episodes: { duration: "40ms", by: "mode" } }),
  );
  const firing = fc.tuple(fc.nat(10), fc.constantFrom("a", "b"), fc.nat(10)) as fc.Arbitrary<Firing>;

  test.each([["Recorder", Recorder] as const, ["one with a state of its own", Alternate] as const])(
    "cut anywhere, %s goes on as if it had not been cut",
    async (_, Class) => {
      await fc.assert(
        fc.asyncProperty(options, fc.array(firing, { maxLength: 40 }), fc.nat(40), async (policies, firings, at) => {
          const cut = Math.min(at, firings.length);
          const whole = await record(policies, firings, Class);
          const component = componentOf(Class);
          const heard: Heard = { rows: [], incomplete: [], dropped: [], armed: 0 };
          const first = await make(component, policies, heard);
          await feed(first, firings.slice(0, cut));
          const saved = structuredClone(first.snapshot!());
          const second = await make(component, policies, heard);
          await second.restore!(saved);
          await feed(second, firings.slice(cut), cut);
          await second.close!();
          expect(heard.rows).toEqual(whole.rows);
        }),
        { numRuns: 150 },
      );
    },
  );
});

describe("wrong combinations, at their place", () => {
  const problemsOf = (options: object, Class: RecorderClass = Recorder) => {
    try {
      componentOf(Class).signature({ ...BASE, ...options } as never, PORTS);
    } catch (error) {
      if (error instanceof LimbeckError) return error.problems.map(({ code, path }) => [code, path]);
      throw error;
    }
    return [];
  };

  test.each<[object, string, string]>([
    [{ trigger: { when: { port: "force", above: 1 } }, keep: { rows: 3 } }, "L0730", "/params/keep"],
    [{ trigger: { pre: 3 } }, "L0730", "/params/trigger"],
    [{ rows: "asof", every: 2 }, "L0730", "/params/every"],
    [{ rows: "asof", keep: { rows: 2 } }, "L0730", "/params/keep"],
    [{ rows: "asof", episodes: { by: "mode" } }, "L0730", "/params/episodes/by"],
    [{ max_disk: { bytes: "1MB", when_full: "drop_oldest" } }, "L0730", "/params/max_disk/when_full"],
    [
      { max_disk: { bytes: "1MB", when_full: "drop_oldest" }, split: { bytes: "600kB" } },
      "L0730",
      "/params/max_disk/bytes",
    ],
    [{ max_disk: "1 MB" }, "L0730", "/params/max_disk"],
    [{ keep: { bytes: "much" } }, "L0730", "/params/keep/bytes"],
    [{ keep: { age: "long" } }, "L0119", "/params/keep/age"],
    [{ rate: "10ms" }, "L0119", "/params/rate"],
    [{ trigger: { when: { port: "force", above: 1 }, pre: "soon" } }, "L0119", "/params/trigger/pre"],
    [{ split: { time: "0s" } }, "L0119", "/params/split/time"],
    [{ when: { port: "forse", above: 1 } }, "L0731", "/params/when/port"],
    [{ when: { port: "force:x", above: 1 } }, "L0731", "/params/when/port"],
    [{ when: { port: "force" } }, "L0730", "/params/when"],
    [{ when: { port: "force", above: 2, below: 1 } }, "L0730", "/params/when"],
    [{ when: { port: "mode", above: 2 } }, "L0730", "/params/when/above"],
    [
      {
        when: [
          { port: "force", above: 1 },
          { port: "mode", equals: 3 },
        ],
      },
      "L0730",
      "/params/when/1/equals",
    ],
    [{ when: { any: [{ port: "mode", below: 3 }] } }, "L0730", "/params/when/any/0/below"],
    [{ on_change: { ports: ["force", "torque"] } }, "L0731", "/params/on_change/ports/1"],
    [{ episodes: { by: "task" } }, "L0731", "/params/episodes/by"],
  ])("%j is %s at %s", (options, code, path) => {
    expect(problemsOf(options)).toEqual([[code, path]]);
  });

  test("several are told at once", () => {
    expect(problemsOf({ rate: "fast", when: { port: "x", above: 1 }, keep: { bytes: "?" } })).toHaveLength(3);
  });

  test("a trigger needs no `when` where the recorder knows", () => {
    class Hits extends Recorder {
      override triggers() {
        return true;
      }
    }
    expect(problemsOf({ trigger: { pre: 3 } }, Hits)).toEqual([]);
  });
});
