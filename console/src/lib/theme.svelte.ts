/** Light or dark: as the system says, or as the user chose in this browser. */

export type Theme = 'system' | 'light' | 'dark';
const KEY = 'switchroom.theme';

export const theme = $state({ chosen: 'system' as Theme });

function apply() {
  if (theme.chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.chosen;
}

export function startTheme() {
  const kept = localStorage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') theme.chosen = kept;
  apply();
}

export function chooseTheme(chosen: Theme) {
  theme.chosen = chosen;
  if (chosen === 'system') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, chosen);
  apply();
}
