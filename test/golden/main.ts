import { checkCdnow } from './cdnow.js';
import { type Chronicle, emptyChronicle } from './chronicle.js';
import { checkHelpdesk } from './helpdesk.js';
import { checkMaven } from './maven.js';
import { checkOlist } from './olist.js';
import { publishedData, publishedDataIsThere } from './published.js';
import { createReport, type Report } from './report.js';

const sections: Readonly<Record<string, (chronicle: Chronicle, report: Report) => Promise<void>>> = {
  cdnow: checkCdnow,
  olist: checkOlist,
  maven: checkMaven,
  helpdesk: checkHelpdesk,
};

/**
 * `npm run golden`: the published data sets go into empty chronicles through the public CLI, and every published number is compared with
 * the public HTTP views. Names of data sets as arguments check only those. Exit codes: 0 all equal, 1 one differs, 2 no data, 130 interrupted.
 */
async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((name) => !Object.hasOwn(sections, name));
  if (unknown !== undefined) return reject(`There is no data set ${unknown}; there are ${Object.keys(sections).join(', ')}.`);
  if (!publishedDataIsThere())
    return reject(
      `The published data is not at ${publishedData('.')}: nothing was checked. It is not part of the project; put it there and run this again.`,
    );
  const report = createReport(console.log);
  for (const [name, check] of Object.entries(sections)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    report.section(name);
    const chronicle = emptyChronicle(console.log);
    try {
      await check(chronicle, report);
    } finally {
      await chronicle.remove();
    }
  }
  console.log(`\n${report.checked} numbers compared, ${report.differing} differ`);
  return report.differing === 0 ? 0 : 1;
}

function reject(sentence: string): number {
  console.error(sentence);
  return 2;
}

process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(130));
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(`DIFFERS: the run broke off: ${(error as Error).message}`);
  process.exit(1);
}
