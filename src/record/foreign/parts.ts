/** Several files that are one recording, one after the other: the parts of a bag. */
import type { Batch, ForeignChannel, ForeignRecording } from "./foreign.js";

/** A topic of several parts is one channel; where they describe it differently, the first part's description counts. */
export function inTurn(file: string, format: string, parts: readonly ForeignRecording[]): ForeignRecording {
  const whole = new Map<string, ForeignChannel>();
  for (const { channels } of parts)
    for (const channel of channels) if (!whole.has(channel.topic)) whole.set(channel.topic, channel);

  async function* read(wanted: ReadonlySet<ForeignChannel>): AsyncGenerator<Batch> {
    let before = 0;
    for (const part of parts) {
      const own = new Set(part.channels.filter(({ topic }) => wanted.has(whole.get(topic)!)));
      for await (const { messages, done } of part.read(own))
        yield {
          messages: messages.map((message) => ({ ...message, channel: whole.get(message.channel.topic)! })),
          done: before + done,
        };
      before += part.total;
    }
  }

  return {
    file,
    format,
    channels: [...whole.values()],
    timed: true,
    total: parts.reduce((sum, part) => sum + part.total, 0),
    read,
    warnings: () => parts.flatMap((part) => part.warnings()),
    async close() {
      for (const part of parts) await part.close();
    },
  };
}
