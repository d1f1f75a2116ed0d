import { exitWithError } from '#platform';
import { startApi } from './start-api.js';

try {
  const api = await startApi();
  const stop = () => {
    api.close().then(() => process.exit(0), exitWithError);
  };
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
} catch (error) {
  exitWithError(error);
}
