/** Return what reads something again. While it is read, asking for it means once more afterwards: a hundred changes in a
 * second cost two reads. */
export function oneAtATime(read: () => Promise<unknown>): () => Promise<void> {
  let running = false;
  let again = false;
  return async function refresh() {
    again = true;
    if (running) return;
    running = true;
    try {
      while (again) {
        again = false;
        await read();
      }
    } finally {
      running = false;
    }
  };
}
