/** Nodes: what they run, how long it takes, where, and what becomes of a fault. */
import Type from "typebox";
import { input } from "./inputs.js";
import { trigger } from "./triggers.js";
import { closed, count, doc, duration, json, map, ref, text } from "./words.js";

const latency = Type.Union(
  [
    duration("Every firing takes this long, e.g. `5ms`."),
    Type.Object(
      {
        normal: Type.Array(duration("The mean, then the standard deviation."), {
          minItems: 2,
          maxItems: 2,
          title: "a mean and a standard deviation such as `[5ms, 1ms]`",
          description: "Normally distributed with this mean and this standard deviation, cut off at zero.",
        }),
      },
      { ...closed, title: "a normal latency" },
    ),
    Type.Object(
      {
        empirical: Type.Array(duration("A measured duration."), {
          minItems: 1,
          title: "a list of durations such as `[4ms, 5ms, 9ms]`",
          description: "One of these measured durations, each equally likely.",
        }),
      },
      { ...closed, title: "an empirical latency" },
    ),
  ],
  {
    title: "a duration such as `5ms`, `{normal: [5ms, 1ms]}` or `{empirical: [4ms, 5ms, 9ms]}`",
    description:
      "How long a firing takes: its outputs land that much later, with unchanged stamps, and never overtake each other. Constant (`5ms`), or drawn with the run's seed: `{normal: [5ms, 1ms]}`, `{empirical: [4ms, 5ms, 9ms]}`. Default: no time.",
  },
);

export const restartMapping = Type.Object(
  {
    budget: count("How many faults are mended in the time `within`; the next one is final."),
    within: Type.Optional(duration("The time over which faults are counted, e.g. `1min` (default: the whole run).")),
    after: Type.Optional(duration("From the fault to the new start (default `10ms`).")),
  },
  { ...closed, title: "a restart budget" },
);

const restart = Type.Union([count("How many faults are mended, over the whole run."), restartMapping], {
  title: "a number such as `3`, or `{budget: 3, within: 1min, after: 10ms}`",
  description:
    "How often a node that faulted is started afresh: `3` times, or `{budget: 3, within: 1min, after: 10ms}`. Until then, and once the budget is spent, its outputs hold their `safe` values. Default: never.",
});

export const node = Type.Object(
  {
    component: text(
      "the name of a component",
      "A library component (`control/pd`), a file (`./controller.ts`), a graph file, or a model (`model:reach@champion`).",
    ),
    on: Type.Optional(trigger),
    in: Type.Optional(
      Type.Union(
        [
          Type.Array(ref("A stream or `node.port`; the input port has the same name."), {
            title: "a list of references",
          }),
          map(input, "`in`", "Input ports by name, and what each reads."),
        ],
        {
          title: "a list of references, or a mapping from input ports to references",
          description: "What the inputs read. A list means that ports and what they read have equal names.",
        },
      ),
    ),
    params: Type.Optional(map(json("A value, or `$param`."), "`params`", "The component's params.")),
    safe: Type.Optional(
      map(
        json("A value of the port's message type."),
        "`safe`",
        "Outputs that the node gives at once when it faults, and holds until it runs again.",
      ),
    ),
    restart: Type.Optional(restart),
    latency: Type.Optional(latency),
    place: Type.Optional(
      Type.Enum(["inline", "worker", "process"], {
        title: "`inline`, `worker` or `process`",
        description:
          "Where the node runs: in the engine's own thread (`inline`, default), in a worker thread, or in a process of its own, which alone can be ended with certainty when it hangs. Results are the same.",
      }),
    ),
    timeout: Type.Optional(
      duration(
        "Wall time that one firing may take in a worker or process before the node counts as hanging and faults, e.g. `100ms`.",
      ),
    ),
    tags: Type.Optional(
      Type.Array(Type.String({ title: "a tag", minLength: 1, maxLength: 100, description: "A label." }), {
        title: "a list of tags",
        description: "Labels of your own, by which rewrites choose nodes.",
      }),
    ),
    initial: Type.Optional(
      map(
        json("A value of the port's message type."),
        "`initial`",
        "Outputs held from the start until the first message; they trigger nothing.",
      ),
    ),
    doc,
  },
  { ...closed, title: "a node", description: "One component at work." },
);
