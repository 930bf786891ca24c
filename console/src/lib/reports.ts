/** Statistics by queue, agent or number, without a screen: what can be asked for, and what is shown of the answer. */

import type { Schemas } from './api';
import type { Key } from './messages.svelte.ts';

export type Of = Schemas['Of'];
export type By = Schemas['By'];
export type Interval = Schemas['Interval'] | 'none';
export type Row = Schemas['Report']['rows'][number];

/** What rows can be of. Conversations have no number. */
export const BY: Record<Of, readonly By[]> = { calls: ['queue', 'agent', 'number'], conversations: ['queue', 'agent'] };
export const OF = ['calls', 'conversations'] as const satisfies readonly Of[];

export interface Choices {
  of: Of;
  by: By;
  days: number;
  interval: Interval;
}

/** Return what the address asks for. What it does not say, and what does not exist, is as at first. */
export function choicesIn(query: URLSearchParams): Choices {
  const of = OF.find((one) => one === query.get('of')) ?? 'calls';
  const by = BY[of].find((one) => one === query.get('by')) ?? 'queue';
  const days = Number(query.get('days') ?? 7);
  const interval = (query.get('interval') ?? (days > 1 ? 'day' : 'hour')) as Interval;
  return { of, by, days, interval };
}

export interface Column {
  title: Key;
  figure: string;
  shown: 'number' | 'duration' | 'percent';
}

const OFFERED: Column = { title: 'figure.offered', figure: 'offered', shown: 'number' };
const ANSWERED: Column = { title: 'figure.answered', figure: 'answered', shown: 'number' };
const SERVED: readonly Column[] = [
  { title: 'figure.level', figure: 'service_level', shown: 'percent' },
  { title: 'figure.asa', figure: 'asa', shown: 'duration' },
  { title: 'figure.longest', figure: 'longest_wait', shown: 'duration' },
];
const TALK: Column = { title: 'calls.talk', figure: 'talk', shown: 'duration' };
const HANDLED: Column = { title: 'reports.aht', figure: 'aht', shown: 'duration' };
/** Of conversations: there is no wrap-up. */
const LOOKED_AFTER: Column = { title: 'reports.aht', figure: 'average_talk', shown: 'duration' };
const AVAILABLE: Column = { title: 'state.Available', figure: 'available', shown: 'duration' };
const ADHERENCE: Column = { title: 'reports.adherence', figure: 'adherence', shown: 'percent' };

const CALLS: Record<By, readonly Column[]> = {
  queue: [OFFERED, ANSWERED, { title: 'figure.abandoned', figure: 'abandoned', shown: 'number' }, ...SERVED, HANDLED],
  agent: [
    ANSWERED,
    TALK,
    { title: 'state.WrapUp', figure: 'wrap_up', shown: 'duration' },
    HANDLED,
    AVAILABLE,
    { title: 'sim.occupancy', figure: 'occupancy', shown: 'percent' },
    ADHERENCE,
  ],
  number: [{ title: 'reports.of.calls', figure: 'calls', shown: 'number' }, ANSWERED, TALK, HANDLED],
};
/** Conversations are never abandoned, and no agent's time is theirs alone. */
const CONVERSATIONS: Partial<Record<By, readonly Column[]>> = {
  queue: [
    OFFERED,
    ANSWERED,
    { title: 'reports.transferred', figure: 'passed_on', shown: 'number' },
    { title: 'reports.closed', figure: 'left', shown: 'number' },
    ...SERVED,
    LOOKED_AFTER,
  ],
  agent: [ANSWERED, LOOKED_AFTER, { title: 'reports.longest', figure: 'longest_talk', shown: 'duration' }, AVAILABLE, ADHERENCE],
};

/** Return the columns of the table. */
export function columns(of: Of, by: By): readonly Column[] {
  return (of === 'calls' ? CALLS : CONVERSATIONS)[by] ?? [];
}

/** Return a figure of a row; null: it has none. */
export function figure(row: Row, name: string): number | null {
  return (row as unknown as Record<string, number | null | undefined>)[name] ?? null;
}

export interface Part {
  title: Key;
  tone: 'good' | 'bad' | 'after';
  of(row: Row): number;
}

/** Return the parts of each bar of the chart. */
export function parts(of: Of, by: By): Part[] {
  const count = (row: Row, name: string) => figure(row, name) ?? 0;
  const answered: Part = { title: 'figure.answered', tone: 'good', of: (row) => count(row, 'answered') };
  const but = (all: string): Part => ({
    title: 'reports.unanswered',
    tone: 'after',
    of: (row) => count(row, all) - count(row, 'answered'),
  });
  if (by === 'agent') return [answered];
  if (by === 'number') return [answered, but('calls')];
  if (of === 'conversations') return [answered, but('offered')];
  return [
    answered,
    { title: 'figure.abandoned', tone: 'bad', of: (row) => count(row, 'abandoned') },
    {
      title: 'reports.other',
      tone: 'after',
      of: (row) => count(row, 'offered') - count(row, 'answered') - count(row, 'abandoned'),
    },
  ];
}

/** Return the sum over the rows of each time. */
export function sums(rows: readonly Row[], times: readonly string[], value: (row: Row) => number): number[] {
  return times.map((time) => rows.reduce((sum, row) => (row.from === time ? sum + value(row) : sum), 0));
}

/** Return the service level of all queues at each time; null: there is nothing to divide by. */
export function levels(rows: readonly Row[], times: readonly string[]): (number | null)[] {
  const sum = (name: string) => sums(rows, times, (row) => figure(row, name) ?? 0);
  const [good, offered, short, waiting] = ['answered_in_threshold', 'offered', 'short_abandons', 'waiting'].map(sum);
  return times.map((_, at) => {
    const counted = offered![at]! - short![at]! - waiting![at]!;
    return counted > 0 ? good![at]! / counted : null;
  });
}
