/** Streams and their contracts. */
import Type from "typebox";
import { closed, doc, duration, json, kind, param, ref, text } from "./words.js";

export const contract = Type.Object(
  {
    rate: Type.Optional(
      text(
        "a rate such as `100hz`",
        "How often messages come, e.g. `100hz`. A world node that feeds the stream fires at this rate unless it says otherwise. A `$param` may stand here.",
      ),
    ),
    jitter: Type.Optional(duration("How far a message may be off its time, e.g. `5ms`.")),
    latency: Type.Optional(duration("How long after its stamp a message arrives, e.g. `2ms`.")),
    loss: Type.Optional(
      Type.Union([text("a share such as `1%`", "Share of messages lost."), Type.Number({ minimum: 0, maximum: 1 })], {
        title: "a share: `1%`, or a number from 0 to 1",
        description: "Share of messages that never arrive: `1%`, or a number from 0 to 1.",
      }),
    ),
    range: Type.Optional(
      Type.Array(Type.Union([Type.Number(), param], { title: "a number" }), {
        minItems: 2,
        maxItems: 2,
        title: "a list of two numbers",
        description: "Lowest and highest value of every number in a message.",
      }),
    ),
  },
  {
    ...closed,
    title: "a contract",
    description: "What is promised about the stream. Simulated with the run's seed, and checked live.",
  },
);

const message = Type.Union(
  [text("the name of a message type", "Name of the message type."), Type.Object({}, { title: "a message type" })],
  {
    title: "the name of a message type, or a type such as `{tensor: [2], unit: rad}`",
    description:
      "What a message is: the name of a type (from `messages` in this file, from `schemas/`, or built in, such as `number`), or the type itself, such as `{tensor: [2], unit: rad}`.",
  },
);

export const inStream = Type.Object(
  {
    message,
    kind,
    simulate: Type.Optional(ref("World port that feeds this stream in simulation: `node.port`.")),
    live: Type.Optional(text("an address", "Address of the real stream, e.g. `udp://0.0.0.0:9000`.")),
    contract: Type.Optional(contract),
    initial: Type.Optional(json("Value held from the start until the first message; it triggers nothing.")),
    doc,
  },
  { ...closed, title: "an in-stream", description: "Messages that enter this computer." },
);

export const outStream = Type.Object(
  {
    message,
    kind,
    from: ref("Port whose messages leave here: `node.port`."),
    live: Type.Optional(text("an address", "Address that messages are sent to, e.g. `udp://127.0.0.1:9001`.")),
    contract: Type.Optional(contract),
    initial: Type.Optional(
      json(
        "Value held from the start until the first message; it triggers nothing. A plant that reads this stream needs it.",
      ),
    ),
    doc,
  },
  { ...closed, title: "an out-stream", description: "Messages that leave this computer." },
);
