/** Vitest's global set-up for tests of the real command: `dist` is compiled from what `src` is now. */
import { build } from "./setup.mjs";

// errors of type are the business of test/checks/types.test.ts, which names them; here only the emitted code matters
export default () => void build();
