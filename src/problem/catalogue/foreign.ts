/** L074, L075: recordings of other programs, and the mappings that bind them to streams. */
import { didYouMean, error, warning } from "../entry.js";

/** "Did you mean …", or what there is. */
const among = (what: string, known: readonly string[], nearest: string | undefined): string => {
  if (nearest !== undefined) return didYouMean(nearest);
  const shown = known.slice(0, 12).map((name) => `\`${name}\``);
  const more = known.length - shown.length;
  return known.length === 0
    ? `There are no ${what}.`
    : `${what[0]!.toUpperCase()}${what.slice(1)}: ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
};

export const foreign = {
  L0740: error<{ file: string; reason: string; help?: string | undefined }>(
    3,
    "recording of another program cannot be read",
    (a) => ({ message: `${a.file}: ${a.reason}`, ...(a.help === undefined ? {} : { help: a.help }) }),
    "Recordings of other programs are read as MCAP, as bags of rosbag2 (SQLite, or a bag's folder), as tables of text (CSV, TSV, columns between blanks, gzipped or not), and as numpy's `.npz` and `.npy`. The format is told by the file's first bytes. What is damaged is refused at the place where it is, and never becomes a gap.",
  ),
  L0741: error<{ topic: string; file: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "topic not in the recording",
    (a) => ({ message: `${a.file} has no topic \`${a.topic}\``, help: among("topics", a.known, a.nearest) }),
    "`limbeck recording info FILE` lists a recording's topics. A mapping names each as the recording spells it, slashes included:\n\n```yaml\nstreams:\n  joints: {topic: /joint_states}\n```\n\nWithout `topic` a stream takes the one of its own name.",
  ),
  L0742: error<{ field: string; of: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "field not in the recording",
    (a) => ({ message: `${a.of} has no field \`${a.field}\``, help: among("fields", a.known, a.nearest) }),
    "Fields are named by their path in the recording's messages: `header.stamp`, `position[0]`, `ranges[0..3]`; in a table by the names of its columns: `v`, `q1..q7`.\n\n```yaml\nstreams:\n  motion: {topic: /odom, fields: {speed: twist.twist.linear.x}}\n```",
  ),
  L0743: error<{ topic: string; file: string; reason: string }>(
    3,
    "topic cannot be decoded",
    (a) => ({
      message: `topic \`${a.topic}\` of ${a.file} cannot be decoded: ${a.reason}`,
      help: "Leave the topic out, or convert the recording where it was made.",
    }),
    "Messages are decoded from JSON, protobuf, ROS 1 and ROS 2 by the schemas in the recording. Old ROS 2 bags carry no schemas; for them the standard sensor, geometry, navigation and std messages are known.",
  ),
  L0744: error<{
    stream: string;
    graph: string;
    is?: string | undefined;
    known: readonly string[];
    nearest?: string | undefined;
  }>(
    1,
    "mapping of no in-stream",
    (a) => ({
      message: `\`${a.stream}\` is ${a.is ?? "nothing"} in ${a.graph}, and no in-stream`,
      help: among("in-streams", a.known, a.nearest),
    }),
    "A recording stands in the place of the world: it feeds the graph's in-streams, and nothing else. What the graph computes is computed again on replay.",
  ),
  L0745: error<{ file: string; stream: string; at: string; reason: string }>(
    3,
    "message does not fit its stream",
    (a) => ({
      message: `${a.file}, ${a.at}: no message of \`${a.stream}\`: ${a.reason}`,
      help: "Mend the mapping, or write `unfit: drop` for this stream: such messages are then left out and counted.",
    }),
    "A message that is imported into a graph fits the stream's message type like any other: every field there, every number finite and in its range, every list of its length. What does not fit is refused where it stands, or with `unfit: drop` left out and counted; it is never bent.",
  ),
  L0746: error<{ file: string; stream: string; at: string; what: string; time: string; last: string }>(
    3,
    "stamps out of order",
    (a) => ({
      message: `${a.file}, ${a.at}: the ${a.what} of \`${a.stream}\` goes back from ${a.last} s to ${a.time} s`,
      help: "Declare what shall be done: `order: {sort: 100ms}` waits so long for late ones, `order: drop` leaves them out and counts them.",
    }),
    "A stream's messages come in order of time. Recordings of a network or of several threads often do not keep it; what to do about it is the mapping's to say:\n\n```yaml\norder: refuse          # the default\norder: drop            # what is older than the one before is left out, and counted\norder: {sort: 100ms}   # sorted by stamp, within a window; memory stays bounded\n```\n\nSorting is what a buffer against jitter does: a message is let through once one that is a window younger has come, at the time at which it could have been.",
  ),
  L0747: error<{ file: string; stream: string; at: string; reason: string; help: string }>(
    3,
    "too far out of order",
    (a) => ({ message: `${a.file}, ${a.at}: \`${a.stream}\` cannot be sorted: ${a.reason}`, help: a.help }),
    "Sorting holds the messages of one window in memory. A message that comes later than the window after one that is younger has missed its place; a window that holds too many messages does not fit into memory. Both end the import, since anything else would lose messages silently.",
  ),
  L0748: warning<{ stream: string; count: number; total: number; why: string; first: string }>(
    "messages left out",
    (a) => `\`${a.stream}\`: ${a.count} of ${a.total} messages left out, ${a.why} (the first: ${a.first})`,
    "What a mapping's policies leave out is counted by stream and by cause, so that an import that lost half of its messages does not pass for a short recording.",
  ),
  L0749: error<{ field: string; is: string; stream: string; wants: string }>(
    1,
    "field of another kind",
    (a) => `${a.field} is ${a.is} in the recording, and \`${a.stream}\` wants ${a.wants}`,
    "A number is taken for a number, a list of numbers or an object of numbers (`{x, y, z}`) for a tensor of as many elements, a list for an array, an object for an object with the same fields. For everything else the mapping names the part that is meant.\n\n```yaml\nfields: {heading: {field: pose.orientation, as: yaw}, position: [pose.position.x, pose.position.y]}\n```",
  ),
  L0750: warning<{ stream: string; reason: string }>(
    "stream without messages",
    (a) => `\`${a.stream}\` gets no message: ${a.reason}`,
    "The graph runs without this stream's messages: nodes that need them will not fire. If that is meant, nothing needs to be done.",
  ),
  L0751: error<{ field: string; from: string; to: string; stream: string }>(
    1,
    "unit that cannot be converted",
    (a) => ({
      message: `${a.field} is in \`${a.from}\`, and \`${a.stream}\` wants \`${a.to}\`: these are different quantities`,
      help: "Look at the unit in the mapping, and at that in the stream's message type.",
    }),
    "Numbers are converted where the mapping declares the recording's unit and the stream's message type its own: `{field: yaw, unit: deg}` becomes radians. Where either says nothing, numbers are taken as they are.",
  ),
  L0752: error<{ what: string; help: string }>(
    1,
    "no time",
    (a) => ({ message: a.what, help: a.help }),
    "Every message has a tag (when it arrived) and a stamp (when it was taken). MCAP and rosbag2 keep times with each message; a table has them in a column, which the mapping names:\n\n```yaml\ntime: t                                              # a column, in seconds: tag and stamp\ntime: {field: t_us, unit: us}\ntime: {tag: log_time, stamp: header.stamp}           # of a ROS message: arrival and capture\ntime: origin                                         # a table of constants: all at the start\n```",
  ),
  L0753: warning<{ stream: string; count: number; what: string }>(
    "numbers changed or not finite",
    (a) => `\`${a.stream}\`: ${a.count} ${a.what}`,
    "Integers of 64 bits beyond 2^53 have no double of their own and are rounded to the nearest. NaN and infinities are kept in a recording as they are; a dataset built from it has its own policy for them.",
  ),
  L0754: error<{ name: string; known: readonly string[]; nearest?: string | undefined }>(
    1,
    "no such recording in the mapping",
    (a) => ({ message: `the mapping has no recording \`${a.name}\``, help: among("recordings", a.known, a.nearest) }),
    "A stream's `from` names one of the mapping's `recordings`; with a single one it can be left out.\n\n```yaml\nrecordings: {odometry: {path: odometry.csv}, camera: {path: camera.mcap}}\nstreams:\n  motion: {from: odometry, time: t}\n```",
  ),
  L0755: error<{ file: string; reason: string; help?: string | undefined }>(
    2,
    "nothing written",
    (a) => ({ message: `${a.file} is not written: ${a.reason}`, ...(a.help === undefined ? {} : { help: a.help }) }),
    "Recordings are never written over, and a file gets its name only once it is whole: an interrupt or a full disk leaves nothing behind under that name.",
  ),
  L0756: error<{ written: string; reason: string }>(
    3,
    "mapping cannot be read",
    (a) => ({ message: `\`${a.written}\`: ${a.reason}` }),
    "A mapping file binds a recording's channels to streams. `docs/reference/recordings.md` has its keys.\n\n```yaml\nlimbeck: 1\nrecording: drive.mcap\nstreams:\n  joints: {topic: /joint_states, time: {stamp: header.stamp}}\n```",
  ),
  L0757: warning<{ file: string; what: string; reason: string }>(
    "topic or array left out",
    (a) => `${a.what} of ${a.file} is left out: ${a.reason}`,
    "An import without a mapping takes every topic that can be decoded, and names those that cannot.",
  ),
} as const;
