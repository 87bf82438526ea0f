import { expect } from 'chai';
import fc from 'fast-check';
import { EMOTIONS, labelOrder } from '../../core/contracts/emotions.js';

describe('the order of labels', () => {
  it('is that of the eight emotions, then the alphabet', () => {
    expect(labelOrder(['sad', 'bored', 'angry', 'amused', 'sad'])).to.deep.equal(['angry', 'sad', 'amused', 'bored']);
    expect(labelOrder(EMOTIONS.toReversed())).to.deep.equal([...EMOTIONS]);
  });

  it('does not depend on the order or the number of occurrences', () => {
    const label = fc.oneof(fc.constantFrom(...EMOTIONS), fc.string());
    fc.assert(
      fc.property(fc.array(label), (labels) => {
        expect(labelOrder([...labels.toReversed(), ...labels])).to.deep.equal(labelOrder(labels));
      }),
    );
  });
});
