/** L0860 to L0889: lowering a region to one ONNX graph. */
import { error } from "../entry.js";

const list = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(", ");

export const lower = {
  L0860: error<{ node: string; component: string; kind: string; random: boolean; world?: boolean }>(
    1,
    "an opaque node cannot be lowered",
    (a) => ({
      message: `\`${a.node}\` cannot be lowered: \`${a.component}\` is a ${a.kind}${a.random ? " that draws random numbers" : ""}, and nobody sees what it computes`,
      help: a.world
        ? "A loop is tuned through its world: write this part of it as a tensor component (`tensorStep`), or leave `--finetune` out."
        : "Write it as a tensor component (`tensorStep`), lower the nodes around it, or let a student stand in for it: `--distill-missing`.",
    }),
    "Lowering copies what a node computes into an ONNX graph. A tensor component says it in ONNX ops, a model is an ONNX graph already, and the port of a sub-graph computes nothing; everything else is a function that can only be called.\n\nRandom numbers of a run come from its seed and the node's path, which a policy does not have.",
  ),
  L0861: error<{ graph: string }>(
    1,
    "no out-stream to answer for",
    (a) => ({
      message: `${a.graph} has no out-stream that comes from a node, so there is no policy from in-streams to out-streams`,
      help: "Name the nodes whose outputs are wanted: `--nodes a,b`.",
    }),
    "`--all` lowers every node that an out-stream depends on. A graph that only records, or whose out-streams only pass in-streams on, has none.",
  ),
  L0862: error<{ node: string; trigger: string; help: string }>(
    1,
    "a trigger cannot be lowered",
    (a) => ({
      message: `\`${a.node}\` cannot be lowered: it fires ${a.trigger}`,
      help: a.help,
    }),
    "A policy is called at the ticks of a clock and at messages, and is a graph of fixed shapes.\n\n- A silence is told by a timer: nothing comes at which the policy could be called.\n- Messages that lie close together (`aligned`) wait until their partners come, as many as 1024 a port, and several sets may be complete at one time: that is several firings at one call.\n- A window of time holds as many messages as come in it. One of `count` messages is kept in that many places, and is lowered.",
  ),
  L0863: error<{ nodes: readonly { id: string; period_ns: number }[]; reason: string }>(
    1,
    "clocks without a common base",
    (a) => ({
      message: `the clocks of ${a.nodes.map(({ id, period_ns }) => `\`${id}\` (${Number((1e9 / period_ns).toPrecision(6))} Hz)`).join(", ")} cannot share one policy: ${a.reason}`,
      help: "Give them rates of which one is a whole multiple of the others, or lower them apart.",
    }),
    "A policy is called at every tick of one clock, the greatest common period of its nodes' clocks; each node fires at every n-th call. 100 Hz and 40 Hz share 200 Hz. A ratio beyond 1000 : 1 would spend nearly all calls on nothing.",
  ),
  L0864: error<{ node: string; reason: string; help: string }>(
    1,
    "a node that no call would fire",
    (a) => ({ message: `\`${a.node}\` cannot be lowered: ${a.reason}`, help: a.help }),
    "A policy is called at the ticks of its clocks and at messages from outside. A node that neither reaches would never fire.",
  ),
  L0865: error<{ node: string }>(
    1,
    "a declared latency cannot be lowered",
    (a) => ({
      message: `\`${a.node}\` declares a \`latency\`, and a policy answers at the call itself`,
      help: "Leave `latency` out for the policy, or say it as a `delay` at the inputs that read the node.",
    }),
    "A node's latency makes its result land later, and the node busy until then: something that the graph simulates, not something that a model computes. The latency of the policy itself can be declared where the policy is used.",
  ),
  L0866: error<{ node: string; port: string; reason: string; help: string }>(
    1,
    "an input that cannot be lowered",
    (a) => ({ message: `\`${a.node}.${a.port}\` cannot be lowered: ${a.reason}`, help: a.help }),
    "Held values, `max_age`, `missing: skip` or a default, `initial`, `delay` and `exact` have the same meaning in a policy, and so have the events that come to a node between two firings, where its queue says how many may wait.\n\n- Without a declared `queue` that number is unknown, and a policy has fixed shapes.\n- `missing: fault` and `policy: fault` end the node; `policy: block` holds its producer back. A call of a policy gives an answer, and neither ends nor waits.\n- Where messages have waited for another input, they are worked off one by one at the same time: several firings, and a policy is called once.",
  ),
  L0867: error<{ node: string; port: string; delay_ns: number; reason: string; help: string }>(
    1,
    "a delay cannot be lowered",
    (a) => ({
      message: `the delay of ${a.delay_ns / 1e6} ms at \`${a.node}.${a.port}\` cannot be lowered: ${a.reason}`,
      help: a.help,
    }),
    "What is on its way over a delayed edge is kept in the policy, a place a tick of its clock. So the producer must speak at ticks, and the delay be the same number of ticks each time.",
  ),
  L0868: error<{ node: string; model: string; reason: string; help: string }>(
    1,
    "a model cannot be merged",
    (a) => ({
      message: `the model ${a.model} of \`${a.node}\` cannot be merged into the policy: ${a.reason}`,
      help: a.help,
    }),
    "A model node becomes a part of the policy: its ops under prefixed names, with what flattens and unflattens its messages around it, and what it remembers of its inputs as state.",
  ),
  L0870: error<{ file: string; reason: string }>(
    3,
    "not a policy",
    (a) => ({
      message: `${a.file} is not a policy: ${a.reason}`,
      help: "Write one with `limbeck lower FILE --all --output policy.onnx`.",
    }),
    "A policy is an ONNX file that says under `limbeck` in its metadata when it is called, which ports it stands for, and what it remembers.",
  ),
  L0871: error<{ file: string; graph: string; missing: readonly string[]; reason?: string | undefined }>(
    1,
    "a policy of another graph",
    (a) => ({
      message:
        a.missing.length > 0
          ? `${a.file} stands for ${list(a.missing)}, which ${a.graph} does not have`
          : `${a.file} does not fit ${a.graph}: ${a.reason}`,
      help: "Lower it from this graph, or verify it against the one that it was lowered from.",
    }),
    "A policy names the graph's ports that it reads and answers for; both must be there, with the same types.",
  ),
  L0873: error<{ node: string; reason: string }>(
    1,
    "the world cannot be lowered",
    (a) => ({
      message: `\`${a.node}\` of the world cannot be lowered: ${a.reason}`,
      help: "Fine-tune and batch with world nodes that are tensor components and have a clock, or lower the policy alone.",
    }),
    "A closed loop in one graph needs the plant in it: world nodes that are tensor components, fed by out-streams and feeding in-streams.",
  ),
} as const;
