/**
 * A component that crashes when it is told to: what the rule `inject-fault` makes of a node's own component.
 *
 * It looks and behaves like the component that it wraps, and now and then a firing throws before that one is called.
 */
import Type from "typebox";
import type { Json, MessageSchema } from "../message/type.js";
import { fail } from "../problem/problem.js";
import type { Component, Context, Instance, Params, Setup } from "./component.js";
import { checkParams } from "./params.js";

/** In front of the name of the component that is to crash: `crashing:control/pd`. */
const PREFIX = "crashing:";
/** The param that says when; all others are the component's own. */
const CRASH = "#crash";

export interface Crash {
  /** IR path of the rewrite that says so. */
  readonly by?: string;
  /** Times in s: the first firing at or after each of them throws. */
  readonly at?: readonly number[];
  /** Crashes a second on average (Poisson). */
  readonly rate?: number;
  readonly from: number;
  readonly until?: number;
}

const schema = Type.Object({
  by: Type.Optional(Type.String()),
  at: Type.Optional(Type.Array(Type.Number({ minimum: 0 }))),
  rate: Type.Optional(Type.Number({ minimum: 0 })),
  from: Type.Number({ default: 0, minimum: 0 }),
  until: Type.Optional(Type.Number({ minimum: 0 })),
}) as unknown as MessageSchema;

interface Named {
  readonly component: string;
  readonly params: Params;
}

export const isCrashing = (component: string): boolean => component.startsWith(PREFIX);

/**
 * What a component is called that also crashes, with the params of both.
 *
 * @example
 * crashing({ component: "control/pd", params: { kp: 30 } }, { at: [3] }).component // "crashing:control/pd"
 */
export const crashing = ({ component, params }: Named, crash: Params): Named => ({
  component: PREFIX + component,
  params: { ...params, [CRASH]: crash },
});

/**
 * The inverse: what is told to crash, with its own params.
 *
 * @example
 * sound({ component: "crashing:control/pd", params: { kp: 30, "#crash": { at: [3] } } }) // { component: "control/pd", params: { kp: 30 } }
 */
export function sound({ component, params: { [CRASH]: _, ...params } }: Named): Named {
  return { component: soundName(component), params };
}

/** The rewrite that told it to crash. */
export const crashedBy = ({ params }: Pick<Named, "params">): string | undefined =>
  (params[CRASH] as unknown as Crash | undefined)?.by;

/** The name of the component itself. */
export const soundName = (component: string): string =>
  isCrashing(component) ? component.slice(PREFIX.length) : component;

type Find = (name: string) => Component | undefined;

/**
 * The same lookup, which finds in itself what is told to crash.
 *
 * @example
 * withCrashing((name) => library[name])("crashing:control/pd")?.kind // "tensor"
 */
export const withCrashing =
  (find: Find): Find =>
  (name) => {
    if (!isCrashing(name)) return find(name);
    const component = find(soundName(name));
    return component && wrapped(component);
  };

/** A component that crashes as its param says, and else is the one that it wraps. */
export function wrapped(inner: Component): Component {
  const split = ({ [CRASH]: crash = {}, ...params }: Params) => ({
    crash: checkParams(schema, crash as Params) as unknown as Crash,
    params,
  });
  return {
    ...inner,
    signature(raw, types) {
      const { crash, params } = split(raw);
      const signature = inner.signature(params, types);
      return { ...signature, params: { ...signature.params, [CRASH]: crash as unknown as Json } };
    },
    instantiate(setup: Setup) {
      const { crash, params } = split(setup.params);
      const made = inner.instantiate({ ...setup, params, signature: { ...setup.signature, params } });
      const wrap = (instance: Instance) => around(instance, crash, params, setup);
      return made instanceof Promise ? made.then(wrap) : wrap(made);
    },
  };
}

function around({ step, fire, ...rest }: Instance, crash: Crash, params: Params, setup: Setup): Instance {
  const { node } = setup;
  const { at = [], rate = 0, from, until = Number.POSITIVE_INFINITY } = crash;
  const own = contextOf(params);
  let fired = false;
  const look = (real: Context): Context => {
    const { time, dt } = real;
    // a node that was started again has behind it what was due before
    const { begun_ns = 0 } = setup;
    const before = dt > 0 || fired ? time - dt : begun_ns > 0 ? begun_ns / 1e9 : Number.NEGATIVE_INFINITY;
    fired = true;
    const within = time >= from && time < until;
    const since = dt > 0 || !Number.isFinite(before) ? dt : time - before;
    const drawn = rate > 0 && within && real.rng.uniform() < -Math.expm1(-rate * since);
    if (drawn || at.some((t) => t <= time && t > before + NANOSECOND)) fail("L0446", { node, time_s: time });
    return own(real);
  };
  return {
    ...rest,
    ...(step === undefined
      ? {}
      : { step: { ...step, run: (inputs, state, real, prepared) => step.run(inputs, state, look(real), prepared) } }),
    ...(fire === undefined ? {} : { fire: (inputs, real) => fire(inputs, look(real)) }),
  };
}

/** Times of the run are whole ns; as seconds they may be off by less. */
const NANOSECOND = 0.5e-9;

/** A firing's context as the wrapped component knows it: with its own params. */
function contextOf(params: Params): (real: Context) => Context {
  let base!: Context;
  const ctx: Context = {
    get time() {
      return base.time;
    },
    get time_ns() {
      return base.time_ns;
    },
    get microstep() {
      return base.microstep;
    },
    get dt() {
      return base.dt;
    },
    get rng() {
      return base.rng;
    },
    fresh: (port) => base.fresh(port),
    age: (port) => base.age(port),
    stamp: (port) => base.stamp(port),
    params,
  };
  return (real) => {
    base = real;
    return ctx;
  };
}
