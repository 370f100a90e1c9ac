/** A home for runs that leave nothing behind: what they make goes away, models are the user's own. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { folders } from "../project/services.js";
import type { Context } from "./verb.js";

/** Lends a folder to the work, and removes it whatever happens. */
export async function withScratch<T>(context: Context, work: (home: string) => Promise<T>): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), "limbeck-"));
  try {
    const models = resolve(folders(context.home).models);
    if (existsSync(models)) symlinkSync(models, folders(home).models);
    return await work(home);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
