/**
 * Numbers that may be more than memory holds: pages, of which those that were used last are in memory and the others in
 * one file that has no name.
 *
 * What fits into the limit never touches the disk.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail } from "../problem/problem.js";
import type { Numbers } from "../record/asof.js";
import { makeFolder } from "../record/folder.js";
import { BYTES } from "./npy.js";

export type Dtype = "float32" | "float64";
export type Floats = Float32Array | Float64Array;

/** Numbers that grow at the end. */
export interface Column extends Numbers {
  at(i: number): number;
  push(value: number): void;
  set(i: number, value: number): void;
}

/** Rows of [rows, width] that grow at the end. */
export interface Matrix {
  readonly dtype: Dtype;
  readonly width: number;
  readonly rows: number;
  /** A new row of zeros, to be filled before anything else is asked for. */
  add(): Floats;
  /** A row, to be changed before anything else is asked for. */
  put(row: number): Floats;
  /** A row, to be read before anything else is asked for. */
  row(row: number): Floats;
  /** Rows `from` to `to`, in pieces of whole rows, each to be read before the next. */
  pieces(from?: number, to?: number): Generator<Floats>;
}

export interface Scratch {
  column(): Column;
  matrix(dtype: Dtype, width: number): Matrix;
  /** Lets everything go. */
  close(): void;
}

/** A file of bytes that nobody else knows. */
export interface ScratchFile {
  read(into: Uint8Array, at: number): void;
  write(bytes: Uint8Array, at: number): void;
  close(): void;
}

export interface ScratchOptions {
  /** What pages in memory may take. */
  readonly memory_bytes: number;
  /** What all pages together may take. */
  readonly maxBytes: number;
  /** Made once something does not fit into memory. */
  readonly open: () => ScratchFile;
}

/** Numbers of a page; a row that is longer is a page of its own. */
const PAGE = 4096;
/** The first page of a column begins with so many: most columns of small recordings stay there. */
const FIRST = 64;

interface Page {
  data: Floats | undefined;
  readonly dtype: Dtype;
  /** Place in the file; −1: it was never there. */
  offset: number;
  dirty: boolean;
  /** It was asked for since it was last looked at. */
  used: boolean;
  length: number;
}

