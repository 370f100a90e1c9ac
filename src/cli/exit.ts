/** Every exit code of the command, in one place. */
export const exit = {
  done: 0,
  /** What was checked does not hold. */
  doesNotHold: 1,
  wrongUsage: 2,
  /** Input cannot be read. */
  unreadable: 3,
  /** A bug in Limbeck (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** 128 + SIGINT. */
  interrupted: 130,
} as const;
