import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Position } from '#event-log';
import type { ApiServices } from '../api-services.js';
import type { CustomerScope } from '../edge/customer-scope.js';
import { answerView, type ViewQuestion, waitForViews } from './answer-view.js';
import { looksAtMany, type ViewAnswer, type ViewDefinition } from './view-definition.js';

/** Every view, on its way over the bus. */
export class AskView extends Query<ViewAnswer> {
  constructor(
    readonly definition: ViewDefinition,
    readonly question: Omit<ViewQuestion, 'now'>,
    readonly minPosition: Position | undefined,
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

  async execute({ definition, question, minPosition }: AskView): Promise<ViewAnswer> {
    if (minPosition !== undefined) await waitForViews(this.services, definition, question.path, minPosition);
    const asked = { ...question, now: this.services.clock() };
    if (looksAtMany(definition)) return this.services.views.ask(definition, asked);
    return answerView(this.services, this.scope, definition, asked);
  }
}
