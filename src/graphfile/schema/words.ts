/** What the parts of the schema of graph files are made of: names, texts, quantities, maps. */
import Type, { type TSchema } from "typebox";

const NAME = "[A-Za-z_][A-Za-z0-9_-]*";
/** Names of params, message types, metrics and starts. */
export const NAME_PATTERN = `^${NAME}$`;
const SEGMENT = `${NAME}(#[A-Za-z0-9_-]+)?`;
/**
 * Ids of streams and nodes. `/` stands between a sub-graph and its parts, `#` in the names of what rewriting inserted,
 * so that a graph that was flattened and rewritten can be written out and read again.
 */
export const ID_PATTERN = `^${SEGMENT}(/${SEGMENT})*$`;

export const closed = { additionalProperties: false } as const;
export const json = (description: string) => Type.Unsafe<unknown>({ description });
export const text = (title: string, description: string) => Type.String({ title, description });
export const mapOf = (value: TSchema, options: object) => Type.Object({}, { additionalProperties: value, ...options });
export const map = (value: TSchema, title: string, description: string) => mapOf(value, { title, description });
export const named = (value: TSchema, title: string, description: string) =>
  mapOf(value, { title, description, propertyNames: { pattern: NAME_PATTERN } });
export const byId = (value: TSchema, title: string, description: string) =>
  mapOf(value, { title, description, propertyNames: { pattern: ID_PATTERN } });

export const doc = Type.Optional(text("a text", "What this is for, in your words. Shown in pictures and reports."));
export const quantity = (description: string) =>
  text("a quantity such as `100hz` or `10ms`", `${description} A \`$param\` may stand here.`);
export const duration = (description: string) =>
  text("a duration such as `10ms`", `${description} A \`$param\` may stand here.`);
export const ref = (description: string) => text("a reference such as `joints` or `controller.torque`", description);
export const param = Type.String({ title: "a `$param`", pattern: `^\\$${NAME}$` });
/** A count, or a `$param` that the checks hold to the same. */
export const count = (description: string) =>
  Type.Union([Type.Integer({ minimum: 1 }), param], { title: "a whole number from 1", description });
export const kind = Type.Optional(
  Type.Enum(["signal", "event"], {
    title: "`signal` or `event`",
    description: "A signal's last value is held (default); an event exists only at the instant of its message.",
  }),
);
