// usage: assert-same-model.mjs ONE.json OTHER.json    fails unless both runs ended with the same keys and metrics
import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';

const [one, other] = process.argv.slice(2, 4).map((file) => JSON.parse(readFileSync(file, 'utf8')));
const keysOf = ({ stages }) =>
  Object.fromEntries(stages.filter(({ stage }) => stage !== 'writeReport').map(({ stage, key = '' }) => [stage, key]));
deepStrictEqual(keysOf(one), keysOf(other));
deepStrictEqual(one.metrics, other.metrics);
console.log(`same keys and metrics from ${one.config.store} and ${other.config.store}`);
