/**
 * JavaScript over the rows of a batch: the code of one row in a loop, on arrays that are there already.
 *
 *     inputs [N, 4], [N]  ──►  for (row) { const v1 = p1[row * 4 + 0]; … q1[row] = v9; }  ──►  outputs [N]
 */
import { isStatic } from "../dims.js";
import type { Graph, TensorData, ValueInfo } from "../ir.js";
import { isBig, sizeOf } from "../tensor.js";
import type { Atom, Code, Operand } from "./code.js";
import { assemble, generate } from "./compile.js";

/** Row-major arrays of a batch; 64-bit integers are plain numbers in a Float64Array. */
export type RowFunction = (inputs: readonly TensorData[], outputs: readonly TensorData[], rows: number) => void;

const ARGUMENTS = ["inputs", "outputs", "rows"];

/**
 * A graph whose inputs and outputs all begin with the batch, as a function that fills its outputs from its inputs.
 *
 * Bit-equal to reference evaluation, row by row. Outputs must not lie in the same arrays as inputs.
 *
 * @throws LimbeckError L0808 when a size other than the batch is not known before it runs
 * @example
 * const g = graphBuilder("line");
 * g.output("y", add(mul(g.input("x", "float64", ["N"]), 2), 1));
 * const y = new Float64Array(2);
 * compileRows(g.graph())([Float64Array.of(3, 5)], [y], 2);
 * y // Float64Array [7, 11]
 */
export function compileRows(graph: Graph): RowFunction {
  const one = { ...graph, inputs: graph.inputs.map(ofOneRow) };
  const at = new Map(graph.inputs.map(({ name }, i) => [name, i]));
  const generated = generate(one, {
    arguments: ARGUMENTS,
    input: (code, input) => readRow(code, input, at.get(input.name)!),
    result: (code, outputs) => outputs.map((x, i) => writeRow(code, x, i)).join("\n  "),
  });
  const body = `for (let row = 0; row < rows; row++) {\n${generated.body}\n}`;
  return assemble({ ...generated, body }, ARGUMENTS);
}

const ofOneRow = (input: ValueInfo): ValueInfo =>
  input.shape === undefined ? input : { ...input, shape: input.shape.map((size, i) => (i === 0 ? 1 : size)) };

function readRow(code: Code, { name, dtype, shape }: ValueInfo, at: number): Operand {
  if (dtype === undefined || shape === undefined || !isStatic(shape))
    throw new TypeError(`\`${name}\` is not a row of a known size`);
  const size = sizeOf(shape);
  const whole = code.name("p");
  code.line(whole, `const ${whole} = inputs[${at}];`);
  if (size > code.small) {
    const own = code.name("p");
    code.line(own, `const ${own} = ${whole}.subarray(row * ${size}, (row + 1) * ${size});`);
    return code.ofArray(dtype, shape, own, 0);
  }
  const element = (i: number): Atom =>
    code.atom(`${whole}[row * ${size} + ${i}]${dtype === "bool" ? " !== 0" : ""}`, []);
  return code.ofAtoms(
    dtype,
    shape,
    Array.from({ length: size }, (_, i) => element(i)),
  );
}

/** The statements that write an output's row. */
function writeRow(code: Code, x: Operand, at: number): string {
  const size = sizeOf(x.dims);
  if (x.atoms === undefined) return `outputs[${at}].set(${code.arrayOf(x).name}, row * ${size});`;
  // an integer has one zero
  const zero = isBig(x.dtype) ? " + 0" : "";
  return x.atoms
    .map((a, i) => `outputs[${at}][row * ${size} + ${i}] = ${code.asNumber(a, x.dtype)}${zero};`)
    .join("\n  ");
}
