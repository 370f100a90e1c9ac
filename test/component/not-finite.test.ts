/** What is not finite goes through a component once, and is not remembered. */
import { describe, expect, test } from "vitest";
import { library } from "../../src/component/library.js";
import { firing } from "../support/fire.js";
import { type Params, scalar, vector } from "./elementwise.js";

const PERIOD = 0.01;
const BAD = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

/** What settled components say to a value of 3 for ever. */
const settled: { readonly [name: string]: readonly [Params, number] } = {
  "filter/ema": [{ time_constant: 0.1 }, 3],
  "filter/butterworth-low-pass": [{ order: 3, cutoff: 5, rate: 100 }, 3],
  "filter/butterworth-high-pass": [{ order: 2, cutoff: 5, rate: 100 }, 0],
  "filter/derivative": [{ time_constant: 0.1 }, 0],
  "filter/rate-limiter": [{ rise: 1 }, 3],
  "control/lead-lag": [{ lead: 0.1, lag: 0.02 }, 3],
};

describe.each(Object.entries(settled))("%s", (name, [params, level]) => {
  // a limiter of rate follows what is infinite as far as it may
  test.each(name === "filter/rate-limiter" ? [Number.NaN] : BAD)(
    "goes on as if nothing had been once %d is over",
    (bad) => {
      for (const type of [scalar, vector(1), { type: "number", unit: "rad", wraps: true } as const]) {
        const f = firing(library[name]!, params, { value: type });
        const say = (x: number) => ("tensor" in type ? Float64Array.of(x) : x);
        for (let k = 0; k < 60; k++) {
          // also where it is the first, and twice in a row
          const spoilt = k === 0 || k === 20 || k === 21;
          const { value } = f.at(k * PERIOD, { value: say(spoilt ? bad : 3) });
          const y = typeof value === "number" ? value : (value as Float64Array)[0]!;
          if (!spoilt) expect(y).toBeCloseTo(level, 9);
          else if (Number.isNaN(bad)) expect(y).toBeNaN();
        }
      }
    },
  );
});

test("a complementary filter goes on, whichever of its inputs was spoilt", () => {
  for (const spoilt of ["value", "rate"]) {
    const f = firing(library["filter/complementary"]!, {}, { value: scalar, rate: scalar });
    for (let k = 0; k < 40; k++) {
      const inputs = { value: 3, rate: 0, ...(k === 20 ? { [spoilt]: Number.NaN } : {}) };
      const { value } = f.at(k * PERIOD, inputs);
      if (k === 20) expect(value).toBeNaN();
      else expect(value).toBeCloseTo(3, 12);
    }
  }
});

test.each(["clamping", "back-calculation"])(
  "a PID's integral lacks the spoilt firing, and no more: %s",
  (anti_windup) => {
    const c = firing(
      library["control/pid"]!,
      { kp: 2, ki: 5, kd: 1, anti_windup, low: -100, high: 100 },
      { setpoint: scalar, measurement: scalar },
    );
    for (let k = 0; k < 40; k++) {
      const { output } = c.at(k * PERIOD, { setpoint: 4, measurement: k === 20 ? Number.NaN : 1 });
      if (k === 20) expect(output).toBeNaN();
      else expect(output).toBeCloseTo(2 * 3 + 5 * 3 * PERIOD * (k < 20 ? k : k - 1), 9);
    }
  },
);

test.each<[string, Params]>([
  ["control/minimum-jerk", { duration: 0.3, start: 0 }],
  ["control/trapezoidal-profile", { max_velocity: 5, max_acceleration: 20, start: 0 }],
])("%s: the motion goes on, where it would be by now", (name, params) => {
  const [one, other] = [0, 1].map(() => firing(library[name]!, params, { goal: scalar })) as [
    ReturnType<typeof firing>,
    ReturnType<typeof firing>,
  ];
  for (let k = 0; k < 40; k++) {
    const wanted = other.at(k * PERIOD, { goal: 1 }).reference;
    const said = one.at(k * PERIOD, { goal: k === 10 ? Number.NaN : 1 }).reference as { readonly position: number };
    if (k === 10) expect(said.position).toBeNaN();
    else expect(said).toEqual(wanted);
  }
});

test("a delay line passes it on, in its time and once", () => {
  const f = firing(library["filter/delay-line"]!, { samples: 3 }, { value: scalar });
  const said = Array.from({ length: 12 }, (_, k) => f.at(k, { value: k === 5 ? Number.NaN : k }).value);
  expect(said).toEqual([0, 0, 0, 0, 1, 2, 3, 4, Number.NaN, 6, 7, 8]);
});

test("dead reckoning goes on at the last speed that was one", () => {
  const type = {
    type: "object",
    properties: { speed: { type: "number", unit: "m/s" }, turn: { type: "number", unit: "rad/s" } },
    required: ["speed", "turn"],
  } as const;
  const f = firing(library["estimation/dead-reckoning-unicycle"]!, {}, { motion: type });
  for (let k = 0; k < 30; k++) {
    const speed = k === 10 ? Number.NaN : 2;
    const { pose } = f.at(k * PERIOD, { motion: { speed, turn: 0 } });
    expect((pose as { readonly position: Float64Array }).position[0]).toBeCloseTo(2 * k * PERIOD, 12);
  }
});
