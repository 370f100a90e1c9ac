/**
 * Transforms of a port's columns, as they are declared in a dataset's manifest and in a model's card.
 *
 *     message ─ flatten ─► columns ─ transform ─ transform ─► columns that a model sees
 *
 * They are data, not code: what a card carries must be safe to read and mean the same wherever it is copied. What is
 * not a sum of columns and earlier columns (a product, a threshold) is a node of the graph.
 */
import { Type } from "typebox";
import { fail } from "../../problem/problem.js";
import { type Column, MAX_WIDTH } from "../flatten.js";
import { differences } from "./difference.js";
import { flattened, type OwnColumn } from "./flatten.js";
import { windowed } from "./history.js";
import { lagged } from "./lag.js";
import { compileTaps, type TapColumn, type Taps, untouched } from "./taps.js";

/** The longest look back, in rows. */
export const MAX_DEPTH = 10_000;
/** Factors of all columns of a port. */
export const MAX_TAPS = 2 ** 24;
const MAX_ORDER = 8;

const closed = { additionalProperties: false } as const;
const Steps = Type.Integer({ minimum: 1, maximum: MAX_DEPTH });
const Name = Type.String();
const Keep = Type.Optional(Type.Boolean());

/** The kinds of transforms, each of one input port. */
export const transformSchemas = {
  flatten: Type.Object(
    {
      kind: Type.Literal("flatten"),
      port: Name,
      columns: Type.Unsafe<readonly OwnColumn[]>(
        Type.Array(
          Type.Object(
            {
              name: Type.String({ minLength: 1 }),
              unit: Type.Optional(Type.String()),
              of: Type.Record(Type.String(), Type.Number()),
              plus: Type.Optional(Type.Number()),
            },
            closed,
          ),
          { minItems: 1 },
        ),
      ),
    },
    closed,
  ),
  /** `keep` (default true): the columns themselves stay beside what is made of them. */
  difference: Type.Object(
    {
      kind: Type.Literal("difference"),
      port: Name,
      order: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_ORDER })),
      keep: Keep,
    },
    closed,
  ),
  lag: Type.Object(
    {
      kind: Type.Literal("lag"),
      port: Name,
      rows: Type.Unsafe<readonly number[]>(Type.Array(Steps, { minItems: 1, uniqueItems: true })),
      keep: Keep,
    },
    closed,
  ),
  history: Type.Object({ kind: Type.Literal("history"), port: Name, rows: Steps }, closed),
};

/** All transforms of a dataset's inputs, and what their memory means. */
export const transformsSchema = Type.Object(
  {
    /**
     * What "the row before" is. `rows`: the firing before, whatever its values; `messages`: the port's message before,
     * where rows are joined from messages.
     */
    over: Type.Enum(["rows", "messages"]),
    /** Where there is not enough history: the first row stands in for those before it; without it such rows are left out. */
    pad: Type.Optional(Type.Literal("first")),
    /** History ends at a gap that is longer. */
    max_gap_ns: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** Time from row to row, where it is one and the same: a model must fire as often. */
    step_ns: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
    /** In this order. */
    steps: Type.Unsafe<readonly Transform[]>(Type.Array(Type.Union(Object.values(transformSchemas)))),
  },
  closed,
);

export type Transform =
  | { readonly kind: "flatten"; readonly port: string; readonly columns: readonly OwnColumn[] }
  | { readonly kind: "difference"; readonly port: string; readonly order?: number; readonly keep?: boolean }
  | { readonly kind: "lag"; readonly port: string; readonly rows: readonly number[]; readonly keep?: boolean }
  | { readonly kind: "history"; readonly port: string; readonly rows: number };

export interface Transforms {
  readonly over: "rows" | "messages";
  readonly pad?: "first";
  readonly max_gap_ns?: number;
  readonly step_ns?: number;
  readonly steps: readonly Transform[];
}

/**
 * The transforms of one port, compiled to one list of taps.
 *
 * @param columns of the flattened port.
 * @param stride firings a row.
 * @throws LimbeckError L0770 for a transform that does not fit the columns, or looks back too far.
 * @example
 * const steps = [{ kind: "lag", port: "x", rows: [1] }] as const;
 * compileTransforms("x", steps, [{ name: "value", unit: "m" }]).columns.map(({ name }) => name) // ["value", "value@-1"]
 */
export function compileTransforms(
  port: string,
  steps: readonly Transform[],
  columns: readonly Column[],
  stride = 1,
): Taps {
  return compileTaps(columns.length, tapsOf(port, steps, columns, stride), stride);
}

/**
 * The same as a list: of each column the taps that it is the sum of, lags in rows.
 *
 * @throws LimbeckError L0770
 */
export function tapsOf(
  port: string,
  steps: readonly Transform[],
  columns: readonly Column[],
  stride = 1,
): readonly TapColumn[] {
  let made = untouched(columns);
  for (const step of steps) {
    if (step.port !== port) continue;
    const refuse = (reason: string): never => fail("L0770", { kind: step.kind, port, reason });
    const size = made.length * (1 + growth(step));
    if (size > MAX_WIDTH) refuse(`it would give more than ${MAX_WIDTH} columns`);
    made = applied(step, made, refuse);
    const depth = Math.max(0, ...made.map(({ taps }) => taps.reduce((most, { lag }) => Math.max(most, lag), 0)));
    if (depth * stride > MAX_DEPTH) refuse(`it would look back ${depth * stride} rows, more than ${MAX_DEPTH}`);
    const taps = made.reduce((sum, column) => sum + column.taps.length, 0);
    if (taps > MAX_TAPS) refuse(`it would sum ${taps} numbers a row, more than ${MAX_TAPS}`);
  }
  return made;
}

function applied(step: Transform, columns: Parameters<typeof lagged>[0], refuse: (reason: string) => never) {
  switch (step.kind) {
    case "flatten":
      return flattened(columns, step.columns, refuse);
    case "difference":
      return differences(columns, step.order ?? 1, step.keep ?? true);
    case "lag":
      return lagged(columns, step.rows, step.keep ?? true);
    case "history":
      return windowed(columns, step.rows);
  }
}

/** How many times as many columns there may be, beside those that are. */
function growth(step: Transform): number {
  switch (step.kind) {
    case "flatten":
      return 0;
    case "difference":
      return step.order ?? 1;
    case "lag":
      return step.rows.length;
    case "history":
      return step.rows - 1;
  }
}
