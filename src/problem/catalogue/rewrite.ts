/** L05: rewriting. */
import { didYouMean, error } from "../entry.js";

const list = (names: readonly string[]) => names.map((n) => `\`${n}\``).join(", ") || "none";

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
  L0506: error<{ nodes: readonly { id: string; trigger: string }[] }>(
    1,
    "no common anchor",
    (a) => ({
      message: `${a.nodes.map((n) => `\`${n.id}\` fires ${n.trigger}`).join(", ")}: their outputs make no common row`,
      help: "Take nodes with one trigger, or distil them one by one.",
    }),
    "A row is one firing of its *anchor*: the trigger that all output nodes share. Nodes that fire at different times have no firing in common, so there is no row that holds all their outputs exactly as they were.",
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
} as const;
