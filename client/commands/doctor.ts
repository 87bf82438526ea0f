import { availableParallelism, totalmem } from 'node:os';
import { messageOf, SerError } from '../../core/contracts/errors.js';
import { type Manifest, loadManifest, verifyManifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { checkWritable } from '../../core/store/checkWritable.js';
import { openStore } from '../../core/store/open.js';
import { listBackends, resolveBackend } from '../../core/training/backends.js';
import { buildId } from '../../worker/deployment.js';
import { runningWorker } from '../../worker/localWorker.js';
import { payloadKeyIds } from '../../worker/payloadCodec.js';
import type { CommandContext } from '../context.js';
import { EXIT } from '../exitCodes.js';
import { linkIfAny } from '../server.js';
import { hasWorkers } from '../workerCheck.js';

export type DoctorOptions = { objects?: boolean; output: 'text' | 'json' };

/** One thing that was looked at. `ok` is undefined where neither answer would be wrong. */
type Finding = { what: string; ok?: boolean; said: string };

/** Says what is configured, what answers and what does not; the exit code tells whether a run could start. */
export async function doctor(options: DoctorOptions, context: CommandContext): Promise<number> {
  const { terminal } = context;
  const { finding: storeFinding, store } = await lookAtStore(context);
  const findings = [
    ...lookAtMachine(context),
    storeFinding,
    ...(await lookAtServer(context, store)),
    ...(await lookAtBackends()),
    ...(options.objects === true && store !== undefined ? await lookAtObjects(store) : []),
  ];
  if (options.output === 'json') terminal.print(JSON.stringify(findings, null, 2));
  else {
    for (const { what, ok, said } of findings) {
      const mark = ok === undefined ? '·' : ok ? terminal.colours.green('✓') : terminal.colours.red('✗');
      terminal.print(`${mark} ${what.padEnd(20)} ${said}`);
    }
  }
  return findings.some(({ ok }) => ok === false) ? EXIT.unreachable : EXIT.done;
}

function lookAtMachine({ configuration, home }: CommandContext): Finding[] {
  const threads = configuration.threads || availableParallelism();
  return [
    { what: 'ser', said: buildId() },
    { what: 'node', said: `${process.versions.node}, ${process.platform} ${process.arch}` },
    {
      what: 'machine',
      said: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GB; ${threads} threads used`,
    },
    { what: 'folder', said: home.folder },
    ...(configuration.traces === undefined ? [] : [{ what: 'traces', said: `go to ${configuration.traces.url}` }]),
  ];
}

async function lookAtStore({ configuration }: CommandContext): Promise<{ finding: Finding; store?: ObjectStore }> {
  try {
    const store = await openStore(configuration.store);
    await checkWritable(store);
    const { endpoint, accessKey } = configuration.store.s3 ?? {};
    const remote = store.url.startsWith('s3:')
      ? `, endpoint ${endpoint ?? 'of AWS'}, ${accessKey === undefined ? 'no credentials' : 'credentials given'}`
      : '';
    return { finding: { what: 'store', ok: true, said: store.url + remote }, store };
  } catch (error) {
    const said = error instanceof SerError ? `${error.message}. ${error.remedy}` : messageOf(error);
    return { finding: { what: 'store', ok: false, said } };
  }
}

async function lookAtServer(context: CommandContext, store: ObjectStore | undefined): Promise<Finding[]> {
  try {
    const link = await linkIfAny(context);
    if (link === undefined) {
      return [{ what: 'temporal', said: 'none named and none of ours runs; `ser run` or `ser up` starts one here' }];
    }
    const { server, client } = link;
    try {
      const keyIds = payloadKeyIds(context.configuration.payloadKeys);
      const workers = store !== undefined && (await hasWorkers(client, { storeUrl: store.url, keyIds }));
      const local = runningWorker(context.home);
      return [
        {
          what: 'temporal',
          ok: true,
          said: `${server.options.address}, namespace ${server.namespace}${server.local ? ', ours' : ''}`,
        },
        ...(server.uiUrl === undefined ? [] : [{ what: 'temporal UI', said: server.uiUrl }]),
        {
          what: 'workers',
          ...(workers || !server.local ? { ok: workers } : {}),
          said: workers
            ? (local?.identity ?? 'all queues polled')
            : 'none of this version, store and key of payloads polls all queues',
        },
      ];
    } finally {
      await link.close();
    }
  } catch (error) {
    return [{ what: 'temporal', ok: false, said: messageOf(error) }];
  }
}

async function lookAtBackends(): Promise<Finding[]> {
  const chosen = await resolveBackend('auto');
  return (await listBackends()).map(({ name, available, reason }) => ({
    what: `backend ${name}`,
    said: available ? `loads${name === chosen ? ', chosen by auto' : ''}` : `does not load: ${reason}`,
  }));
}

/** Reads every object that a manifest names. */
async function lookAtObjects(store: ObjectStore): Promise<Finding[]> {
  const problems: Finding[] = [];
  let manifests = 0;
  let objects = 0;
  for await (const { key } of store.list('')) {
    if (!key.endsWith('/manifest.json')) continue;
    const folder = key.slice(0, -'/manifest.json'.length);
    const manifest: Manifest | undefined = await loadManifest(store, folder);
    if (manifest === undefined) {
      problems.push({ what: 'object', ok: false, said: `${key} cannot be read` });
      continue;
    }
    manifests += 1;
    objects += manifest.outputs.length;
    for (const { path, problem } of await verifyManifest(store, folder, manifest)) {
      problems.push({ what: 'object', ok: false, said: `${folder}/${path}: ${problem}` });
    }
  }
  return [
    { what: 'objects', ok: problems.length === 0, said: `${manifests} manifests, ${objects} outputs read` },
    ...problems,
  ];
}
