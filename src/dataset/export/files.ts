/** Files that are written piece by piece, in a folder that gets its name once all is there. */
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { makeFolder } from "../../record/folder.js";
import { diskFolders, type FolderFiles } from "../folder.js";

export interface Sink {
  write(bytes: Uint8Array): Promise<void>;
  /** Waits until everything is on the disk. */
  close(): Promise<void>;
}

/** The seam between an export and the disk. */
export interface ExportFiles extends FolderFiles {
  /** A new file, its folder with it. */
  create(path: string): Promise<Sink>;
}

export const diskFiles: ExportFiles = {
  ...diskFolders,
  async create(path) {
    makeFolder(dirname(path));
    const file = await open(path, "wx");
    return {
      async write(bytes) {
        for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at, bytes.length - at)).bytesWritten;
      },
      async close() {
        try {
          await file.datasync();
        } finally {
          await file.close();
        }
      },
    };
  },
};
