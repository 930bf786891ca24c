/** Something that a button does: whether it is on its way, and why it failed. */

import { ApiError, Offline } from './api';
import { t } from './messages.svelte.ts';

export class Act {
  busy = $state(false);
  problem = $state('');

  /** Do it. Return whether it worked. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.problem = '';
    try {
      await work();
      return true;
    } catch (error) {
      this.problem = reason(error);
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Return in words why something did not work. */
export function reason(error: unknown): string {
  if (error instanceof Offline) return t('failure.offline');
  if (error instanceof ApiError) {
    if (error.status === 403) return t('failure.forbidden');
    if (error.status === 404) return t('failure.missing');
    if (error.status === 412) return t('failure.changed');
    return error.text || error.message;
  }
  throw error;
}
