import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type CommandAnswer, type CommandRequest, type CommandService, type Metrics, problemOf } from '#platform';
import type { CommandDefinition } from '#relationship';

/** 201 where the command created what it names, 202 where what it asks for goes on. */
export const statusOf = (
  { generatedId }: Pick<CommandDefinition, 'generatedId'>,
  { replayed, events, unfinished }: CommandAnswer,
): 200 | 201 | 202 => {
  if (unfinished) return 202;
  return generatedId !== undefined && !replayed && events.length > 0 ? 201 : 200;
};

/** Every command of the catalogue, on its way over the bus. */
export class ExecuteCommand extends Command<CommandAnswer> {
  constructor(readonly request: CommandRequest) {
    super();
  }
}

@CommandHandler(ExecuteCommand)
export class ExecuteCommandHandler implements ICommandHandler<ExecuteCommand> {
  constructor(
    private readonly service: CommandService,
    private readonly metrics: Metrics,
  ) {}

  async execute({ request }: ExecuteCommand): Promise<CommandAnswer> {
    try {
      const answer = await this.service.execute(request);
      this.metrics.commandExecuted(request.name, answer.replayed ? 'replayed' : 'done');
      return answer;
    } catch (error) {
      const { type } = problemOf(error).details;
      // A name that is not in the catalogue must not become a label.
      const name = type.endsWith('/unknown-command') ? 'unknown' : request.name;
      this.metrics.commandExecuted(name, type.slice(type.lastIndexOf('/') + 1));
      throw error;
    }
  }
}
