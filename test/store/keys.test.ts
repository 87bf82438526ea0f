import { expect } from 'chai';
import fc from 'fast-check';
import { canonicalJson, keyOf } from '../../core/store/keys.js';

const parts = { stage: 'extractShard', version: 1, inputs: { recordings: ['aa', 'bb'] }, parameters: { seed: 7 } };

/** The same value with the members of every object in another order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, member]) => [name, reversed(member)]),
  );
}

describe('canonical JSON', () => {
  it('is JSON of the same value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).to.deep.equal(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of members', () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => canonicalJson(value) === canonicalJson(reversed(value))));
  });

  it('sorts names by code unit and leaves no white space', () => {
    expect(canonicalJson({ b: [1, 'x', null], a: { é: true, Z: -0, z: 1e21 } })).to.equal(
      '{"a":{"Z":0,"z":1e+21,"é":true},"b":[1,"x",null]}',
    );
  });

  for (const value of [undefined, NaN, Infinity, 1n, new Date(0), new Float64Array(1), () => 1]) {
    it(`refuses ${typeof value} ${String(value)}`, () => {
      expect(() => canonicalJson({ parameters: [value] })).to.throw('$.parameters[0]');
    });
  }
});

describe('a key', () => {
  it('is the SHA-256 of its parts, the same in every version of the program', () => {
    expect(keyOf(parts)).to.equal('e057fd42d7b164f915c332e72d62564ab035b03f3354776186b60febfeeeb7c0');
  });

  it('changes with each part', () => {
    const others = [
      { ...parts, stage: 'trainModel' },
      { ...parts, version: 2 },
      { ...parts, inputs: { recordings: ['bb', 'aa'] } },
      { ...parts, parameters: { seed: 8 } },
    ];
    expect(new Set([parts, ...others].map(keyOf)).size).to.equal(5);
  });

  it('takes nothing else into account', () => {
    expect(keyOf({ ...parts, under: 'features/librosa195' } as typeof parts)).to.equal(keyOf(parts));
  });
});
