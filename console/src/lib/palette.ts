/** What Ctrl+K finds. */

import { chooseTheme, theme } from './theme.svelte.ts';
import { t } from './messages.svelte.ts';
import { go } from './router.svelte.ts';
import { SCREENS } from './screens';
import { session } from './session.svelte.ts';

export interface Entry {
  id: string;
  title: string;
  /** What it is, in a word. */
  kind: string;
  run(): void;
}

/** Return all entries: the screens, what can be done, then these objects. */
export function entries(objects: Entry[]): Entry[] {
  const screens = SCREENS.filter((screen) => !screen.path.includes(':') && screen.may(session)).map((screen) => ({
    id: screen.path,
    title: t(screen.title),
    kind: t('palette.screen'),
    run: () => go(screen.path),
  }));
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const isDark = theme.chosen === 'dark' || (theme.chosen === 'system' && dark);
  const actions = [
    {
      id: 'theme',
      title: t(isDark ? 'palette.light' : 'palette.dark'),
      kind: t('palette.action'),
      run: () => chooseTheme(isDark ? 'light' : 'dark'),
    },
    { id: 'signout', title: t('signout'), kind: t('palette.action'), run: () => void session.signOut() },
  ];
  return [...screens, ...actions, ...objects];
}

function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Return the entries that have every word of the question, those that begin with it first. */
export function matching(all: Entry[], asked: string): Entry[] {
  const words = folded(asked).split(/\s+/).filter(Boolean);
  const fits = all.filter((entry) => {
    const text = folded(`${entry.title} ${entry.kind}`);
    return words.every((word) => text.includes(word));
  });
  const start = folded(asked.trim());
  const begins = (entry: Entry) => Number(start !== '' && folded(entry.title).startsWith(start));
  return fits.toSorted((one, other) => begins(other) - begins(one));
}
