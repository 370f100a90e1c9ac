/** Commands as a reader pastes them into a shell. */

/**
 * A word of a command, quoted where a POSIX shell wants it.
 *
 * @example
 * shellWord("kp=40") // "kp=40"
 * shellWord("my log.csv") // "'my log.csv'"
 */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
