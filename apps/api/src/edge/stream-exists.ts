import type { EventLog } from '#event-log';

export const streamExists = async (log: Pick<EventLog, 'readStream'>, stream: string): Promise<boolean> => {
  for await (const batch of log.readStream(stream, { from: 0, to: 0 })) if (batch.length > 0) return true;
  return false;
};
