import { randomBytes } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { expect } from 'chai';
import { requireWorkers } from '../../client/workerCheck.js';
import { SerError } from '../../core/contracts/errors.js';
import { TASK_QUEUES, workerIdentity } from '../../core/contracts/names.js';
import { payloadKeyIds } from '../../worker/payloadCodec.js';
import { freshClient } from '../support/server.js';

const STORE = 'file:/store';
const POLL_MS = 60_000;
const [A = '', B = ''] = [1, 2].map(() => randomBytes(32).toString('base64'));

describe('the workers that a command looks for', function () {
  this.timeout(60_000);
  const polls: AbortController[] = [];
  after(() => {
    for (const poll of polls) poll.abort();
  });

  /** A namespace whose queues are polled by something that says it has these keys. */
  async function polledWith(keys: string, ...more: string[]): Promise<Client> {
    const client = await freshClient();
    for (const [index, theirs] of [keys, ...more].entries()) await pollAs(client, theirs, index + 1);
    while (/no worker/.test((await refusal(client, keys))?.what ?? '')); // the server lists them after a moment
    return client;
  }

  /** Returns once the server lists it at every queue. */
  async function pollAs(client: Client, keys: string, process: number): Promise<void> {
    const { connection } = client;
    const identity = workerIdentity(STORE, 'host-of-a-test', process, payloadKeyIds(keys));
    const { namespace } = client.options;
    const ending = new AbortController();
    polls.push(ending);
    const poll = (work: () => Promise<unknown>) =>
      void connection
        .withAbortSignal(ending.signal, () => connection.withDeadline(Date.now() + POLL_MS, work))
        .catch(() => undefined);
    const { workflowService } = connection;
    for (const name of [TASK_QUEUES.extract, TASK_QUEUES.train]) {
      poll(() => workflowService.pollActivityTaskQueue({ namespace, identity, taskQueue: { name } }));
    }
    const taskQueue = { name: TASK_QUEUES.main };
    poll(() => workflowService.pollWorkflowTaskQueue({ namespace, identity, taskQueue }));
    for (const [name, taskQueueType] of [
      [TASK_QUEUES.main, 1],
      [TASK_QUEUES.extract, 2],
      [TASK_QUEUES.train, 2],
    ] as const) {
      const isListed = async () => {
        const { pollers } = await workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType });
        return pollers?.some((poller) => poller.identity === identity) === true;
      };
      while (!(await isListed()));
    }
  }

  async function refusal(client: Client, keys: string): Promise<SerError | undefined> {
    try {
      await requireWorkers(client, { storeUrl: STORE, keyIds: payloadKeyIds(keys) });
      return undefined;
    } catch (error) {
      if (error instanceof SerError) return error;
      throw error;
    }
  }

  const cases: [worker: string, fitting: string[], others: string[]][] = [
    ['', [''], [A]],
    [A, [A, `${A},${B}`], ['', B, `${B},${A}`]],
    [`${A},${B}`, [A, `${A},${B}`, `${B},${A}`], ['', B]],
  ];
  for (const [keys, fitting, others] of cases) {
    const names = (text: string) => text.replace(A, 'A').replace(B, 'B') || 'no key';
    it(`understand with ${names(keys)} who has ${fitting.map(names).join(' or ')}, and nobody else`, async () => {
      const client = await polledWith(keys);
      for (const own of fitting) expect(await refusal(client, own), names(own)).to.equal(undefined);
      for (const own of others) {
        const { kind, what, remedy, message } = (await refusal(client, own))!;
        expect(kind, names(own)).to.equal('Unreachable');
        const told = (text: string) => (text === '' ? 'with no key' : `with the key ${payloadKeyIds(text)[0]}`);
        expect(what).to.equal(
          `the workers encrypt payloads ${told(keys)}, this command ${told(own)}: neither would understand the other`,
        );
        expect(remedy).to.match(/SER_PAYLOAD_KEY/);
        for (const secret of [A, B]) expect(message + remedy).to.not.contain(secret);
      }
    });
  }

  for (const [others, apart] of [
    [[A], false],
    [[`${A},${B}`], false],
    [[`${A},${B}`, `${B},${A}`], true], // a step of a change of keys before the one ahead of it was over
    [[''], true],
    [[B], true],
  ] as const) {
    const names = others.map((text) => text.replace(A, 'A').replace(B, 'B') || 'no key').join(' and ');
    it(`${apart ? 'are warned of' : 'are no matter'} where one with A is beside ${names}`, async () => {
      const client = await polledWith(A, ...others);
      const said = await requireWorkers(client, { storeUrl: STORE, keyIds: payloadKeyIds(`${A},${B}`) });
      if (apart)
        expect(said).to.match(/do not all read what the others write: some encrypt .*, others .*SER_PAYLOAD_KEY/);
      else expect(said).to.equal(undefined);
    });
  }

  it('must work on the same store, whatever their keys', async () => {
    const client = await polledWith(A);
    const elsewhere = { storeUrl: 'file:/elsewhere', keyIds: payloadKeyIds(B) };
    const failure = await requireWorkers(client, elsewhere).catch((error: unknown) => error);
    expect(failure).to.be.instanceOf(SerError);
    expect((failure as SerError).what).to.match(/^no worker of version .* on the store file:\/elsewhere polls/);
  });
});
