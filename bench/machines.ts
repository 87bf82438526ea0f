import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findMinio } from '../tools/minio.mjs';
import { findHome } from '../worker/home.js';
import { findTemporalBinary } from '../worker/temporalBinary.js';
import { judge } from './machines/verdicts.js';
import { makeFaults } from './machines/faults.js';
import { startCluster } from './machines/cluster.js';
import { findWayApart, runApart } from './machines/ownNetwork.js';
import { createBenchFolder } from './shared/benchFolder.js';

/**
 * `npm run bench -- machines [--files 3000] [--networks 4] [--down 60]`: three worker machines, each a network namespace
 * with a cable and a disk of its own, and a fourth that holds the Temporal server and MinIO. One run undisturbed; then the
 * same in another store, while the cable of a machine is pulled for a minute in the middle of the extraction, and the
 * machine that trains is lost for good. Prints what happened when, and exits 1 when the second run ended with other bytes
 * or computed what was finished again. Needs Linux, iproute2, and root or namespaces for users.
 */
export async function main(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string', default: '3000' },
      networks: { type: 'string', default: '4' },
      down: { type: 'string', default: '60' },
      /** Given by this program to itself: it runs apart, and the folder that it works in. */
      apart: { type: 'string' },
    },
  });
  const { files, networks, down, apart } = values;
  if (apart !== undefined) {
    const code = await compareRuns(apart, Number(files), Number(networks), Number(down)).catch((error: unknown) => {
      console.error(error);
      return 1;
    });
    process.exit(code); // with whatever still runs on the machines
  }

  const way = findWayApart();
  if ('refused' in way) {
    console.error(`SKIPPED: this machine has no network namespaces for us: ${way.refused}`);
    return 1;
  }
  const folder = createBenchFolder();
  try {
    await fetchServers(folder);
    return await runApart(way, ['--apart', folder]);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 }); // what was interrupted may be writing still
  }
}

/** There is no way out of a network of our own. */
async function fetchServers(folder: string): Promise<void> {
  const onProgress = (line: string) => console.error(line);
  const cacheFolder = join(findHome(folder).cache, 'bin');
  await findTemporalBinary({ cacheFolder, searchPath: process.env['PATH'] ?? '', onProgress });
  const minio = await findMinio();
  if ('missing' in minio) throw new Error(minio.missing);
}

async function compareRuns(folder: string, files: number, networks: number, downSeconds: number): Promise<number> {
  const cluster = await startCluster(folder);
  const bytes = await cluster.storeRecordings(files);
  console.log(`${files} recordings, ${Math.round(bytes / 1e6)} MB; three machines of one thread each`);

  console.log('\nundisturbed');
  const undisturbed = await cluster.run('undisturbed', networks, () => Promise.resolve());
  console.log('\ndisturbed');
  const disturbed = await cluster.run('disturbed', networks, (scene) => makeFaults(scene, bytes, downSeconds));

  console.log(`\n${disturbed.log.table()}\n`);
  const held = await judge(undisturbed, disturbed);
  return held ? 0 : 1;
}
