/** L083: tensor components, what they may say, and what becomes of it. */

import { didYouMean, error } from "../entry.js";

export const tensor = {
  L0830: error<{ port: string; reason: string; help?: string }>(
    3,
    "message type has no tensor form",
    (a) => ({
      message: `\`${a.port}\` cannot be read or written by a tensor component: it ${a.reason}`,
      help: a.help ?? "Give the port a part of the message (`x: stream:field`), or write the component as a `step`.",
    }),
    "A tensor component is traced to a graph of ONNX ops, in which every value has a dtype and a fixed shape. Numbers, integers, booleans, choices (`enum`), tensors, and objects and fixed lists of these have one; free strings, lists of variable length and fields that may be absent have none. Events of a clocked node come as a list of whatever came since: it needs a bound (`queue: {size: 16}`), and is read with `arrived(x)`.",
  ),
  L0831: error<{ value: string }>(
    3,
    "symbolic value used as a plain one",
    (a) => ({
      message: `${a.value} is used where a plain number, text or truth is needed`,
      help: "Compute with functions: `add(a, b)` for `a + b`, `greater(a, b)` for `a > b`, `where(c, a, b)` for `c ? a : b`.",
    }),
    "A tensor component's step runs once, on symbolic values, to say which ops it is made of; which number a value will be is not known then. JavaScript's operators and `Math` cannot work on such values, and a branch cannot depend on one. Params, and what follows from them, are plain.\n\n```ts\nstep: ({ x }) => ({ outputs: { y: x > 0 ? x : -x } })              // fails\nstep: ({ x }) => ({ outputs: { y: where(greater(x, 0), x, neg(x)) } }) // mended\n```\n\n`if (x)` and `x && y` cannot be caught by any library: JavaScript takes every object for true.",
  ),
  L0832: error<{ what: string; dtype: string; wanted: string }>(
    3,
    "dtype does not fit",
    (a) => ({
      message: `${a.what} is ${a.dtype}, and must be ${a.wanted}`,
      help: `Convert it where you mean to: \`cast(value, "${a.wanted}")\`.`,
    }),
    "A number is float64, an integer or a choice int64, a boolean bool, and a tensor has the dtype that its type declares. A component says where it changes precision; nothing is converted silently.",
  ),
  L0833: error<{ what: string; shape: string; wanted: string }>(
    3,
    "shape does not fit",
    (a) => ({
      message: `${a.what} has shape ${a.shape}, and must have ${a.wanted}`,
      help: "Bring it there with `reshape`, `squeeze` or `expand`, or declare the shape that it has.",
    }),
    "Numbers, integers, booleans and choices are scalars, of shape []; a tensor has the shape that its type declares. Results are not broadcast silently.",
  ),
  L0834: error<{ state: string; from: string; to: string }>(
    3,
    "state changes its dtype or shape",
    (a) => ({
      message: `the state \`${a.state}\` is ${a.from} before a firing and ${a.to} after it`,
      help: "Start with a value of the dtype and shape that the step gives back, or `cast` and `reshape` what it gives back.",
    }),
    "What a component keeps goes in and comes out of its graph, so it has one dtype and one shape for ever. A number starts a float64 scalar, a bigint an int64 one, a boolean a bool, a typed array a vector of its dtype; `{dims, data}` gives another shape.",
  ),
  L0835: error<{ what: string; name: string; known: readonly string[]; nearest: string | undefined }>(
    3,
    "no such state, port or field",
    (a) => ({
      message: `there is no ${a.what} \`${a.name}\``,
      help:
        didYouMean(a.nearest) ||
        (a.known.length === 0 ? "There is none at all." : `There is ${a.known.map((k) => `\`${k}\``).join(", ")}.`),
    }),
    "A tensor component's states are those that its `state` starts with, its ports those that it declares, and a message of fields has each of its fields.",
  ),
  L0836: error<{ what: string; reason: string; help: string }>(
    3,
    "tensor step gives back no values",
    (a) => ({ message: `${a.what} ${a.reason}`, help: a.help }),
    "A tensor step gives back `{ outputs, state }`: for each output a value, a plain number or boolean, a record of these for a message of fields, or `when(valid, value)`; never a promise. A value made inside the body of `repeat` comes out through what the body gives back.",
  ),
  L0837: error<{ node: string }>(
    3,
    "tensor step is not a function of its inputs",
    (a) => ({
      message: `the step of \`${a.node}\` was traced twice and said two things`,
      help: "Use no `Math.random`, no `Date`, and no variable that a call changes; keep what is to be remembered in `state`.",
    }),
    "A tensor component's step is run once, to say which ops it is made of. Were it to draw a random number, look at the clock or count its calls, the result of that one look would stand for ever. So it is run twice, and both graphs must be the same to the byte. Randomness belongs into a `step` component, whose `ctx.rng` is seeded.",
  ),
  L0838: error<{ what: string; reason: string }>(
    3,
    "value has no tensor form",
    (a) => ({
      message: `${a.what} ${a.reason}`,
      help: "Numbers, booleans, bigints, typed arrays and `{dims, data}` have one; a state of several parts is several states.",
    }),
    "A state starts as a number (float64), a bigint (int64), a boolean (bool), a typed array (a vector of its dtype) or `{dims, data}` (a tensor). Constants may also be lists of numbers, and lists of such lists.",
  ),
  L0839: error<{ op: string; reason: string }>(
    3,
    "op cannot be batched",
    (a) => ({
      message: `${a.op} cannot be given a batch axis: ${a.reason}`,
      help: "Write that part with other ops, or run the graph row by row.",
    }),
    "A component is written for one row, and batched by giving every value that depends on the row one axis more. Most ops say how; one whose result changes its shape with the row's values cannot.",
  ),
  L0840: error<{ node: string; component: string; reason: string }>(
    1,
    "tensor step throws while it is traced",
    (a) => ({
      message: `the step of \`${a.node}\` (\`${a.component}\`) throws while it is traced: ${a.reason}`,
      help: "Mend it: it is called with symbolic values, which say which ops it is made of and have no numbers yet.",
    }),
    "A tensor component's step is called once before anything runs, with values that stand for numbers, to say which ops it is made of. What it throws then, it throws in every run: a field that is not there, a param that it does not expect. `limbeck check` calls it, too, and shows the line. In a run the same is L0602.",
  ),
  L0841: error<{ op: string; found: string; input?: number; list?: true }>(
    3,
    "an op of something that is no value",
    (a) => ({
      message:
        a.list === true
          ? `${a.op} takes a list of values, not ${a.found}`
          : `${a.op} takes a value as its input ${a.input}, not ${a.found}`,
      help: "A value is an input of the step, a state, what an op gave, or a constant: `ctx.constant(3)`.",
    }),
    "Ops compute with symbolic values. `add(x, 1)` and its like take a plain number beside a value; any other input must be a value itself, and `concat` takes a list of them.\n\n```ts\nmaxPool(image, [2, 2])          // a value, and how large the kernel is\nconcat([a, b], 0)               // not concat(a, b)\nsin(ctx.constant(0.5))          // not sin(0.5): of plain numbers use Math.sin\n```",
  ),
};
