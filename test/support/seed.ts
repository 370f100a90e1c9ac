/**
 * Every property test draws the same on every machine; `TEST_SEED=4711 npm test` draws something else.
 *
 * `npm run soak -- laws` goes through the seeds.
 */
import fc from "fast-check";

fc.configureGlobal({ seed: Number(process.env.TEST_SEED ?? 1) });
