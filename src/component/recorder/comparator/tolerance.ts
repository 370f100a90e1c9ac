/** `tolerance: 0.01`: how much two values may differ and still agree, as authors write it and as comparators read it. */
import Type, { type Static } from "typebox";

const margin = (description: string) => Type.Optional(Type.Number({ minimum: 0, description }));
const bounds = {
  absolute: margin("in the value's own unit; angles and rotations in rad; default 0"),
  relative: margin("a share of the larger of two numbers; angles and rotations have none; default 0"),
};
const closed = { additionalProperties: false, minProperties: 1 } as const;

export const toleranceOption = Type.Union(
  [
    Type.Number({ minimum: 0 }),
    Type.Object(
      {
        ...bounds,
        fields: Type.Optional(
          Type.Record(Type.String(), Type.Union([Type.Number({ minimum: 0 }), Type.Object(bounds, closed)]), {
            minProperties: 1,
            description: "other tolerances for fields and elements: `velocity`, `position[0]`, `[1]`",
          }),
        ),
      },
      closed,
    ),
  ],
  { description: "how much numbers may differ and still agree: a number is `absolute`; default 0" },
);

export type WrittenTolerance = Static<typeof toleranceOption>;

/** Two numbers agree when they are within one of both. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** A tolerance of its own for a part of the message. */
export interface PartTolerance {
  readonly path: readonly string[];
  readonly tolerance: Tolerance;
}

export interface Tolerances {
  readonly all: Tolerance;
  readonly parts: readonly PartTolerance[];
}

type Bounds = number | { readonly absolute?: number; readonly relative?: number };

const read = (written: Bounds): Tolerance =>
  typeof written === "number"
    ? { absolute: written, relative: 0 }
    : { absolute: written.absolute ?? 0, relative: written.relative ?? 0 };

/**
 * The tolerances of a message and of its parts.
 *
 * @example
 * readTolerance(0.1).all // { absolute: 0.1, relative: 0 }
 * const { parts } = readTolerance({ absolute: 1, fields: { "position[0]": { relative: 0.5 } } });
 * parts // [{ path: ["position", "0"], tolerance: { absolute: 0, relative: 0.5 } }]
 */
export function readTolerance(written: WrittenTolerance = 0): Tolerances {
  const { fields = {}, ...all } = typeof written === "number" ? { absolute: written } : written;
  const parts = Object.entries(fields).map(([field, tolerance]) => ({
    path: stepsOf(field),
    tolerance: read(tolerance),
  }));
  return { all: read(all), parts };
}

/**
 * The steps of a part's name; one that is none names a field that no message has.
 *
 * @example
 * stepsOf("pose.position[0]") // ["pose", "position", "0"]
 * stepsOf("[2][1]") // ["2", "1"]
 */
export function stepsOf(field: string): readonly string[] {
  const isPath = /^([A-Za-z_]\w*|\[\d+\])(\[\d+\]|\.[A-Za-z_]\w*)*$/.test(field);
  return isPath ? field.match(/\w+/g)! : [field];
}
