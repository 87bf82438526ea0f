import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { readCheckpoint } from '../../activities/objects/checkpoint.js';
import type { TrainingHeartbeat } from '../../core/contracts/runs.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { keysUnder } from '../../test/durability/contents.js';
import type { OpenActivity } from './attempts.js';
import type { Scene } from './cluster.js';
import type { Machine } from './network.js';

/** So long the extraction would last before the cable is pulled and after it is back, if no cable were ever widened. */
const SECONDS_BEFORE = 10;
const SECONDS_AFTER = 60;

/** Of the ensemble: the network before it is finished then, and others are still to come. */
const LOST_IN_NETWORK = 2;

/** What became of the machines. */
export type Faults = {
  /** Whose cable was pulled. */
  cut: string;
  lost: string;
  /** The epochs that the store held of each network that the lost machine had begun. */
  keptEpochs: number[];
  /** What was first heard of the training from another machine. */
  next: TrainingHeartbeat;
};

/**
 * Pulls the cable of one machine in the middle of the extraction, for some time, and loses the machine that trains when
 * it has begun the second network of the ensemble.
 *
 * @param bytes size of the recordings
 */
export async function makeFaults(scene: Scene, bytes: number, downSeconds: number): Promise<Faults> {
  const cut = await cutOff(scene, bytes, downSeconds);
  return { cut, ...(await lose(scene)) };
}

/** @returns the name of the machine */
async function cutOff({ machines, log, watch, computed }: Scene, bytes: number, downSeconds: number): Promise<string> {
  const shardsOn = (open: readonly OpenActivity[], { name }: Machine) =>
    open.filter((activity) => activity.name === 'extractShard' && activity.machine === name);

  await watch.until('its extraction', (open) => open.some(({ name }) => name === 'extractShard') || undefined);
  const machineSeconds = machines.length * (SECONDS_BEFORE + SECONDS_AFTER) + (machines.length - 1) * downSeconds;
  const bitsPerSecond = Math.round((8 * bytes) / machineSeconds);
  for (const machine of machines) machine.narrow(bitsPerSecond);
  log.add('switch', `lets ${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s to each machine, so that the extraction lasts`);

  const machine = machines[0]!;
  const underWay = await watch.until('the middle of its extraction', (open) => {
    const shards = shardsOn(open, machine);
    return computed.length > 3 * machines.length && shards.length > 0 ? shards : undefined;
  });
  machine.unplug();
  log.add(machine.name, `CABLE PULLED, with ${underWay.map(({ what }) => what).join(' and ')} under way`);
  await sleep(1000 * downSeconds);
  machine.plugIn();
  const pluggedInAt = new Date().toISOString();
  log.add(machine.name, 'CABLE BACK');
  const { shard } = await watch.until('the machine took work again', () =>
    computed.find((one) => one.machine === machine.name && one.startedAt > pluggedInAt),
  );
  log.add(machine.name, `takes work again: shard ${shard}`);
  for (const one of machines) one.widen();
  log.add('switch', 'lets everything pass again');
  return machine.name;
}

async function lose({ machines, store, log, watch }: Scene): Promise<Omit<Faults, 'cut'>> {
  const [training, before] = await watch.until('its second network', (open) => {
    const now = trainingIn(open);
    return now?.heartbeat.network?.number === LOST_IN_NETWORK ? ([now, now.heartbeat] as const) : undefined;
  });
  const machine = machines.find(({ name }) => name === training.machine)!;
  machine.lose();
  const keptEpochs = await keptEpochsIn(store);
  log.add(
    machine.name,
    `LOST FOR GOOD ${placeOf(before)}; the store holds epochs ${keptEpochs.join(' and ')} of its networks`,
  );

  let lastWord = before;
  const next = await watch.until('another machine went on with the training', (open) => {
    const now = trainingIn(open);
    if (now === undefined) return undefined;
    const elsewhere = now.machine !== undefined && now.machine !== machine.name;
    if (!elsewhere) lastWord = now.heartbeat; // a new attempt begins with what was last heard of the one before
    return elsewhere && !isDeepStrictEqual(now.heartbeat, lastWord) ? now : undefined;
  });
  log.add(next.machine!, `trains on, first seen ${placeOf(next.heartbeat)}`);
  return { lost: machine.name, keptEpochs, next: next.heartbeat };
}

type Training = OpenActivity & { heartbeat: TrainingHeartbeat };

/** The training that has told how far it is. */
function trainingIn(open: readonly OpenActivity[]): Training | undefined {
  return open.find(
    (activity): activity is Training => activity.name === 'trainModel' && activity.heartbeat !== undefined,
  );
}

function placeOf({ network, last }: TrainingHeartbeat): string {
  return `in epoch ${last.epoch} of network ${network?.number ?? 1}`;
}

/** How far the networks of an unfinished training are, as the store has it. */
async function keptEpochsIn(store: ObjectStore): Promise<number[]> {
  const keys = await keysUnder(store, 'checkpoints/');
  const model = keys[0]?.split('/')[1] ?? '';
  const states = await Promise.all(keys.map((_, network) => readCheckpoint(store, model, network)));
  return states.map((state) => state?.epoch ?? 0);
}
