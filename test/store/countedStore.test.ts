import { expect } from 'chai';
import { join } from 'node:path';
import { countedStore, noUse, type StoreUse } from '../../core/store/countedStore.js';
import { openStore } from '../../core/store/open.js';
import { scratchFolder } from '../support/folders.js';
import { describeContract, keysUnder } from './contract.js';

const openFresh = () => openStore({ url: join(scratchFolder(), 'store') });

describe('a store that counts', () => {
  describeContract(async () => countedStore(await openFresh(), noUse));

  it('tells how many calls there were, and how many bytes they moved', async () => {
    const use = noUse();
    const store = countedStore(await openFresh(), () => use);
    await store.put('a', new Uint8Array(700));
    await store.putIf('b', new Uint8Array(30), { absent: true });
    await store.putIf('b', new Uint8Array(9), { absent: true }); // is refused
    await store.get('a');
    await store.get('absent');
    await store.head('a');
    await keysUnder(store, '');
    await store.delete('a');
    expect(use).to.deep.include({ calls: 8, writtenBytes: 730, readBytes: 700 });
    expect(use.seconds).to.be.above(0);
  });

  it('counts what fails, as a call', async () => {
    const use = noUse();
    const store = countedStore(await openFresh(), () => use);
    expect(await store.get('../no-key').catch(() => 'refused')).to.equal('refused');
    expect(use).to.deep.include({ calls: 1, readBytes: 0 });
  });

  it('counts for whoever calls, and nothing for nobody', async () => {
    const [mine, theirs] = [noUse(), noUse()];
    let caller: StoreUse | undefined = mine;
    const store = countedStore(await openFresh(), () => caller);
    const writing = store.put('a', new Uint8Array(5));
    caller = theirs;
    await store.put('b', new Uint8Array(3));
    caller = undefined;
    await store.put('c', new Uint8Array(2));
    await writing;
    expect(mine).to.include({ calls: 1, writtenBytes: 5 });
    expect(theirs).to.include({ calls: 1, writtenBytes: 3 });
  });
});
