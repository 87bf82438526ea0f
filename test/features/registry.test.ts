import { expect } from 'chai';
import { SerError } from '../../core/contracts/errors.js';
import { PRESETS } from '../../core/contracts/presets.js';
import { featureSet, featureSets } from '../../core/features/registry.js';

describe('the registry of feature sets', () => {
  it('finds every set by its name', () => {
    for (const set of featureSets()) expect(featureSet(set.name)).to.equal(set);
  });

  it('has the set of every preset', () => {
    for (const { features } of Object.values(PRESETS)) expect(featureSet(features).name).to.equal(features);
  });

  it('names no set and no column of a set twice', () => {
    const names = featureSets().map((set) => set.name);
    expect(new Set(names).size).to.equal(names.length);
    for (const { columns } of featureSets()) expect(new Set(columns).size).to.equal(columns.length);
  });

  it('lists the sets there are when asked for one there is not', () => {
    expect(() => featureSet('mfcc'))
      .to.throw(SerError, 'no such feature set')
      .that.includes({ kind: 'BadConfig', subject: 'mfcc', remedy: 'use one of: librosa195, meyda, functionals' });
  });

  it('gives one finite number for each column', () => {
    const samples = Float32Array.from({ length: 8000 }, (_, i) => Math.sin(i * i * 1e-4));
    for (const set of featureSets()) {
      const vector = set.createExtractor()(samples);
      expect(vector.length, set.name).to.equal(set.columns.length);
      expect(vector.every(Number.isFinite), set.name).to.equal(true);
    }
  });
});
