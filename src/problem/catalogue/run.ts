/** L06: running. */
import { error, warning } from "../entry.js";

const seconds = (ns: number) => `${ns / 1e9} s`;
const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;

export const run = {
  L0601: error<{ time_ns: number; limit: number; path: readonly string[] }>(
    1,
    "time stands still",
    (a) => ({
      message: `more than ${a.limit} microsteps at ${seconds(a.time_ns)}, through ${a.path.join(" → ") || "the agenda"}`,
      help: "Put a `delay` on the edge that closes the loop, or let the source spread its burst over time.",
    }),
    "Messages that arrive at one and the same time take successive microsteps. A loop through the world without any delay would go on for ever at one instant, and a burst of thousands at one time is most often a broken clock; both are refused by this bound.",
  ),
  L0602: error<{ node: string; time_ns: number; reason: string; at?: string | undefined }>(
    1,
    "a component threw",
    (a) => ({
      message: `\`${a.node}\` failed at ${seconds(a.time_ns)}: ${a.reason}${a.at === undefined ? "" : ` (${a.at})`}`,
      help: "Mend the component; what was written before this instant is kept. With `restart: 3` the node is started afresh, and `safe` says what its outputs hold until then.",
    }),
    "The component's own code threw an error while it fired. Nothing that was already *written* is lost. The place in brackets is the innermost line of the component that threw.\n\nIn a run, a node that faults harms no other: its outputs hold their `safe` values, and `restart` starts it afresh so many times. Where it is mended in time, this is told as a warning at the end.\n\n```yaml\ncontroller: {component: ./controller.ts, on: 100hz, in: [joints], safe: {torque: [0, 0]}, restart: {budget: 3, within: 1min}}\n```",
  ),
  L0603: error<{ port: string; time_ns: number; path: string; reason: string }>(
    1,
    "message does not fit its type",
    (a) => ({
      message: `\`${a.port}\` sent a message at ${seconds(a.time_ns)} that does not fit its type: ${a.path === "" ? "it" : a.path} ${a.reason}`,
      help: "Mend the component that made it, or change the message type.",
    }),
    "Messages are validated where they cross the computer's boundary, and at the first firing of every node: fields, shapes, dtypes and finite numbers. What does not fit would spoil recordings and models silently.",
  ),
  L0604: error<{ node: string; port: string; time_ns: number; cause: string }>(
    1,
    "a required value is missing",
    (a) => ({
      message: `\`${a.node}\` has no value at \`${a.port}\` at ${seconds(a.time_ns)} (${a.cause})`,
      help: "Its input says `missing: fault`. Use `missing: skip` or a default to go on without one.",
    }),
    "`missing: fault` turns an absent or too old value into an error. The default, `skip`, cancels the firing and counts it.",
  ),
  L0605: error<{ node: string; port: string; known: readonly string[] }>(
    1,
    "a component spoke at a port it does not have",
    (a) => ({
      message: `\`${a.node}\` sent to \`${a.port}\`, which is none of its outputs`,
      help: `Its outputs: ${a.known.map((p) => `\`${p}\``).join(", ") || "none"}.`,
    }),
    "A firing returns an object with a message per declared output port. Another name is a slip that would otherwise lose the message.",
  ),
  L0606: error<{ port: string; known: readonly string[]; nearest?: string | undefined }>(
    2,
    "no such port",
    (a) => ({
      message: `the graph has no port \`${a.port}\``,
      help:
        a.nearest === undefined
          ? `Its ports: ${a.known
              .slice(0, 24)
              .map((p) => `\`${p}\``)
              .join(", ")}.`
          : `Did you mean \`${a.nearest}\`?`,
    }),
    "A port is named `node.port`, a stream by its id. A node with a single output may be named alone on the command line.",
  ),
  L0607: warning<{ node: string; port: string; count: number; firings: number }>(
    "firings were skipped",
    (a) => `\`${a.node}\` skipped ${a.count} of ${a.count + a.firings} firings for want of a value at \`${a.port}\``,
    "A firing without a required value, or with one older than its `max_age`, is cancelled and counted. At the start of a run this is normal, and `initial` fills the gap; later it most often means that a producer is too slow or too lossy.",
  ),
  L0608: error<{ reason: string }>(
    1,
    "the graph has no evaluation",
    (a) => ({
      message: `nothing to evaluate: ${a.reason}`,
      help: "Add `evaluate: {metrics: {tracking: {rmse: [arm.tip, target]}}, starts: {training: {arm.q0: {uniform: [[-1, -1], [1, 1]]}}}}`.",
    }),
    "`evaluate` names what a good run is (metrics over ports) and from where it is measured (starts). `compare`, closed-loop evaluation and gates stand on it.",
  ),
  L0609: warning<{ node: string; port: string; count: number; limit: number; policy: string }>(
    "events were dropped",
    (a) => ({
      message: `\`${a.node}\` lost ${counted(a.count, "event")} at \`${a.port}\`: more than ${a.limit} waited for its firings (\`${a.policy}\`)`,
      help: "Let it fire more often, give it a longer `queue`, or hold the producer back (`queue: {size: …, policy: block}`).",
    }),
    "Events that wait for a node (a clocked node gets those since its last firing as an array; a node with a `queue` takes one a firing) are bounded in number. When the queue is full, its policy decides which one goes, and each one lost is counted.",
  ),
  L0610: error<Record<never, never>>(
    2,
    "a run without an end",
    () => ({
      message: "no source of this graph ever ends, so the run would not either",
      help: "Say how long it shall be (`--for 10s`).",
    }),
    "Without a length, a run ends with the last message of its last source (a log, a data file). A graph that is driven by clocks alone has no such end.",
  ),
  L0611: error<{ name: string; limit: number }>(
    1,
    "too many messages on their way",
    (a) => ({
      message: `more than ${a.limit} messages are on their way to \`${a.name}\``,
      help: "Shorten the delay or the latency, or send less often.",
    }),
    "A delayed edge, or a stream with latency, keeps every message until it arrives. The number that may be on their way at one time is bounded, so that a slip in a unit (`10h` for `10ms`) cannot fill the memory.",
  ),
  L0620: error<{ node: string; place: string; doing: string; limit_ms: number }>(
    1,
    "a node in a worker or a process hangs",
    (a) => ({
      message: `\`${a.node}\` took longer than ${seconds(a.limit_ms * 1e6)} for ${a.doing}, and its ${a.place} was ended`,
      help: "Mend the component, or give the node more time (`timeout: 30s`). With `restart:` it is started again.",
    }),
    "A node with `place: worker` or `place: process` may take the wall time `timeout` for a firing (10 s when nothing is said). After that it counts as hanging: its thread or process is ended at once, and the node has faulted.\n\nA worker can be ended while it runs JavaScript; one that hangs inside native code, such as an ONNX model that loops, takes the whole of Limbeck with it. Put a model that you do not trust into a `process`, which can always be ended.\n\n```yaml\nvision: {component: ./vision.ts, place: process, timeout: 500ms, restart: {budget: 3, within: 10s}}\n```",
  ),
  L0621: error<{ node: string; place: string; doing: string; how: string }>(
    1,
    "a node's worker or process ended by itself",
    (a) => ({
      message: `the ${a.place} of \`${a.node}\` ended while it was ${a.doing} (${a.how})`,
      help: "Look for `process.exit`, an error that nobody catches, or memory that runs out. With `restart:` the node is started again.",
    }),
    "The thread or process in which the node lives went away without an answer. In brackets stands how: its exit code, the signal that killed it (SIGKILL is most often the system that ran out of memory), or the error that nobody caught. The node has faulted; the others are not harmed.",
  ),
  L0622: error<{ node: string; place?: string; what: string; reason: string }>(
    1,
    "a message cannot cross to another thread or process",
    (a) => ({
      message: `\`${a.node}\`: ${a.what} cannot cross to or from its ${a.place ?? "worker or process"}: ${a.reason}`,
      help: "Send data only: numbers, text, arrays, objects, typed arrays. Or run the node inline.",
    }),
    "Between threads and processes messages are copied by structured clone. It takes data, typed arrays included, and no functions, promises or open handles.",
  ),
  L0623: error<{ node: string }>(
    1,
    "a timer was set outside of a firing",
    (a) => ({
      message: `\`${a.node}\` asked for a firing while none of its own was going on`,
      help: "Ask during a firing, and await what the answer depends on before it returns.",
    }),
    "A component may ask for a firing of its own at a later time, while it fires or starts. In a worker or a process such a wish comes back with the answer. One that is made later, from a promise that nobody awaited, would reach the run at an instant that depends on the machine, and the run would not repeat itself.",
  ),
  L0624: error<{ count: number; limit: number }>(
    1,
    "too many workers and processes",
    (a) => ({
      message: `${a.count} nodes want a worker or a process of their own, and a run has at most ${a.limit}`,
      help: "Leave `place:` out where a node is cheap and trusted.",
    }),
    "Each node with `place: worker` or `place: process` has its own thread or process, some 30 to 60 MB each. The number is bounded so that a generated graph cannot take the machine down.",
  ),
  L0625: error<{ node: string; time_ns: number; limit_ms: number; at?: string | undefined }>(
    1,
    "an inline node hangs",
    (a) => ({
      message: `\`${a.node}\` hangs: its firing at ${seconds(a.time_ns)} took longer than ${seconds(a.limit_ms * 1e6)}${a.at === undefined ? "" : ` (${a.at})`}`,
      help: "Mend the component, or put it aside with `place: process` and a `timeout:`. What was written before is kept. A firing that is meant to take so long needs `--hang-after`.",
    }),
    "A watchdog beside the run looks whether it goes on. An inline node shares its thread with everything else, so that one endless loop stops the whole run; it is then ended by name, with exit code 1, and with everything kept that was written. The place in brackets is the line at which the component was found.\n\nA hang inside native code (an ONNX model that loops) can only be ended with the process: the exit code is then that of a kill (137). Time during which the machine slept does not count.",
  ),
  L0612: error<{ node: string; port: string; limit: number; time_ns: number }>(
    1,
    "a queue is full",
    (a) => ({
      message: `more than ${a.limit} events wait at \`${a.port}\` of \`${a.node}\` at ${seconds(a.time_ns)}`,
      help: "Its queue says `policy: fault`. Use `drop_oldest`, `drop_newest` or `block` to go on, or a longer queue.",
    }),
    "With `policy: fault` a queue that overflows is a fault of the node that reads it: for messages of which none may be lost, and none may be late.",
  ),
  L0613: warning<{ node: string; count: number; reason: string }>(
    "a node faulted and was started again",
    (a) =>
      `\`${a.node}\` faulted ${a.count === 1 ? "once" : `${a.count} times`} and was started again; the last time: ${a.reason}`,
    "A node with a `restart` budget that throws is made anew, with the state it starts with; until then its `safe` values stand in for its outputs. The run goes on, and this says how often that was needed.",
  ),
  L0614: error<{ node: string; reason: string; help?: string }>(
    1,
    "not snapshottable",
    (a) => ({
      message: `the state of \`${a.node}\` cannot be kept in a snapshot: ${a.reason}`,
      help:
        a.help ??
        "Keep plain data, arrays and typed arrays in the state, or give the component `snapshot()` and `restore()`.",
    }),
    "A snapshot of a run is data, from which it goes on byte by byte. Every node must be able to give its state as data; those that cannot are named, and no snapshot is made of the rest.",
  ),
  L0615: warning<{ node: string; port: string; count: number }>(
    "messages found no partner",
    (a) => ({
      message: `\`${a.node}\` dropped ${counted(a.count, "message")} at \`${a.port}\` that found no partner within its \`aligned\` time`,
      help: "Widen `within`, or look for a sensor that is late, lossy or slower than the others.",
    }),
    "An `aligned` trigger takes one message of each port whose stamps lie close together. A message that is older than the oldest of another port by more than `within` can find no partner any more and is dropped. Between sensors of different rates that is normal.",
  ),
  L0616: error<{ reason: string }>(
    1,
    "snapshot of another run",
    (a) => ({
      message: `the run cannot go on from this snapshot: ${a.reason}`,
      help: "Restore it with the graph, the seed and the version of Limbeck that it was taken with.",
    }),
    "A snapshot holds the state of every part of one graph's run. Going on from it byte by byte takes the same graph, params included, and the same seed.",
  ),
  L0617: warning<{ node: string; port: string; count: number; max_age_ns: number }>(
    "events were too old",
    (a) => ({
      message: `\`${a.node}\` left out ${counted(a.count, "event")} at \`${a.port}\` that were older than ${a.max_age_ns / 1e6} ms (\`max_age\`) when it fired`,
      help: "Let it fire more often, allow a greater `max_age`, or look for what makes them late.",
    }),
    "A node with a clock gets the events since its last firing as a list. Those whose stamp is older than the input's `max_age` by then are left out of it, and counted.",
  ),
  L0618: warning<{ stream: string; count: number; range: readonly [number, number] }>(
    "messages outside of their stream's range",
    (a) => ({
      message: `${counted(a.count, "message")} of stream \`${a.stream}\` held values outside of its range, ${a.range[0]} to ${a.range[1]}`,
      help: "Correct `contract.range`, limit what sends them (`filter/saturation`), or look for what goes wrong there.",
    }),
    `\`contract.range\` is the lowest and the highest value of every number in a message. What lies outside, NaN included, is passed on as it is, and counted.

\`\`\`yaml
streams: {out: {torque: {message: Vector2, from: controller.torque, initial: [0, 0], contract: {range: [-60, 60]}}}}   # warns: 75 was sent
nodes: {controller: {component: control/pd, in: [target, joints], params: {kp: 60, limit: 60}}}                        # mended
\`\`\``,
  ),
} as const;
