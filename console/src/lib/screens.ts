/** The screens: where each stands, who may open it, and its code, which loads when it is opened first. */

import type { Component } from 'svelte';
import type { IconName } from '../components/Icon.svelte';
import type { Key } from './messages.svelte.ts';
import type { session } from './session.svelte.ts';

type Session = typeof session;

export interface Screen {
  /** The path, with `:id` for an id. */
  path: string;
  title: Key;
  /** In the navigation: the drawing beside the title. Screens without one are reached from others. */
  icon?: IconName;
  group?: 'work' | 'setup';
  may(session: Session): boolean;
  load(): Promise<{ default: Component<any> }>;
}

const everybody = () => true;
const members = (session: Session) => session.member !== null && session.member.role !== 'guest';
const agents = (session: Session) => session.agent !== null;
const supervisors = (session: Session) => session.isSupervisor;
const admins = (session: Session) => session.isAdmin;

export const SCREENS: readonly Screen[] = [
  {
    path: '/desk',
    title: 'desk.title',
    icon: 'desk',
    group: 'work',
    may: agents,
    load: () => import('../screens/Desk.svelte'),
  },
  {
    path: '/wallboard',
    title: 'wallboard.title',
    icon: 'wallboard',
    group: 'work',
    may: supervisors,
    load: () => import('../screens/Wallboard.svelte'),
  },
  {
    path: '/calls',
    title: 'calls.title',
    icon: 'calls',
    group: 'work',
    may: everybody,
    load: () => import('../screens/Calls.svelte'),
  },
  {
    path: '/inbox',
    title: 'inbox.title',
    icon: 'inbox',
    group: 'work',
    may: members,
    load: () => import('../screens/Inbox.svelte'),
  },
  { path: '/inbox/:id', title: 'inbox.title', may: members, load: () => import('../screens/Inbox.svelte') },
  {
    path: '/chat',
    title: 'chat.title',
    icon: 'chat',
    group: 'work',
    may: everybody,
    load: () => import('../screens/Chat.svelte'),
  },
  { path: '/chat/:id', title: 'chat.title', may: everybody, load: () => import('../screens/Chat.svelte') },
  {
    path: '/reports',
    title: 'reports.title',
    icon: 'reports',
    group: 'work',
    may: admins,
    load: () => import('../screens/Reports.svelte'),
  },
  { path: '/calls/:id', title: 'callpage.title', may: everybody, load: () => import('../screens/Call.svelte') },
  {
    path: '/queues',
    title: 'queues.title',
    icon: 'queues',
    group: 'setup',
    may: supervisors,
    load: () => import('../screens/Queues.svelte'),
  },
  { path: '/queues/:id', title: 'queuepage.title', may: supervisors, load: () => import('../screens/Queue.svelte') },
  {
    path: '/people',
    title: 'people.title',
    icon: 'people',
    group: 'setup',
    may: admins,
    load: () => import('../screens/People.svelte'),
  },
  {
    path: '/numbers',
    title: 'numbers.title',
    icon: 'numbers',
    group: 'setup',
    may: admins,
    load: () => import('../screens/Numbers.svelte'),
  },
  {
    path: '/routes',
    title: 'routes.title',
    icon: 'routes',
    group: 'setup',
    may: admins,
    load: () => import('../screens/Routes.svelte'),
  },
  { path: '/routes/:id', title: 'routepage.title', may: admins, load: () => import('../screens/Route.svelte') },
  {
    path: '/prompts',
    title: 'prompts.title',
    icon: 'prompts',
    group: 'setup',
    may: admins,
    load: () => import('../screens/Prompts.svelte'),
  },
  {
    path: '/channels',
    title: 'channels.title',
    icon: 'channels',
    group: 'setup',
    may: admins,
    load: () => import('../screens/Channels.svelte'),
  },
  { path: '/channels/:id', title: 'channels.title', may: admins, load: () => import('../screens/Channel.svelte') },
  {
    path: '/system',
    title: 'system.title',
    icon: 'system',
    group: 'setup',
    may: admins,
    load: () => import('../screens/System.svelte'),
  },
  {
    path: '/audit',
    title: 'audit.title',
    icon: 'audit',
    group: 'setup',
    may: admins,
    load: () => import('../screens/Audit.svelte'),
  },
  { path: '/me', title: 'me.title', may: everybody, load: () => import('../screens/Me.svelte') },
];

/** Return what a part of a path stands for; '': it stands for nothing. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return '';
  }
}

/** Return the screen of this path, and the id in it. Null: there is none. */
export function screenOf(path: string): { screen: Screen; id: string } | null {
  const parts = path.split('/');
  for (const screen of SCREENS) {
    const wanted = screen.path.split('/');
    let id = '';
    const fits =
      wanted.length === parts.length &&
      wanted.every((part, index) => {
        if (part === ':id') id = decoded(parts[index] ?? '');
        return part === ':id' ? id !== '' : part === parts[index];
      });
    if (fits) return { screen, id };
  }
  return null;
}

/** Return the path that `/` leads to: the first screen of the navigation that the caller may open. */
export function home(session: Session): string {
  return SCREENS.find((screen) => screen.icon && screen.may(session))?.path ?? '/me';
}
