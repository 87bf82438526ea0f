import { expect } from 'chai';
import { manifestKey, readManifest, readOutput, verifyManifest, type Manifest } from '../../core/store/manifest.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import { locateStage, runStage, type StageOutput, type StageSpec } from '../../core/store/stage.js';
import { keysUnder } from './contract.js';
import { failureOf } from './failureOf.js';

const text = (words: string): Uint8Array => new TextEncoder().encode(words);
const wordsOf = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

const spec: StageSpec = {
  stage: 'trainModel',
  version: 1,
  inputs: { split: 'ab12' },
  parameters: { seed: 1 },
  under: 'models',
};

const output = (weights: string): StageOutput => ({
  files: new Map([
    ['weights.bin', text(weights)],
    ['labels.json', text('["angry"]')],
  ]),
  details: { bestEpoch: 3 },
});

/**
 * What a stage must do on every store.
 *
 * @param openFresh opens a store that holds nothing
 */
export function describeStages(openFresh: () => Promise<ObjectStore>): void {
  let store: ObjectStore;
  const { key, folder } = locateStage(spec);

  beforeEach(async () => {
    store = await openFresh();
  });

  const run = (weights = 'w') => runStage(store, spec, () => Promise.resolve(output(weights)));
  const mustNotRun = () => Promise.reject(new Error('the stage ran again'));
  const weightsOf = async (manifest: Manifest) => wordsOf(await readOutput(store, folder, manifest, 'weights.bin'));

  it('writes its outputs and a manifest that names all that made them', async () => {
    const result = await run();
    expect(result).to.include({ key, folder: `models/${key}`, reused: false });
    expect(result.manifest).to.deep.include({ format: 1, stage: 'trainModel', stageVersion: 1, key });
    expect(result.manifest).to.deep.include({ inputs: spec.inputs, parameters: spec.parameters });
    expect(result.manifest.details).to.deep.equal({ bestEpoch: 3 });
    expect(result.manifest.outputs.map(({ path }) => path)).to.deep.equal(['weights.bin', 'labels.json']);
    expect(await readManifest(store, folder)).to.deep.equal(result.manifest);
    expect(await weightsOf(result.manifest)).to.equal('w');
  });

  it('is not done again when its manifest stands', async () => {
    const first = await run();
    const second = await runStage(store, spec, mustNotRun);
    expect(second).to.deep.equal({ ...first, reused: true });
  });

  it('leaves no manifest when it fails', async () => {
    const failing = runStage(store, spec, () => Promise.reject(new TypeError('no convergence')));
    expect(await failing.catch(String)).to.equal('TypeError: no convergence');
    expect(await store.get(manifestKey(folder))).to.equal(undefined);
  });

  it('writes nothing after it was cancelled', async () => {
    const cancellation = new AbortController();
    const cancelled = runStage(
      store,
      spec,
      () => {
        cancellation.abort(new Error('cancelled'));
        return Promise.resolve(output('w'));
      },
      cancellation.signal,
    );
    expect(await cancelled.catch(String)).to.equal('Error: cancelled');
    expect(await keysUnder(store, '')).to.deep.equal([]);
  });

  it('goes on from what a killed writer left without a manifest', async () => {
    await store.put(`${folder}/weights.bin`, text('w'));
    const { manifest } = await run();
    expect(manifest.outputs.every(({ storedAs }) => storedAs === undefined)).to.equal(true);
    expect(await verifyManifest(store, folder, manifest)).to.deep.equal([]);
  });

  it('keeps its own bytes apart from other ones that a killed writer left', async () => {
    await store.put(`${folder}/weights.bin`, text('of another backend'));
    const { manifest } = await run();
    expect(await weightsOf(manifest)).to.equal('w');
    expect((await runStage(store, spec, mustNotRun)).manifest).to.deep.equal(manifest);
  });

  it('ends with one set of objects when two do it at once with the same result', async () => {
    const [one, other] = await Promise.all([run(), run()]);
    expect(one.manifest).to.deep.equal(other.manifest);
    const names = ['labels.json', 'manifest.json', 'weights.bin'];
    expect(await keysUnder(store, '')).to.deep.equal(names.map((name) => `${folder}/${name}`));
  });

  it('gives both the first manifest when two do it at once with different results', async () => {
    const [one, other] = await Promise.all([run('one'), run('other')]);
    expect(one.manifest).to.deep.equal(other.manifest);
    expect(await verifyManifest(store, folder, one.manifest)).to.deep.equal([]);
    expect(await weightsOf(one.manifest)).to.be.oneOf(['one', 'other']);
  });

  for (const [damage, bytes] of [
    ['is missing', undefined],
    ['is shorter', ''],
    ['is as long but different', 'x'],
  ] as const) {
    it(`is done again when an output ${damage}, and the manifest stands again`, async () => {
      const first = await run();
      const damaged = `${folder}/weights.bin`;
      await (bytes === undefined ? store.delete(damaged) : store.put(damaged, text(bytes)));

      const problem = { 'is missing': 'missing', 'is shorter': 'wrong size' }[damage as string] ?? 'wrong content';
      expect(await verifyManifest(store, folder, first.manifest)).to.deep.equal([{ path: 'weights.bin', problem }]);
      expect(await readManifest(store, folder)).to.equal(undefined);
      expect(await failureOf(weightsOf(first.manifest))).to.include({ kind: 'StoreUnavailable' });

      const second = await run();
      expect(second).to.deep.equal({ ...first, reused: false });
      expect(await weightsOf(second.manifest)).to.equal('w');
    });
  }

  it('replaces the manifest when a damaged set is made again with another result', async () => {
    await run('first');
    await store.delete(`${folder}/weights.bin`);
    const second = await run('second');
    expect(await weightsOf(second.manifest)).to.equal('second');
    expect((await runStage(store, spec, mustNotRun)).manifest).to.deep.equal(second.manifest);
  });

  it('is reused from a store that was copied from one with other checksums', async () => {
    const { manifest } = await run();
    const foreign = { ...manifest, outputs: manifest.outputs.map((entry) => ({ ...entry, etag: 'md5 of it' })) };
    await store.put(manifestKey(folder), text(JSON.stringify(foreign)));
    expect((await runStage(store, spec, mustNotRun)).reused).to.equal(true);
  });

  it('is done again when its manifest is no JSON', async () => {
    await store.put(manifestKey(folder), text('{"format": 1, "outp'));
    expect(await run()).to.include({ reused: false });
    expect((await runStage(store, spec, mustNotRun)).reused).to.equal(true);
  });

  it('refuses a manifest of a later format by name', async () => {
    await store.put(manifestKey(folder), text('{"format": 2, "outputs": []}'));
    const failure = await failureOf(run());
    expect(failure).to.include({ kind: 'Incompatible', subject: `${store.url}/${manifestKey(folder)}` });
  });

  it('has no output that its manifest does not list', async () => {
    const { manifest } = await run();
    expect(await failureOf(readOutput(store, folder, manifest, 'optimizer.bin'))).to.include({ kind: 'Incompatible' });
  });
}
