/** When a node fires. */
import Type from "typebox";
import { closed, count, duration, quantity, text } from "./words.js";

export const aligned = Type.Object(
  {
    ports: Type.Array(text("the name of an input port", "An input port of this node."), {
      minItems: 2,
      title: "a list of two input ports or more",
      description: "The input ports that are joined.",
    }),
    within: duration("How far the stamps of one set may lie apart, e.g. `5ms`; `0ms` demands equal stamps."),
  },
  {
    ...closed,
    title: "`aligned`",
    description:
      "Fire once there is a message at each of these ports with stamps that lie this close together. Each message is used once at most; one that can find no partner any more is dropped and counted.",
  },
);

export const window = Type.Object(
  {
    port: Type.Optional(
      text("the name of an input port", "The event input that is collected; may be left out where there is only one."),
    ),
    count: Type.Optional(count("How many messages the window holds: the last so many.")),
    duration: Type.Optional(duration("How much time the window holds: the messages of the last `100ms`.")),
    every: Type.Optional(
      Type.Union(
        [count("After every so many messages."), quantity("At every multiple of this time, or at this rate.")],
        {
          title: "a number of messages such as `5`, or a time such as `100ms`",
          description:
            "How often it fires: after every `5` messages, or every `100ms`. Default: the window's own size, so that windows follow each other without overlap.",
        },
      ),
    ),
  },
  {
    ...closed,
    title: "`window`",
    description:
      "Fire on the last messages of an event input, all at once as a list: the last `count`, or those of the last `duration`, as often as `every` says.",
  },
);

export const silence = Type.Object(
  {
    port: text("the name of an input port", "The input port that is watched."),
    for: duration("How long nothing must have come, e.g. `50ms`."),
  },
  {
    ...closed,
    title: "`silence`",
    description:
      "Fire once nothing has come at this port for so long, counted from its last message, or from the start. The next message arms it again.",
  },
);

export const trigger = Type.Union(
  [
    quantity("Fire at a fixed rate (`100hz`) or period (`10ms`)."),
    Type.Object(
      {
        clock: quantity("Rate (`100hz`) or period (`10ms`); firing k is at phase + k periods."),
        phase: Type.Optional(duration("Time of the first firing, e.g. `5ms`.")),
      },
      { ...closed, title: "a clock" },
    ),
    Type.Object(
      {
        each: Type.Array(text("the name of an input port", "An input port of this node."), {
          minItems: 1,
          title: "a list of input ports",
          description: "Fire on each new message at any of these input ports.",
        }),
      },
      { ...closed, title: "an `each` trigger" },
    ),
    Type.Object({ aligned }, { ...closed, title: "an `aligned` trigger" }),
    Type.Object({ window }, { ...closed, title: "a `window` trigger" }),
    Type.Object({ silence }, { ...closed, title: "a `silence` trigger" }),
  ],
  {
    title:
      "a rate such as `100hz`, a period such as `10ms`, or one of `{clock: …}`, `{each: [ports]}`, `{aligned: …}`, `{window: …}`, `{silence: …}`",
    description:
      "When the node fires: at a rate (`100hz`) or period (`10ms`), or on what comes at its inputs: `each`, `aligned`, `window`, `silence`. Default: as its component declares; else on its event inputs; else on all its inputs.",
  },
);
