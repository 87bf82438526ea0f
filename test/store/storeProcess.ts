// A process that works on a store, for tests that race or kill it: `storeProcess.ts COMMAND URL`.
import { readdir } from 'node:fs/promises';
import { SerError } from '../../core/contracts/errors.js';
import { sha256Of } from '../../core/store/keys.js';
import { openStore } from '../../core/store/open.js';
import { increment } from './contract.js';

const [, , command, url = ''] = process.argv;
const store = await openStore({ url });

/** An object that can be told whole from half: its first line is the hash of the rest. */
function sealed(turn: number): Uint8Array {
  const rest = `${turn},`.repeat(100_000);
  return new TextEncoder().encode(`${sha256Of(rest)}\n${rest}`);
}

async function writeForEver(): Promise<never> {
  for (let turn = 0; ; turn++) {
    await Promise.all([
      store.put(`outputs/${turn % 5}`, sealed(turn)),
      store.head('runs/one.json').then((info) => {
        return store.putIf('runs/one.json', sealed(turn), info ? { etag: info.etag } : { absent: true });
      }),
    ]);
    process.stdout.write('.');
  }
}

/** Writes until it may not, then tells why and what stands. */
async function fill(): Promise<void> {
  let failure: unknown;
  try {
    await store.put('small', new Uint8Array(1000));
    await store.put('large', new Uint8Array(2_000_000));
  } catch (error) {
    if (!(error instanceof SerError)) throw error;
    failure = { kind: error.kind, what: error.what, subject: error.subject, remedy: error.remedy };
  }
  process.stdout.write(JSON.stringify({ failure, left: await readdir(url) }));
}

const commands: Record<string, () => Promise<void>> = {
  increment: () => increment(store, 'counter', 15),
  'write-for-ever': writeForEver,
  fill,
};
await commands[command ?? '']?.();
