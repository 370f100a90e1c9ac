/** What a recorder's node or a filter writes to: rows as they are, or message by message. */
import type { Recording } from "../component/component.js";
import type { Recorder } from "./recorder.js";

/**
 * A recorder as its pipeline sees it.
 *
 * @param live the run keeps time, and does not wait for the disk
 */
export function recordingOf(recorder: Recorder, live = false): Recording {
  const { mode } = recorder;
  return {
    ...(live ? { live } : {}),
    row(time_ns, microstep, entries, episode) {
      if (mode === "rows") recorder.row({ tag_ns: time_ns, microstep, entries }, episode);
      else
        for (const { port, stamp_ns, message } of entries)
          recorder.message(port, time_ns, microstep, stamp_ns, message, episode);
      return recorder.congested ? recorder.drained() : undefined;
    },
    incomplete: (port) => recorder.incomplete(`no ${port}`),
    dropped: ({ entries }, cause) =>
      recorder.dropped(
        entries.map(({ port }) => port),
        cause,
      ),
    armed: () => recorder.armed(),
    counted: (counts) => recorder.counted(counts),
    close: async () => void (await recorder.close()),
  };
}
