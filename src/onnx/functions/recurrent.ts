/** Recurrent layers as functions. */
import type { Attributes, Value } from "../value.js";
import { scopeOf } from "./base.js";

/** What a recurrent layer may be given beside its weights; D is 2 for `bidirectional`, else 1. */
export interface Recurrent {
  /** Biases [D, 2·gates·hidden], those of the input before those of the state. */
  readonly bias?: Value;
  /** Steps of each sequence, int32 [N]; all by default. */
  readonly lengths?: Value;
  /** State to begin with, [D, N, hidden]; zeros by default. */
  readonly initial?: Value;
  readonly direction?: "forward" | "reverse" | "bidirectional";
  readonly activations?: readonly string[];
  readonly clip?: number;
}

/** The states along time [T, D, N, hidden], and the last [D, N, hidden]. */
export interface Recurred {
  readonly all: Value;
  readonly last: Value;
}

function layer(
  name: string,
  states: number,
  [x, w, r]: readonly [Value, Value, Value],
  { bias, lengths, initial, ...attributes }: Recurrent,
  more: readonly (Value | undefined)[],
  own: Attributes,
): Value[] {
  const inputs = [x, w, r, bias, lengths, initial, ...more];
  while (inputs.at(-1) === undefined) inputs.pop();
  return scopeOf(inputs).emit(name, inputs, { hidden_size: r.shape[2] as number, ...attributes, ...own }, 1 + states);
}

/**
 * A plain recurrent layer along [T, N, I], with weights [D, hidden, I] and [D, hidden, hidden].
 *
 * @example
 * const g = graphBuilder("g");
 * const [w, r] = [g.input("w", "float32", [1, 8, 3]), g.input("r", "float32", [1, 8, 8])];
 * rnn(g.input("x", "float32", ["T", "N", 3]), w, r).all.shape // ["T", 1, "N", 8]
 */
export function rnn(x: Value, w: Value, r: Value, options: Recurrent = {}): Recurred {
  const [all, last] = layer("RNN", 1, [x, w, r], options, [], {});
  return { all, last };
}
/**
 * A GRU layer along [T, N, I], with weights [D, 3·hidden, I] and [D, 3·hidden, hidden], gates in the order z, r, h.
 * PyTorch's has `linear_before_reset` 1, and its gates in the order r, z, h.
 *
 * @example
 * const g = graphBuilder("g");
 * const [w, r] = [g.input("w", "float32", [1, 24, 3]), g.input("r", "float32", [1, 24, 8])];
 * gru(g.input("x", "float32", ["T", "N", 3]), w, r).last.shape // [1, "N", 8]
 */
export function gru(
  x: Value,
  w: Value,
  r: Value,
  { linear_before_reset, ...options }: Recurrent & { readonly linear_before_reset?: number } = {},
): Recurred {
  const [all, last] = layer("GRU", 1, [x, w, r], options, [], { linear_before_reset });
  return { all, last };
}
/**
 * An LSTM layer along [T, N, I], with weights [D, 4·hidden, I] and [D, 4·hidden, hidden], gates in the order i, o, f, c.
 * PyTorch has them in the order i, f, c, o. `cell` is the last of what is kept.
 *
 * @example
 * const g = graphBuilder("g");
 * const [w, r] = [g.input("w", "float32", [1, 32, 3]), g.input("r", "float32", [1, 32, 8])];
 * lstm(g.input("x", "float32", ["T", "N", 3]), w, r).cell.shape // [1, "N", 8]
 */
export function lstm(
  x: Value,
  w: Value,
  r: Value,
  {
    initialCell,
    peepholes,
    input_forget,
    ...options
  }: Recurrent & {
    /** What is kept to begin with, [D, N, hidden]. */
    readonly initialCell?: Value;
    /** [D, 3·hidden], of i, o and f. */
    readonly peepholes?: Value;
    readonly input_forget?: number;
  } = {},
): Recurred & { readonly cell: Value } {
  const [all, last, cell] = layer("LSTM", 2, [x, w, r], options, [initialCell, peepholes], { input_forget });
  return { all, last, cell };
}
