/** Times, durations, numbers and telephone numbers as people read them. */

import { locale } from './messages.svelte.ts';
import { dayOf } from './zones';

/** `0:07`, `12:34`, `1:02:03`. */
export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return '–';
  const whole = Math.floor(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}

/** A share of 0 to 1 as a percentage. */
export function percent(share: number | null | undefined): string {
  if (share === null || share === undefined) return '–';
  return share.toLocaleString(locale(), { style: 'percent', maximumFractionDigits: 0 });
}

export function number(value: number, digits = 0): string {
  return value.toLocaleString(locale(), { maximumFractionDigits: digits });
}

/** The time of day in this zone; on another day than today with the date, in another year with the year. */
export function moment(time: string | null | undefined, zone?: string): string {
  if (!time) return '–';
  const date = new Date(time);
  const clock = date.toLocaleTimeString(locale(), { timeZone: zone, hour: '2-digit', minute: '2-digit' });
  const [day, today] = [dayOf(date.getTime(), zone), dayOf(Date.now(), zone)];
  if (day === today) return clock;
  const year = day.slice(0, 4) === today.slice(0, 4) ? undefined : 'numeric';
  const shown = date.toLocaleDateString(locale(), { timeZone: zone, day: 'numeric', month: 'short', year });
  return `${shown}, ${clock}`;
}

/** Date and time with seconds and the zone's name. */
export function exactMoment(time: string | null | undefined, zone?: string): string {
  if (!time) return '–';
  const shown = new Date(time).toLocaleString(locale(), { timeZone: zone, dateStyle: 'medium', timeStyle: 'long' });
  // A line may end behind a hyphen, but not behind a minus sign.
  return shown.replace('GMT-', 'GMT−');
}

export function timeOfDay(time: string, zone?: string): string {
  return new Date(time).toLocaleTimeString(locale(), {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
}

/** The name of somebody; '': they have none, or nobody is known. */
export function fullName(person: { first_name?: string | null; last_name?: string | null } | null | undefined): string {
  return `${person?.first_name ?? ''} ${person?.last_name ?? ''}`.trim();
}

/** `+14165550199` as `+1 416 555 0199`; everything else as it is. */
export function phone(text: string): string {
  const found = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(text);
  return found ? `+1 ${found[1]} ${found[2]} ${found[3]}` : text;
}
