/** A route as an outline: its blocks in the order of a walk through it, each below the exit that leads to it. */

export interface Route {
  entry: string;
  blocks: Record<string, { type: string; exits?: Record<string, string | null> }>;
}

export interface Line {
  block: string;
  depth: number;
  /** The exit of the block above that leads here; empty for the entry and for what nothing leads to. */
  exit: string;
  /** The block stands further up already. */
  again: boolean;
}

/** Return the lines. A block's own exits stand below it where it comes first; blocks that nothing leads to, last. */
export function outline(route: Route): Line[] {
  const lines: Line[] = [];
  const seen = new Set<string>();

  function walk(block: string, depth: number, exit: string) {
    const again = seen.has(block);
    lines.push({ block, depth, exit, again });
    if (again) return;
    seen.add(block);
    for (const [name, next] of Object.entries(route.blocks[block]?.exits ?? {})) {
      if (next !== null) walk(next, depth + 1, name);
    }
  }

  walk(route.entry, 0, '');
  for (const block of Object.keys(route.blocks)) if (!seen.has(block)) walk(block, 0, '');
  return lines;
}
