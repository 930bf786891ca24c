/** Lists that are read by pages, newest first. */

/**
 * Return a list whose first page was read again. What lies behind that page stays, if the list is known up to there:
 * then `kept` is true, and the list's own cursor goes on.
 */
export function joined<T>(page: T[], known: T[], key: (one: T) => string): { list: T[]; kept: boolean } {
  const last = page.at(-1);
  const place = last ? known.findIndex((one) => key(one) === key(last)) : -1;
  const older = place < 0 ? [] : known.slice(place + 1);
  return { list: [...page, ...older], kept: older.length > 0 };
}
