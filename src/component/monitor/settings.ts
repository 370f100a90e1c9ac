/** What a monitor is told to watch, and the message that it tells of it. */
import Type, { type Static } from "typebox";

export const CHECKS = ["rate", "age", "range", "drops", "frequency"] as const;
export type Check = (typeof CHECKS)[number];
export type Level = "ok" | "warn" | "error";

const positive = { exclusiveMinimum: 0 } as const;
const promise = { promise: Type.String({ description: "who says so, in words" }) };

/** Params of `diagnose/monitor`; the rule `diagnose` fills them in from its options and from contracts. SI units. */
export const settings = Type.Object({
  port: Type.String({ description: "the watched port's name" }),
  kind: Type.Enum(["signal", "event"], { default: "signal" }),
  /** Seconds over which rate, drops and frequency are measured. */
  over: Type.Number({ ...positive, default: 1 }),
  rate: Type.Optional(
    Type.Object({
      min: Type.Optional(Type.Number({ minimum: 0 })),
      max: Type.Optional(Type.Number(positive)),
      /** Messages that a count may be off by. */
      slack: Type.Number({ minimum: 0, default: 1 }),
      ...promise,
    }),
  ),
  age: Type.Optional(
    Type.Object({
      max: Type.Number(positive),
      /** Of the value that readers hold, and so also while nothing comes; else only on arrival. */
      held: Type.Boolean({ default: true }),
      ...promise,
    }),
  ),
  range: Type.Optional(Type.Object({ low: Type.Number(), high: Type.Number(), ...promise })),
  drops: Type.Optional(
    Type.Object({
      /** Share of messages that may be missing, 0 to 1. */
      max: Type.Number({ minimum: 0, maximum: 1 }),
      /** Seconds between two messages. */
      period: Type.Optional(Type.Number(positive)),
      /** Field that counts the messages. */
      sequence: Type.Optional(Type.String()),
      ...promise,
    }),
  ),
  frequency: Type.Optional(
    Type.Object({
      below: Type.Number(positive),
      /** Least swing from peak to valley that counts; without it a tenth of the signal's travel so far. */
      amplitude: Type.Optional(Type.Number(positive)),
      ...promise,
    }),
  ),
});

export type Settings = Static<typeof settings>;

/** What a monitor says, each time the level of a check changes. */
export const Diagnosis = Type.Object(
  {
    port: Type.String(),
    check: Type.Enum([...CHECKS]),
    level: Type.Enum(["ok", "warn", "error"]),
    value: Type.Optional(Type.Number({ description: "measured, in the check's unit; absent where it is not finite" })),
    limit: Type.Number({ description: "promised, in the same unit" }),
    time: Type.Number({ unit: "s" }),
    since: Type.Number({ unit: "s", description: "when the check was last ok, or the run's start" }),
    bad: Type.Integer({ description: "looks so far that found the promise broken" }),
    looks: Type.Integer({ description: "looks so far" }),
  },
  { title: "Diagnosis" },
);
