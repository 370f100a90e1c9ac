/** A file on a disk that takes only so many bytes at a time: its writes wait until it is granted more. */

/** @param file that it all goes to in the end */
export function slowFile(file) {
  let room = 0;
  let wake = () => {};
  return {
    name: file.name,
    /** Room for so many bytes more. */
    grant(bytes) {
      room += bytes;
      wake();
    },
    async write(pieces) {
      while (room <= 0) await new Promise((resolve) => (wake = resolve));
      const [first] = pieces;
      const taken = await file.write([first.subarray(0, Math.min(room, first.length))]);
      room -= taken;
      return taken;
    },
    sync: () => file.sync(),
    close: () => file.close(),
  };
}
