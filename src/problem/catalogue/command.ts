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
  L0005: error<{ file: string; reason: string }>(
    3,
    "file cannot be written",
    (a) => `${a.file} cannot be written: ${a.reason}`,
    "The operating system refused to write there. Its reason is printed as it gave it; nothing was left half-written.",
  ),
  L0006: error<{ folder: string; found: string }>(
    2,
    "the folder is not empty",
    (a) => ({
      message: `${a.folder} is not empty: it holds ${a.found}`,
      help: "Name a new folder, or an empty one.",
    }),
    "`limbeck new` writes a whole project and overwrites nothing of yours, so it wants a folder of its own.\n\n```sh\nlimbeck new my-robot\n```",
  ),
  L0007: error<{ code: string; nearest?: string | undefined }>(
    2,
    "no such code",
    (a) => ({
      message: `there is no problem with the code ${a.code}`,
      help: didYouMean(a.nearest) || "`limbeck explain` without a code lists them all.",
    }),
    "Codes are an L and four digits, as printed in front of each problem.",
  ),
} as const;
