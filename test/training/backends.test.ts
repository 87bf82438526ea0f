import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { createTrainer, listBackends, measureStep, resolveBackend } from '../../core/training/backends.js';

describe('backends', () => {
  it('are listed with whether each can be had, and why not', async () => {
    const states = await listBackends();
    expect(states.map(({ name }) => name)).to.deep.equal(['fused', 'node-gpu', 'node', 'wasm', 'cpu']);
    for (const { name, available, reason } of states) {
      expect(reason === '', name).to.equal(available);
      if (['fused', 'wasm', 'cpu'].includes(name)) expect(available, name).to.equal(true);
    }
  });

  it('are chosen by name, and by auto where there is no GPU the fused one', async () => {
    expect(await resolveBackend('wasm')).to.equal('wasm');
    const gpu = (await listBackends()).find(({ name }) => name === 'node-gpu')!.available;
    expect(await resolveBackend('auto')).to.equal(gpu ? 'node-gpu' : 'fused');
  });

  it('time a step of the original network', async () => {
    expect(await measureStep('fused')).to.be.within(1e-5, 1);
  });

  it('are refused when unknown or not installed', async () => {
    const refused = await resolveBackend('abacus').catch((error: unknown) => error);
    expect(refused).to.include({
      message: '--backend: got "abacus"',
      remedy: 'It takes auto, fused, node-gpu, node, wasm, cpu.',
    });
    const missing = (await listBackends()).filter(({ available }) => !available);
    for (const { name } of missing) {
      expect(await resolveBackend(name).catch((error: unknown) => error)).to.have.property('kind', 'BadConfig');
    }
  });

  it('do not load TensorFlow.js to predict or to train on the fused one', () => {
    const script = `
      await import(${JSON.stringify(new URL('../../core/training/predictor.ts', import.meta.url).href)});
      const { createTrainer } = await import(${JSON.stringify(new URL('../../core/training/backends.ts', import.meta.url).href)});
      createTrainer('fused');
      const { createRequire } = await import('node:module');
      const loaded = Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('tensorflow'));
      console.log(loaded.length);`;
    const output = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
    });
    expect(output.toString().trim()).to.equal('0');
    expect(createTrainer('fused').backend).to.equal('fused');
  });
});
