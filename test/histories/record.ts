// Records what replay.test.ts replays: `npx mocha test/histories/record.ts`. Files that are there are kept, since they stand
// for runs in flight; a new way through the workflows gets a scenario and with it a new file.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SUFFIXES, writeHistory } from './historyJson.js';
import { freshClient } from '../support/server.js';
import { scenarios } from './scenarios.js';

describe('recording histories', function () {
  this.timeout(300_000);
  for (const { name, record } of scenarios) {
    it(name, async () => {
      for (const [file, handle] of Object.entries(await record(await freshClient()))) {
        const path = fileURLToPath(new URL(`./${file}`, import.meta.url));
        if (SUFFIXES.some((suffix) => existsSync(path + suffix))) continue;
        writeHistory(path, await handle.fetchHistory());
      }
    });
  }
});
