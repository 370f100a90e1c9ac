/** rosbag2 bags: SQLite files (`.db3`), alone or as the parts of a bag's folder, read row by row. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import sqlite from "node-sqlite3-wasm";
import { parse } from "yaml";
import { fail } from "../../problem/problem.js";
import { openDecoder } from "./encoding/decoders.js";
import type { Decoder } from "./encoding/encoding.js";
import { openRos2 } from "./encoding/ros.js";
import type { Batch, ForeignChannel, ForeignMessage, ForeignRecording } from "./foreign.js";
import { decoded, openMcap } from "./mcap.js";
import { inTurn } from "./parts.js";
import { standardDefinition } from "./ros/definitions.js";
import { UNKNOWN } from "./type.js";

const BATCH = 256;
/** Of a bag's `metadata.yaml`. */
const MAX_METADATA_BYTES = 1 << 24;
const MAX_PARTS = 4096;

/**
 * Opens the parts that a bag's `metadata.yaml` lists, as one recording.
 *
 * @throws LimbeckError L0740 for a folder that is no bag, or one that is compressed as a whole
 */
export async function openBag(folder: string): Promise<ForeignRecording> {
  const file = join(folder, "metadata.yaml");
  const refuse = (reason: string, help?: string): never => fail("L0740", { file: folder, reason, help });
  if (!existsSync(file)) refuse("it is a folder without a `metadata.yaml`, so no bag of rosbag2");
  if (statSync(file).size > MAX_METADATA_BYTES) refuse("its `metadata.yaml` is too large");
  let about: { readonly [key: string]: unknown } | undefined;
  try {
    about = (parse(readFileSync(file, "utf8"), { maxAliasCount: 0 }) as { rosbag2_bagfile_information?: typeof about })
      ?.rosbag2_bagfile_information;
  } catch (error) {
    refuse(`its \`metadata.yaml\` cannot be read (${(error as Error).message.split("\n", 1)[0]})`);
  }
  const paths = about?.relative_file_paths;
  if (
    !Array.isArray(paths) ||
    paths.length === 0 ||
    paths.length > MAX_PARTS ||
    !paths.every((p) => typeof p === "string")
  )
    return refuse("its `metadata.yaml` lists no files");
  if (about!.compression_mode && about!.compression_format)
    refuse(
      `it is compressed (${about!.compression_format}, by ${String(about!.compression_mode).toLowerCase()})`,
      "`ros2 bag convert` makes a plain copy; MCAP bags with compressed chunks are read as they are.",
    );
  // old bags list their files with the folder's own name before them
  const at = (path: string) =>
    [join(folder, path), join(folder, path.split("/").at(-1)!)].find(existsSync) ?? join(folder, path);
  return inTurn(folder, "rosbag2", await openAll(paths.map(at)));
}

async function openAll(files: readonly string[]): Promise<ForeignRecording[]> {
  const open: ForeignRecording[] = [];
  try {
    for (const file of files) open.push(file.endsWith(".mcap") ? await openMcap(file) : openDb3(file));
    return open;
  } catch (error) {
    for (const part of open) await part.close();
    throw error;
  }
}

interface Topic {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  readonly serialization_format: string;
}

/**
 * Opens one `.db3` file.
 *
 * Message definitions come from the file where it has them (ROS 2 Iron and later), and else from the standard ones.
 *
 * @throws LimbeckError L0001, L0740
 */
