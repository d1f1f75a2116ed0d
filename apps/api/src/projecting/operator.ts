import { Problem } from '#platform/problems/problem.js';
import { NoRollback, type Projector, RebuildRejected, type ViewStatus } from '#projections/runner/index.js';

/** What an operator may want of the projector. Plain data, so that it can be sent to its thread. */
export type ProjectorRequest =
  | { readonly wants: 'status' }
  | { readonly wants: 'rebuild' | 'rollback'; readonly view: string }
  | { readonly wants: 'rebuild-subject'; readonly stream: string };

export interface ViewState extends ViewStatus {
  /** Asked for and not done yet. */
  readonly rebuilding: boolean;
}

/** Returns the status of all views afterwards. @throws Problem `rebuild-running`, `no-rollback` */
export type Operate = (request: ProjectorRequest) => Promise<readonly ViewState[]>;

export const createOperator = (projector: Projector): Operate => {
  const rebuilding = new Set<string>();
  const rejected = new Map<string, string>();

  /** Continues after the response: it may take minutes. Asked for again meanwhile, it is the same one. */
  function rebuild(view: string): void {
    if (rebuilding.has(view)) return;
    rebuilding.add(view);
    rejected.delete(view);
    projector
      .rebuild(view)
      .catch((error: Error) => rejected.set(view, error.message))
      .finally(() => rebuilding.delete(view));
  }

  async function rollback(view: string): Promise<void> {
    if (rebuilding.has(view)) throw new Problem('rebuild-running');
    await projector.rollback(view).catch((error) => {
      if (error instanceof NoRollback) throw new Problem('no-rollback');
      throw error instanceof RebuildRejected ? new Problem('no-rollback', error.message) : error;
    });
  }

  return async (request) => {
    if (request.wants === 'rebuild') rebuild(request.view);
    if (request.wants === 'rollback') await rollback(request.view);
    if (request.wants === 'rebuild-subject') await projector.rebuildSubject(request.stream);
    return (await projector.status()).map((status) => {
      const { rejected: before, ...current } = status;
      const isRebuilding = rebuilding.has(status.view);
      const why = rejected.get(status.view) ?? (isRebuilding ? undefined : before);
      return { ...current, rebuilding: isRebuilding, ...(why !== undefined && { rejected: why }) };
    });
  };
};
