/**
 * The policy's graph: what one call computes, in the order in which the nodes fire.
 *
 *     obs.*  ─►  held, fresh, age  ─►  node by node:  due? ─ inputs there? ─► fired ─ piece ─► said, kept  ─►  act.*
 *                    ▲                                                                            │
 *                    └──────────────────────── places of delayed edges ◄──────────────────────────┘
 *
 * The rules of firings are those of the engine (`runtime/node/firing.ts`; decision 0013). Times inside are ns since the
 * run's origin in float64, which holds them exactly.
 */
import { layoutOf, leavesOf } from "../../component/tensor/leaves.js";
import type { NodeVertex, TypedInput, TypedOutput } from "../../graph/typed.js";
import type { GraphBuilder } from "../../onnx/builder.js";
import { div, less, mul, round, sub } from "../../onnx/functions.js";
import type { Value } from "../../onnx/value.js";
import { clockOf, ticksLater } from "../clocks.js";
import type { Piece } from "../piece.js";
import { boundaryPort, type LowerRegion, type PortIn, type PortOut } from "../region.js";
import { type Schedule, ticksOnly } from "../schedule.js";
import { fieldOf } from "./field.js";
import type { Flag } from "./flag.js";
import { createFrame, type Found, type Frame, type Held, type Lazy, lazy, type Said } from "./frame.js";
import { delayed, hold, withInitial } from "./hold.js";
import { fire } from "./node.js";
import { ROWS } from "./shared.js";
import type { StateFacts } from "./state.js";
import { createTicks } from "./ticks.js";

export interface EmitSetting {
  readonly region: LowerRegion;
  readonly schedule: Schedule;
  readonly pieces: ReadonlyMap<string, Piece>;
}

/** The stamp of an output's message: what the engine would give it anyway, the time of the call, or `act.<port>.age` s less. */
export type StampRule = "call" | "tag" | "age";

export interface Emitted {
  readonly inputs: readonly { readonly port: PortIn; readonly fresh: boolean; readonly age: boolean }[];
  readonly outputs: readonly { readonly port: PortOut; readonly valid: boolean; readonly stamp: StampRule }[];
  readonly dt: boolean;
  readonly time: boolean;
  readonly state: readonly StateFacts[];
}

/** Writes the graph, and says what it takes and gives. */
export function emit(g: GraphBuilder, setting: EmitSetting): Emitted {
  const { region, schedule, pieces } = setting;
  const frame = createFrame(g);
  const ticks = createTicks(frame, schedule);
  const observed = new Map(region.inputs.map((port) => [port.port, observe(frame, port)]));
  const said = new Map<string, Said>();
  const held = new Map<string, Held>();
  const outputOf = (vertex: string, port: string): TypedOutput =>
    region.nodes.find(({ id }) => id === vertex)!.outputs.find((output) => output.port === port)!;
  const steady = steadily(setting);

  function find(node: NodeVertex, input: TypedInput): Found {
    const { from, delay_ns, initial, kind, type } = input;
    const name = `${node.id}.${input.port}`;
    const port = boundaryPort(region, node.id, input.port);
    if (port !== undefined) {
      const { found } = observed.get(port.port)!;
      if (initial === undefined || delay_ns !== undefined) return found;
      return { ...withInitial(frame, found, type, initial), came: found.came };
    }
    const ref = `${from.vertex}.${from.port}`;
    if (delay_ns !== undefined) {
      const delay = {
        ticks: ticksLater(delay_ns, schedule.base!)!,
        tick: ticks.tick,
        steady: steady(from.vertex, from.port),
        said: lazy(() => {
          const message = said.get(ref)!;
          return { ...message, parts: fieldOf(message.parts, from.field) };
        }),
      };
      return delayed(frame, `#way.${name}`, type, delay, initial, kind === "event");
    }
    const message = said.get(ref)!;
    const parts = fieldOf(message.parts, from.field);
    if (kind === "event") return { there: message.came, came: message.came, parts, stamp: message.stamp };
    const kept = held.get(ref)!;
    const own: Held = { ...kept, parts: fieldOf(kept.parts, from.field) };
    return { ...(initial === undefined ? own : withInitial(frame, own, type, initial)), came: message.came };
  }

  for (const node of region.nodes) {
    if (node.signature.relay === true) {
      const [input] = node.inputs;
      const [{ type, initial }] = node.outputs as [TypedOutput];
      const found = find(node, input!);
      said.set(`${node.id}.out`, found);
      held.set(`${node.id}.out`, initial === undefined ? found : withInitial(frame, found, type, initial));
      continue;
    }
    const spoken = fire(
      frame,
      node,
      pieces.get(node.id)!,
      {
        find: (input) => find(node, input),
        age: (input) => {
          const port = boundaryPort(region, node.id, input.port);
          return port === undefined || input.initial !== undefined ? undefined : observed.get(port.port)!.age;
        },
      },
      ({ id }) => ticks.due(id),
    );
    for (const { port, type, initial } of node.outputs) {
      const ref = `${node.id}.${port}`;
      said.set(ref, spoken.get(port)!);
      held.set(ref, hold(frame, `#last.${ref}`, type, spoken.get(port)!, initial));
    }
  }

  const outputs = region.outputs.map((port) => {
    const ref = `${port.node}.${port.of}`;
    const { initial } = outputOf(port.node, port.of);
    const message = said.get(ref)!;
    const field = (parts: Held["parts"]) => fieldOf(parts, port.field);
    const ownInitial = port.initial !== undefined && initial === undefined;
    const last = ownInitial
      ? hold(frame, `#last.act.${port.port}`, port.type, { ...message, parts: field(message.parts) }, port.initial)
          .parts
      : field(held.get(ref)!.parts);
    return write(frame, port, last, message, stampRule(setting, port));
  });
  frame.finish();
  return {
    inputs: region.inputs.map((port) => ({ port, ...observed.get(port.port)!.asked })),
    outputs,
    dt: frame.used.dt,
    time: frame.used.time,
    state: frame.states.facts,
  };
}

