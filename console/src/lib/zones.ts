/** What the clocks of a time zone show, in the form of an input for a date and a time: `2026-11-29T09:00`. */

/** Return what they show at this time. Without a zone: those of this computer. */
export function wallClock(time: number, zone?: string): string {
  const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' } as const;
  const format = new Intl.DateTimeFormat('en-CA', { ...digits, hourCycle: 'h23', timeZone: zone });
  const parts = Object.fromEntries(format.formatToParts(time).map((part) => [part.type, part.value]));
  return `${parts.year}-${parts.month}-${parts.day}T${parts.hour}:${parts.minute}`;
}

/** Return the day that they show: `2026-11-29`. */
export function dayOf(time: number, zone?: string): string {
  return wallClock(time, zone).slice(0, 10);
}

/** Return when they show this. NaN: it is no time. */
export function whenShown(text: string, zone?: string): number {
  const wanted = Date.parse(`${text}Z`);
  if (Number.isNaN(wanted)) return NaN;
  // The second round corrects the first, which used the zone's offset of another hour.
  const nearer = (time: number) => time + wanted - Date.parse(`${wallClock(time, zone)}Z`);
  return nearer(nearer(wanted));
}

const DAY = 24 * 3600 * 1000;

/** Return when it is nine o'clock, so many days after today. */
export function morning(days: number, now: number, zone?: string): number {
  const today = Date.parse(`${dayOf(now, zone)}T00:00Z`);
  return whenShown(`${new Date(today + days * DAY).toISOString().slice(0, 10)}T09:00`, zone);
}

/** Return in how many days it is Monday: 1 to 7. */
export function daysToMonday(now: number, zone?: string): number {
  const weekday = new Date(`${dayOf(now, zone)}T00:00Z`).getUTCDay();
  return (8 - weekday) % 7 || 7;
}
