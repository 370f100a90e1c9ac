/** L02: what a graph must be, beyond its text: names, wiring, types, time. */
import { didYouMean, error, warning } from "../entry.js";

const list = (names: readonly string[], none: string) =>
  names.length === 0 ? none : names.map((n) => `\`${n}\``).join(", ");
/** "Did you mean …?", else what there is to choose from. */
const meantOr = (nearest: string | undefined, known: readonly string[], what: string, none: string) =>
  didYouMean(nearest) ||
  (known.length === 0
    ? none
    : `${what} ${list(known.slice(0, 12), none)}${known.length > 12 ? ` and ${known.length - 12} more` : ""}.`);

export const graph = {
  L0201: error<{ id: string; first: string; second: string }>(
    1,
    "id given twice",
    (a) => ({ message: `\`${a.id}\` is ${a.second}, and ${a.first} has the same id`, help: "Rename one of the two." }),
    `Ids are unique across streams, world and nodes, so that a reference such as \`arm\` or \`arm.tip\` can mean one thing only.

\`\`\`yaml
streams: {in: {arm: {message: Vector2, simulate: arm.tip}}}   # fails
world: {arm: {component: sim/two-link-arm}}
\`\`\`
\`\`\`yaml
streams: {in: {tip: {message: Vector2, simulate: arm.tip}}}   # mended
world: {arm: {component: sim/two-link-arm}}
\`\`\``,
  ),
  L0202: error<{ component: string; nearest?: string | undefined }>(
    1,
    "unknown component",
    (a) => ({
      message: `there is no component \`${a.component}\``,
      help:
        didYouMean(a.nearest) ||
        "Name a library component (`control/pd`), a file (`./controller.ts`) or a model (`model:reach@champion`).",
    }),
    `\`component:\` takes a name from the standard library, a path that begins with \`./\` or \`../\` and is relative to the graph file, or a model of the model store.

\`\`\`yaml
controller: {component: control/dp}   # fails
controller: {component: control/pd}   # mended
\`\`\``,
  ),
  L0203: error<{ ref: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "reference to nothing",
    (a) => ({
      message: `\`${a.ref}\` names neither a stream nor a node`,
      help: meantOr(a.nearest, a.known, "There are", "The graph has no streams and no nodes yet."),
    }),
    `A reference is the id of a stream (\`joints\`), or a node and one of its output ports (\`controller.torque\`), either with \`:field\` behind it for one field of the message.

\`\`\`yaml
in: {joints: jonts}    # fails
in: {joints: joints}   # mended
\`\`\``,
  ),
  L0204: error<{ node: string; port: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "unknown output port",
    (a) => ({
      message: `\`${a.node}\` has no output \`${a.port}\``,
      help: meantOr(a.nearest, a.ports, `The outputs of \`${a.node}\` are`, `\`${a.node}\` has no outputs.`),
    }),
    `The component behind the node has no output port of this name.

\`\`\`yaml
from: controller.torqe    # fails
from: controller.torque   # mended
\`\`\``,
  ),
  L0205: error<{
    node: string;
    component: string;
    port: string;
    ports: readonly string[];
    nearest?: string | undefined;
  }>(
    1,
    "unknown input port",
    (a) => ({
      message: `\`${a.component}\` has no input \`${a.port}\``,
      help: meantOr(a.nearest, a.ports, "Its inputs are", "It has no inputs."),
    }),
    `The keys under \`in:\` are the component's input ports. In a list, a port has the name of what it reads; write \`port: reference\` where the names differ.

\`\`\`yaml
in: [encoder]            # fails when the port is called joints
in: {joints: encoder}    # mended
\`\`\``,
  ),
  L0206: error<{ name: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown message type",
    (a) => ({
      message: `there is no message type \`${a.name}\``,
      help: meantOr(a.nearest, a.known, "There are", "Declare it under `messages:`."),
    }),
    `Message types are declared under \`messages:\` in the graph file, in \`schemas/\`, or come with Limbeck.

\`\`\`yaml
streams: {in: {joints: {message: JointStat2}}}    # fails
streams: {in: {joints: {message: JointState2}}}   # mended
\`\`\``,
  ),
  L0207: error<{ ref: string; field: string; type: string; nearest?: string | undefined }>(
    1,
    "unknown field",
    (a) => ({
      message: `\`${a.ref}\` asks for \`${a.field}\`, and its message is ${a.type}`,
      help: didYouMean(a.nearest) || "Name a field of the message, or leave out `:` and what follows for all of it.",
    }),
    `Behind \`:\` stands a field of the message: \`joints:velocity\`, \`pose:position[0]\`.

\`\`\`yaml
in: {velocity: "joints:speed"}      # fails
in: {velocity: "joints:velocity"}   # mended
\`\`\``,
  ),
  L0208: error<{ from: string; gives: string; to: string; takes: string; difference: string }>(
    1,
    "types that do not fit",
    (a) => ({
      message: `\`${a.from}\` gives ${a.gives}, and \`${a.to}\` takes ${a.takes}`,
      help: `They differ${a.difference}.`,
    }),
    `The two ends of a connection have the same structure: fields, shapes, dtypes, and units where both state one. Names of message types do not count.

Often one field of the message is meant:

\`\`\`yaml
in: {value: joints}              # fails where value is a tensor and joints is {position, velocity}
in: {value: "joints:position"}   # mended
\`\`\``,
  ),
  L0209: error<{ node: string; port: string; type: string; candidates: readonly string[] }>(
    1,
    "input not connected",
    (a) => ({
      message: `input \`${a.port}\` of \`${a.node}\` is not connected`,
      help: `It takes ${a.type}${a.candidates.length === 0 ? "" : `, which ${list(a.candidates.slice(0, 4), "")} ${a.candidates.length === 1 ? "gives" : "give"}`}.`,
    }),
    `The component cannot fire without this input. Inputs that a component can do without are declared optional by it.

\`\`\`yaml
controller: {component: control/pd, in: [target]}           # fails
controller: {component: control/pd, in: [target, joints]}   # mended
\`\`\``,
  ),
  L0210: warning<{ id: string; ports: readonly string[]; stream: boolean }>(
    "nobody reads this",
    (a) => ({
      message: a.stream
        ? `nobody reads stream \`${a.id}\``
        : `nobody reads ${list(
            a.ports.map((p) => `${a.id}.${p}`),
            "",
          )}`,
      help: "Connect it, measure it under `evaluate`, record it, or leave it if that is meant.",
    }),
    `What nobody reads has no effect. That may be meant, and is then harmless; more often a connection was forgotten. A port counts as read when a node or stream reads it, a metric compares it, or a rewrite names it.`,
  ),
  L0211: error<{ cycle: readonly string[] }>(
    1,
    "cycle without a delay",
    (a) => ({
      message: `these ports wait for each other: ${a.cycle.join(" → ")}`,
      help: "Break the cycle: give one of its inputs `delay: 1period` (or a duration such as `10ms`) and `initial`.",
    }),
    `At one instant every node fires after everything above it. In a cycle nobody is above, so one connection must carry the value of an earlier instant. Loops through the world need none: the plant reads the out-streams one microstep later.

\`\`\`yaml
slope: {component: filter/derivative, in: {value: smooth.value}}   # fails
smooth: {component: ./smooth.ts, in: {value: slope.value}}
\`\`\`
\`\`\`yaml
slope: {component: filter/derivative, on: 100hz, in: {value: {from: smooth.value, delay: 1period, initial: [0]}}}   # mended
smooth: {component: ./smooth.ts, in: {value: slope.value}}
\`\`\``,
  ),
  L0212: error<{ node: string; port: string; type?: string | undefined }>(
    1,
    "delay without a first value",
    (a) => ({
      message: `input \`${a.port}\` of \`${a.node}\` is delayed and has no \`initial\``,
      help: `Say what it holds before the first delayed message: \`initial: …\`${a.type === undefined ? "" : `, ${a.type}`}.`,
    }),
    `A delayed input has nothing to give until the first message has waited out its delay.

\`\`\`yaml
in: {value: {from: smooth.value, delay: 1period}}                 # fails
in: {value: {from: smooth.value, delay: 1period, initial: [0]}}   # mended
\`\`\``,
  ),
  L0213: error<{ node: string }>(
    1,
    "node that never fires",
    (a) => ({
      message: `nothing makes \`${a.node}\` fire`,
      help: "Give it a clock (`on: 100hz`), or connect an input.",
    }),
    `A node fires by its \`on:\`, else as its component declares, else on its event inputs, else on all its inputs. A node of the world that feeds a stream with a \`contract.rate\` fires at that rate. This one has none of these.

\`\`\`yaml
operator: {component: sim/waypoints}            # fails when no stream with a rate is fed
operator: {component: sim/waypoints, on: 2hz}   # mended
\`\`\``,
  ),
  L0214: error<{
    node: string;
    port: string;
    ports: readonly string[];
    nearest?: string | undefined;
    connected: boolean;
  }>(
    1,
    "trigger on a port that has no messages",
    (a) => ({
      message: a.connected
        ? `\`${a.node}\` fires on \`${a.port}\`, which is no input of it`
        : `\`${a.node}\` fires on input \`${a.port}\`, which is not connected`,
      help: meantOr(
        a.nearest,
        a.ports,
        "Its connected inputs are",
        "It has no connected inputs; use a clock: `on: 100hz`.",
      ),
    }),
    `\`each:\` lists input ports of the node itself, not what they read.

\`\`\`yaml
on: {each: [encoder]}, in: {joints: encoder}   # fails
on: {each: [joints]}, in: {joints: encoder}    # mended
\`\`\``,
  ),
  L0215: error<{ what: string; type: string; reason: string }>(
    1,
    "value that does not fit its type",
    (a) => `${a.what} is no ${a.type}: ${a.reason}`,
    `Values written into the graph (\`initial\`, \`safe\`, \`missing: {default: …}\`) are messages of the port's type, with tensors written as lists.

\`\`\`yaml
torque: {message: Vector2, from: controller.torque, initial: 0}        # fails
torque: {message: Vector2, from: controller.torque, initial: [0, 0]}   # mended
\`\`\``,
  ),
  L0216: error<{ reader: string; ref: string; streams: readonly string[] }>(
    1,
    "reading across the boundary",
    (a) => ({
      message: `\`${a.reader}\` reads \`${a.ref}\` in the world`,
      help:
        a.streams.length === 0
          ? `Cross the boundary with a stream: declare an in-stream with \`simulate: ${a.ref}\`, and read that.`
          : `Cross the boundary with a stream: read ${list(a.streams, "")}.`,
    }),
    `The world is absent when the graph runs live. What a node knows of it, it knows through an in-stream, which has a real source then.

\`\`\`yaml
nodes: {controller: {component: control/pd, in: {joints: arm.joints}}}   # fails
\`\`\`
\`\`\`yaml
streams: {in: {joints: {message: JointState2, simulate: arm.joints}}}
nodes: {controller: {component: control/pd, in: [joints]}}               # mended
\`\`\``,
  ),
  L0217: error<{ reader: string; ref: string; streams: readonly string[] }>(
    1,
    "world reading what does not reach it",
    (a) => ({
      message: `\`${a.reader}\` is in the world and reads \`${a.ref}\`, which does not leave the computer`,
      help:
        a.streams.length === 0
          ? `Send it out: declare an out-stream with \`from: ${a.ref}\`, and read that.`
          : `Read the out-stream ${list(a.streams, "")}.`,
    }),
    `Only out-streams reach the world; in-streams come from it. A plant that read a node directly could not be replaced by the real one.

\`\`\`yaml
world: {arm: {component: sim/two-link-arm, in: {torque: controller.torque}}}   # fails
\`\`\`
\`\`\`yaml
streams: {out: {torque: {message: Vector2, from: controller.torque}}}
world: {arm: {component: sim/two-link-arm, in: [torque]}}                      # mended
\`\`\``,
  ),
  L0218: error<{ stream: string; ref: string; key: "simulate" | "from"; expected: string }>(
    1,
    "stream with a source of the wrong side",
    (a) => ({
      message: `\`${a.key}: ${a.ref}\` of stream \`${a.stream}\` is not ${a.expected}`,
      help:
        a.key === "simulate"
          ? "In simulation the world feeds in-streams: name `node.port` under `world`."
          : "Name `node.port` under `nodes`, or an in-stream to pass on.",
    }),
    `In simulation an in-stream is fed by a port in the world. An out-stream sends what a node gives, or passes an in-stream on.

\`\`\`yaml
streams: {in: {joints: {message: JointState2, simulate: controller.torque}}}   # fails
streams: {in: {joints: {message: JointState2, simulate: arm.joints}}}          # mended
\`\`\``,
  ),
  L0219: error<{ ref: string; stream: boolean; id: string; ports: readonly string[] }>(
    1,
    "reference that is not whole",
    (a) => ({
      message: a.stream
        ? `\`${a.id}\` is a stream and has no ports`
        : `\`${a.ref}\` is a node; what is read is one of its ports`,
      help: a.stream
        ? `Write \`${a.id}\`, or \`${a.id}:field\` for a field of its message.`
        : meantOr(
            a.ports.length === 1 ? `${a.id}.${a.ports[0]}` : undefined,
            a.ports.map((p) => `${a.id}.${p}`),
            "There are",
            "It has no outputs.",
          ),
    }),
    `A stream is named by its id alone, a port by \`node.port\`.

\`\`\`yaml
from: controller          # fails
from: controller.torque   # mended
\`\`\``,
  ),
  L0220: warning<{ stream: string }>(
    "in-stream without a source",
    (a) => ({
      message: `in-stream \`${a.stream}\` has neither \`simulate\` nor \`live\``,
      help: "Say where it comes from: `simulate: node.port` for simulation, `live: ADDRESS` for real.",
    }),
    `Nothing will ever arrive on this stream, unless a log is replayed into it.

\`\`\`yaml
joints: {message: JointState2}                         # warns
joints: {message: JointState2, simulate: arm.joints}   # mended
\`\`\``,
  ),
  L0221: warning<{ name: string }>(
    "message type that nothing uses",
    (a) => ({
      message: `no stream uses message type \`${a.name}\``,
      help: "Use it as a stream's `message`, or remove it.",
    }),
    "A type declared under `messages:` is used by the `message:` of a stream, or by another type that is. This one is not, which often means that a stream names another type by mistake.",
  ),
  L0222: error<{ rule: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown rule of rewriting",
    (a) => ({
      message: `there is no rule \`${a.rule}\``,
      help: meantOr(a.nearest, a.known, "The rules are", "No rules are known."),
    }),
    `Each entry of \`rewrites:\` names one rule and its options.

\`\`\`yaml
rewrites: [{recrod: {as: reach, inputs: [joints], outputs: [controller.torque]}}]   # fails
rewrites: [{record: {as: reach, inputs: [joints], outputs: [controller.torque]}}]   # mended
\`\`\``,
  ),
  L0223: error<{ metric: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "unknown metric",
    (a) => ({
      message: `there is no metric \`${a.metric}\``,
      help: meantOr(a.nearest, a.known, "The metrics are", "No metrics are known."),
    }),
    `\`evaluate.metrics\` gives each measure a name of yours, a metric, and the ports that it compares.

\`\`\`yaml
metrics: {tracking: {rsme: [arm.tip, target]}}   # fails
metrics: {tracking: {rmse: [arm.tip, target]}}   # mended
\`\`\``,
  ),
  L0224: error<{ param: string; nearest?: string | undefined; known: readonly string[] }>(
    1,
    "start of an unknown param",
    (a) => ({
      message: `\`${a.param}\` is no param of the graph or of a node`,
      help: meantOr(a.nearest, a.known, "There are", "Write `node.param`, or the name of a graph param."),
    }),
    `A start sets params: \`node.param\` for one of a node's own, or the name of a param of the graph.

\`\`\`yaml
starts: {training: {arm.q: {uniform: [[-1, -1], [1, 1]]}}}    # fails
starts: {training: {arm.q0: {uniform: [[-1, -1], [1, 1]]}}}   # mended
\`\`\``,
  ),
  L0225: error<{ node: string; component: string }>(
    1,
    "source outside of the world",
    (a) => ({
      message: `\`${a.node}\` is a source (\`${a.component}\`), and sources stand in \`world\``,
      help: "Move it under `world`, and bring its ports in through in-streams.",
    }),
    `A source plays back a file, which lies outside the running system as much as the robot does: live, an in-stream with a real address takes its place.

\`\`\`yaml
nodes: {log: {component: source/csv, params: {path: log.csv}}}   # fails
world: {log: {component: source/csv, params: {path: log.csv}}}   # mended
\`\`\``,
  ),
  L0226: error<{ node: string }>(
    1,
    "source with a trigger",
    (a) => ({
      message: `\`${a.node}\` is a source and fires by its own file; it takes no \`on\``,
      help: "Remove `on`.",
    }),
    `A source's messages come at the times that stand in its file.

\`\`\`yaml
log: {component: source/csv, on: 100hz, params: {path: log.csv}}   # fails
log: {component: source/csv, params: {path: log.csv}}              # mended
\`\`\``,
  ),
  L0227: error<{ ref: string }>(
    1,
    "type that cannot be told",
    (a) => ({
      message: `the type of \`${a.ref}\` depends on itself, around a loop`,
      help: "Bring the loop through a stream, whose `message` states the type, or use a component that declares its types.",
    }),
    "Some components give out what they are given (a delay line, a filter). In a loop made of such components only, no type is stated anywhere. Passing the value through an out-stream with a `message` states it.",
  ),
  L0228: error<{ ref: string }>(
    1,
    "not a reference",
    (a) => ({
      message: `\`${a.ref}\` is not a reference`,
      help: "Write a stream (`joints`), or a node and its port (`controller.torque`); `:field` behind it takes one field.",
    }),
    `A reference is made of names with \`.\` and \`:\` between them, without spaces.

\`\`\`yaml
from: controller/torque   # fails
from: controller.torque   # mended
\`\`\``,
  ),
  L0229: error<{ node: string; key: string; port: string; ports: readonly string[]; nearest?: string | undefined }>(
    1,
    "value for an unknown output",
    (a) => ({
      message: `\`${a.key}\` of \`${a.node}\` names \`${a.port}\`, which is no output of it`,
      help: meantOr(a.nearest, a.ports, "Its outputs are", "It has no outputs."),
    }),
    `\`safe\` and \`initial\` of a node are values of its output ports. The first value of a delayed input stands at that input.

\`\`\`yaml
safe: {torqe: [0, 0]}    # fails
safe: {torque: [0, 0]}   # mended
\`\`\``,
  ),
  L0230: error<{ count: number; limit: number }>(
    1,
    "too many nodes",
    (a) => ({
      message: `the graph has ${a.count} streams and nodes; ${a.limit} are the limit`,
      help: "Put repeated parts into graph files of their own and use them as components.",
    }),
    "Graphs are bounded so that checking, printing and planning them takes a bounded time.",
  ),
  L0231: error<{ what: string; found: string }>(
    1,
    "not a range",
    (a) => ({
      message: `${a.what} is two finite numbers, the lower first, and not ${a.found}`,
      help: "Write e.g. `range: [-10, 10]`.",
    }),
    `\`contract.range\` bounds every number in a stream's messages, from the lowest to the highest allowed.

\`\`\`yaml
contract: {range: [10, -10]}   # fails
contract: {range: [-10, 10]}   # mended
\`\`\``,
  ),
  L0232: error<{ count: number; limit: number }>(
    1,
    "too many parts to draw",
    (a) => ({
      message: `the graph has ${a.count} streams and nodes; pictures are laid out up to ${a.limit}`,
      help: "`--format json`, `dot` and `mermaid` have no such limit.",
    }),
    "Laying out a picture costs more than linear time in the number of its parts, and nobody reads a picture of thousands. Draw the graph files that a large graph is made of one by one, or take the data (`--format json`) to a tool of your own.",
  ),
} as const;
