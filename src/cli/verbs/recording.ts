/** `limbeck recording …`: what is done with recordings after a run. */
import type { Group } from "../verb.js";
import { exportVerb } from "./recording/export.js";
import { filterVerb } from "./recording/filter.js";
import { importVerb } from "./recording/import.js";
import { info } from "./recording/info.js";
import { recover } from "./recording/recover.js";

export const recording: Group = {
  name: "recording",
  summary: "recordings after a run: info, recover, import, export, filter",
  verbs: [info, recover, importVerb, exportVerb, filterVerb],
};
