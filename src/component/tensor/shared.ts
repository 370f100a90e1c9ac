/**
 * One function for all nodes that are alike: its text is written once, and made fast by the compiler below us once.
 *
 * Alike are nodes whose trace read the same: the same ports, and equal values of those params that it looked at. A param
 * that says only how the state begins is not among them, so that 256 runs from as many drawn starts have one plant.
 */
import type { InputTypes, Params, TensorSetup } from "../component.js";
import { type Executable, executable, initialOf } from "./execute.js";
import { type AnyTensorSpec, statesOf, type TracedPorts, traceTensor } from "./trace.js";

/** Functions of one component that are kept. */
const MAX_KEPT = 1_000;

interface Made {
  /** What the trace read of the params, as text. */
  readonly read: ReadonlyMap<string, string>;
  /** Names, dtypes and dims of the state. */
  readonly layout: string;
  readonly run: Executable["run"];
}

type PortsOf = (params: Params, types: InputTypes) => TracedPorts;

/**
 * The executables of a component, made anew only for a node that is like none before.
 *
 * @throws LimbeckError as `traceTensor`
 */
export function shared(spec: AnyTensorSpec, portsOf: PortsOf): (setup: TensorSetup) => Executable {
  const made = new Map<string, Made[]>();
  let kept = 0;
  return (setup) => {
    const { inputs, kinds, trigger, queues, params } = setup;
    const key = textOf([inputs, kinds, trigger, queues]);
    const states = statesOf(spec, params, inputs);
    const layout = textOf(states.map(({ name, dtype, dims }) => [name, dtype, dims]));
    const found = made
      .get(key)
      ?.find((one) => one.layout === layout && [...one.read].every(([name, text]) => textOf(params[name]) === text));
    if (found !== undefined) return { run: found.run, initial: initialOf(states) };
    if (kept >= MAX_KEPT) {
      made.clear();
      kept = 0;
    }
    const read = new Map<string, string>();
    const watched = watch(params, (name) => read.set(name, textOf(params[name])));
    const ports = portsOf(watched, inputs);
    // how the state begins is asked apart: what is read for that alone does not count
    const own = spec.state === undefined ? spec : { ...spec, state: () => spec.state!(params, inputs) };
    const { run, initial } = executable(traceTensor(own, ports, { ...setup, params: watched }), ports);
    const same = made.get(key) ?? [];
    made.set(key, [...same, { read, layout, run }]);
    kept++;
    return { run, initial };
  };
}

/** The same params, telling which of them are looked at. */
const watch = (params: Params, onRead: (name: string) => void): Params =>
  new Proxy(params, {
    get(target, name, receiver) {
      if (typeof name === "string") onRead(name);
      return Reflect.get(target, name, receiver);
    },
    has(target, name) {
      if (typeof name === "string") onRead(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      for (const name of Object.keys(target)) onRead(name);
      return Reflect.ownKeys(target);
    },
  });

/** Plain data as text, −0 and what is not finite told apart. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === "number" && (Object.is(part, -0) || !Number.isFinite(part)) ? `number ${1 / part} ${part}` : part,
  ) ?? "undefined";
