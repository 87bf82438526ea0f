import { isDeepStrictEqual } from 'node:util';
import { contentsOf } from '../../test/durability/contents.js';
import { type ComputedShard, computedAgain } from '../../test/durability/computedShards.js';
import type { FinishedRun } from './cluster.js';
import type { Faults } from './faults.js';

/** Prints what was expected of the disturbed run and whether it held; says whether all of it did. */
export async function judge(undisturbed: FinishedRun<void>, disturbed: FinishedRun<Faults>): Promise<boolean> {
  const { computed, told, status, store } = disturbed;
  const { network, last } = told.next;
  const expected = await contentsOf(undisturbed.store);
  const contents = await contentsOf(store);
  const objects = Object.keys(expected).length;
  const repeated = [...byShard(computed)].filter(([, machines]) => machines.length > 1);
  const excused = [told.cut, told.lost];
  const unexcused = repeated.filter(([, machines]) => !machines.slice(0, -1).every((name) => excused.includes(name)));
  const again = await computedAgain(computed, store);
  const total = status.shards?.total ?? 0;

  const verdicts: [holds: boolean, words: string][] = [
    [status.state === 'completed', `the disturbed run is ${status.state}`],
    [
      objects > 0 && isDeepStrictEqual(contents, expected),
      `${objects} objects (features, split, weights, scaler, metrics, answers) are the same to the bit`,
    ],
    [
      byShard(undisturbed.computed).size === undisturbed.computed.length,
      `undisturbed, ${undisturbed.computed.length} shards were computed once each: ${shares(undisturbed.computed)}`,
    ],
    [
      byShard(computed).size === total && unexcused.length === 0,
      `disturbed, ${total} shards took ${computed.length} computations: ${shares(computed)}; more than once only what the ` +
        `machine that was cut off had begun (${repeated.map(([shard, on]) => `shard ${shard}: ${on.join(', ')}`).join('; ')})`,
    ],
    [again.length === 0, `no shard was begun once it was finished (${again.length})`],
    [
      last.epoch > (told.keptEpochs[(network?.number ?? 1) - 1] ?? 0) && told.keptEpochs[0]! > 0,
      'the training went on with the state in the store, not from its beginning',
    ],
  ];
  for (const [holds, words] of verdicts) console.log(`${holds ? 'holds ' : 'MISSED'}  ${words}`);
  return verdicts.every(([holds]) => holds);
}

/** The machines that computed each shard, in order of time. */
function byShard(computed: readonly ComputedShard[]): Map<number, string[]> {
  const machines = new Map<number, string[]>();
  for (const { shard, machine } of [...computed].sort((a, b) => (a.startedAt < b.startedAt ? -1 : 1))) {
    machines.set(shard, [...(machines.get(shard) ?? []), machine]);
  }
  return machines;
}

/** `machine-1 16, machine-2 15, machine-3 16`. */
function shares(computed: readonly ComputedShard[]): string {
  const counts = new Map<string, number>();
  for (const { machine } of computed) counts.set(machine, (counts.get(machine) ?? 0) + 1);
  return [...counts]
    .sort()
    .map(([machine, count]) => `${machine} ${count}`)
    .join(', ');
}
