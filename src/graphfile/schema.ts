/**
 * The JSON Schema of a graph file as authored: what editors complete and explain, and what `validate.ts` holds files to.
 *
 * `schemas/graph.schema.json` is generated from here. Descriptions are the editor's hover help; `title` is what
 * problems call a part ("an in-stream has no key …").
 */
import Type from "typebox";
import { node } from "./schema/nodes.js";
import { inStream, outStream } from "./schema/streams.js";
import { byId, closed, doc, duration, json, map, mapOf, named, ref, text } from "./schema/words.js";

export const PARAM_TYPES = ["number", "integer", "boolean", "string", "array", "object"] as const;

export const paramDeclaration = Type.Object(
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
    for: Type.Optional(duration("Virtual time of one episode (default `10s`).")),
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
          in: Type.Optional(byId(inStream, "`in`", "What enters this computer.")),
          out: Type.Optional(byId(outStream, "`out`", "What leaves this computer.")),
        },
        { ...closed, title: "`streams`", description: "What crosses this computer's boundary." },
      ),
    ),
    world: Type.Optional(
      byId(
        node,
        "`world`",
        "Plant, sensors, people: what lies outside the computer. It runs in simulation only, reads out-streams and feeds in-streams.",
      ),
    ),
    nodes: Type.Optional(byId(node, "`nodes`", "The system itself: what runs inside this computer.")),
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
