/** What a recorder can be told, as the rule `record` and the params of a recorder's node spell it. */
import Type, { type Static, type TSchema } from "typebox";
import { MAX_RING_ROWS } from "./policies/ring.js";

const closed = { additionalProperties: false } as const;
const optional = <T extends TSchema>(schema: T) => Type.Optional(schema);
const rows = (description: string) => Type.Integer({ minimum: 1, maximum: MAX_RING_ROWS, description });
const duration = (description: string) => Type.String({ description });
const size = (description: string) => Type.Union([Type.Integer({ minimum: 1 }), Type.String()], { description });

const clause = Type.Object(
  {
    port: Type.String({ description: "a recorded port, or a field of one: `joints:velocity[0]`" }),
    above: optional(Type.Number({ description: "the value is greater" })),
    below: optional(Type.Number({ description: "the value is less" })),
    equals: optional(
      Type.Union([Type.Number(), Type.Boolean(), Type.String()], { description: "the value is this one" }),
    ),
    changes: optional(Type.Boolean({ description: "the value differs from that of the complete row before" })),
    not: optional(Type.Boolean({ description: "the rest of this does not hold" })),
  },
  closed,
);
const when = (description: string) =>
  Type.Union(
    [
      clause,
      Type.Array(clause, { minItems: 1, description: "all hold" }),
      Type.Object({ any: Type.Array(clause, { minItems: 1, description: "one of these holds" }) }, closed),
    ],
    { description },
  );
const extent = (description: string) =>
  Type.Union([Type.Integer({ minimum: 0, maximum: MAX_RING_ROWS }), Type.String()], { description });

/** Options of policies, by the order in which they apply. */
export const policyOptions = {
  when: optional(when("keep only rows for which this holds")),
  every: optional(Type.Integer({ minimum: 1, description: "keep every n-th row" })),
  rate: optional(Type.String({ description: "keep at most one row a period: `10hz`" })),
  on_change: optional(
    Type.Union(
      [
        Type.Literal(true),
        Type.Object(
          {
            tolerance: optional(
              Type.Number({ minimum: 0, description: "how much a number may differ and count as the same; default 0" }),
            ),
            ports: optional(
              Type.Array(Type.String(), { minItems: 1, description: "recorded ports or fields; default all" }),
            ),
          },
          closed,
        ),
      ],
      { description: "keep only rows that differ from the one kept last" },
    ),
  ),
  trigger: optional(
    Type.Object(
      {
        when: optional(when("what fires it; looks at every complete row")),
        pre: optional(extent("rows, or time, before that are kept too; default none")),
        post: optional(extent("rows, or time, after that are kept too; default none")),
      },
      { ...closed, description: "keep only rows around those for which something holds" },
    ),
  ),
  keep: optional(
    Type.Object(
      {
        rows: optional(rows("only the last so many rows")),
        bytes: optional(size("only as many of the last rows as have so many bytes")),
        age: optional(duration("only rows that are not older than this at the last row")),
      },
      { ...closed, minProperties: 1, description: "a part of the rows, held in memory and written at the end" },
    ),
  ),
  episodes: optional(
    Type.Object(
      {
        by: optional(Type.String({ description: "a new episode where this port's value changes" })),
        duration: optional(duration("a new episode at each multiple of this time")),
      },
      { ...closed, minProperties: 1, description: "which rows belong together" },
    ),
  ),
  split: optional(
    Type.Object(
      {
        bytes: optional(size("a new file once one has come to this size")),
        time: optional(duration("a new file at each multiple of this time")),
      },
      { ...closed, minProperties: 1, description: "several files, each whole" },
    ),
  ),
  max_disk: optional(
    Type.Union(
      [
        Type.Integer({ minimum: 1 }),
        Type.String(),
        Type.Object(
          {
            bytes: size("of all files of this recording together"),
            when_full: optional(
              Type.Enum(["stop", "drop_oldest"], {
                description: "`stop` (default) keeps what there is, `drop_oldest` deletes the oldest file of a split",
              }),
            ),
          },
          closed,
        ),
      ],
      { description: "bytes of all files of this recording together, and what happens when they are used up" },
    ),
  ),
};

const all = Type.Object(policyOptions);
export type PolicyOptions = Static<typeof all>;
export const POLICIES = Object.keys(policyOptions) as (keyof PolicyOptions)[];
