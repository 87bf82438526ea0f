import { expect } from 'chai';
import fc from 'fast-check';
import { extractionIdOf, runOfWorkflow } from '../../core/contracts/queries.js';
import { isRunName, parseIdentity, VERSION, workerIdentity, workflowIdOfRun } from '../../core/contracts/names.js';

const LETTERS = [...'abcxyzABCXYZ0123456789'];
const MARKS = [...'._-'];

const runName = fc
  .tuple(fc.constantFrom(...LETTERS), fc.string({ unit: fc.constantFrom(...LETTERS, ...MARKS), maxLength: 59 }))
  .map(([first, rest]) => first + rest)
  .filter((name) => !name.endsWith('-extract'));

describe('the name of a run', () => {
  it('is made of letters, digits and ._- and begins with a letter or a digit', () => {
    fc.assert(fc.property(runName, (name) => isRunName(name)));
  });

  it('holds nothing else, whatever else it holds', () => {
    const other = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 1 })
      .filter((one) => !/[A-Za-z0-9._-]/.test(one));
    fc.assert(
      fc.property(
        runName,
        other,
        fc.nat(60),
        (name, mark, at) => !isRunName(name.slice(0, at) + mark + name.slice(at)),
      ),
    );
  });

  it('is not empty, not longer than 60, and does not begin with a mark', () => {
    expect(isRunName('')).to.equal(false);
    expect(isRunName('a'.repeat(60))).to.equal(true);
    expect(isRunName('a'.repeat(61))).to.equal(false);
    for (const mark of MARKS) expect(isRunName(`${mark}run`), mark).to.equal(false);
  });

  it('cannot lead out of the folder of runs', () => {
    for (const name of ['..', '../run', 'a/b', 'a\\b', '.', 'run\n']) expect(isRunName(name), name).to.equal(false);
  });

  it('is the end of its workflow id', () => {
    expect(workflowIdOfRun('real')).to.equal('ser-run-real');
  });

  it('is found again in the ids of its workflow and of its extraction, which are never those of another run', () => {
    fc.assert(
      fc.property(runName, (name) => {
        const id = workflowIdOfRun(name);
        expect([id, extractionIdOf(id)].map(runOfWorkflow)).to.deep.equal([name, name]);
        expect(isRunName(`${name}-extract`)).to.equal(false);
      }),
    );
    expect(isRunName('extract')).to.equal(true);
    expect(isRunName('a-extract-b')).to.equal(true);
  });

  it('of a batch is its workflow id, as of any workflow of others', () => {
    const batch = 'ser-predict-0123456789abcdef-0123456789abcdef';
    expect([batch, extractionIdOf(batch), 'ser-retrain-a-extract'].map(runOfWorkflow)).to.deep.equal([
      ...[batch, batch, 'ser-retrain-a-extract'],
    ]);
  });
});

describe('the identity of a worker', () => {
  it('tells version, store and names of keys, whatever the path of the store', () => {
    const host = fc.string({ unit: fc.constantFrom(...LETTERS, ...MARKS), minLength: 1 });
    const path = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 80 })
      .filter((text) => !/[\r\n\u2028\u2029]/.test(text));
    fc.assert(
      fc.property(path, host, fc.integer({ min: 1, max: 4_194_304 }), (folder, name, pid) => {
        const storeUrl = `file:/${folder}`;
        for (const keyIds of [[], ['0123456789abcdef'], ['0123456789abcdef', 'fedcba9876543210']]) {
          const identity = workerIdentity(storeUrl, name, pid, keyIds);
          expect(parseIdentity(identity)).to.deep.equal({ version: VERSION, storeUrl, keyIds });
        }
      }),
    );
  });

  it('of another program tells nothing', () => {
    for (const identity of ['', '4711@host', 'ser worker', 'ser/0.1.0', 'series/1 a b:1']) {
      expect(parseIdentity(identity), identity).to.equal(undefined);
    }
  });
});
