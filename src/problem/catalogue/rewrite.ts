/** L05: rewriting. */
import { didYouMean, error } from "../entry.js";

const list = (names: readonly string[]) => names.map((n) => `\`${n}\``).join(", ") || "none";

const PLACES: { readonly [place: string]: string } = {
  in: " among the in-streams",
  nodes: " among the nodes",
  out: " among the out-streams",
  world: " of the world",
};
const KEY_WORDS: { readonly [key: string]: string } = {
  id: "the id",
  component: "the component",
  tag: "the tag",
  port: "an output",
  message: "the message type",
};

const SEEN = 24;

/** What there is, with its values where the id does not say it. */
function seen({
  what,
  keys,
  seen,
}: {
  what: string;
  keys: readonly { key: string }[];
  seen: readonly { name: string; value: string }[];
}) {
  if (seen.length === 0) return "";
  const bare = keys.length === 0 || keys.every(({ key }) => key === "id");
  const shown = seen
    .slice(0, SEEN)
    .map(({ name, value }) => (bare ? `\`${name}\`` : `\`${name}\` (${value || "none"})`));
  return `The ${what}s: ${shown.join(", ")}${seen.length > SEEN ? `, and ${seen.length - SEEN} more` : ""}.`;
}

export const rewrite = {
  L0501: error<{ rule: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown rule",
    (a) => ({
      message: `there is no rewrite rule \`${a.rule}\``,
      help: didYouMean(a.nearest) || `The rules: ${list(a.known)}.`,
    }),
    "Each entry of `rewrites` names one rule and gives its options.\n\n```yaml\nrewrites:\n  - recrod: {as: reach, inputs: [target], outputs: [controller.torque]}   # fails\n  - record: {as: reach, inputs: [target], outputs: [controller.torque]}   # mended\n```",
  ),
  L0502: error<{ rule: string; where: string; reason: string }>(
    1,
    "a rule's option does not fit",
    (a) => `\`${a.rule}\`${a.where === "" ? "" : `: ${a.where.slice(1)}`} ${a.reason}`,
    "The options of a rule have a schema, which the editor shows too. This value is not of it.",
  ),
  L0503: error<{ rule: string; option: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown option of a rule",
    (a) => ({
      message: `\`${a.rule}\` has no option \`${a.option}\``,
      help: didYouMean(a.nearest) || `Its options: ${list(a.known)}.`,
    }),
    "A misspelt option would otherwise be ignored, and the rule would do something other than was meant.",
  ),
  L0504: error<{ rule: string; port: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "a rule names a port that is not there",
    (a) => ({
      message: `\`${a.rule}\` names \`${a.port}\`, and the graph has no such port`,
      help: didYouMean(a.nearest) || `Its ports: ${list(a.known.slice(0, 24))}.`,
    }),
    "Rules name ports as graphs do: `node.port`, or a stream's id. A node with a single output may be named alone.",
  ),
  L0505: error<{
    rule: string;
    node: string;
    known: readonly string[];
    nearest?: string | undefined;
    /** Where it is, when it is somewhere else. */
    of?: "world" | "in" | "nodes" | "out" | undefined;
  }>(
    1,
    "a rule names a node that is not there",
    (a) => ({
      message:
        a.of === undefined
          ? `\`${a.rule}\` names \`${a.node}\`, and the graph has no such node`
          : `\`${a.rule}\` names \`${a.node}\`, which is ${a.of === "world" ? "part of the world" : "a stream"}, not a node`,
      help: didYouMean(a.nearest) || `Its nodes: ${list(a.known.slice(0, 24))}.`,
    }),
    "Only what runs inside the computer (`nodes`) can be taken as a region; the world is not the system's to replace.",
  ),
  L0506: error<{ rule: string; nodes: readonly { id: string; trigger: string; within: readonly string[] }[] }>(
    1,
    "no common anchor",
    (a) => {
      const fires = a.nodes.map(({ id, trigger, within }) => {
        const inner = within.length === 0 ? "" : `, and when ${list(within)} come from inside is not known outside`;
        return `\`${id}\` fires ${trigger}${inner}`;
      });
      return {
        message: `${fires.join("; ")}: ${a.nodes.length === 1 ? "its outputs make no row" : "their outputs make no common row"}`,
        help:
          a.rule === "substitute"
            ? "Take nodes that one trigger from outside fires, or replace them one by one with `each: true`."
            : "Take nodes that one trigger from outside fires, distil them one by one, or lower them together (`limbeck lower`).",
      };
    },
    `A row is one firing of its *anchor*: the trigger that all output nodes share. Nodes that fire at different times have no firing in common, so there is no row that holds all their outputs exactly as they were. Nor has a student in their place one time to speak at: on the fastest of several clocks it would say the outputs of the slower ones more often than they did, and whoever fires on those would fire more often, too.

\`limbeck lower\` has no such bound: a policy remembers when each node is due, and holds what it said in between. So \`limbeck distill FILE --nodes a,b\` or \`--all\` over several clocks makes a student for each part that fires at one time, and lowers them to one policy. A rewrite, a residual, bounds and rows from recordings are for one part.

\`\`\`yaml
outer: {component: filter/ema, on: 50hz, in: {value: x}, params: {time_constant: 0.1}}
mix: {component: filter/ema, on: 100hz, in: {value: outer.value}, params: {time_constant: 0.02}}
# - substitute: {nodes: [outer, mix], with: ./both.ts}              fails where both are read from outside
# - substitute: {nodes: [outer, mix], with: ./one.ts, each: true}   mended: one by one
# limbeck distill FILE --nodes outer,mix --as both                  a student for each, and one policy
\`\`\``,
  ),
  L0507: error<{ model: string; missing: readonly string[]; unknown: readonly string[] }>(
    1,
    "the model does not fit in this place",
    (a) => ({
      message: `\`${a.model}\` does not fit: ${[
        a.missing.length > 0 ? `it lacks ${list(a.missing)}` : "",
        a.unknown.length > 0 ? `it wants ${list(a.unknown)}, which nothing here gives` : "",
      ]
        .filter((s) => s !== "")
        .join(" and ")}`,
      help: "Substitute it for the nodes that it was distilled from, or name its inputs under `inputs:`.",
    }),
    "A model stands in for a region by its ports: each port at the region's boundary has one of the same name and type in the model.",
  ),
  L0508: error<{ ports: readonly string[]; reader: string }>(
    1,
    "a port would vanish",
    (a) => ({
      message: `${list(a.ports)} would be gone, and ${a.reader} reads it`,
      help: "Take the reader into the region too, or leave the node out of it.",
    }),
    "Replacing a region removes the nodes inside of it, and with them the ports that only the inside knew. An authored name must go on meaning something.",
  ),
  L0509: error<{ rule: string; reason: string; help: string }>(
    1,
    "the rule would not",
    (a) => ({ message: `\`${a.rule}\` changes nothing: ${a.reason}`, help: a.help }),
    "A rule that cannot do what it says changes nothing and gives its reason.",
  ),
  L0510: error<{
    rule: string;
    what: "node" | "port";
    place?: string | undefined;
    /** The parts of the pattern that nothing fits: one by itself, or several together. */
    keys: readonly { key: string; wanted: string }[];
    /** What there is, with what it has under those keys. */
    seen: readonly { name: string; value: string }[];
    nearest?: string | undefined;
  }>(
    1,
    "a pattern that fits nothing",
    (a) => {
      const where = a.place === undefined ? "" : PLACES[a.place];
      const [first] = a.keys;
      const message =
        first === undefined
          ? `there is no ${a.what}${where}`
          : a.keys.length === 1
            ? `no ${a.what}${where} has ${KEY_WORDS[first.key]} \`${first.wanted}\``
            : `no ${a.what}${where} has all of ${a.keys.map(({ key, wanted }) => `${KEY_WORDS[key]} \`${wanted}\``).join(", ")}`;
      return { message: `\`${a.rule}\`: ${message}`, help: [didYouMean(a.nearest), seen(a)].filter(Boolean).join(" ") };
    },
    'Rules take nodes and ports by name or by pattern: `nodes: {component: "filter/*"}`, `nodes: {tag: safety}`, `ports: {message: JointState}`. `*` stands for any run of characters and `?` for one. All keys of a pattern must hold. A pattern that fits nothing is more often a slip than meant, and so is refused.\n\n```yaml\nnodes: {component: "filtr/*"}    # fails\nnodes: {component: "filter/*"}   # mended\n```',
  ),
  L0511: error<{ rule: string; ports: readonly string[] }>(
    1,
    "nothing is promised of a port",
    (a) => ({
      message: `\`${a.rule}\` has nothing to hold ${list(a.ports)} to: no contract, no clock, and no check is named`,
      help: "Name a check (`rate`, `max_age`, `range`, `drops`, `frequency`), or give the stream a `contract`.",
    }),
    "`diagnose` takes what it checks from the contract of a stream, from the clock of a node, and from its own options.\n\n```yaml\n- diagnose: {ports: [ik.angles]}                     # fails: `ik` fires when something comes\n- diagnose: {ports: [ik.angles], range: [-3.2, 3.2]} # mended\n```",
  ),
  L0512: error<{ rule: string; option: string; port: string; reason: string; help: string }>(
    1,
    "an option does not suit a port",
    (a) => ({ message: `\`${a.rule}\`: \`${a.option}\` does not suit \`${a.port}\`, ${a.reason}`, help: a.help }),
    "Some checks and faults need a number in the message, or a rate that is known. Choose ports that have it, by name or by pattern, or leave the option out.",
  ),
  L0513: error<{ rule: string; ports: readonly string[]; feeding: readonly string[] }>(
    1,
    "a fault that no stream would hear",
    (a) => ({
      message: `\`${a.rule}\`: no stream is simulated by ${list(a.ports)}, and a fault of the world is one of what enters`,
      help:
        a.feeding.length === 0
          ? "Let a stream be simulated by it, or make a faulty plant of components (`fault/bias`, …)."
          : `Choose ${list(a.feeding)}, or make a faulty plant of components (\`fault/bias\`, …).`,
    }),
    "The world is simulated as it is; what reaches the computer may be lost, late or wrong. A fault on a port of the world is one of its sensor: it sits in front of the in-streams that the port feeds, and the world goes on reading the truth. A port that feeds no stream has no sensor to go wrong.\n\n```yaml\nstreams: {in: {angle: {message: Scalar, simulate: encoder.value}}}\nworld: {arm: {component: ./arm.ts}, encoder: {component: ./encoder.ts, in: {position: arm.position}}}\nrewrites:\n  - inject-fault: {ports: [arm.position], noise: 0.1}    # fails: the encoder reads it, and no stream does\n  - inject-fault: {ports: [encoder.value], noise: 0.1}   # mended\n```",
  ),
  L0514: error<{ rule: string; reason: string; help: string }>(
    1,
    "no fault, or nothing to put it on",
    (a) => ({ message: `\`${a.rule}\` changes nothing: ${a.reason}`, help: a.help }),
    "`inject-fault` names `ports`, or `nodes` (then all their outputs), and at least one of `loss`, `delay`, `noise`, `freeze`, `nan`, `crash`. A crash is the node's own and needs `nodes`.",
  ),
  L0515: error<{ rule: string; option: string; reason: string; help: string }>(
    1,
    "times of a rule do not go together",
    (a) => ({ message: `\`${a.rule}\`: \`${a.option}\` ${a.reason}`, help: a.help }),
    "A window begins before it ends, and a limit below lies under a limit above.",
  ),
} as const;
