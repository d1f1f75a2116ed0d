import { spawn } from 'node:child_process';
import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import type { Report } from './report.js';

const ROWS = Number(process.env.LETOPIS_BENCH_ROWS ?? 200_000);
const GOAL_MIB = 600;
/** A customer for so many rows, and a return for so many. */
const ROWS_A_CUSTOMER = 8;
const ROWS_A_RETURN = 50;

/** `LETOPIS_BENCH_ROWS` sets the length of the file: purchases, each of which is a row, and returns that name item and customer. */
export async function run(report: Report): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'letopis-bench-'));
  try {
    const file = path.join(folder, 'sales.csv');
    await pipeline(Readable.from(rows()), createWriteStream(file));
    writeFileSync(path.join(folder, 'mapping.json'), JSON.stringify(mapping));
    const { importing, all, cpuSeconds, seconds } = await imported(folder);
    const goal = { goal: `< ${GOAL_MIB}, whatever the number of rows` };
    report({ name: `import.${ROWS}`, value: ROWS / seconds, unit: 'rows/s' });
    report({ name: 'import.cpu', value: (cpuSeconds * 1_000_000) / ROWS, unit: 'µs/row, views included' });
    report({ name: 'import.memory', value: importing, unit: 'MiB of its own', ...goal, holds: importing < GOAL_MIB });
    report({ name: 'import.memory-with-views', value: all, unit: 'MiB of its own', ...goal, holds: all < GOAL_MIB });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function* rows(): Generator<string> {
  const random = xoroshiro128plus(1);
  const below = (end: number) => (random.next() >>> 0) % end;
  const bought: (readonly [customer: number, item: number])[] = [];
  yield 'customer,email,at,item,pieces,price\n';
  let block = '';
  let sold = 0;
  for (let row = 0; row < ROWS; row++) {
    const returned = row % ROWS_A_RETURN === ROWS_A_RETURN - 1;
    const [customer, item] = returned ? bought[below(bought.length)]! : ([below(Math.ceil(ROWS / ROWS_A_CUSTOMER)), below(4_000)] as const);
    if (!returned) bought[sold++ % 50_000] = [customer, item];
    const at = new Date(Date.UTC(2022) + row * 60_000).toISOString();
    block += `C${customer},c${customer}@mail.example,${at},item ${item},${returned ? -1 : 1 + below(20)},${1 + below(99)}.50\n`;
    if (block.length < 1_000_000) continue;
    yield block;
    block = '';
  }
  yield block;
}

const target = { $id: 'customer', of: 'customer' };
const isReturn = { column: 'pieces', matches: '^-' };
const quantity = { $number: { $column: 'pieces' }, sign: 'absolute' };
const mapping = {
  system: 'bench',
  source: { format: 'csv' },
  occurredAt: { $date: { $column: 'at' } },
  commands: [
    {
      command: 'register-customer',
      once: true,
      target,
      body: { kind: 'person', displayName: { $column: 'customer' }, identifiers: [{ kind: 'email', value: { $column: 'email' } }] },
    },
    {
      command: 'record-purchase',
      when: { not: isReturn },
      target,
      body: {
        purchaseId: { $row: 'purchase' },
        item: { $column: 'item' },
        quantity,
        amount: { $money: { $column: 'price' }, currency: 'EUR', times: quantity },
      },
    },
    { command: 'return-purchase', when: isReturn, target, returns: { $column: 'item' }, body: { quantity } },
  ],
};

const LOOK_EVERY_MS = 50;

/** By the public CLI, on Linux. Of memory without the pages of mapped files: the log is mapped. */
async function imported(folder: string) {
  const start = performance.now();
  const child = spawn(process.execPath, ['dist/apps/cli/src/main.js', 'import', `${folder}/sales.csv`, '-m', `${folder}/mapping.json`], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, LETOPIS_DATA: path.join(folder, 'data') },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let [importing, all, cpuSeconds] = [0, 0, 0];
  const looking = setInterval(() => {
    const of = (name: string) => readFileSync(`/proc/${child.pid}/${name}`, 'utf8');
    try {
      const anonymous = Number(/^RssAnon:\s+(\d+) kB/m.exec(of('status'))?.[1] ?? 0) / 1024;
      const [user, system] = of('stat').split(' ').slice(13, 15);
      cpuSeconds = (Number(user) + Number(system)) / 100;
      all = Math.max(all, anonymous);
      // What is appended is said before the views are built.
      if (!said.includes(' appended, by ')) importing = Math.max(importing, anonymous);
    } catch {
      // It has ended.
    }
  }, LOOK_EVERY_MS);
  const code = await new Promise((resolve) => child.once('close', resolve));
  clearInterval(looking);
  if (code !== 0 && code !== 1) throw new Error(`the import ended with ${code}: ${said}`);
  return { importing, all, cpuSeconds, seconds: (performance.now() - start) / 1000 };
}
