/** When a vehicle may drive: on its operator's wish, and as long as the remote control is heard. */
import { event, type MachineEmitted, type MachineEvents, machine, Type } from "limbeck";
import { cancel, emit, raise, setup } from "xstate";

const inputs = { button: event(Type.Boolean()), beat: event(Type.Integer({ minimum: 0 })) };
const outputs = {
  mode: Type.Enum(["lost", "heard.ready", "heard.slow", "heard.fast"]),
  speed: Type.Number({ unit: "m/s" }),
};

const modes = setup({
  types: {
    events: {} as MachineEvents<typeof inputs> | { type: "silence" },
    emitted: {} as MachineEmitted<typeof outputs>,
    input: {} as { timeout_ms: number },
    context: {} as { timeout_ms: number },
  },
  delays: { timeout: ({ context }) => context.timeout_ms },
  guards: { pressed: ({ event }) => event.type === "button" && event.value },
});

export default machine({
  doc: "Lost until a beat is heard; then the button starts and stops, slowly for the first 300 ms; lost again when no beat comes in time.",
  params: Type.Object({
    timeout_ms: Type.Number({
      default: 120,
      exclusiveMinimum: 0,
      unit: "ms",
      description: "longest gap between beats",
    }),
  }),
  inputs,
  outputs,
  state: "mode",
  machine: modes.createMachine({
    context: ({ input }) => input,
    initial: "lost",
    states: {
      lost: {
        entry: emit({ type: "speed", value: 0 }),
        on: { beat: "heard" },
      },
      heard: {
        entry: raise({ type: "silence" }, { id: "silence", delay: "timeout" }),
        on: {
          // each beat puts the end off
          beat: { actions: [cancel("silence"), raise({ type: "silence" }, { id: "silence", delay: "timeout" })] },
          silence: "lost",
        },
        initial: "ready",
        states: {
          ready: {
            entry: emit({ type: "speed", value: 0 }),
            on: { button: { guard: "pressed", target: "slow" } },
          },
          slow: {
            entry: emit({ type: "speed", value: 0.2 }),
            after: { 300: "fast" },
            on: { button: { guard: "pressed", target: "ready" } },
          },
          fast: {
            entry: emit({ type: "speed", value: 1 }),
            on: { button: { guard: "pressed", target: "ready" } },
          },
        },
      },
    },
  }),
});