export function openDb3(file: string): ForeignRecording {
  if (!existsSync(file)) fail("L0001", { file });
  const broken = (error: unknown): never =>
    fail(
      "L0740",
      { file, reason: `it is no whole bag of rosbag2 (${(error as Error).message})` },
      {},
      { cause: error },
    );
  let db: InstanceType<typeof sqlite.Database>;
  try {
    db = new sqlite.Database(file, { fileMustExist: true, readOnly: true });
    // a bag in WAL mode is read without memory that is shared with its writer
    db.exec("PRAGMA locking_mode = EXCLUSIVE");
  } catch (error) {
    return broken(error);
  }
  const rows = (sql: string) => db.all(sql) as { [column: string]: unknown }[];
  const byId = new Map<number, ForeignChannel>();
  const decoders = new Map<ForeignChannel, Decoder>();
  let total = 0;
  try {
    const tables = new Set(rows("SELECT name FROM sqlite_master WHERE type = 'table'").map(({ name }) => name));
    if (!tables.has("topics") || !tables.has("messages"))
      fail("L0740", { file, reason: "it is a SQLite file without the tables of rosbag2, `topics` and `messages`" });
    const own = new Map<unknown, { readonly encoding: string; readonly text: string }>();
    if (tables.has("message_definitions"))
      for (const row of rows("SELECT topic_type, encoding, encoded_message_definition FROM message_definitions"))
        own.set(row.topic_type, { encoding: String(row.encoding), text: String(row.encoded_message_definition) });
    total = Number(rows("SELECT COUNT(*) AS n FROM messages")[0]!.n);
    const topics = rows("SELECT id, name, type, serialization_format FROM topics ORDER BY id") as unknown as Topic[];
    for (const { id, name, type, serialization_format } of topics) {
      const decoder =
        serialization_format === "cdr"
          ? decoderOf(type, own.get(type))
          : `its messages are ${serialization_format}; read is CDR`;
      const channel: ForeignChannel = {
        topic: name,
        typeName: type,
        encoding: serialization_format,
        type: typeof decoder === "string" ? UNKNOWN : decoder.type,
        ...(typeof decoder === "string" ? { unreadable: decoder } : {}),
      };
      byId.set(Number(id), channel);
      if (typeof decoder !== "string") decoders.set(channel, decoder);
    }
  } catch (error) {
    db.close();
    if ((error as Error).name === "LimbeckError") throw error;
    return broken(error);
  }

  async function* read(wanted: ReadonlySet<ForeignChannel>): AsyncGenerator<Batch> {
    const ids = [...byId].filter(([, channel]) => wanted.has(channel)).map(([id]) => id);
    if (ids.length === 0) return;
    const sql = `SELECT id, topic_id, timestamp, data FROM messages WHERE topic_id IN (${ids.join(", ")}) ORDER BY id`;
    const statement = db.prepare(sql);
    try {
      let batch: ForeignMessage[] = [];
      let n = 0;
      for (const row of statement.iterate() as Iterable<{ [column: string]: unknown }>) {
        const channel = byId.get(Number(row.topic_id))!;
        const at = `message ${row.id}`;
        const time = BigInt(row.timestamp as number | bigint);
        const data = row.data as Uint8Array;
        const value = () => decoded(file, channel, at, decoders.get(channel), data);
        batch.push({ channel, log_ns: time, publish_ns: time, at, value });
        n++;
        if (batch.length === BATCH) {
          yield { messages: batch, done: n };
          batch = [];
        }
      }
      if (batch.length > 0) yield { messages: batch, done: n };
    } catch (error) {
      if (error instanceof sqlite.SQLite3Error) broken(error);
      throw error;
    } finally {
      statement.finalize();
    }
  }

  return {
    file,
    format: "rosbag2",
    channels: [...byId.values()],
    timed: true,
    total,
    read,
    warnings: () => [],
    async close() {
      db.close();
    },
  };
}

function decoderOf(
  type: string,
  own: { readonly encoding: string; readonly text: string } | undefined,
): Decoder | string {
  if (own?.encoding === "ros2msg" && own.text !== "") {
    const schema = { name: type, encoding: "ros2msg", data: new TextEncoder().encode(own.text) };
    return openDecoder({ messageEncoding: "cdr", schema, metadata: {} });
  }
  const standard = standardDefinition(type);
  return standard === undefined
    ? `the bag does not define \`${type}\`, and it is none of the standard sensor, geometry, navigation and std messages`
    : openRos2(standard);
}
