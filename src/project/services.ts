/** What a graph file's runs lend to their components, on this machine. */
import { dirname, join, resolve } from "node:path";
import type { Services } from "../component/component.js";
import { nodeFiles } from "./files.js";

/** Where everything that is made goes. */
export const folders = (home: string) => ({
  logs: join(home, "logs"),
  recordings: join(home, "recordings"),
  datasets: join(home, "datasets"),
  models: join(home, "models"),
  unfinished: join(home, "unfinished"),
});

/** Files and models; recordings are forgotten, unless the caller lends others. */
export const servicesOf = (file: string, home: string): Services => servicesIn(resolve(dirname(file)), home);

/** The same for a graph file in this folder. */
export const servicesIn = (folder: string, home: string): Services => ({
  files: nodeFiles(folder),
  models: {
    async open(reference, sha256) {
      // a node in a worker starts sooner without what only models need
      const { openStored } = await import("../models/sessions.js");
      return openStored(folders(home).models, reference, sha256);
    },
    async policy(reference, sha256) {
      const { openStoredPolicy } = await import("../models/sessions.js");
      return openStoredPolicy(folders(home).models, reference, sha256);
    },
  },
  recordings: { open: () => ({ row: () => {}, incomplete: () => {}, close: async () => {} }) },
});
