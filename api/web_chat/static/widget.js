/* The web chat of Switchroom: one script tag on any page. It needs no build, loads nothing else, and runs under a strict
   content policy: the page allows this script, and `connect-src` and `img-src` of the server and its storage. */
(() => {
  'use strict';
  const script = document.currentScript;
  const channel = script && script.dataset.channel;
  if (!channel) return;
  const base = new URL('.', script.src).href + channel;
  const KEY = 'switchroom-chat-' + channel;
  const WAIT = 25;
  const WORDS = {
    en: {
      open: 'Open chat', close: 'Close chat', write: 'Write a message', send: 'Send', attach: 'Attach a file',
      failed: 'Not sent. Try again', away: 'We are not here at the moment.', types: 'is typing …', you: 'You',
      large: 'The file is too large', us: 'We', conversation: 'Conversation', unread: 'new messages',
    },
    de: {
      open: 'Chat öffnen', close: 'Chat schließen', write: 'Nachricht schreiben', send: 'Senden', attach: 'Datei anhängen',
      failed: 'Nicht gesendet. Noch einmal', away: 'Wir sind gerade nicht da.', types: 'schreibt …', you: 'Sie',
      large: 'Die Datei ist zu groß', us: 'Wir', conversation: 'Unterhaltung', unread: 'neue Nachrichten',
    },
  };
  const language = (script.dataset.language || document.documentElement.lang || navigator.language || 'en').slice(0, 2);
  const say = WORDS[language] || WORDS.en;
  const STYLE = `
    :host { all: initial; position: fixed; right: 20px; bottom: 20px; z-index: 2147483000; font: 15px/1.4 system-ui, sans-serif; color: #1c2128; }
    * { box-sizing: border-box; font: inherit; }
    button { cursor: pointer; border: 0; }
    button:focus-visible, textarea:focus-visible, a:focus-visible, label:focus-within { outline: 3px solid #0b57d0; outline-offset: 2px; }
    .launcher { width: 56px; height: 56px; border-radius: 28px; background: var(--color); color: var(--ink); font-size: 24px; box-shadow: 0 2px 12px rgba(0,0,0,.3); position: relative; float: right; }
    .badge { position: absolute; top: -4px; right: -4px; min-width: 22px; padding: 0 6px; border-radius: 11px; background: #b3261e; color: #fff; font-size: 13px; }
    .panel { width: min(360px, calc(100vw - 40px)); height: min(520px, calc(100vh - 110px)); display: flex; flex-direction: column; background: #fff; border-radius: 12px; box-shadow: 0 4px 24px rgba(0,0,0,.3); overflow: hidden; margin-bottom: 12px; }
    [hidden] { display: none !important; }
    header { display: flex; justify-content: space-between; align-items: center; background: var(--color); color: var(--ink); padding: 12px 16px; }
    h2 { margin: 0; font-weight: 600; font-size: 16px; }
    header button { background: none; color: inherit; font-size: 20px; min-width: 32px; min-height: 32px; }
    .view { flex: 1; overflow-y: auto; padding: 12px; }
    .log { display: flex; flex-direction: column; gap: 8px; margin: 0; padding: 0; list-style: none; }
    .log li { max-width: 85%; padding: 8px 12px; border-radius: 12px; background: #eef1f4; overflow-wrap: anywhere; white-space: pre-wrap; align-self: flex-start; }
    .log li.mine { align-self: flex-end; background: var(--color); color: var(--ink); }
    .log li.failed { background: #fce8e6; color: #8c1d18; }
    .log .who { display: block; font-size: 12px; }
    .log img { display: block; max-width: 100%; max-height: 180px; border-radius: 8px; }
    .log a { color: inherit; }
    .note { padding: 0 16px; min-height: 20px; font-size: 13px; color: #57606a; }
    form { display: flex; gap: 8px; padding: 12px; border-top: 1px solid #d0d7de; align-items: flex-end; }
    textarea { flex: 1; resize: none; border: 1px solid #6e7781; border-radius: 8px; padding: 8px; min-height: 40px; max-height: 120px; background: #fff; color: inherit; }
    label.file { width: 40px; height: 40px; display: grid; place-items: center; cursor: pointer; border-radius: 8px; font-size: 20px; }
    label.file input { position: absolute; opacity: 0; width: 1px; height: 1px; }
    form button { background: var(--color); color: var(--ink); border-radius: 8px; height: 40px; padding: 0 14px; }`;

  const kept = () => { try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; } };
  const keep = (more) => { try { localStorage.setItem(KEY, JSON.stringify({ ...kept(), ...more })); } catch { /* a private window */ } };
  const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const sleep = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
  const make = (tag, props = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), props);
    made.append(...children);
    return made;
  };

  let token = kept().token;
  let cursor = 0, unread = 0, session = null, typed = 0, wide = false, stopped = false;

  class Refused extends Error {
    constructor(status, seconds) { super('status ' + status); this.status = status; this.seconds = seconds; }
  }

  async function ask(path, options = {}) {
    const headers = { ...(options.json ? { 'Content-Type': 'application/json' } : {}), ...(token ? { Authorization: 'Bearer ' + token } : {}) };
    const answer = await fetch(base + path, {
      method: options.method || (options.json || options.form ? 'POST' : 'GET'), headers, mode: 'cors', credentials: 'omit', cache: 'no-store',
      body: options.json ? JSON.stringify(options.json) : options.form,
    });
    if (!answer.ok) throw new Refused(answer.status, Number(answer.headers.get('Retry-After')) || 0);
    return answer.json();
  }

  async function openSession() {
    session = await ask('/session', { json: token ? { token } : {} });
    token = session.token;
    keep({ token });
  }

  const host = make('div');
  host.setAttribute('data-switchroom-chat', '');
  const root = host.attachShadow({ mode: 'open' });
  const badge = make('span', { className: 'badge', hidden: true });
  const launcher = make('button', { className: 'launcher', type: 'button' }, '\u{1F4AC}\uFE0E', badge);
  const title = make('h2');
  const closer = make('button', { type: 'button' }, '\u00D7');
  const log = make('ol', { className: 'log' });
  const view = make('div', { className: 'view', tabIndex: 0 }, log);
  const note = make('div', { className: 'note' });
  const text = make('textarea', { rows: 1, maxLength: 4000, placeholder: say.write });
  const file = make('input', { type: 'file' });
  const clip = make('label', { className: 'file', title: say.attach }, '\u{1F4CE}\uFE0E', file);
  const form = make('form', {}, clip, text, make('button', { type: 'submit' }, say.send));
  const panel = make('section', { className: 'panel', hidden: true }, make('header', {}, title, closer), view, note, form);
  view.setAttribute('role', 'log');
  view.setAttribute('aria-label', say.conversation);
  note.setAttribute('role', 'status');
  panel.setAttribute('role', 'dialog');
  launcher.setAttribute('aria-label', say.open);
  launcher.setAttribute('aria-expanded', 'false');
  closer.setAttribute('aria-label', say.close);
  text.setAttribute('aria-label', say.write);
  file.setAttribute('aria-label', say.attach);
  // A constructed sheet needs no 'unsafe-inline' in the page's policy.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  root.append(panel, launcher);

  function paint() {
    title.textContent = session.title;
    panel.setAttribute('aria-label', session.title);
    const color = /^[0-9a-f]{6}$/i.test(session.color) ? session.color : '1f6feb';
    const [red, green, blue] = [0, 2, 4].map((at) => parseInt(color.slice(at, at + 2), 16));
    const ink = red * 0.299 + green * 0.587 + blue * 0.114 > 150 ? '#000' : '#fff';
    const colors = new CSSStyleSheet();
    colors.replaceSync(`:host { --color: #${color}; --ink: ${ink}; }`);
    root.adoptedStyleSheets = [sheet, colors];
    if (session.greeting) show({ text: session.greeting, sender: session.title, files: [] });
    if (!session.open) show({ text: session.away || say.away, sender: session.title, files: [] });
  }

  function show(message, row = make('li')) {
    row.className = message.mine ? 'mine' : '';
    const parts = [make('span', { className: 'who' }, message.mine ? say.you : message.sender || say.us)];
    if (message.text) parts.push(message.text);
    for (const one of message.files) {
      if (!one.url || !/^https?:/.test(one.url)) { parts.push(one.name); continue; }
      const link = make('a', { href: one.url, target: '_blank', rel: 'noopener noreferrer' });
      link.append(one.type === 'IMAGE' ? make('img', { src: one.url, alt: one.name }) : one.name);
      parts.push(link);
    }
    row.replaceChildren(...parts);
    if (!row.isConnected) log.append(row);
    view.scrollTop = view.scrollHeight;
    return row;
  }

  const pending = new Map();

  function take(news) {
    for (const message of news.messages) {
      show(message, pending.get(message.mine));
      pending.delete(message.mine);
      if (!message.mine && !wide) unread += 1;
    }
    cursor = news.cursor;
    note.textContent = news.typing ? `${session.title} ${say.types}` : '';
    if (news.typing) setTimeout(() => { note.textContent = ''; }, 5000);
    badge.hidden = !unread;
    badge.textContent = String(unread);
    launcher.setAttribute('aria-label', unread ? `${say.open}, ${unread} ${say.unread}` : say.open);
    if (wide && news.messages.some((message) => !message.mine)) saw();
  }

  const saw = () => cursor && ask('/seen', { json: { number: cursor } }).catch(() => {});

  /* Ask for news for as long as the page is there. A page in the background asks less often. */
  async function follow() {
    let pause = 1;
    while (!stopped) {
      try {
        const wait = kept().wrote ? (wide || !document.hidden ? WAIT : 0) : 0;
        take(await ask(`/messages?after=${cursor}&wait=${wait}`));
        pause = 1;
        if (!kept().wrote) await new Promise((done) => { wake = done; });
        else if (!wait) await sleep(30);
      } catch (error) {
        if (error.status === 401) { token = undefined; await openSession().catch(() => {}); }
        if (error.status === 403 || error.status === 404) return;
        await sleep(error.seconds || pause);
        pause = Math.min(pause * 2, 60);
      }
    }
  }
  let wake = () => {};

  async function send(body, row, id = newId()) {
    pending.set(id, row);
    for (let tries = 0, pause = 1; ; tries += 1, pause *= 2) {
      try {
        await ask('/messages', { json: { id, ...body } });
        keep({ wrote: true });
        wake();
        return;
      } catch (error) {
        // The id makes it safe to say it again.
        if (tries < 4 && !(error.status >= 400 && error.status < 500 && error.status !== 429)) { await sleep(error.seconds || pause); continue; }
        row.className = 'mine failed';
        const again = make('button', { type: 'button' }, say.failed);
        again.addEventListener('click', () => { row.className = 'mine'; again.remove(); send(body, row, id); });
        row.append(again);
        return;
      }
    }
  }

  function submit() {
    const said = text.value.trim();
    if (!said) return;
    text.value = '';
    send({ text: said, files: [], name: script.dataset.name || '' }, show({ mine: true, text: said, files: [] }));
  }

  async function attach(chosen) {
    if (chosen.size > session.megabytes * 1024 * 1024) { note.textContent = say.large; return; }
    const row = show({ mine: true, text: '', files: [{ name: chosen.name }] });
    try {
      const data = new FormData();
      data.append('file', chosen);
      const stored = await ask('/files', { form: data });
      await send({ text: '', files: [stored.id], name: script.dataset.name || '' }, row);
    } catch {
      row.className = 'mine failed';
      row.append(say.failed);
    }
  }

  function toggle(open) {
    wide = open;
    panel.hidden = !open;
    launcher.setAttribute('aria-expanded', String(open));
    if (open) { unread = 0; badge.hidden = true; launcher.setAttribute('aria-label', say.open); text.focus(); saw(); } else launcher.focus();
  }

  launcher.addEventListener('click', () => toggle(!wide));
  closer.addEventListener('click', () => toggle(false));
  panel.addEventListener('keydown', (event) => { if (event.key === 'Escape') toggle(false); });
  form.addEventListener('submit', (event) => { event.preventDefault(); submit(); });
  text.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) { event.preventDefault(); submit(); return; }
    if (kept().wrote && Date.now() - typed > 3000) { typed = Date.now(); ask('/typing', { method: 'POST' }).catch(() => {}); }
  });
  file.addEventListener('change', () => { if (file.files[0]) attach(file.files[0]); file.value = ''; });
  addEventListener('pagehide', (event) => { stopped = !event.persisted; });

  openSession().then(() => { paint(); document.body.append(host); follow(); }).catch(() => { /* Not for this page, or away: nothing is shown. */ });
})();
