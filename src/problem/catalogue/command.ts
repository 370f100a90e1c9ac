/** L00: the command line and the files it is given. */
import { didYouMean, error } from "../entry.js";

export const command = {
  L0001: error<{ file: string; nearest?: string | undefined }>(
    3,
    "file not found",
    (a) => ({ message: `there is no file ${a.file}`, help: didYouMean(a.nearest) }),
    "The path is taken relative to the folder the command runs in; paths inside a graph file are relative to that file.",
  ),
  L0002: error<{ file: string; expected: string }>(
    3,
    "a folder where a file is expected",
    (a) => ({ message: `${a.file} is a folder, not ${a.expected}`, help: "Name the file itself." }),
    "Commands take graph files one by one; a shell pattern such as `graphs/*.graph.yaml` names many.",
  ),
  L0003: error<{ file: string; reason: string }>(
    3,
    "file cannot be read",
    (a) => `${a.file} cannot be read: ${a.reason}`,
    "The operating system refused the file. Its reason is printed as it gave it.",
  ),
  L0004: error<{ what: string; help?: string }>(
    2,
    "wrong usage",
    (a) => ({ message: a.what, help: a.help ?? "`limbeck help` lists the verbs; `limbeck help VERB` shows one." }),
    "The command's words do not fit together. `limbeck help VERB` shows what the verb takes.",
  ),
} as const;
