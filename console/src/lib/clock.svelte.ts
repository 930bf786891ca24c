/** The server's time, ticking: waits are counted against it, whatever the computer's own clock says. */

let ahead = 0;
export const clock = $state({ now: Date.now() });

function tick() {
  clock.now = Date.now() + ahead;
}

setInterval(tick, 1000);

/** Note what the server's time is now. */
export function setClock(serverTime: string) {
  ahead = Date.parse(serverTime) - Date.now();
  tick();
}

/** Return the seconds since then, never negative. */
export function since(time: string | null | undefined): number {
  return time ? Math.max(0, (clock.now - Date.parse(time)) / 1000) : 0;
}
