import { SerError } from '../../core/contracts/errors.js';
import { sha256Of } from '../../core/store/keys.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import type { PlannedShard } from '../objects/planObject.js';

type Recording = PlannedShard['recordings'][number];

/** How many recordings are on their way from the store while one is computed. */
const READ_AHEAD = 4;
/** Memory of larger recordings is not kept. */
const LARGEST_KEPT = 1 << 22;

/** Memory that recordings are read to. */
export type Rooms = Uint8Array[];

/**
 * The bytes of recordings, one after another, the next ones on their way meanwhile. They hold until the next are asked
 * for: recordings are read to the same memory in turns, so that the collector has nothing to do.
 *
 * @param rooms what an earlier call has left there; nothing else may use it until the last recording was asked for
 * @throws SerError `StoreUnavailable` for a recording that is missing or altered, since fetching it anew mends it
 */
export async function* readInTurn(
  store: ObjectStore,
  recordings: readonly Recording[],
  rooms: Rooms,
): AsyncGenerator<Uint8Array> {
  const reads: Promise<Uint8Array>[] = [];
  const start = (index: number): void => {
    const slot = index % (READ_AHEAD + 1);
    const read = readChecked(store, recordings[index]!, rooms[slot]).then((bytes) => {
      if (bytes.length > (rooms[slot]?.length ?? 0) && bytes.length <= LARGEST_KEPT) rooms[slot] = bytes;
      return bytes;
    });
    read.catch(() => undefined); // told when its turn comes; unheard of till then, it would end the thread
    reads.push(read);
  };
  for (let index = 0; index < recordings.length + READ_AHEAD; index++) {
    if (index < recordings.length) start(index);
    if (index >= READ_AHEAD) yield await reads.shift()!;
  }
}

async function readChecked(
  store: ObjectStore,
  { sha256, audio }: Recording,
  room: Uint8Array | undefined,
): Promise<Uint8Array> {
  const bytes = await store.get(audio, room);
  const url = `${store.url}/${audio}`;
  if (bytes === undefined)
    throw new SerError('StoreUnavailable', 'is not in the store', url, 'Run again to fetch it anew.');
  if (sha256Of(bytes) === sha256) return bytes;
  throw new SerError('StoreUnavailable', 'is altered in the store', url, 'Delete it and run again.');
}
