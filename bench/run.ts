import { readdirSync } from 'node:fs';
import { SerError } from '../core/contracts/errors.js';

type Bench = { main: (args: string[]) => Promise<number> };

/**
 * Every file beside this one that exports `main` is a bench; parts of one lie in a folder of its name, what several share
 * in `shared/`.
 */
const names = readdirSync(new URL('.', import.meta.url))
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));

const [name, ...args] = process.argv.slice(2);
if (name === undefined || !names.includes(name)) {
  console.error(`usage: npm run bench -- NAME [ARGUMENTS]\n  NAME: ${names.join(', ')}`);
  process.exitCode = 2;
} else {
  const { main } = (await import(`./${name}.js`)) as Bench;
  process.exitCode = await main(args).catch((error: unknown) => {
    if (!(error instanceof SerError && error.kind === 'BadConfig')) throw error;
    console.error(`bench ${name}: ${error.message}. ${error.remedy}`);
    return 2;
  });
}
