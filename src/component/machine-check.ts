/** What an XState machine may do in a graph: a walk over its states before anything runs, and the names of its states. */
import type { AnyStateMachine, AnyStateNode, StateValue } from "xstate";
import type { PortSignature } from "../graph/catalogue.js";
import { fail } from "../problem/problem.js";

/** Actions that change or say something by way of the engine alone. */
export const PURE_ACTIONS: ReadonlySet<string> = new Set([
  "xstate.assign",
  "xstate.raise",
  "xstate.cancel",
  "xstate.emit",
  "xstate.enqueueActions",
  "xstate.log",
]);

/** Names of states that are made for one port. */
const MAX_NAMES = 10_000;
const MAX_SHOWN = 20;

const PURE = "Say it by `assign`, `raise`, `cancel` or `emit`, and let another node act on what is emitted.";
const ACTORS = "Make it a node of its own: emit what it needs to an output, and take its answer at an input.";

/**
 * Refuses what would act or wait outside of the run.
 *
 * @throws LimbeckError L0423
 */
export function checkMachine(machine: AnyStateMachine): void {
  const visit = (node: AnyStateNode) => {
    if (node.invoke.length > 0) refuse(machine, "an invoked actor", node);
    const transitions = [...[...node.transitions.values()].flat(), ...(node.always ?? []), node.initial];
    const actions = [...node.entry, ...node.exit, ...transitions.flatMap((transition) => transition?.actions ?? [])];
    for (const action of actions) checkAction(machine, action, node);
    for (const child of Object.values(node.states)) visit(child);
  };
  visit(machine.root);
}

type Action = string | { readonly type?: string; readonly resolve?: unknown; readonly name?: string };

function checkAction(machine: AnyStateMachine, written: unknown, node: AnyStateNode): void {
  const action = written as Action;
  const name = typeof action === "string" ? action : typeof action === "function" ? undefined : action.type;
  const actual = name === undefined ? action : (machine.implementations.actions[name] as Action | undefined);
  if (actual === undefined) refuse(machine, `the action \`${name}\`, which is not implemented`, node);
  else if (typeof actual !== "function" || !("resolve" in actual)) {
    const own = name ?? (actual as { readonly name?: string }).name ?? "";
    const what = own === "" || own === "actions" ? "a function for an action" : `a function for the action \`${own}\``;
    refuse(machine, what, node);
  } else checkKind(machine, (actual as { readonly type: string }).type, node);
}

/** @throws LimbeckError L0423 for an action of XState that is not pure, or is none of XState's */
export function checkKind(machine: AnyStateMachine, type: string, node?: AnyStateNode): void {
  if (PURE_ACTIONS.has(type)) return;
  const builtin = type.startsWith("xstate.");
  refuse(machine, `the action \`${builtin ? type.slice("xstate.".length) : type}\``, node, builtin ? ACTORS : PURE);
}

/** @throws LimbeckError L0423 */
export function refuse(machine: AnyStateMachine, what: string, node?: AnyStateNode, instead?: string): never {
  const state = node === undefined || node.path.length === 0 ? undefined : node.path.join(".");
  const help = instead ?? (what.includes("actor") ? ACTORS : PURE);
  return fail("L0423", { machine: machine.id, what, state, instead: help }, { path: "/component" });
}

/**
 * Whether the port that says the state's name can say all of them.
 *
 * @throws LimbeckError L0425
 */
export function checkStatePort(
  machine: AnyStateMachine,
  port: string,
  outputs: { readonly [port: string]: PortSignature },
): void {
  const wrong = wrongPort(machine, port, Object.hasOwn(outputs, port) ? outputs[port] : undefined);
  if (wrong !== undefined) fail("L0425", { port, ...wrong }, { path: "/component" });
}

function wrongPort(
  machine: AnyStateMachine,
  port: string,
  output: PortSignature | undefined,
): { reason: string; help: string } | undefined {
  if (output === undefined)
    return { reason: "names no output", help: `Declare it: \`outputs: {${port}: Type.String()}\`.` };
  const { type, enum: values } = output.type;
  if (values === undefined && type === "string") return undefined;
  if (values === undefined)
    return { reason: "is no port for text", help: "Make it `Type.String()`, or a `Type.Enum` of the states' names." };
  const names = stateNames(machine.root, "");
  const unknown = names.find((name) => !values.includes(name));
  if (unknown === undefined) return undefined;
  const shown = names.slice(0, MAX_SHOWN).map((name) => `"${name}"`);
  return {
    reason: `cannot say \`${unknown}\``,
    help: `Its states: ${shown.join(", ")}${names.length > MAX_SHOWN ? ", …" : ""}.`,
  };
}

/** Every name that {@link stateName} can give below a state. */
function stateNames(node: AnyStateNode, path: string): string[] {
  const children = Object.values(node.states).filter(({ type }) => type !== "history");
  const below = (child: AnyStateNode) => stateNames(child, path === "" ? child.key : `${path}.${child.key}`);
  if (children.length === 0) return [path];
  if (node.type !== "parallel") return children.flatMap(below);
  return children
    .map(below)
    .reduce((all, some) =>
      all.length * some.length > MAX_NAMES ? all : all.flatMap((a) => some.map((b) => `${a},${b}`)),
    );
}

/**
 * The name of a state: keys from the outside in, with dots; parallel regions in order, with commas.
 *
 * @example
 * const { root } = setup({}).createMachine({ initial: "on", states: { on: { initial: "dim", states: { dim: {} } } } });
 * stateName(root, { on: "dim" }) // "on.dim"
 */
export function stateName(root: AnyStateNode, value: StateValue): string {
  const names = (node: AnyStateNode, at: StateValue | undefined, path: string): string[] => {
    if (at === undefined) return [path];
    const inner = typeof at === "string" ? { [at]: undefined } : at;
    const keys = Object.keys(node.states).filter((key) => key in inner);
    if (keys.length === 0) return [path];
    return keys.flatMap((key) => names(node.states[key]!, inner[key], path === "" ? key : `${path}.${key}`));
  };
  return names(root, value, "").join(",");
}

/** A state's value with the keys of parallel regions in the machine's own order. */
export function inOrder(node: AnyStateNode, value: StateValue): StateValue {
  if (typeof value === "string") return value;
  const keys = Object.keys(node.states).filter((key) => key in value);
  return Object.fromEntries(keys.map((key) => [key, inOrder(node.states[key]!, value[key]!)]));
}

/** Whether a machine can be in two states at once. */
export const hasRegions = (node: AnyStateNode): boolean =>
  node.type === "parallel" || Object.values(node.states).some(hasRegions);
