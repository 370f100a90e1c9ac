/** The faults that `inject-fault` knows: their options, and the component that each becomes. */
import Type, { type TSchema } from "typebox";
import type { Json } from "../message/type.js";
import { type Problem, problem } from "../problem/problem.js";
import type { Reader } from "./quantities.js";
import type { Options } from "./rule.js";

const share = (description: string) =>
  Type.Union([Type.String(), Type.Number({ minimum: 0, maximum: 1 })], { description });
const duration = (description: string) => Type.String({ description });
const times = (description: string) =>
  Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })], { description });

/** Of every fault, and of the rule for all of them. */
export const during = {
  from: Type.Optional(duration("when it begins")),
  until: Type.Optional(duration("when it ends; without it never")),
};
const fault = (properties: { [name: string]: TSchema }) =>
  Type.Object({ ...properties, ...during }, { additionalProperties: false });

export const faultOptions = {
  loss: Type.Optional(
    Type.Union(
      [
        share("share of messages lost"),
        fault({
          share: share("share of messages lost"),
          burst: Type.Optional(Type.Number({ minimum: 1, description: "mean number lost in a row" })),
        }),
      ],
      { description: "messages that never arrive" },
    ),
  ),
  delay: Type.Optional(
    Type.Union(
      [
        duration("how late messages arrive"),
        fault({
          by: duration("how late messages arrive"),
          jitter: Type.Optional(duration("up to so much more, drawn for each message")),
        }),
      ],
      { description: "messages that arrive late, with their stamp" },
    ),
  ),
  noise: Type.Optional(
    Type.Union(
      [
        Type.Number({ minimum: 0, description: "standard deviation, in units of the value" }),
        fault({
          sd: Type.Union([Type.Number({ minimum: 0 }), Type.Array(Type.Number({ minimum: 0 }))], {
            description: "standard deviation: one for all numbers, or one each",
          }),
          distribution: Type.Optional(Type.Enum(["normal", "uniform"], { description: "default `normal`" })),
        }),
      ],
      { description: "noise on every floating-point number" },
    ),
  ),
  freeze: Type.Optional(
    Type.Union(
      [
        fault({ for: Type.Optional(duration("how long it lasts")) }),
        fault({
          rate: Type.String({ description: "freezes a second, on average" }),
          for: duration("how long each lasts"),
        }),
      ],
      { description: "the last message from before, again and again" },
    ),
  ),
  nan: Type.Optional(
    Type.Union(
      [
        share("share of messages"),
        fault({
          rate: Type.Optional(share("share of messages")),
          at: Type.Optional(times("the first message at or after each time")),
        }),
      ],
      { description: "NaN in place of every floating-point number" },
    ),
  ),
  crash: Type.Optional(
    Type.Object(
      {
        at: Type.Optional(times("the first firing at or after each time")),
        rate: Type.Optional(Type.String({ description: "crashes a second, on average" })),
        ...during,
      },
      { additionalProperties: false, description: "firings of the nodes that throw" },
    ),
  ),
};

/** In the order in which they act: the sensor first, then the link. */
export const ON_PORTS = ["freeze", "noise", "nan", "loss", "delay"] as const;
export type PortFault = (typeof ON_PORTS)[number];

type Params = { readonly [name: string]: Json };

export interface Fault {
  readonly name: PortFault;
  readonly component: string;
  readonly params: Params;
}

const COMPONENTS: { readonly [F in PortFault]: string } = {
  freeze: "fault/freeze",
  noise: "fault/noise",
  nan: "fault/nan",
  loss: "fault/drop-out",
  delay: "fault/delay",
};

/** What the options ask for; problems go to the reader. */
export function faultsIn(options: Options, path: string, read: Reader): { ports: readonly Fault[]; crash?: Params } {
  const ports = ON_PORTS.flatMap((name): Fault[] => {
    const option = options[name];
    if (option === undefined) return [];
    const given = isObject(option) ? option : { [PLAIN[name]]: option };
    const at = (key: string) => `${path}/${name}${isObject(option) ? `/${key}` : ""}`;
    const params = { ...PARAMS[name](given, at, read), ...windowOf(name, given, options, path, read) };
    return [{ name, component: COMPONENTS[name], params: defined(params) }];
  });
  if (options.crash === undefined) return { ports };
  const given = options.crash as { readonly [key: string]: Json };
  const at = (key: string) => `${path}/crash/${key}`;
  const crash = {
    at: timesOf(given.at, at("at"), read),
    rate: read.rate(given.rate, at("rate")),
    ...windowOf("crash", given, options, path, read),
  };
  return { ports, crash: defined(crash) };
}

/** The key that a plain value stands for. */
const PLAIN: { readonly [F in PortFault]: string } = {
  loss: "share",
  delay: "by",
  noise: "sd",
  freeze: "for",
  nan: "rate",
};

type Given = { readonly [key: string]: Json };
type Draft = { readonly [name: string]: Json | undefined };

const PARAMS: { readonly [F in PortFault]: (given: Given, at: (key: string) => string, read: Reader) => Draft } = {
  loss: ({ share, burst }, at, read) => ({ loss: read.share(share, at("share")), burst }),
  delay: ({ by, jitter }, at, read) => ({
    delay: read.duration(by, at("by")),
    jitter: read.duration(jitter, at("jitter")),
  }),
  noise: ({ sd, distribution }) => ({ deviation: sd, distribution }),
  freeze: ({ rate, for: hold }, at, read) =>
    rate === undefined ? {} : { rate: read.rate(rate, at("rate")), hold: read.duration(hold, at("for")) },
  nan: ({ rate, at: when }, at, read) => ({ rate: read.share(rate, at("rate")), at: timesOf(when, at("at"), read) }),
};

function timesOf(written: Json | undefined, path: string, read: Reader): readonly number[] | undefined {
  if (written === undefined) return undefined;
  const list = Array.isArray(written) ? written : [written];
  return list.flatMap((time: Json, i) => read.duration(time, Array.isArray(written) ? `${path}/${i}` : path) ?? []);
}

/** The fault's own window, or the rule's. */
function windowOf(name: string, given: Given, options: Options, path: string, read: Reader): Draft {
  const place = (key: "from" | "until") => (given[key] === undefined ? `${path}/${key}` : `${path}/${name}/${key}`);
  const from = read.duration(given.from ?? options.from, place("from"));
  const told = read.duration(given.until ?? options.until, place("until"));
  const lasts =
    name === "freeze" && given.rate === undefined ? read.duration(given.for, `${path}/freeze/for`) : undefined;
  const until = lasts === undefined ? told : (from ?? 0) + lasts;
  if (until !== undefined && until <= (from ?? 0)) read.problems.push(backwards(name, from ?? 0, until, path));
  return { from, until };
}

const backwards = (name: string, from: number, until: number, path: string): Problem =>
  problem(
    "L0515",
    {
      rule: "inject-fault",
      option: name,
      reason: `ends at ${until} s and begins at ${from} s`,
      help: "Let it end after it begins.",
    },
    { path: `${path}/${name}` },
  );

const isObject = (value: Json): value is Given => typeof value === "object" && value !== null && !Array.isArray(value);

const defined = (draft: Draft): Params =>
  Object.fromEntries(Object.entries(draft).filter((entry): entry is [string, Json] => entry[1] !== undefined));
