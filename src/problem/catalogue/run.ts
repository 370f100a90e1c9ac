/** L06: running. */
import { error, warning } from "../entry.js";

const seconds = (ns: number) => `${ns / 1e9} s`;

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
      help: "Mend the component; what was written before this instant is kept.",
    }),
    "The component's own code threw an error while it fired. Nothing that was already *written* is lost. The place in brackets is the innermost line of the component that threw.",
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
  L0609: warning<{ node: string; port: string; count: number; limit: number }>(
    "events were dropped",
    (a) => ({
      message: `\`${a.node}\` lost ${a.count} events at \`${a.port}\`: more than ${a.limit} came between two of its firings`,
      help: "Let it fire more often, or on the event itself (`on: {each: [...]}`).",
    }),
    "A clocked node gets the events that came since its last firing as an array. The array is bounded; when it is full, the oldest event makes room for the newest, and each one lost is counted.",
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
} as const;
