/**
 * The servers of engine suites: from `TEST_KAFKA_BROKERS`, `TEST_MONGODB_URL` and `TEST_EVENTSTOREDB_URL`, which the run of the suites
 * sets where it could start any.
 */
const given = (name: string) => process.env[name] || undefined;

/** A block of tests that needs a server; skipped, with what it needs in its title, where there is none. */
function describeWith(variable: string, server: string) {
  return (title: string, tests: (url: string) => void): void => {
    const url = given(variable);
    if (url === undefined) describe.skip(`${title} [needs ${server}]`, () => tests(''));
    else describe(title, () => tests(url));
  };
}

export const describeWithKafka = describeWith('TEST_KAFKA_BROKERS', 'Kafka');
export const describeWithMongo = describeWith('TEST_MONGODB_URL', 'MongoDB');
export const describeWithEventStoreDb = describeWith('TEST_EVENTSTOREDB_URL', 'EventStoreDB');
/** For tests that stop and kill servers of their own. */
export const describeWithOwnServers = (title: string, tests: () => void): void => {
  if (given('TEST_ENGINES_STARTABLE') === 'yes') describe(title, tests);
  else describe.skip(`${title} [needs servers that it can stop]`, tests);
};
