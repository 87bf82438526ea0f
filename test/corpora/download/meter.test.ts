import { expect } from 'chai';
import type { DownloadProgress } from '../../../core/contracts/runs.js';
import { createMeter } from '../../../core/corpora/download/meter.js';

describe('the meter of a download', () => {
  const megabyte = 1e6;

  function meterAt() {
    const clock = { ms: 0 };
    const told: DownloadProgress[] = [];
    const meter = createMeter(
      { what: 'a.zip', unit: 'bytes' },
      (progress) => told.push(progress),
      () => clock.ms,
    );
    return { clock, told, meter };
  }

  it('tells five times a second, and the end always', () => {
    const { clock, told, meter } = meterAt();
    for (let ms = 0; ms <= 1000; ms += 10) {
      clock.ms = ms;
      meter({ done: ms, total: 1001 });
    }
    expect(told.map(({ done }) => done)).to.deep.equal([0, 200, 400, 600, 800, 1000]);
    clock.ms += 1;
    meter({ done: 1001, total: 1001 });
    expect(told.at(-1)).to.include({ done: 1001 });
  });

  it('knows the rate of the last five seconds: steady, slower, and none while nothing comes', () => {
    const { clock, told, meter } = meterAt();
    let done = 0;
    const run = (seconds: number, perSecond: number) => {
      for (let tick = 0; tick < 4 * seconds; tick++) {
        clock.ms += 250;
        meter({ done: (done += perSecond / 4), total: 1000 * megabyte });
      }
      return told.at(-1)!.perSecond!;
    };
    expect(run(20, 10 * megabyte)).to.be.closeTo(10 * megabyte, 1);
    expect(run(20, 2 * megabyte)).to.be.closeTo(2 * megabyte, 1);
    expect(run(6, 0)).to.equal(0);
  });

  it('begins anew with a file that began anew, and says why nothing comes at once', () => {
    const { clock, told, meter } = meterAt();
    for (const [ms, done] of [
      [0, 0],
      [1000, 500],
      [2000, 10],
      [3000, 20],
    ] as const) {
      clock.ms = ms;
      meter({ done, total: 0 });
    }
    expect(told.at(-1)!.perSecond).to.equal(10);
    clock.ms += 1;
    meter({ done: 20, total: 0, note: 'the server is busy' });
    expect(told.at(-1)).to.include({ note: 'the server is busy' });
  });
});
