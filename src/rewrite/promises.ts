/** What is promised of a port, and by whom: the rule's own options, the contract of a stream, the clock of a node. */
import type { Settings } from "../component/monitor/settings.js";
import type { InStreamVertex, OutStreamVertex, TypedContract } from "../graph/typed.js";
import type { Json } from "../message/type.js";
import { isStream, type NamedPort } from "./port.js";
import type { Reader } from "./quantities.js";
import type { Options } from "./rule.js";

/** The checks of a monitor, each absent where nothing is promised. */
export type Promises = Pick<Settings, "rate" | "age" | "range" | "drops" | "frequency">;

/** What the options say, the same for all ports; SI units. */
export interface Told {
  readonly rate?: { readonly min?: number; readonly max?: number };
  readonly max_age_s?: number;
  readonly range?: readonly [number, number];
  readonly drops?: { readonly max?: number; readonly sequence?: string };
  readonly frequency?: { readonly below: number; readonly amplitude?: number };
  readonly over_s?: number;
}

/** Reads the options; what is not a quantity goes to the reader's problems. */
export function told(options: Options, path: string, read: Reader): Told {
  const { rate, max_age, range, drops, frequency, over } = options;
  const exact = typeof rate === "string" ? read.rate(rate, `${path}/rate`) : undefined;
  const band = isObject(rate) ? rate : {};
  const min = exact ?? read.rate(band.min, `${path}/rate/min`);
  const max = exact ?? read.rate(band.max, `${path}/rate/max`);
  const age = read.duration(max_age, `${path}/max_age`);
  const over_s = read.duration(over, `${path}/over`);
  const lost = isObject(drops) ? drops : drops === undefined ? undefined : { max: drops };
  const share = read.share(lost?.max, `${path}/drops${isObject(drops) ? "/max" : ""}`);
  const fast = isObject(frequency) ? frequency : undefined;
  const below = read.rate(fast?.below, `${path}/frequency/below`);
  return {
    ...(rate === undefined ? {} : { rate: { ...some("min", min), ...some("max", max) } }),
    ...some("max_age_s", age),
    ...(range === undefined ? {} : { range: range as unknown as readonly [number, number] }),
    ...(lost === undefined
      ? {}
      : { drops: { ...some("max", share), ...some("sequence", lost.sequence as string | undefined) } }),
    ...(below === undefined
      ? {}
      : { frequency: { below, ...some("amplitude", fast!.amplitude as number | undefined) } }),
    ...some("over_s", over_s),
  };
}

/** Messages that a count is off by, because a window begins and ends where it will. */
const CHANCE = 1;
const SIGMAS = 5;
/** A run of losses with less than this chance is none that an age need allow for. */
const RARE = 1e-6;
/** Periods, and oscillations, over which is measured at least. */
const PERIODS = 20;
const OSCILLATIONS = 5;

/** What is promised of one port, with the options before what the graph says. */
export function promisesOf(port: NamedPort, options: Told): Promises & { readonly over: number } {
  const own = (option: string) => `\`${option}\` of \`diagnose\``;
  const contract = contractOf(port);
  const clock = clockOf(port);
  const hz = contract?.rate_hz ?? clock;
  const over =
    options.over_s ??
    Math.max(
      1,
      ...[options.rate?.min ?? options.rate?.max ?? hz].map((rate) => (rate === undefined ? 0 : PERIODS / rate)),
      options.frequency === undefined ? 0 : OSCILLATIONS / options.frequency.below,
    );
  const loss = contract?.loss ?? 0;
  const period = hz === undefined ? undefined : 1 / hz;
  return {
    over,
    ...some("rate", rate()),
    ...some("age", age()),
    ...some("range", range()),
    ...some("drops", drops()),
    ...(options.frequency === undefined ? {} : { frequency: { ...options.frequency, promise: own("frequency") } }),
  };

  function rate(): Settings["rate"] {
    if (options.rate !== undefined) return { ...options.rate, slack: CHANCE, promise: own("rate") };
    if (hz === undefined) return undefined;
    if (contract?.rate_hz === undefined) return { min: hz, max: hz, slack: CHANCE, promise: `its clock of ${hz} Hz` };
    const jitter = (contract.jitter_ns / 1e9) * hz;
    const chance = SIGMAS * Math.sqrt(hz * over * loss * (1 - loss));
    const promise = `its contract (rate ${contract.authored.rate})`;
    return { min: hz * (1 - loss), max: hz, slack: CHANCE + jitter + chance, promise };
  }

  function age(): Settings["age"] {
    if (options.max_age_s !== undefined) return { max: options.max_age_s, held: true, promise: own("max_age") };
    if (contract === undefined) return undefined;
    const late = (contract.latency_ns + contract.jitter_ns) / 1e9;
    if (contract.rate_hz === undefined)
      return late === 0
        ? undefined
        : {
            max: late,
            held: false,
            promise: `its contract (latency ${contract.authored.latency ?? contract.authored.jitter})`,
          };
    if (loss >= 1) return undefined;
    const lost = loss === 0 ? 0 : Math.ceil(Math.log(RARE) / Math.log(loss));
    return {
      max: late + (1 + lost) / contract.rate_hz,
      held: true,
      promise: `its contract (rate ${contract.authored.rate})`,
    };
  }

  function range(): Settings["range"] {
    if (options.range !== undefined) return { low: options.range[0], high: options.range[1], promise: own("range") };
    if (contract?.range === undefined) return undefined;
    return { low: contract.range[0], high: contract.range[1], promise: "its contract" };
  }

  function drops(): Settings["drops"] {
    const { drops } = options;
    if (drops === undefined && contract?.rate_hz === undefined) return undefined;
    const promise = drops?.max === undefined && contract !== undefined ? "its contract" : own("drops");
    return {
      max: drops?.max ?? loss,
      ...(drops?.sequence === undefined ? some("period", period) : { sequence: drops.sequence }),
      promise,
    };
  }
}

const contractOf = ({ vertex }: NamedPort): TypedContract | undefined =>
  isStream(vertex) ? (vertex as InStreamVertex | OutStreamVertex).contract : undefined;

const clockOf = ({ vertex }: NamedPort): number | undefined =>
  "trigger" in vertex && vertex.trigger.kind === "clock" ? 1e9 / vertex.trigger.period_ns : undefined;

const isObject = (value: Json | undefined): value is { readonly [key: string]: Json } =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function some<K extends string, V>(key: K, value: V | undefined): { [k in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [k in K]?: V });
}
