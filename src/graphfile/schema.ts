/**
 * The JSON Schema of a graph file as authored: what editors complete and explain, and what `validate.ts` holds files to.
 *
 * `schemas/graph.schema.json` is generated from here. Descriptions are the editor's hover help; `title` is what
 * problems call a part ("an in-stream has no key …").
 */
import Type, { type TSchema } from "typebox";

/** `#` stands in the names of what rewriting inserted, so that a rewritten graph can be written out and read again. */
export const ID_PATTERN = "^[A-Za-z_][A-Za-z0-9_-]*(#[A-Za-z0-9_-]+)?$";

const closed = { additionalProperties: false } as const;
const json = (description: string) => Type.Unsafe<unknown>({ description });
const text = (title: string, description: string) => Type.String({ title, description });
const mapOf = (value: TSchema, options: object) => Type.Object({}, { additionalProperties: value, ...options });
const map = (value: TSchema, title: string, description: string) => mapOf(value, { title, description });
const named = (value: TSchema, title: string, description: string) =>
  mapOf(value, { title, description, propertyNames: { pattern: ID_PATTERN } });

const doc = Type.Optional(text("a text", "What this is for, in your words. Shown in pictures and reports."));
const quantity = (description: string) =>
  text("a quantity such as `100hz` or `10ms`", `${description} A \`$param\` may stand here.`);
const ref = (description: string) => text("a reference such as `joints` or `controller.torque`", description);
const param = Type.String({ title: "a `$param`", pattern: "^\\$[A-Za-z_][A-Za-z0-9_-]*$" });
const kind = Type.Optional(
  Type.Enum(["signal", "event"], {
    title: "`signal` or `event`",
    description: "A signal's last value is held (default); an event exists only at the instant of its message.",
  }),
);

const contract = Type.Optional(
  Type.Object(
    {
      rate: Type.Optional(
        quantity(
          "How often messages come, e.g. `100hz`. A world node that feeds the stream fires at this rate unless it says otherwise.",
        ),
      ),
      jitter: Type.Optional(quantity("How far a message may be off its time, e.g. `5ms`.")),
      latency: Type.Optional(quantity("How long after its stamp a message arrives, e.g. `2ms`.")),
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
  ),
);

const inStream = Type.Object(
  {
    message: text(
      "the name of a message type",
      "Name of the message type: from `messages` in this file, from `schemas/`, or built in.",
    ),
    kind,
    simulate: Type.Optional(ref("World port that feeds this stream in simulation: `node.port`.")),
    live: Type.Optional(text("an address", "Address of the real stream, e.g. `udp://0.0.0.0:9000`.")),
    contract,
    initial: Type.Optional(json("Value held from the start until the first message; it triggers nothing.")),
    doc,
  },
  { ...closed, title: "an in-stream", description: "Messages that enter this computer." },
);

const outStream = Type.Object(
  {
    message: text(
      "the name of a message type",
      "Name of the message type: from `messages` in this file, from `schemas/`, or built in.",
    ),
    kind,
    from: ref("Port whose messages leave here: `node.port`."),
    live: Type.Optional(text("an address", "Address that messages are sent to, e.g. `udp://127.0.0.1:9001`.")),
    contract,
    initial: Type.Optional(
      json(
        "Value held from the start until the first message; it triggers nothing. A plant that reads this stream needs it.",
      ),
    ),
    doc,
  },
  { ...closed, title: "an out-stream", description: "Messages that leave this computer." },
);

const input = Type.Union(
  [
    ref("Where the values come from: a stream, or `node.port`; `:field` behind it takes one field of the message."),
    Type.Object(
      {
        from: ref(
          "Where the values come from: a stream, or `node.port`; `:field` behind it takes one field of the message.",
        ),
        max_age: Type.Optional(quantity("A value whose stamp is older than this counts as missing, e.g. `1s`.")),
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
          quantity(
            "Deliver later by this: `10ms`, or `1period` of this node's clock. Breaks a cycle; needs `initial`.",
          ),
        ),
        initial: Type.Optional(json("Value held before the first delayed message.")),
      },
      { ...closed, title: "an input" },
    ),
  ],
  {
    title: "a reference such as `joints`, or a mapping with `from`",
    description: "A reference, or a mapping with `from` and more.",
  },
);

