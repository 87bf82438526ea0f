// usage: assert-reused.mjs STATUS.json    fails unless every stage of the run but the promotion was reused
import { readFileSync } from 'node:fs';

const status = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const redone = status.stages.filter(({ stage, state }) => state !== 'reused' && stage !== 'promoteModel');
for (const { stage, state } of redone) console.error(`${stage} is ${state}, should be reused`);
console.log(`${status.stages.length - 1 - redone.length} of ${status.stages.length - 1} stages reused`);
process.exitCode = redone.length === 0 ? 0 : 1;
