/** L01: the graph file's text: YAML, keys, quantities, params. */
import { didYouMean, error, warning } from "../entry.js";

const first = "limbeck: 1\nname: my-robot\nnodes: {}\n";

export const graphfile = {
  L0101: error<{ bytes: number; limit: number }>(
    3,
    "file too large",
    (a) => ({
      message: `the file has ${a.bytes} bytes; a graph file may have ${a.limit}`,
      help: "Data belongs in files that a source reads (`params: {path: …}`), parts of a graph in files of their own (`component: ./part.graph.yaml`).",
    }),
    `A graph file is read by people and compared line by line, so it is small. The size is looked at before anything is parsed: a file of ten megabytes of brackets would otherwise end the whole process.

Move tables of numbers into a CSV file and read it with a source, and split a large graph into graph files used as components.`,
  ),
  L0102: error<{ limit: number }>(
    3,
    "nested too deeply",
    (a) => ({
      message: `this is nested more than ${a.limit} levels deep`,
      help: "Look for a bracket that is never closed.",
    }),
    `No graph needs ${64} levels. Far more often a bracket, brace or quote was opened and never closed.

\`\`\`yaml
params: {box: [[-1, -1], [1, 1]   # fails: two brackets are missing
params: {box: [[-1, -1], [1, 1]]} # mended
\`\`\``,
  ),
  L0103: error<{ what: "anchors" | "aliases" | "values"; limit: number }>(
    3,
    "too many YAML aliases",
    (a) => ({
      message:
        a.what === "values"
          ? `with its aliases written out, the file has more than ${a.limit} values`
          : `the file has more than ${a.limit} YAML ${a.what}`,
      help: "Use a param (`$name`) for a value that stands in many places.",
    }),
    `A few lines of aliases that refer to aliases can stand for billions of values. Anchors, aliases and the values they expand to are therefore counted, and bounded.

\`\`\`yaml
nodes:
  a: {component: control/pd, params: &gains {kp: 30, kd: 4}}
  b: {component: control/pd, params: *gains}   # fine
\`\`\``,
  ),
  L0104: error<{ what: string }>(
    3,
    "not a text file",
    (a) => ({ message: `this is not a text file: ${a.what}`, help: "A graph file is YAML in UTF-8." }),
    `Graph files are UTF-8 text. A NUL byte or bytes that are no UTF-8 mean that another kind of file was named (a recording, a model, an archive), or that an editor saved it as UTF-16.

Convert such a file with \`iconv -f utf-16 -t utf-8 old.yaml > new.yaml\`.`,
  ),
  L0105: error<{ reason: string; help?: string | undefined }>(
    3,
    "not YAML",
    (a) => ({ message: a.reason, ...(a.help === undefined ? {} : { help: a.help }) }),
    `The text does not follow YAML's grammar at this place. The usual causes: a bracket or quote that is not closed, a colon without a space behind it, lines of one mapping that do not start in the same column, or a value with \`: \` or \`#\` in it that needs quotes.

\`\`\`yaml
live: mqtt://host: 1883     # fails
live: "mqtt://host:1883"    # mended
\`\`\``,
  ),
  L0106: error<Record<string, never>>(
    3,
    "tab used for indentation",
    () => ({ message: "a tab indents this line", help: "YAML is indented with spaces; use two a level." }),
    `YAML forbids tabs for indentation, because their width is not agreed upon. Tell your editor to insert spaces.

\`\`\`yaml
nodes:
  arm: {component: sim/two-link-arm}   # two spaces, never a tab
\`\`\``,
  ),
  L0107: error<Record<string, never>>(
    3,
    "empty file",
    () => ({ message: "the file is empty", help: `A graph file begins with\n${first}` }),
    `The file holds nothing, or nothing but comments. The smallest graph file is

\`\`\`yaml
${first}\`\`\`

\`limbeck new my-robot\` makes a whole project that runs at once.`,
  ),
  L0108: error<{ found: string }>(
    3,
    "not a graph file",
    (a) => ({
      message: `a graph file is a mapping of keys to values; this is ${a.found}`,
      help: `It begins with\n${first}`,
    }),
    `At its top level a graph file has keys: \`limbeck\`, \`name\`, \`streams\`, \`world\`, \`nodes\`, and so on.

\`\`\`yaml
- nodes: {}          # fails: a list
\`\`\`
\`\`\`yaml
${first}\`\`\``,
  ),
  L0109: error<{ found?: string | undefined }>(
    3,
    "unknown version of graph files",
    (a) => ({
      message:
        a.found === undefined
          ? "the file does not say which version of graph files it is written in"
          : `this Limbeck reads graph files of version 1; this is version ${a.found}`,
      help: "Write `limbeck: 1`.",
    }),
    `Every graph file states the version of the language that it is written in, so that a later Limbeck never reads it with another meaning.

\`\`\`yaml
limbeck: 1
\`\`\``,
  ),
  L0110: error<{ key: string; what?: string | undefined }>(
    3,
    "written twice",
    (a) => ({
      message: `\`${a.key}\` is written twice${a.what === undefined ? "" : ` ${a.what}`}`,
      help: "Remove one of the two, or rename it.",
    }),
    `YAML readers differ in which of two equal keys they believe. Limbeck believes neither, and shows both places.

\`\`\`yaml
params: {kp: 30, kd: 4, kp: 40}   # fails
params: {kp: 40, kd: 4}           # mended
\`\`\``,
  ),
  L0111: error<{ key: string; of: string; known: readonly string[]; nearest?: string | undefined }>(
    3,
    "unknown key",
    (a) => ({
      message: `${a.of} has no key \`${a.key}\``,
      help:
        a.nearest === undefined ? `Its keys are ${a.known.map((k) => `\`${k}\``).join(", ")}.` : didYouMean(a.nearest),
    }),
    `Unknown keys are errors: a misspelt \`max_agee\` that was silently ignored would be a robot without a time-out.

\`\`\`yaml
in: {joints: {from: joints, maxage: 1s}}    # fails
in: {joints: {from: joints, max_age: 1s}}   # mended
\`\`\`

Notes for people go into \`doc:\` or behind \`#\`.`,
  ),
  L0112: error<{ what: string; expected: string; found: string; help?: string | undefined }>(
    3,
    "wrong kind of value",
    (a) => ({
      message: `${a.what} is ${a.expected}, not ${a.found}`,
      ...(a.help === undefined ? {} : { help: a.help }),
    }),
    `The value is of another kind than this key takes. The message says what is expected; the JSON Schema in \`schemas/graph.schema.json\` gives the same to editors, as completion and hover help.

\`\`\`yaml
seed: seven   # fails: seed is a whole number
seed: 7       # mended
\`\`\``,
  ),
  L0113: error<{ what: string; key: string; help?: string | undefined }>(
    3,
    "missing key",
    (a) => ({
      message: `${a.what} has no \`${a.key}\``,
      ...(a.help === undefined ? {} : { help: a.help }),
    }),
    `The key is required: without it there is no sensible meaning to fall back on.

\`\`\`yaml
nodes: {controller: {in: [joints]}}                          # fails
nodes: {controller: {component: control/pd, in: [joints]}}   # mended
\`\`\``,
  ),
  L0114: error<{ name: string; help?: string | undefined }>(
    3,
    "name that cannot be used",
    (a) => ({
      message: `\`${a.name}\` cannot be used as a name`,
      help: a.help ?? "The name means something to JavaScript itself; choose another.",
    }),
    `Names are letters, digits, \`_\` and \`-\`, and start with a letter or \`_\`: \`.\`, \`:\`, \`#\`, \`/\` and \`$\` have a meaning in references. Ids of streams and nodes may have \`/\` between such names, as the parts of a sub-graph have (\`leg/ik\`), and \`#\` before a part that rewriting inserted (\`leg#1\`). Names that every JavaScript object carries (\`__proto__\`, \`constructor\`, \`toString\` …) are refused everywhere, so that no part of Limbeck or of a component can be tricked by one.

\`\`\`yaml
nodes: {left.arm: {component: control/pd}}   # fails
nodes: {left_arm: {component: control/pd}}   # mended
\`\`\``,
  ),
  L0115: error<{ feature: string; help: string }>(
    3,
    "YAML feature that graph files do not use",
    (a) => ({ message: `graph files have no ${a.feature}`, help: a.help }),
    `Graph files use the plain part of YAML 1.2: mappings, lists, scalars, comments, and anchors with aliases for a value that stands twice. Merge keys (\`<<\`), tags (\`!thing\`), several documents in one file, and keys that are not plain words are refused, since readers of YAML disagree about them.

\`\`\`yaml
params: {<<: *gains, kd: 5}   # fails
params: {kp: 30, kd: 5}       # mended
\`\`\``,
  ),
  L0116: error<{ name: string; nearest?: string | undefined }>(
    2,
    "nothing of that name to set",
    (a) => ({
      message: `\`${a.name}\` can not be set: the graph has no such param or node`,
      help:
        didYouMean(a.nearest) ||
        "A graph's param is set by its name (`kp=40`), a node's own by `node.param` (`arm.mass=2`).",
    }),
    `\`--set\` takes the name of a param that the graph file declares under \`params:\`, or \`node.param\` for a param of one node of the world or of the system.

\`\`\`sh
limbeck simulate arm.graph.yaml --set kq=40 --for 5s   # fails: the param is kp
limbeck simulate arm.graph.yaml --set kp=40 --set arm.mass=2 --for 5s
\`\`\``,
  ),
  L0117: error<{ name: string; expected: string; found: string }>(
    3,
    "value does not fit its param",
    (a) => `param \`${a.name}\` is ${a.expected}, not ${a.found}`,
    `A param's declaration states its type and bounds; defaults and values given with \`--set\` are held to it.

\`\`\`yaml
params: {kp: {type: number, minimum: 0, default: -1}}   # fails
params: {kp: {type: number, minimum: 0, default: 30}}   # mended
\`\`\``,
  ),
  L0118: error<{ text: string; reason: string }>(
    2,
    "cannot read what is to be set",
    (a) => ({
      message: `\`--set ${a.text}\` cannot be read: ${a.reason}`,
      help: "Write `name=value`, e.g. `--set kp=40` or `--set arm.q0=[0.1,0]`.",
    }),
    `The part before \`=\` names a param, the part behind it is a YAML value: a number, \`true\`, a word, or a list in brackets. Quote it where the shell would take it apart.

\`\`\`sh
limbeck simulate arm.graph.yaml --set 'arm.q0=[0.1, 0]' --for 5s
\`\`\``,
  ),
  L0119: error<{ written: string; expected: string; suggestion?: string | undefined; reason?: string | undefined }>(
    3,
    "not a quantity",
    (a) => ({
      message: `\`${a.written}\` ${a.reason === undefined ? `is not ${a.expected}` : `cannot stand here: ${a.reason}`}`,
      ...(a.suggestion === undefined ? {} : { help: a.suggestion }),
    }),
    `Quantities carry their unit: rates in \`hz\` or \`khz\`, durations in \`ns\`, \`us\`, \`ms\`, \`s\`, \`min\` or \`h\`, shares in \`%\`. Number and unit are written together, in lower case. \`1period\` is one period of the consumer's clock (or of its window in time), for delays.

\`\`\`yaml
on: 100 Hz   # fails
on: 100hz    # mended
\`\`\``,
  ),
  L0120: error<{ name: string; nearest?: string | undefined }>(
    3,
    "unknown param",
    (a) => ({
      message: `\`$${a.name}\` stands for a param, and the graph declares none of that name`,
      help: didYouMean(a.nearest) || `Declare it: \`params: {${a.name}: {type: number, default: 0}}\`.`,
    }),
    `A string that is exactly \`$name\` stands for the value of the graph's param \`name\`.

\`\`\`yaml
params: {kp: {type: number, default: 30}}
nodes: {controller: {component: control/pd, params: {kp: $pk}}}   # fails: $kp is meant
\`\`\``,
  ),
  L0121: error<{ name: string }>(
    2,
    "param without a value",
    (a) => ({
      message: `param \`${a.name}\` has no default, and no value was given`,
      help: `Give one with \`--set ${a.name}=…\`, or declare a \`default\`.`,
    }),
    `A param declared without \`default\` must be set by whoever runs the graph.

\`\`\`sh
limbeck simulate arm.graph.yaml --set kp=30 --for 5s
\`\`\``,
  ),
  L0122: warning<{ name: string }>(
    "param that nothing uses",
    (a) => ({
      message: `nothing uses param \`${a.name}\``,
      help: `Write \`$${a.name}\` where its value belongs, or remove it.`,
    }),
    `A declared param changes nothing until some value in the file is \`$name\`. Usually the use was forgotten, and \`--set\` would seem to work and do nothing.

\`\`\`yaml
params: {kp: {type: number, default: 30}}
nodes: {controller: {component: control/pd, params: {kp: 30}}}    # warns: 30 is fixed
nodes: {controller: {component: control/pd, params: {kp: $kp}}}   # mended
\`\`\``,
  ),
  L0123: error<{ shown: number; more: number }>(
    3,
    "many more problems",
    (a) => ({
      message: `${a.more} more problems of the file's form are not shown`,
      help: `The first ${a.shown} are above; mend those first.`,
    }),
    "When a whole file is wrong in the same way, the first hundred problems say as much as all of them.",
  ),
} as const;
