import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  isRunning,
  lastLines,
  type ProcessRecord,
  readRecord,
  recordOf,
  sizeOf,
  spawnDetached,
  stopProcess,
  textSince,
  writeRecord,
} from '../../worker/processes.js';
import { atEnd } from '../support/atEnd.js';
import { scratchFolder } from '../support/folders.js';

/** A child that says when it is ready and lives until somebody ends it. */
async function child(script = ''): Promise<{ process: ChildProcess; record: ProcessRecord }> {
  const started = spawn(process.execPath, ['-e', `${script};console.log('ready');setInterval(()=>{},1000)`]);
  atEnd(() => started.kill('SIGKILL'));
  await once(started.stdout, 'data');
  return { process: started, record: recordOf(started.pid!) };
}

describe('a recorded process', () => {
  it('runs until it has ended', async () => {
    const { process: started, record } = await child();
    expect(isRunning(record)).to.equal(true);
    started.kill('SIGKILL');
    await once(started, 'exit');
    expect(isRunning(record)).to.equal(false);
  });

  it('is not a later one of the same number', () => {
    const own = recordOf(process.pid);
    expect(isRunning(own)).to.equal(true);
    expect(isRunning({ ...own, startMark: `${own.startMark}1` })).to.equal(false);
  });

  it('that never was does not run', () => {
    expect(isRunning(recordOf(2 ** 22 + 1))).to.equal(false);
    expect(isRunning({ pid: process.pid, startMark: '' })).to.equal(false);
  });
});

describe('stopping a process', () => {
  it('asks it to end, and returns when it has', async () => {
    const { process: started, record } = await child();
    const ended = once(started, 'exit');
    await stopProcess(record, 5000);
    expect(isRunning(record)).to.equal(false);
    expect(await ended).to.deep.equal([null, 'SIGTERM']);
  });

  it('insists when it does not listen', async () => {
    const { process: started, record } = await child("process.on('SIGTERM', () => {})");
    const ended = once(started, 'exit');
    await stopProcess(record, 100);
    expect(await ended).to.deep.equal([null, 'SIGKILL']);
  });

  it('leaves another one of the same number alone', async () => {
    const { record } = await child();
    await stopProcess({ ...record, startMark: 'of another one' }, 100);
    expect(isRunning(record)).to.equal(true);
  });
});

describe('a detached process', () => {
  it('writes to the end of its log and gets the environment it is given', async () => {
    const log = join(scratchFolder(), 'a.log');
    writeFileSync(log, 'earlier\n');
    const record = spawnDetached(process.execPath, ['-p', 'process.env.MARK'], log, { MARK: 'marked', PATH: '' });
    expect(record.startMark).not.to.equal('');
    while (isRunning(record)) await new Promise(setImmediate);
    expect(readFileSync(log, 'utf8')).to.equal('earlier\nmarked\n');
  });

  it('that cannot be started is one that does not run', () => {
    const record = spawnDetached('/nowhere/program', [], join(scratchFolder(), 'a.log'), {});
    expect(isRunning(record)).to.equal(false);
  });
});

describe('a record', () => {
  it('is read as it was written, and none where the file is cut short or missing', () => {
    const file = join(scratchFolder(), 'server.json');
    expect(readRecord(file)).to.equal(undefined);
    writeRecord(file, { pid: 1, startMark: '2' });
    expect(readRecord(file)).to.deep.equal({ pid: 1, startMark: '2' });
    writeFileSync(file, '{"pid": 1, "sta');
    expect(readRecord(file)).to.equal(undefined);
  });
});

describe('what a process says', () => {
  it('is what its log has got since it began, of which the last lines are told', () => {
    const log = join(scratchFolder(), 'a.log');
    expect(sizeOf(log)).to.equal(0);
    writeFileSync(log, 'zero, ü\n');
    const from = sizeOf(log);
    writeFileSync(log, 'one\ntwo\nthree\n', { flag: 'a' });
    expect(textSince(log, from)).to.equal('one\ntwo\nthree');
    expect(lastLines(textSince(log, from), 2)).to.equal('two\nthree');
    expect(lastLines(textSince(log, sizeOf(log)), 2)).to.equal('it left no word');
    expect(textSince(`${log}.none`, 0)).to.equal('');
  });
});
