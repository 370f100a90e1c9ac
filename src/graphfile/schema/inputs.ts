/** What an input reads, and what it does without a value, with an old one, and with too many. */
import Type from "typebox";
import { closed, count, duration, json, ref, text } from "./words.js";

export const queueMapping = Type.Object(
  {
    size: count("How many events may wait for the node."),
    policy: Type.Optional(
      Type.Enum(["block", "drop_oldest", "drop_newest", "fault"], {
        title: "`block`, `drop_oldest`, `drop_newest` or `fault`",
        description:
          "What happens when the queue is full: `drop_oldest` (default) and `drop_newest` lose a message and count it, `fault` faults the node, `block` holds the producer back until there is room.",
      }),
    ),
  },
  { ...closed, title: "a queue" },
);

const queue = Type.Union(
  [count("How many events may wait for the node; when one more comes, the oldest is dropped."), queueMapping],
  {
    title: "a size such as `10`, or `{size: 10, policy: drop_oldest}`",
    description:
      "For event inputs: messages that come while the node is busy wait here, `10` of them or `{size: 10, policy: block}`. The node takes one a firing; a clocked node gets all of them at its next firing (1,024 without a queue).",
  },
);

export const inputMapping = Type.Object(
  {
    from: ref(
      "Where the values come from: a stream, or `node.port`; `:field` behind it takes one field of the message.",
    ),
    max_age: Type.Optional(duration("A value whose stamp is older than this counts as missing, e.g. `1s`.")),
    missing: Type.Optional(
      Type.Union(
        [
          Type.Enum(["skip", "fault"]),
          Type.Object({ default: json("The value to use.") }, { ...closed, title: "`missing`" }),
        ],
        {
          title: "`skip`, `fault` or `{default: value}`",
          description:
            "What a firing does without a value: `skip` cancels it and counts it (default), `fault` faults the node, `{default: value}` uses that value.",
        },
      ),
    ),
    delay: Type.Optional(
      text(
        "a duration such as `10ms`, or `1period`",
        "Deliver later by this: `10ms`, or `1period` of this node's clock. Breaks a cycle; needs `initial`. A `$param` may stand here.",
      ),
    ),
    initial: Type.Optional(json("Value held from the start until the first message; it triggers nothing.")),
    exact: Type.Optional(
      Type.Boolean({
        title: "`true` or `false`",
        description:
          "Read the message whose stamp equals the firing's, out of the last 64, and not the latest one. Without such a message the value counts as missing. For signals.",
      }),
    ),
    queue: Type.Optional(queue),
  },
  { ...closed, title: "an input" },
);

export const input = Type.Union(
  [
    ref("Where the values come from: a stream, or `node.port`; `:field` behind it takes one field of the message."),
    inputMapping,
  ],
  {
    title: "a reference such as `joints`, or a mapping with `from`",
    description: "A reference, or a mapping with `from` and more.",
  },
);