const trigger = Type.Union(
  [
    quantity("Fire at a fixed rate (`100hz`) or period (`10ms`)."),
    Type.Object(
      {
        clock: quantity("Rate (`100hz`) or period (`10ms`)."),
        phase: Type.Optional(quantity("Time of the first firing, e.g. `5ms`.")),
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
  ],
  {
    title: "a rate such as `100hz`, a period such as `10ms`, `{clock: …, phase: …}` or `{each: [ports]}`",
    description:
      "When the node fires. Default: as its component declares; else on its event inputs; else on all its inputs.",
  },
);

const node = Type.Object(
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
      map(json("A value of the port's message type."), "`safe`", "Outputs to hold when the node faults."),
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

export const PARAM_TYPES = ["number", "integer", "boolean", "string", "array", "object"] as const;

const paramDeclaration = Type.Object(
  {
    type: Type.Optional(
      Type.Enum([...PARAM_TYPES], {
        title: `one of ${PARAM_TYPES.map((t) => `\`${t}\``).join(", ")}`,
        description: "Kind of value. Default: any.",
      }),
    ),
    default: Type.Optional(json("Value when none is set.")),
    minimum: Type.Optional(Type.Number({ title: "a number", description: "Lowest value allowed." })),
    maximum: Type.Optional(Type.Number({ title: "a number", description: "Highest value allowed." })),
    enum: Type.Optional(
      Type.Array(json("An allowed value."), {
        minItems: 1,
        title: "a list of values",
        description: "The values allowed.",
      }),
    ),
    unit: Type.Optional(text("a unit", "Physical unit, e.g. `N*m/rad`.")),
    doc,
  },
  {
    ...closed,
    title: "a param's declaration",
    description: "Use its value anywhere as `$name`; `--set name=value` overrides it.",
  },
);

const rewrite = mapOf(map(json("An option of the rule."), "a rule's options", "Options of the rule."), {
  title: "a rewrite such as `record: {…}`",
  description:
    "One rule of rewriting and its options, e.g. `record: {as: reach, inputs: [joints], outputs: [controller.torque]}`.",
  minProperties: 1,
  maxProperties: 1,
});

const rewrites = Type.Array(rewrite, {
  title: "a list of rewrites",
  description: "Rules applied to the graph, e.g. `- record: {…}`.",
});

const metric = mapOf(
  Type.Array(ref("A port or stream."), {
    minItems: 1,
    title: "a list of ports",
    description: "The ports the metric compares.",
  }),
  {
    title: "a metric such as `{rmse: [arm.tip, target]}`",
    description: "Metric and the ports that it compares.",
    minProperties: 1,
    maxProperties: 1,
  },
);

const evaluate = Type.Object(
  {
    for: Type.Optional(quantity("Virtual time of one episode (default `10s`).")),
    episodes: Type.Optional(
      Type.Integer({
        minimum: 1,
        title: "a whole number from 1",
        description: "Episodes from each start (default 8).",
      }),
    ),
    metrics: Type.Optional(named(metric, "`metrics`", "What is measured, by name.")),
    starts: Type.Optional(
      named(
        map(
          json("A value, or `{uniform: [low, high]}`."),
          "a start",
          "Params (`arm.q0`, or the graph's own) and their values or distributions.",
        ),
        "`starts`",
        "Sets of situations that episodes start from, by name.",
      ),
    ),
  },
  { ...closed, title: "`evaluate`", description: "What `compare`, `evaluate` and `distill` measure, and from where." },
);

export const graphSchema = Type.Object(
  {
    limbeck: Type.Literal(1, { title: "`1`", description: "Version of the language of graph files." }),
    name: Type.String({ title: "a name", minLength: 1, maxLength: 200, description: "Name of the graph." }),
    doc,
    seed: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        title: "a whole number from 0",
        description: "Seed of everything random (default 0); `--seed` overrides it.",
      }),
    ),
    params: Type.Optional(
      named(
        paramDeclaration,
        "`params`",
        "Values that the file names once: used as `$name`, overridden by `--set name=value`.",
      ),
    ),
    messages: Type.Optional(named(json("A message type."), "`messages`", "Message types of this file, by name.")),
    streams: Type.Optional(
      Type.Object(
        {
          in: Type.Optional(named(inStream, "`in`", "What enters this computer.")),
          out: Type.Optional(named(outStream, "`out`", "What leaves this computer.")),
        },
        { ...closed, title: "`streams`", description: "What crosses this computer's boundary." },
      ),
    ),
    world: Type.Optional(
      named(
        node,
        "`world`",
        "Plant, sensors, people: what lies outside the computer. It runs in simulation only, reads out-streams and feeds in-streams.",
      ),
    ),
    nodes: Type.Optional(named(node, "`nodes`", "The system itself: what runs inside this computer.")),
    rewrites: Type.Optional(rewrites),
    evaluate: Type.Optional(evaluate),
  },
  { ...closed, title: "a graph file" },
);

/** A file of rewrites that `--with` lays over a graph. */
export const rewriteFileSchema = Type.Object(
  { limbeck: graphSchema.properties.limbeck, doc, rewrites },
  { ...closed, title: "a rewrite file" },
);

/** The text of the committed `schemas/graph.schema.json`. */
export const graphSchemaText = (): string =>
  `${JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", ...graphSchema }, null, 2)}\n`;