/** A port that the policy is told. Of a signal the caller gives the last value, and an age without end before the first. */
function observe({ g, now, f64 }: Frame, port: PortIn) {
  const asked = { fresh: false, age: false };
  const name = `obs.${port.port}`;
  const fresh = lazy((): Flag => {
    asked.fresh = true;
    return g.input(`${name}.fresh`, "bool", [ROWS]);
  });
  const age: Lazy<Value> = lazy(() => {
    asked.age = true;
    return g.input(`${name}.age`, "float64", [ROWS]);
  });
  const there = lazy((): Flag => {
    if (port.kind === "event") return fresh();
    return port.held ? true : less(age(), f64(Number.POSITIVE_INFINITY));
  });
  const leaves = leavesOf(layoutOf("in", port.port, port.type));
  const found: Found = {
    came: fresh,
    there,
    parts: new Map(
      leaves.map(({ path, dtype, dims }) => [
        path,
        lazy(() => g.input(path === "" ? name : `${name}:${path}`, dtype, [ROWS, ...dims])),
      ]),
    ),
    stamp: lazy(() => sub(now(), round(mul(age(), f64(1e9))))),
  };
  return { found, age, asked };
}

/** Declares the outputs of a port. Where it says nothing, they are what it said last. */
function write({ g, grown, bool, now, f64 }: Frame, port: PortOut, last: Held["parts"], said: Said, stamp: StampRule) {
  const name = `act.${port.port}`;
  for (const [path, part] of last) g.output(path === "" ? name : `${name}:${path}`, grown(part()));
  const came = said.came();
  if (came !== true) g.output(`${name}.valid`, grown(bool(came)));
  if (stamp === "age") g.output(`${name}.age`, grown(div(sub(now(), said.stamp()), f64(1e9))));
  return { port, valid: came !== true, stamp };
}

function stampRule({ region, schedule }: EmitSetting, { node: id }: PortOut): StampRule {
  const nodeOf = (vertex: string) => region.nodes.find((node) => node.id === vertex);
  const isTagged = ({ trigger, inputs }: NodeVertex): boolean =>
    clockOf(trigger) !== undefined ||
    (trigger.kind === "each" &&
      inputs
        .filter(({ port }) => trigger.ports.includes(port))
        .every(({ from, delay_ns }) => {
          const source = nodeOf(from.vertex);
          return source !== undefined && delay_ns === undefined && isTagged(source);
        }));
  if (isTagged(nodeOf(id)!)) return ticksOnly(schedule) ? "call" : "tag";
  // of a single port whose messages make it be called, the engine passes the stamp on
  return schedule.base === undefined && schedule.on.length === 1 ? "call" : "age";
}

/** Whether an output surely says something at every tick: a guess that errs on the side of no. */
function steadily({ region, schedule, pieces }: EmitSetting) {
  const known = new Map<string, boolean>();
  const node = (id: string): NodeVertex | undefined => region.nodes.find((candidate) => candidate.id === id);
  const speaks = (id: string, port: string): boolean => {
    const piece = pieces.get(id);
    if (node(id)?.signature.relay === true) return fires(id);
    return (
      piece !== undefined &&
      !piece.silent.includes(port) &&
      piece.outputs.some((leaf) => leaf.port === port) &&
      fires(id)
    );
  };
  const fires = (id: string): boolean => {
    const before = known.get(id);
    if (before !== undefined) return before;
    known.set(id, false);
    const { trigger, inputs } = node(id)!;
    const clock = schedule.clocks.get(id);
    const woken =
      clockOf(trigger) !== undefined
        ? clock?.every === 1 && clock.offset === 0
        : inputs.some((input) => trigger.kind === "each" && trigger.ports.includes(input.port) && comes(input));
    const whole = woken && inputs.every((input) => input.optional || isThere(id, input));
    known.set(id, whole);
    return whole;
  };
  const comes = ({ from, delay_ns }: TypedInput): boolean => delay_ns === undefined && speaks(from.vertex, from.port);
  const isThere = (
    id: string,
    { port, from, missing, max_age_ns, initial, delay_ns, kind, exact }: TypedInput,
  ): boolean => {
    if (typeof missing === "object") return true;
    if (max_age_ns !== undefined || exact === true) return false;
    const outside = boundaryPort(region, id, port);
    if (outside !== undefined)
      return kind === "signal" && (outside.held || (initial !== undefined && delay_ns === undefined));
    if (kind === "signal" && initial !== undefined) return true;
    return delay_ns === undefined && speaks(from.vertex, from.port);
  };
  return speaks;
}
