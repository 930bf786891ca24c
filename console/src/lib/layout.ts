/** Where the blocks of a route stand in its graph: columns by the distance from the entry, rows so that lines cross
 * little. Blocks that nothing leads to stand in the first column. */

import type { RouteDocument } from './routes';

export interface Place {
  column: number;
  row: number;
}
export interface Line {
  from: string;
  to: string;
  /** The exits that lead there, in one line: a menu may lead to a queue by several digits. */
  exits: string[];
}
export interface Layout {
  places: Map<string, Place>;
  lines: Line[];
  columns: number;
  rows: number;
}

export function layout(document: RouteDocument): Layout {
  const lines = linesOf(document);
  const columns = columnsOf(document, lines);
  const places = new Map<string, Place>();
  columns.forEach((blocks, column) => {
    const wish = (block: string) => {
      const rows = lines.flatMap((line) => (line.to === block ? (places.get(line.from)?.row ?? []) : []));
      return rows.length ? rows.reduce((sum, row) => sum + row, 0) / rows.length : Infinity;
    };
    const wishes = new Map(blocks.map((block) => [block, wish(block)]));
    // The sort is stable: where wishes are alike, the order of the document stays.
    const sorted = blocks.toSorted((one, other) => wishes.get(one)! - wishes.get(other)! || 0);
    sorted.forEach((block, row) => places.set(block, { column, row }));
  });
  return { places, lines, columns: columns.length, rows: Math.max(1, ...columns.map((blocks) => blocks.length)) };
}

function linesOf(document: RouteDocument): Line[] {
  const lines = new Map<string, Line>();
  for (const [from, block] of Object.entries(document.blocks)) {
    for (const [exit, to] of Object.entries(block.exits ?? {})) {
      if (to === null || !(to in document.blocks)) continue;
      const key = `${from} ${to}`;
      const line = lines.get(key) ?? { from, to, exits: [] };
      line.exits.push(exit);
      lines.set(key, line);
    }
  }
  return [...lines.values()];
}

/** The column of a block is one behind the last block that leads to it, without the lines that go back. */
function columnsOf(document: RouteDocument, lines: Line[]): string[][] {
  const targets = Map.groupBy(lines, (line) => line.from);
  /** What was walked last, each block before what it leads to. */
  let order: string[] = [];
  const seen = new Set<string>();

  function walk(block: string) {
    if (seen.has(block)) return;
    seen.add(block);
    for (const line of targets.get(block) ?? []) walk(line.to);
    order.unshift(block);
  }

  const rest = Object.keys(document.blocks).filter((block) => block !== document.entry);
  if (document.entry in document.blocks) rest.unshift(document.entry);
  const sorted: string[] = [];
  for (const block of rest) {
    order = [];
    walk(block);
    sorted.push(...order);
  }
  const place = new Map(sorted.map((block, index) => [block, index]));
  const depth = new Map<string, number>();
  for (const block of sorted) {
    const column = depth.get(block) ?? 0;
    depth.set(block, column);
    for (const { to } of targets.get(block) ?? []) {
      if (place.get(to)! > place.get(block)!) depth.set(to, Math.max(depth.get(to) ?? 0, column + 1));
    }
  }
  const columns: string[][] = [];
  for (const block of Object.keys(document.blocks)) (columns[depth.get(block)!] ??= []).push(block);
  return Array.from(columns, (column) => column ?? []);
}
