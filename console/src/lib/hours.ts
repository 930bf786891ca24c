/** Opening hours, without a screen. The server judges them; this says what is wrong while one types. */

/** From and to, `HH:MM`. One that ends at or before its start goes over midnight. */
export type Span = [string, string];
export type Spans = Record<string, Span[]>;
export interface Opening {
  timezone: string;
  weekly: Spans;
  holidays: string[];
  half_days: Spans;
}

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const DAY = /^(?:(\d{4})-)?(\d\d-\d\d)$/;

export function isStart(text: string): boolean {
  return CLOCK.test(text);
}

export function isEnd(text: string): boolean {
  return CLOCK.test(text) || text === '24:00';
}

export function isSpan([start, end]: Span): boolean {
  return isStart(start) && isEnd(end) && start !== end;
}

export function overMidnight(span: Span): boolean {
  return isSpan(span) && span[1] < span[0];
}

/** Whether it is a date, `YYYY-MM-DD`, or a day of every year, `MM-DD`. */
export function isDay(text: string): boolean {
  const [, year, day] = DAY.exec(text) ?? [];
  if (!day) return false;
  const date = new Date(`${year ?? '2000'}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(5, 10) === day;
}

/** What is proposed for something that was always open: a working week. */
export function workingWeek(timezone: string): Opening {
  const days = DAYS.slice(0, 5).map((day): [string, Span[]] => [day, [['09:00', '17:00']]]);
  return { timezone, weekly: Object.fromEntries(days), holidays: [], half_days: {} };
}

/** Add days to others, each once, in their order. */
export function withDays(days: string[], more: string[]): string[] {
  return [...new Set([...days.filter(Boolean), ...more])].sort();
}
