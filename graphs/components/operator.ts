/** A person at a push-button whose contact bounces, and a remote control whose beat is lost now and then. */
import { event, stream, Type } from "limbeck";
import { concatMap, defer, filter, interval, map, range, repeat, timer } from "rxjs";

export default stream({
  doc: "Presses a bouncing button every half second to two, and beats every 20 ms with gaps of up to 400 ms.",
  inputs: {},
  outputs: { contact: event(Type.Boolean()), beat: event(Type.Integer({ minimum: 0 })) },
  connect(_, { rng, time_ns }) {
    const edges = range(0, 6).pipe(
      concatMap((edge) => timer(rng.between(0.2, 3)).pipe(map(() => edge % 2 === 0))),
      repeat({ count: 2, delay: 80 }),
    );
    const presses = defer(() => timer(rng.between(500, 2000))).pipe(
      concatMap(() => edges),
      repeat(),
    );
    let lost_until = time_ns / 1e6;
    const beats = interval(20).pipe(
      filter((count) => {
        if (rng.uniform() < 0.02) lost_until = 20 * (count + 1) + rng.between(100, 400);
        return 20 * (count + 1) >= lost_until;
      }),
    );
    return { contact: presses, beat: beats };
  },
});
