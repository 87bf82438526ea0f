import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { expect } from 'chai';
import type { Environment } from '../../core/contracts/configuration.js';
import { writeSmallCorpus } from '../durability/smallCorpus.js';
import { type Certificates, makeCertificates } from '../support/certificates.js';
import { type Ended, type RunningCommand, ser, startSer } from '../support/command.js';
import { expectRefusal } from '../support/expectRefusal.js';
import { scratchFolder, scratchHome } from '../support/folders.js';
import { SHORT } from '../support/project.js';
import { freshClient, testServer } from '../support/server.js';
import { startTlsProxy, type TlsProxy } from '../support/tlsProxy.js';

const API_KEY = 'marker-api-key-5d1e';

describe('a Temporal server behind TLS, an API key and encrypted payloads', function () {
  this.timeout(120_000);
  const payloadKey = randomBytes(32).toString('base64');
  let certificates: Certificates;
  let proxy: TlsProxy;
  let client: Client;
  let folder: string;
  let environment: Environment;
  let worker: RunningCommand;
  let ran: Ended;

  before(async () => {
    certificates = makeCertificates(scratchFolder());
    proxy = await startTlsProxy(testServer().address, certificates, API_KEY);
    client = await freshClient();
    folder = dirname(scratchHome().folder);
    await writeSmallCorpus(join(folder, 'marker-corpus'), 6);
    writeFileSync(join(folder, 'marker-corpus', 'DC_a01.wav'), 'marker-reject');
    environment = {
      TEMPORAL_ADDRESS: proxy.address,
      TEMPORAL_NAMESPACE: client.options.namespace,
      TEMPORAL_API_KEY: API_KEY,
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.authority,
      TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.certificate,
      TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.key,
      SER_PAYLOAD_KEY: payloadKey,
    };
    worker = startSer(['worker'], { folder, environment });
    await worker.says('polling ser');
    ran = await type(['run', '--data', 'marker-corpus', '--name', 'marker-run', '--max-rejected', '20%', ...SHORT]);
  });
  after(async () => {
    worker?.child.kill('SIGTERM');
    await worker?.ended;
    await proxy?.close();
  });

  const type = (args: string[], changes: Environment = {}): Promise<Ended> =>
    ser(args, { folder, environment: { ...environment, ...changes } });

  it('takes a run from the first stage to the report', () => {
    expect(ran.code, ran.stderr).to.equal(0);
    expect(ran.stdout)
      .to.match(/accuracy +\d/)
      .and.match(/DC_a01\.wav: not a recording but a text file/);
  });

  it('gets the API key as a bearer token from command and worker', () => {
    expect(new Set(proxy.seen.map(({ authorization }) => authorization))).to.deep.equal(new Set([`Bearer ${API_KEY}`]));
    expect(new Set(proxy.seen.map(({ agent }) => /grpc-node|tonic/.exec(agent)?.[0]))).to.have.length.above(1);
  });

  /** Everything that the server holds of the namespace's workflows, as bytes. */
  async function allHistories(): Promise<string> {
    const { namespace } = client.options;
    const { executions } = await client.workflowService.listWorkflowExecutions({ namespace });
    const { History } = proto.temporal.api.history.v1;
    const { WorkflowExecutionInfo } = proto.temporal.api.workflow.v1;
    const texts = executions.map(async (info) => {
      const { workflowId, runId } = info.execution!;
      const history = await client.workflow.getHandle(workflowId!, runId!).fetchHistory();
      const messages = [History.encode(History.fromObject(history)), WorkflowExecutionInfo.encode(info)];
      return messages.map((message) => Buffer.from(message.finish()).toString('latin1')).join('\n');
    });
    return (await Promise.all(texts)).join('\n');
  }

  it('holds no plain text of configuration, results, failures and what they name', async () => {
    const refused = await type([
      'run',
      '--data',
      'marker-corpus',
      '--name',
      'strict',
      '--max-rejected',
      '0%',
      ...SHORT,
    ]);
    expect(refused.code, refused.stderr).to.equal(4);
    expect(refused.stderr).to.match(/^ser: 1 of \d+ files were rejected, more than 0 %.*DC_a01\.wav: not a recording/m);

    const held = await allHistories();
    expect(held).to.contain('binary/encrypted').and.contain('trainingRun').and.contain('Encoded failure');
    for (const plain of ['marker-corpus', 'librosa195', 'maxRejected', 'DC_a01', 'not a recording', 'accuracy']) {
      expect(held.includes(plain), plain).to.equal(false);
    }
  });

  it('is read again with the key: status, runs and a run that is finished', async () => {
    const status = await type(['status', 'marker-run', '-o', 'json']);
    expect(status.code, status.stderr).to.equal(0);
    const again = await type(['run', '--data', 'marker-corpus', '--name', 'again', '--max-rejected', '20%', ...SHORT]);
    expect(again.code, again.stderr).to.equal(0);
    expect(again.stderr).to.match(/^= trainModel +reused/m);
  });

  it('says what is wrong when the key is missing, another, or none', async () => {
    const open = startSer(
      ['run', '--data', 'marker-corpus', '--name', 'open', '--epochs', '100000', '--max-rejected', '20%'],
      {
        folder,
        environment,
      },
    );
    await open.says('started run open');
    const cases: [Environment, number, RegExp][] = [
      [{ SER_PAYLOAD_KEY: undefined }, 2, /is encrypted, and no key is given/],
      [{ SER_PAYLOAD_KEY: randomBytes(32).toString('hex') }, 2, /was encrypted by another key/],
      [{ SER_PAYLOAD_KEY: 'nonsense' }, 2, /is no key of 32 bytes/],
    ];
    for (const [changes, code, what] of cases) {
      const ended = await type(['runs', 'list'], changes);
      expectRefusal(ended, code, what, /SER_PAYLOAD_KEY/, /./);
    }
    const cancelled = await type(['cancel', 'open']);
    expect(cancelled.code, cancelled.stderr).to.equal(0);
    await open.ended;
  });

  it('says before it starts anything that the workers have another key, with exit code 3', async () => {
    for (const key of [undefined, randomBytes(32).toString('hex')]) {
      const ended = await type(['run', '--data', 'marker-corpus', '--name', 'not-understood', ...SHORT], {
        SER_PAYLOAD_KEY: key,
      });
      const own = key === undefined ? /this command with no key/ : /this command with the key [0-9a-f]{16}/;
      expectRefusal(ended, 3, own, /./, /Set SER_PAYLOAD_KEY to what it is where the workers run/);
      expect(ended.stderr).to.match(/the workers encrypt payloads with the key [0-9a-f]{16}, /);
      for (const secret of [payloadKey, key ?? payloadKey]) expect(ended.stderr).to.not.contain(secret);
    }
    const runs = await type(['runs', 'list', '-o', 'json']);
    expect(runs.stdout).to.not.contain('not-understood');
  });

  it('is out of reach, with exit code 3, without the authority, the certificate or the API key', async () => {
    for (const changes of [
      { TEMPORAL_TLS_SERVER_CA_CERT_PATH: undefined },
      { TEMPORAL_TLS_CLIENT_CERT_PATH: undefined, TEMPORAL_TLS_CLIENT_KEY_PATH: undefined },
      { TEMPORAL_API_KEY: 'marker-wrong-key' },
    ] as Environment[]) {
      const ended = await type(['runs', 'list'], changes);
      expect(ended.code, JSON.stringify(changes) + ended.stderr).to.equal(3);
      expect(ended.stderr)
        .to.match(/^ser: no Temporal server answers/m)
        .and.not.match(/marker-wrong-key/);
    }
  });

  it('finds no secret in any output', async () => {
    worker.child.kill('SIGTERM');
    const { stdout, stderr } = await worker.ended;
    for (const secret of [API_KEY, payloadKey])
      expect(stdout + stderr + ran.stdout + ran.stderr).to.not.contain(secret);
  });
});