/** @throws LimbeckError L0722 beyond `maxBytes`; what the file throws */
export function createScratch({ memory_bytes, maxBytes, open }: ScratchOptions): Scratch {
  const loaded: Page[] = [];
  let held = 0;
  let all = 0;
  let hand = 0;
  let file: ScratchFile | undefined;
  let end = 0;

  const bytesOf = (data: Floats): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const make = (dtype: Dtype, length: number, buffer = new ArrayBuffer(length * BYTES[dtype])): Floats =>
    dtype === "float32" ? new Float32Array(buffer) : new Float64Array(buffer);

  const evict = (page: Page): ArrayBuffer => {
    const data = page.data!;
    if (page.dirty) {
      file ??= open();
      if (page.offset < 0) {
        page.offset = end;
        end += data.byteLength;
      }
      file.write(bytesOf(data), page.offset);
      page.dirty = false;
    }
    page.data = undefined;
    held -= data.byteLength;
    return data.buffer as ArrayBuffer;
  };
  /** Lets go of pages that were not used since the hand passed them last. @returns the memory of one that was as large */
  const makeRoom = (bytes: number): ArrayBuffer | undefined => {
    let again: ArrayBuffer | undefined;
    while (held + bytes > memory_bytes && loaded.length > 0) {
      hand %= loaded.length;
      const page = loaded[hand]!;
      if (page.used) {
        page.used = false;
        hand++;
        continue;
      }
      const buffer = evict(page);
      if (buffer.byteLength === bytes) again = buffer;
      const last = loaded.pop()!;
      if (last !== page) loaded[hand] = last;
    }
    return again;
  };
  const hold = (page: Page, data: Floats): Floats => {
    page.data = data;
    held += data.byteLength;
    loaded.push(page);
    return data;
  };
  const spend = (bytes: number): void => {
    all += bytes;
    if (all > maxBytes) fail("L0722", { limit: maxBytes });
  };
  const newPage = (dtype: Dtype, length: number): Page => {
    const page: Page = { data: undefined, dtype, offset: -1, dirty: true, used: true, length };
    spend(length * BYTES[dtype]);
    hold(page, make(dtype, length, makeRoom(length * BYTES[dtype])).fill(0));
    return page;
  };
  const dataOf = (page: Page): Floats => {
    page.used = true;
    if (page.data !== undefined) return page.data;
    const data = make(page.dtype, page.length, makeRoom(page.length * BYTES[page.dtype]));
    file!.read(bytesOf(data), page.offset);
    return hold(page, data);
  };
  /** A page that was begun small, with more room. It is in no file yet, or loses its place there. */
  const grow = (page: Page, length: number): Floats => {
    const before = dataOf(page);
    const data = make(page.dtype, length);
    spend(data.byteLength - before.byteLength);
    data.set(before);
    held += data.byteLength - before.byteLength;
    page.length = length;
    page.offset = -1;
    page.dirty = true;
    page.data = data;
    return data;
  };

  /** Rows in pages; `rows` a page. */
  const paged = (dtype: Dtype, width: number) => {
    const perPage = Math.max(1, Math.floor(PAGE / Math.max(1, width)));
    const pages: Page[] = [];
    let rows = 0;
    return {
      perPage,
      get rows() {
        return rows;
      },
      pageOf: (row: number): Page => pages[Math.floor(row / perPage)]!,
      /** The page of a new row, with room for it. */
      next(): Page {
        const k = rows++ % perPage;
        if (k === 0) pages.push(newPage(dtype, width * (pages.length === 0 ? Math.min(FIRST, perPage) : perPage)));
        const page = pages.at(-1)!;
        if (k * width >= page.length && width > 0) grow(page, width * Math.min(perPage, 2 * k));
        page.dirty = true;
        return page;
      },
    };
  };

  return {
    column() {
      const store = paged("float64", 1);
      const { perPage } = store;
      return {
        get length() {
          return store.rows;
        },
        push(value) {
          const k = store.rows % perPage;
          dataOf(store.next())[k] = value;
        },
        at: (i) => dataOf(store.pageOf(i))[i % perPage]!,
        set(i, value) {
          const page = store.pageOf(i);
          dataOf(page)[i % perPage] = value;
          page.dirty = true;
        },
      };
    },
    matrix(dtype, width) {
      const store = paged(dtype, width);
      const { perPage } = store;
      const view = (page: Page, row: number): Floats => {
        const at = (row % perPage) * width;
        return dataOf(page).subarray(at, at + width);
      };
      return {
        dtype,
        width,
        get rows() {
          return store.rows;
        },
        add() {
          const page = store.next();
          return view(page, store.rows - 1);
        },
        put(row) {
          const page = store.pageOf(row);
          const data = view(page, row);
          page.dirty = true;
          return data;
        },
        row: (row) => view(store.pageOf(row), row),
        *pieces(from = 0, to = store.rows) {
          for (let row = from; row < to; ) {
            const first = row % perPage;
            const n = Math.min(perPage - first, to - row);
            yield dataOf(store.pageOf(row)).subarray(first * width, (first + n) * width);
            row += n;
          }
        },
      };
    },
    close() {
      loaded.length = 0;
      held = 0;
      file?.close();
      file = undefined;
    },
  };
}

/** A file beside a path, on its disk, without a name: it is gone with the process. */
export function nameless(path: string): ScratchFile {
  makeFolder(dirname(path));
  const folder = mkdtempSync(join(dirname(path), `.${basename(path)}.`));
  const file = openSync(join(folder, "pages"), "wx+");
  rmSync(folder, { recursive: true });
  return {
    read(into, at) {
      for (let done = 0; done < into.length; ) {
        const n = readSync(file, into, done, into.length - done, at + done);
        if (n === 0) throw new Error("a file of scratch ends early");
        done += n;
      }
    },
    write(bytes, at) {
      for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, bytes.length - done, at + done);
    },
    close: () => closeSync(file),
  };
}

/** Rows `from` to `to` of a matrix, copied. */
export function rowsOf(matrix: Matrix, from: number, to: number): Floats {
  const length = (to - from) * matrix.width;
  const out = matrix.dtype === "float32" ? new Float32Array(length) : new Float64Array(length);
  let at = 0;
  for (const piece of matrix.pieces(from, to)) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Numbers `from` to `to` of a column of whole numbers. */
export const wholeNumbers = (column: Column, from: number, to: number): BigInt64Array =>
  BigInt64Array.from({ length: to - from }, (_, i) => BigInt(column.at(from + i)));
