/** A child process as a channel. It ends with this process, however this one ends. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Socket } from "node:net";
import type { Channel, Said } from "../../runtime/host/channel.js";
import { programOf } from "../../session/thread.js";
import { LIFELINE_FD } from "./lifeline.js";

const STDERR_FD = 2;

const children = new Set<ChildProcess>();
const endChildren = () => {
  for (const child of children) child.kill("SIGKILL");
};

/** Starts a process on `entry.ts`. What the component prints goes to stderr: stdout is for data. */
export function openProcess(): Channel {
  const child = spawn(process.execPath, programOf("./entry", import.meta.url), {
    serialization: "advanced",
    stdio: ["ignore", STDERR_FD, STDERR_FD, "ipc", "pipe"],
  });
  if (children.size === 0) process.on("exit", endChildren);
  children.add(child);
  // its end of this pipe closes when this process is gone, SIGKILL included
  const lifeline = child.stdio[LIFELINE_FD] as Socket;
  lifeline.on("error", () => {}).unref();
  const hold = (held: boolean) => {
    for (const part of [child, child.channel]) held ? part?.ref() : part?.unref();
  };
  hold(false);

  let hear = (_: Said) => {};
  let end = (_: string) => {};
  let gone: string | undefined;
  const over = new Promise<void>((resolve) => {
    const finish = (how: string) => {
      if (gone !== undefined) return;
      gone = how;
      children.delete(child);
      if (children.size === 0) process.off("exit", endChildren);
      lifeline.destroy();
      end(how);
      resolve();
    };
    child.on("error", (error) => {
      // an error of a process that runs (a message that could not be sent) shows in how it ends
      if (child.pid === undefined) finish(error.message);
    });
    child.on("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
      // what it said last may still be on its way
      if (child.connected) child.once("disconnect", () => finish(how));
      else finish(how);
    });
  });
  child.on("message", (said) => hear(said as Said));
  return {
    send: (message) => void child.send(message, () => {}),
    onMessage(listener) {
      hear = listener;
    },
    onEnd(listener) {
      if (gone === undefined) end = listener;
      else listener(gone);
    },
    async end() {
      if (gone !== undefined) return;
      hold(true);
      child.kill("SIGKILL");
      await over;
    },
    hold,
  };
}
