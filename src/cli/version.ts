/** What package.json says, and the folder of the package that is running. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Folder with package.json: two above `dist/cli` as above `src/cli`. */
export const packageFolder = fileURLToPath(new URL("../..", import.meta.url));

/** Of its package.json. */
export const { version, dependencies }: { version: string; dependencies: { [name: string]: string } } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);
