/** The far side of a hosted node: makes the instance, and does what is asked of it, one request after the other. */
import { type Component, type Context, type Instance, type Services, STAMPS } from "../../component/component.js";
import { rng } from "../../component/rng.js";
import { fail, LimbeckError, problem } from "../../problem/problem.js";
import type { Abilities, Answer, ContextData, Failure, FarPort, Fired, Request } from "./channel.js";

/** Makes a component of its reference, and the services that it may use over there. */
export type Load = (reference: unknown) => Promise<{ readonly component: Component; readonly services: Services }>;

/** Answers everything that comes in at the port. */
export function serve(port: FarPort, load: Load): void {
  const loaded = new Map<string, ReturnType<Load>>();
  const random = rng(0);
  const context = farContext(random);
  let node = "";
  let instance: Instance = {};
  /** What was asked for during the request at hand. */
  let wakes: number[] | undefined;

  const open = (reference: unknown) => {
    const key = JSON.stringify(reference);
    const known = loaded.get(key);
    if (known !== undefined) return known;
    const opening = load(reference);
    loaded.set(key, opening);
    return opening;
  };

  const make = async ({ reference, setup }: Extract<Request, { ask: "make" }>): Promise<Abilities> => {
    const { component, services } = await open(reference);
    node = setup.node;
    context.begin(Object.keys(setup.signature.inputs), setup.params);
    const wake = (time_ns: number) => {
      if (wakes === undefined) fail("L0623", { node });
      wakes.push(time_ns);
    };
    instance = await component.instantiate({ ...setup, rng: random, services, wake });
    return {
      fire: instance.fire !== undefined,
      next: instance.next !== undefined,
      snapshot: instance.snapshot !== undefined,
      restore: instance.restore !== undefined,
    };
  };

  const done = async (request: Request): Promise<unknown> => {
    switch (request.ask) {
      case "load":
        // one that does not load says so when it is asked for
        return void (await Promise.allSettled(request.references.map(open)));
      case "make":
        return make(request);
      case "fire": {
        const outputs = await instance.fire!(request.inputs, context.of(request.context));
        const stamps = outputs?.[STAMPS];
        return { outputs, ...(stamps === undefined ? {} : { stamps }) } satisfies Fired;
      }
      case "next":
        return instance.next!();
      case "snapshot":
        return instance.snapshot!();
      case "restore":
        return instance.restore!(request.state);
      case "close":
        await instance.close?.();
        return instance.warnings?.() ?? [];
    }
  };

  const answered = async (request: Request): Promise<void> => {
    const { id, ask } = request;
    random.restore(request.rng);
    wakes = [];
    let said: { readonly result: unknown } | { readonly failure: Failure };
    try {
      said = { result: await done(request) };
    } catch (error) {
      said = { failure: failureOf(error) };
    }
    const envelope = { id, rng: random.snapshot(), wakes };
    wakes = undefined;
    try {
      port.send({ ...envelope, ...said } as Answer);
    } catch (error) {
      const what = ask === "snapshot" ? "its state" : "an output";
      const refused = problem("L0622", { node, what, reason: error instanceof Error ? error.message : String(error) });
      port.send({ ...envelope, failure: { problems: [refused] } });
    }
  };

  let last: Promise<void> = Promise.resolve();
  port.onMessage((request) => {
    last = last.then(() => answered(request));
  });
  port.send({ ready: true });
}

/** What was thrown, as data. */
export function failureOf(error: unknown): Failure {
  if (error instanceof LimbeckError) return { problems: error.problems };
  if (error instanceof Error) return { name: error.name, message: error.message, stack: error.stack };
  return { name: "Error", message: String(error), stack: undefined };
}

/** A firing's context from what was sent of it. */
function farContext(random: Context["rng"]) {
  let index: ReadonlyMap<string, number> = new Map();
  let params: Context["params"];
  let data: ContextData;
  const at = <T>(list: readonly T[], port: string, without: T): T => list[index.get(port) ?? -1] ?? without;
  const fresh = (port: string) => at(data.fresh, port, false);
  const age = (port: string) => at(data.age, port, Number.POSITIVE_INFINITY);
  const stamp = (port: string) => at(data.stamp, port, Number.NaN);
  return {
    begin(ports: readonly string[], given: Context["params"]) {
      index = new Map(ports.map((port, i) => [port, i]));
      params = given;
    },
    of(sent: ContextData): Context {
      data = sent;
      const { time, time_ns, microstep, dt } = sent;
      return { time, time_ns, microstep, dt, fresh, age, stamp, params, rng: random };
    },
  };
}
