/** L085: the model store. */
import { didYouMean, error } from "../entry.js";

const list = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(", ");

export const model = {
  L0850: error<{ text: string; reason: string }>(
    2,
    "not a model's name",
    (a) => ({
      message: `\`${a.text}\` is no name of a model: ${a.reason}`,
      help: "Write `reach`, `reach@3` for one version, or `reach@champion` for whichever version is the champion.",
    }),
    `A model's name is the name of a folder in the model store, so it is a letter followed by up to 63 letters, digits, \`-\` or \`_\`. Behind \`@\` stands a version, which pins the model for good, or an alias, which floats.

\`\`\`yaml
controller: {component: "model:../reach"}          # fails
controller: {component: "model:reach@champion"}    # mended
\`\`\``,
  ),
  L0851: error<{ name: string; store: string; known: readonly string[]; nearest?: string | undefined }>(
    3,
    "no such model",
    (a) => ({
      message: `there is no model \`${a.name}\` in ${a.store}`,
      help:
        didYouMean(a.nearest) ||
        (a.known.length > 0
          ? `The models: ${list(a.known)}.`
          : "The store is empty; `limbeck distill FILE --nodes NODE --as NAME` makes a model."),
    }),
    "Models live in the folder `models` of `--home` (default `.limbeck`), relative to where the command runs. `limbeck models list` shows them.",
  ),
  L0852: error<{ name: string; wanted: string; versions: readonly number[]; aliases: readonly string[] }>(
    3,
    "no such version of the model",
    (a) => ({
      message: `\`${a.name}\` has no ${/^\d/.test(a.wanted) ? "version" : "alias"} \`${a.wanted}\``,
      help: `It has ${list([...a.versions.map(String), ...a.aliases].map((v) => `${a.name}@${v}`))}.`,
    }),
    "A version is a whole number that is given once and never to another file. An alias is a name for one of them that may be moved: the first version is `champion` until another is promoted.",
  ),
  L0853: error<{
    file: string;
    expected: string;
    found: string;
    name: string;
    version: number;
    others: readonly number[];
  }>(
    3,
    "model file is not what its card says",
    (a) => ({
      message: `${a.file} is not the file that was stored: SHA-256 is ${a.found}, its card says ${a.expected}`,
      help:
        a.others.length > 0
          ? `Use another version (${list(a.others.map((v) => `${a.name}@${v}`))}), or restore the file from a copy.`
          : `There is no other version of \`${a.name}\`: restore the file from a copy, or run the command in card.json (\`command\`) again.`,
    }),
    "A model's bytes are compared with the digest in its card at every load, because a damaged model mostly still loads and then computes something else. Nothing is done with the file before the digests are equal.",
  ),
  L0854: error<{ file: string; reason: string }>(
    3,
    "model card cannot be used",
    (a) => ({
      message: `${a.file} is not a model card: ${a.reason}`,
      help: "Cards are written by Limbeck and not edited by hand; restore the file from a copy, or use another version.",
    }),
    "`card.json` says what a model takes and gives, where it comes from and how good it is. It is checked against its JSON Schema when it is written and each time it is read.",
  ),
  L0855: error<{ file: string; bytes: number; limit: number }>(
    3,
    "model file too large",
    (a) => `${a.file} has ${a.bytes} bytes; a stored model may have ${a.limit}`,
    "The model store holds policies that run inside a control loop. A file beyond the limit is refused before it is read into memory.",
  ),
  L0856: error<{ folder: string; attempts: number }>(
    3,
    "no free version number",
    (a) => ({
      message: `no version number could be taken in ${a.folder} after ${a.attempts} attempts`,
      help: "Other processes keep adding versions at the same time; try again.",
    }),
    "A new version takes the next number, and tries again when another process was faster. After very many attempts it gives up rather than hang.",
  ),
} as const;
