import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { expect } from 'chai';
import { runningServer, type ServerRecord, startServer, stopServer } from '../../worker/localServer.js';
import { isRunning, recordOf, writeRecord } from '../../worker/processes.js';
import { atEnd } from '../support/atEnd.js';
import { failureOf } from '../support/failureOf.js';
import { scratchFolder, scratchHome } from '../support/folders.js';
import { createFolders, findHome } from '../../worker/home.js';
import { testServer } from '../support/server.js';

const silent = () => undefined;

async function withClient<T>({ address }: ServerRecord, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await work(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const portOf = (address: string) => Number(address.split(':').at(-1));

describe('the local Temporal server', function () {
  this.timeout(60_000);
  const home = scratchHome();
  let first: ServerRecord;

  before(async () => {
    first = await startServer(home, process.env, silent);
    atEnd(() => stopServer(home));
  });

  it('runs on ports of its own, with its database in the folder', () => {
    expect(isRunning(first)).to.equal(true);
    expect(portOf(first.address)).not.to.equal(7233);
    expect(first.address).not.to.equal(testServer().address);
    expect(existsSync(home.database)).to.equal(true);
    expect(runningServer(home)).to.deep.equal(first);
  });

  it('tells its metrics to Prometheus, on this machine alone', async () => {
    expect(first.metricsUrl).to.match(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    const said = await (await fetch(first.metricsUrl!)).text();
    expect(said).to.match(/^service_requests\{.*service_name="frontend"/m);
  });

  it('is started once', async () => {
    expect(await startServer(home, process.env, silent)).to.deep.equal(first);
  });

  it('keeps finished runs for 90 days', async () => {
    const { config } = await withClient(first, ({ workflowService }) =>
      workflowService.describeNamespace({ namespace: 'default' }),
    );
    expect(Number(config!.workflowExecutionRetentionTtl!.seconds)).to.equal(90 * 24 * 3600);
  });

  it('remembers an open run over a restart, at the same addresses', async () => {
    const runId = await withClient(first, async ({ workflow }) => {
      const started = await workflow.start('trainingRun', { workflowId: 'open-run', taskQueue: 'nobody' });
      return started.firstExecutionRunId;
    });
    expect(await stopServer(home)).to.equal(true);
    expect(runningServer(home)).to.equal(undefined);
    expect(await stopServer(home)).to.equal(false);

    const second = await startServer(home, process.env, silent);
    expect(second).to.include({ address: first.address, uiUrl: first.uiUrl, metricsUrl: first.metricsUrl });
    expect(second.pid).not.to.equal(first.pid);
    const found = await withClient(second, ({ workflow }) => workflow.getHandle('open-run').describe());
    expect(found).to.deep.include({ runId, status: { code: 1, name: 'RUNNING' } });
  });

  it('takes other ports where its own were taken meanwhile', async () => {
    const { address } = runningServer(home)!;
    await stopServer(home);
    const taken: Server = createServer().listen(portOf(address), '127.0.0.1');
    await once(taken, 'listening');
    const moved = await startServer(home, process.env, silent);
    expect(moved.address).not.to.equal(address);
    taken.close();
  });
});

describe('a server whose ports others take as it starts', () => {
  it('is started again on others', async function () {
    this.timeout(60_000);
    const home = scratchHome();
    const { binary } = testServer();
    const bin = scratchFolder();
    // What the server says when a port is taken, once; then the server.
    const program = `#!/bin/sh
if [ ! -e "${bin}/tried" ]; then touch "${bin}/tried"; echo "bind: address already in use"; exit 1; fi
exec "${binary}" "$@"
`;
    writeFileSync(join(bin, 'temporal'), program, { mode: 0o755 });
    const started = await startServer(home, { ...process.env, PATH: `${bin}:${process.env['PATH']}` }, silent);
    atEnd(() => stopServer(home));
    expect(existsSync(join(bin, 'tried'))).to.equal(true);
    expect(runningServer(home)).to.deep.equal(started);
  });
});

describe('a record of a server', () => {
  it('that tells of a process of another start is no server of ours', async () => {
    const home = findHome(scratchFolder());
    mkdirSync(home.folder);
    const { pid } = testServer();
    writeRecord(home.serverFile, { ...testServer(), ...recordOf(pid), startMark: '1' });
    expect(runningServer(home)).to.equal(undefined);
    expect(await stopServer(home)).to.equal(false);
    expect(isRunning(recordOf(pid))).to.equal(true);
  });
});

describe('a server that does not come up', () => {
  it('is told of with the last words of its log', async function () {
    this.timeout(20_000);
    const home = scratchHome();
    const bin = scratchFolder();
    const program = join(bin, 'temporal');
    writeFileSync(program, '#!/bin/sh\necho "unable to open database file"\nexit 1\n', { mode: 0o755 });
    const failure = await failureOf(() => startServer(home, { PATH: bin }, silent));
    expect(failure.kind).to.equal('Unreachable');
    expect(failure.what).to.contain('did not come up: unable to open database file');
    expect(readFileSync(failure.subject, 'utf8')).to.contain('unable to open database file');
  });

  it('is not started again for what an earlier start met', async function () {
    this.timeout(20_000);
    const home = scratchHome();
    createFolders(home);
    writeFileSync(join(home.logs, 'temporal.log'), 'bind: address already in use\n');
    const bin = scratchFolder();
    const program = `#!/bin/sh\necho started >> "${bin}/starts"\necho "no space left on device"\nexit 1\n`;
    writeFileSync(join(bin, 'temporal'), program, { mode: 0o755 });
    const failure = await failureOf(() => startServer(home, { PATH: `${bin}:${process.env['PATH']}` }, silent));
    expect(failure.what).to.equal('the Temporal server did not come up: no space left on device');
    expect(readFileSync(join(bin, 'starts'), 'utf8')).to.equal('started\n');
  });
});
