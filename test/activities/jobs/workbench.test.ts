import { expect } from 'chai';
import { atWorkbench, type Workbench } from '../../../activities/jobs/workbench.js';
import { createGate } from '../../support/gate.js';

const itself = (bench: Workbench) => Promise.resolve(bench);

describe('a workbench', () => {
  it('is for one at a time, and then for the next', async () => {
    const gate = createGate();
    const benches: Workbench[] = [];
    const first = atWorkbench(async (bench) => {
      benches.push(bench);
      await gate.opened;
    });
    const second = await atWorkbench(itself);
    expect(second).not.to.equal(benches[0]);
    expect(await atWorkbench(itself)).to.equal(second);
    gate.open();
    await first;
    expect(await atWorkbench(itself)).to.equal(benches[0]);
  });

  it('is left by work that failed, since something may still be on its way to it', async () => {
    const bench = await atWorkbench(itself);
    const failure = await atWorkbench((taken) => {
      expect(taken).to.equal(bench);
      return Promise.reject(new Error('the file is damaged'));
    }).catch((error: unknown) => error);
    expect(failure).to.have.property('message', 'the file is damaged');
    expect(await atWorkbench(itself)).not.to.equal(bench);
  });
});
