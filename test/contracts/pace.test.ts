import { expect } from 'chai';
import fc from 'fast-check';
import { createPaceMeter, rateOf } from '../../core/contracts/pace.js';

describe('the pace of an extraction', () => {
  it('is unknown before the first shard, and with a shard that took no time', () => {
    const meter = createPaceMeter(1000);
    expect(meter.pace()).to.equal(undefined);
    meter.count(64, 1000);
    expect(rateOf(meter.pace()!, 1000)).to.equal(undefined);
  });

  it('is the rate at which shards come, however many came and however large they are', () => {
    const shards = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 100 });
    fc.assert(
      fc.property(shards, fc.integer({ min: 1, max: 500 }), (sizes, millisecondsPerFile) => {
        const meter = createPaceMeter(5000);
        let ms = 5000;
        for (const files of sizes) meter.count(files, (ms += files * millisecondsPerFile));
        expect(rateOf(meter.pace()!, ms)).to.be.closeTo(1000 / millisecondsPerFile, 1e-6);
      }),
    );
  });

  it('follows workers that join', () => {
    const meter = createPaceMeter(0);
    let ms = 0;
    for (let shard = 0; shard < 50; shard++) meter.count(64, (ms += 6400));
    expect(rateOf(meter.pace()!, ms)).to.be.closeTo(10, 1e-9);
    for (let shard = 0; shard < 40; shard++) meter.count(64, (ms += 1600));
    expect(rateOf(meter.pace()!, ms)).to.be.closeTo(40, 1e-9);
  });

  it('stands while the next shard is on its way, and falls when none comes for longer than a minute', () => {
    const meter = createPaceMeter(0);
    meter.count(600, 60_000);
    const rateAfter = (seconds: number) => rateOf(meter.pace()!, 60_000 + 1000 * seconds);
    expect(rateAfter(0)).to.equal(10);
    expect(rateAfter(60)).to.equal(10);
    expect(rateAfter(120)).to.equal(5);
    expect(rateAfter(-30), 'of a clock that is behind').to.equal(10);
  });
});
