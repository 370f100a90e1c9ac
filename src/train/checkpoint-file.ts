/** Check-points in files, of which there is always a whole one: written beside, made durable, then put in its place. */
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import type { Checkpoints } from "./checkpoint.js";
import type { TrainerOptions } from "./trainer.js";

/**
 * Where `trainer` saves its check-points, and where it resumes from.
 *
 * @example
 * const file = checkpointFile("run.checkpoint");
 * await file.save(Uint8Array.of(1, 2, 3));
 * await file.load() // Uint8Array [1, 2, 3]
 * await checkpointFile("none.checkpoint").load() // undefined
 */
export function checkpointFile(path: string): {
  /** Errors: those of the file system. */
  readonly save: NonNullable<TrainerOptions["checkpoint"]>["save"];
  /** The last one that was saved; undefined without a file. */
  load(): Promise<Uint8Array | undefined>;
} {
  return {
    async save(bytes) {
      const beside = `${path}.new`;
      const file = await open(beside, "w");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    },
    async load() {
      try {
        return new Uint8Array(await readFile(path));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    },
  };
}

/**
 * A folder in which every training of a job finds its own check-point, whatever their number and order: run the job again,
 * and each goes on where it was. The folder may be deleted at any time.
 *
 * @example
 * const checkpoints = checkpointFolder("run");
 * await checkpoints.save("a", Uint8Array.of(1, 2, 3));
 * await checkpoints.load("a") // Uint8Array [1, 2, 3]
 * await checkpoints.load("b") // undefined
 */
export function checkpointFolder(folder: string): Checkpoints {
  const file = (key: string) => checkpointFile(join(folder, `${key}.checkpoint`));
  return {
    load: (key) => file(key).load(),
    async save(key, bytes) {
      await mkdir(folder, { recursive: true });
      await file(key).save(bytes);
    },
  };
}
