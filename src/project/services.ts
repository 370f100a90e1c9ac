/** What a graph file's runs lend to their components, on this machine. */
import { dirname, join, resolve } from "node:path";
import type { Services } from "../component/component.js";
import { openStored } from "../models/sessions.js";
import { nodeFiles } from "./files.js";

/** Where everything that is made goes. */
export const folders = (home: string) => ({
  logs: join(home, "logs"),
  recordings: join(home, "recordings"),
  datasets: join(home, "datasets"),
  models: join(home, "models"),
});

/** Files and models; recordings are forgotten, unless the caller lends others. */
export const servicesOf = (file: string, home: string): Services => ({
  files: nodeFiles(resolve(dirname(file))),
  models: { open: (reference, sha256) => openStored(folders(home).models, reference, sha256) },
  recordings: { open: () => ({ row: () => {}, incomplete: () => {}, close: async () => {} }) },
});
