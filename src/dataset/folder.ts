/** Folders that appear whole or not at all: the seam between a dataset and the disk. */
import { access, mkdtemp, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeFolder } from "../record/folder.js";

export interface FolderFiles {
  exists(path: string): Promise<boolean>;
  /** A new empty folder beside `path`, on the same disk. */
  makeBeside(path: string): Promise<string>;
  /** Writes a new file, its folder with it, and waits until it is on the disk. */
  write(path: string, parts: Iterable<Uint8Array>): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
}

export const diskFolders: FolderFiles = {
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  async makeBeside(path) {
    makeFolder(dirname(path));
    return mkdtemp(join(dirname(path), `.${basename(path)}.`));
  },
  async write(path, parts) {
    makeFolder(dirname(path));
    const file = await open(path, "wx");
    try {
      for (const part of parts) {
        for (let at = 0; at < part.length; ) at += (await file.write(part, at, part.length - at)).bytesWritten;
      }
      await file.datasync();
    } finally {
      await file.close();
    }
  },
  rename,
  remove: (path) => rm(path, { recursive: true, force: true }),
};
