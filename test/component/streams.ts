/** Streams under test, and what goes in and comes out as short text. */
import type { Observable } from "rxjs";
import Type from "typebox";
import type { Component } from "../../src/component/component.js";
import { event } from "../../src/component/ports.js";
import { stream } from "../../src/component/stream.js";
import { solo } from "../../src/testing/solo.js";

export const ms = (time_ms: number) => Math.round(time_ms * 1e6);

/** A component from `a` (and `b`) to `out`. */
export const through = (
  connect: (a: Observable<number>, b: Observable<number>, ctx: { time: number; rng: { uniform(): number } }) => unknown,
  more: { horizon?: string } = {},
) =>
  stream({
    doc: "Under test.",
    inputs: { a: event(Type.Number()), b: event(Type.Number(), { optional: true }) },
    outputs: { out: event(Type.Any()) },
    connect: ({ a, b }, ctx) => ({
      out: connect(a as Observable<number>, b as Observable<number>, ctx) as Observable<never>,
    }),
    ...more,
  });

/** `"0:1 50:2 b@60:7"`: in ms, at `a` unless it says `b@`; `.1` behind the time is a microstep. */
export const stimuli = (text: string) =>
  text
    .split(" ")
    .filter(Boolean)
    .map((word) => {
      const [, port = "a", time, micro, value] = /^(?:(\w)@)?([\d.]+?)(?:'(\d+))?:(-?\d+)$/.exec(word)!;
      return { port, time_ns: ms(Number(time)), microstep: Number(micro ?? 0), message: Number(value) };
    });

/** `"100:1 150'1:[2,3]"`: what came out, in ms, with the microstep where it is not 0. */
export const said = (component: Component, text: string, until_ms = 1000) =>
  solo(component)
    .play(stimuli(text), ms(until_ms))
    .map(
      ({ time_ns, microstep, message }) =>
        `${time_ns / 1e6}${microstep === 0 ? "" : `'${microstep}`}:${JSON.stringify(message)}`,
    )
    .join(" ");
