/**
 * The model card: what a model takes and gives, where it comes from, how good it is.
 *
 * Its schema is checked when a card is written and each time one is read.
 */
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import Type, { type Static } from "typebox";
import { type Transforms, transformsSchema } from "../message/transforms/transforms.js";
import type { MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";

export { columnName } from "../dataset/columns.js";

const closed = { additionalProperties: false } as const;
const count = Type.Integer({ minimum: 0 });
const sha256 = Type.String({ pattern: "^[0-9a-f]{64}$" });

const port = Type.Object(
  { type: Type.Unsafe<MessageSchema>({ type: "object" }), kind: Type.Enum(["signal", "event"]) },
  closed,
);
const ports = Type.Record(Type.String(), port);

/** One number of the flattened messages, named within its port; statistics are those of the training rows. */
const column = Type.Object(
  {
    name: Type.String(),
    port: Type.String(),
    unit: Type.Optional(Type.String()),
    min: Type.Number(),
    max: Type.Number(),
    mean: Type.Number(),
    sd: Type.Number(),
  },
  closed,
);

const openLoop = Type.Object(
  {
    nmse: Type.Array(Type.Number()),
    nmse_mean: Type.Number(),
    r2_mean: Type.Number(),
    /** No output varied in the test rows: R² says nothing. */
    constant: Type.Optional(Type.Literal(true)),
    accuracy: Type.Optional(Type.Record(Type.String(), Type.Number())),
  },
  closed,
);
const closedLoop = Type.Record(
  Type.String(),
  Type.Record(Type.String(), Type.Object({ mean: Type.Number(), sd: Type.Number() }, closed)),
);
const metrics = { test: openLoop, closed_loop: Type.Optional(closedLoop) };

export const cardSchema = Type.Object(
  {
    limbeck: Type.Literal(1),
    name: Type.String(),
    version: Type.Integer({ minimum: 1 }),
    /** Digest and size in bytes of `model.onnx`. */
    sha256,
    size: count,
    opset: Type.Integer({ minimum: 1 }),
    created_at: Type.String({ pattern: "^\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z$" }),
    /** The words after `limbeck` that made the model. */
    command: Type.Array(Type.String()),
    /** What the model stands in for, in the graph it was distilled from. */
    teacher: Type.Object(
      {
        graph: Type.String(),
        graph_digest: Type.String(),
        /** A region of nodes; absent for a relation between ports. */
        nodes: Type.Optional(Type.Array(Type.String())),
        /** The node whose outputs the model's start from; it learned what is missing. */
        residual: Type.Optional(Type.String()),
        /** The graph's port that each of the model's ports stands for. */
        inputs: Type.Record(Type.String(), Type.String()),
        outputs: Type.Record(Type.String(), Type.String()),
      },
      closed,
    ),
    /** The kind of student and its settings. */
    student: Type.Object({ kind: Type.String(), settings: Type.Record(Type.String(), Type.Unknown()) }, closed),
    trigger: Type.Union([
      Type.Object({ clock: Type.String(), phase: Type.Optional(Type.String()) }, closed),
      Type.Object({ each: Type.Array(Type.String()) }, closed),
    ]),
    inputs: ports,
    outputs: ports,
    /** It is a policy that was lowered: when it is called, and which of its messages are of the time of the call. */
    policy: Type.Optional(
      Type.Object(
        {
          call: Type.Object(
            {
              period_ns: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
              phase_ns: Type.Optional(Type.Number({ minimum: 0 })),
              on: Type.Optional(Type.Array(Type.String())),
            },
            closed,
          ),
          now: Type.Optional(Type.Array(Type.String())),
        },
        closed,
      ),
    ),
    /** It carries state of its own from firing to firing (`state_in.*`, `state_out.*`). */
    remembers: Type.Optional(Type.Literal(true)),
    /** What the inputs' columns were turned into before training, and are before each run; `columns` are those after. */
    transforms: Type.Optional(Type.Unsafe<Transforms>(transformsSchema)),
    columns: Type.Object({ inputs: Type.Array(column), outputs: Type.Array(column) }, closed),
    dataset: Type.Object(
      {
        digest: Type.String(),
        split: Type.Object({ by: Type.Enum(["time", "episode", "row"]) }, closed),
        rows: Type.Object({ train: count, validation: count, test: count }, closed),
      },
      closed,
    ),
    seed: Type.Integer(),
    metrics: Type.Object(metrics, closed),
    baselines: Type.Array(Type.Object({ name: Type.String(), ...metrics }, closed)),
    /** References of the models that this one was made from. */
    parents: Type.Array(Type.String()),
  },
  { ...closed, title: "Limbeck model card" },
);

export type Card = Static<typeof cardSchema>;
/** A card without what the store fills in. */
export type CardFacts = Omit<Card, "limbeck" | "name" | "version" | "sha256" | "size">;

/** The text of the committed `schemas/card.schema.json`. */
export const cardSchemaText = (): string =>
  `${JSON.stringify({ $schema: "http://json-schema.org/draft-07/schema#", ...cardSchema }, null, 2)}\n`;

let validate: ValidateFunction<Card> | undefined;

/**
 * The value as a card.
 *
 * @param file names the card in messages
 * @throws LimbeckError L0854
 * @example
 * const { card } = findModel("models", "reach@1");
 * checkCard({ ...card, size: -1 }, "card.json") // throws L0854
 */
export function checkCard(value: unknown, file: string): Card {
  validate ??= new Ajv({ allErrors: true, strict: true }).compile<Card>(cardSchema);
  if (validate(value)) return value;
  return fail("L0854", { file, reason: reasons(validate.errors ?? []) });
}

const MAX_REASONS = 3;

function reasons(errors: readonly ErrorObject[]): string {
  const said = errors.slice(0, MAX_REASONS).map((e) => {
    const where = e.instancePath || "the card";
    const extra = e.keyword === "additionalProperties" ? ` (\`${e.params.additionalProperty}\`)` : "";
    return `${where} ${e.message}${extra}`;
  });
  const more = errors.length - said.length;
  return said.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
