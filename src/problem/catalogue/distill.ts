/** L09: distilling. */
import { error, warning } from "../entry.js";

export const distill = {
  L0901: error<{ port: string; path: string; reason: string }>(
    1,
    "a port cannot become columns",
    (a) => ({
      message: `\`${a.port}\` cannot be learned: ${a.path === "" ? "its type" : `\`${a.path}\``} ${a.reason}`,
      help: "Pick the fields that can (`node.port:field`), or give the type a bound (`maxItems`, `enum`).",
    }),
    "A student sees numbers: every port at its boundary must flatten to a fixed number of columns. Numbers, booleans, enums, tensors, fixed and bounded arrays and objects of these do; a free string does not.",
  ),
  L0902: error<{ port: string; teacher: string }>(
    1,
    "an event that does not come with every firing",
    (a) => ({
      message: `\`${a.port}\` is an event, and not there each time \`${a.teacher}\` fires`,
      help: "Distil nodes that fire on this event alone (`on: {each: [port]}`), or declare the port a signal.",
    }),
    "A student sees a row of numbers each time that it fires, and an event exists only at its own instant. What fires on one event, as a detector fires on frames, always has it; what fires on a clock, or on one of several events, has it now and then, and its other rows would be without a value. Signals hold their last value: every row has one.",
  ),
  L0903: warning<{ nodes: readonly string[] }>(
    "a teacher that remembers",
    (a) => ({
      message: `${a.nodes.map((n) => `\`${n}\``).join(", ")} ${a.nodes.length === 1 ? "keeps" : "keep"} state, and a student sees the inputs of one firing only`,
      help: "Give it what is remembered as an input, or expect the gap that the table shows.",
    }),
    "A student is a function of the inputs at one firing. A filter, an integrator or a delay in the teacher makes its outputs depend on earlier ones too, which no such student can reproduce, however long it is trained.",
  ),
  L0904: error<{ student: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "unknown student",
    (a) => ({
      message: `there is no student \`${a.student}\``,
      help: a.nearest === undefined ? `There are ${a.known.join(", ")}.` : `Did you mean \`${a.nearest}\`?`,
    }),
    "A student is a kind of model that can be fitted to rows: `--students ridge,mlp` picks among them.",
  ),
  L0905: error<{ phase: string; kept: readonly string[]; resume?: boolean }>(
    1,
    "interrupted",
    (a) => ({
      message: `interrupted while ${a.phase}; nothing was stored`,
      help:
        (a.kept.length === 0
          ? "Nothing was kept."
          : `Kept: ${a.kept.join(", ")}. A recording can be used again: \`--from\` and its name.`) +
        (a.resume ? " The same command with `--resume` goes on from here." : ""),
    }),
    "Ctrl-C ends a long job at the next safe point. What was written before stays; a model that was not finished is not stored. `limbeck distill` leaves a check-point of every training: the same command with `--resume` goes on where it stopped, and stores the bytes that it would have stored without the interruption.",
  ),
  L0906: error<{ model: string; port: string; here: string; there: string }>(
    1,
    "a model of other types",
    (a) => ({
      message: `\`${a.port}\` is ${a.here} in this graph, and ${a.there} in \`${a.model}\``,
      help: "Distil the model again from this graph.",
    }),
    "A model has the message types of the graph it was distilled from. When the graph's types have changed since, its columns mean something else.",
  ),
  L0907: error<{ what: string; port: string; known: readonly string[] }>(
    2,
    "no such port of a student",
    (a) => ({
      message: `\`${a.port}\` cannot be ${a.what}: the student has no such port`,
      help: `There ${a.known.length === 1 ? "is" : "are"} ${a.known.map((k) => `\`${k}\``).join(", ")}.`,
    }),
    "`--bounded` names outputs of what is distilled, as the student's component calls them: the ports of the region, or of the relation.",
  ),
  L0908: error<{ output: string; base: string; reason: string }>(
    1,
    "a residual that does not fit",
    (a) => ({
      message: `\`${a.output}\` cannot be learned as what is missing from \`${a.base}\`: ${a.reason}`,
      help: "Name a node outside of what is distilled, with an output of the same type for every output of the teacher.",
    }),
    "A residual is the teacher's output less that of a classical node at the same instant; the model gives the sum of both. So the node has to go on running beside the model, and both outputs must be numbers of one type.",
  ),
  L0909: error<{ student: string; ports: readonly { readonly port: string; readonly type: string }[] }>(
    1,
    "no image for a student that looks at images",
    (a) => ({
      message: `\`${a.student}\` looks at images, and there is none among the inputs: ${a.ports.map((p) => `\`${p.port}\` is ${p.type}`).join(", ")}`,
      help: "Give it a tensor of rank 2 or more (`{tensor: [48, 64, 3]}`), or pick other students: `--students mlp`.",
    }),
    "`conv` and `keypoints` are made for inputs whose elements have neighbours: tensors of rank 2 or more, such as `{tensor: [h, w]}`, `[h, w, c]` or `[c, h, w]`, whole messages or fields of them. Vectors and numbers may stand beside an image, but not in place of it; and columns that `--history`, `--lags` or `--differences` made out of an image are none any more.",
  ),
  L0910: error<{ node: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "students of a node that is not distilled",
    (a) => ({
      message: `\`${a.node}\` is not distilled, and has no students`,
      help:
        a.nearest !== undefined
          ? `Did you mean \`${a.nearest}\`?`
          : a.known.length === 0
            ? "Say `--students` without a node: a relation between ports, or nothing, is distilled."
            : `What is distilled: ${a.known.map((k) => `\`${k}\``).join(", ")}.`,
    }),
    "`--students planner=gru,history` says what to fit for the node `planner` alone, and `--students ridge` for all others. The node must be one that is distilled: with `--distill-missing`, one that cannot be lowered exactly; else one of `--nodes`, or any of `--all`.",
  ),
  L0911: error<{ nodes: readonly [string, string] }>(
    2,
    "two choices of students for one model",
    (a) => ({
      message: `\`${a.nodes[0]}\` and \`${a.nodes[1]}\` become one model, and \`--students\` says different things of them`,
      help: "Say it of one of them, or the same of both.",
    }),
    "Nodes that fire together are distilled as one part, and one model stands in for all of them. `--students NODE=…` may name any node of a part, and speaks of the whole part.",
  ),
  L0912: error<{ teacher: string; ports: readonly string[]; silent: number; spoke: number }>(
    1,
    "a teacher that does not always speak",
    (a) => ({
      message: `\`${a.teacher}\` fired ${a.silent + a.spoke} times and said ${a.ports.length > 1 ? "all of " : ""}${a.ports.map((port) => `\`${port}\``).join(", ")} ${a.spoke} times, and a student speaks each time`,
      help: "Let it always say something: a message with a field that tells whether there is anything (`found: boolean`), or a signal.",
    }),
    "A student is a function: it has an answer each time it fires. A teacher that keeps silent at some firings says something by its silence, and rows without an answer cannot teach that. Said in a field, a student learns it like any other value.",
  ),
} as const;
