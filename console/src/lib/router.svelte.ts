/** The address bar as state. Paths are those below `/console`. */

const BASE = '/console';

export const route = $state({ path: read(), query: new URLSearchParams(location.search) });

function read(): string {
  const path = location.pathname.slice(BASE.length).replace(/\/+$/, '');
  return path || '/';
}

function note() {
  route.path = read();
  route.query = new URLSearchParams(location.search);
}

window.addEventListener('popstate', note);

export function href(path: string): string {
  return BASE + path;
}

/** Go to a path of the console. `replace` leaves no entry in the history. */
export function go(path: string, { replace = false } = {}) {
  if (replace) history.replaceState(null, '', href(path));
  else history.pushState(null, '', href(path));
  note();
  if (!replace) window.scrollTo(0, 0);
}

/** Follow links of the console without loading the page. Put it on the document. */
export function followLinks(event: MouseEvent) {
  const link = (event.target as Element | null)?.closest?.('a');
  const plain = !event.defaultPrevented && event.button === 0;
  if (!link || !plain || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  const ours = link.origin === location.origin && (link.pathname + '/').startsWith(BASE + '/');
  if (!ours || link.target || link.hasAttribute('download')) return;
  event.preventDefault();
  go(link.pathname.slice(BASE.length) + link.search);
}
