/** A `Scan` whose sequences are declared when its body first asks for them, so that what nothing reads is not fed. */
import type { Step } from "../onnx/control.js";
import type { Body, Scope, Value } from "../onnx/value.js";

/** A function without arguments that is worked out at the first call. */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

/** A function of a name that is worked out once a name. */
export function lazily<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const found = made.get(name) ?? make(name);
    made.set(name, found);
    return found;
  };
}

/** Runs `step` along the sequences that it asks for with `element`, carrying states. At least one must be asked for. */
export function loop(
  scope: Scope,
  states: readonly Value[],
  step: (states: Value[], element: (sequence: Value) => Value, body: Body) => Step,
): { states: Value[]; outputs: Value[] } {
  const body = scope.body("step");
  const carried = states.map((s) => body.parameter("state", s.dtype, s.shape));
  const sequences = new Map<Value, Value>();
  const element = (sequence: Value): Value => {
    const found = sequences.get(sequence) ?? body.parameter("element", sequence.dtype, sequence.shape.slice(1));
    sequences.set(sequence, found);
    return found;
  };
  const done = step(carried, element, body);
  const outputs = done.outputs ?? [];
  const results = scope.emit(
    "Scan",
    [...states, ...sequences.keys()],
    { body: body.graph([...done.states, ...outputs]), num_scan_inputs: sequences.size },
    states.length + outputs.length,
  );
  return { states: results.slice(0, states.length), outputs: results.slice(states.length) };
}
