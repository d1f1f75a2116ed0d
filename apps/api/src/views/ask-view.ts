import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Position } from '#event-log';
import type { ApiServices } from '../api-services.js';
import type { CustomerScope } from '../edge/customer-scope.js';
import { answerView, type ViewQuestion, waitForViews } from './answer-view.js';
import { looksAtMany, type ShownAnswer, type ViewDefinition } from './view-definition.js';

/** An answer, and the instant that was present for it. */
export interface PresentAnswer extends ShownAnswer {
  readonly now: string;
}

/** Every view, on its way over the bus. */
export class AskView extends Query<PresentAnswer> {
  constructor(
    readonly definition: ViewDefinition,
    /** `now`: of the page before. */
    readonly question: Omit<ViewQuestion, 'now' | 'minPosition'> & { readonly now?: string },
    readonly minPosition: Position | undefined,
    /** Whether anybody still waits for the answer. */
    readonly isWanted: () => boolean,
  ) {
    super();
  }
}

@QueryHandler(AskView)
export class AskViewHandler implements IQueryHandler<AskView> {
  constructor(
    private readonly services: ApiServices,
    private readonly scope: CustomerScope,
  ) {}

  async execute({ definition, question, minPosition, isWanted }: AskView): Promise<PresentAnswer> {
    if (minPosition !== undefined) await waitForViews(this.services, definition, question.path, minPosition);
    const { now = this.services.clock() } = question;
    const asked = { ...question, now, ...(minPosition !== undefined && { minPosition }) };
    const { services, scope } = this;
    const answer = looksAtMany(definition)
      ? await services.views.ask(definition, asked, isWanted)
      : await answerView(services, scope, definition, asked);
    return { ...answer, now };
  }
}
