/** Something that a button does: whether it is on its way, and why it failed. */

import { ApiError, Offline } from './api';
import { t } from './messages.svelte.ts';
import type { Problems } from './problems';

export class Act {
  busy = $state(false);
  problem = $state('');

  /** Do it. Return whether it worked. */
  async run(work: () => Promise<unknown>): Promise<boolean> {
    this.busy = true;
    this.clear();
    try {
      await work();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  clear() {
    this.problem = '';
  }

  protected fail(error: unknown) {
    this.problem = reason(error);
  }
}

/** A form that is sent: also what is wrong with which of its fields. */
export class FormAct extends Act {
  problems = $state.raw<Problems>({});

  override clear() {
    super.clear();
    this.problems = {};
  }

  protected override fail(error: unknown) {
    if (!(error instanceof ApiError) || error.status !== 400 || 'message' in error.fields) return super.fail(error);
    this.problems = Object.fromEntries(Object.entries(error.fields).map(([name, text]) => [name, String(text)]));
    this.problem = t('settings.wrong');
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
