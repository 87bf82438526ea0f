import { expect } from 'chai';
import { createTerminal } from '../../client/terminal.js';

/** Streams that keep what is written to them. */
function streams(isTTY: boolean) {
  const written = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof written) =>
    ({ isTTY, write: (text: string) => ((written[name] += text), true) }) as unknown as NodeJS.WriteStream;
  return { written, stdout: stream('stdout'), stderr: stream('stderr') };
}

const open = (isTTY: boolean, change = {}) => {
  const { written, ...both } = streams(isTTY);
  return { written, terminal: createTerminal(both, { quiet: false, noColour: false, ...change }) };
};

describe('a terminal', () => {
  it('gets results on stdout, progress and warnings on stderr', () => {
    const { written, terminal } = open(false);
    terminal.print('a result');
    terminal.say('progress');
    terminal.warn('a warning');
    expect(written).to.deep.equal({ stdout: 'a result\n', stderr: 'progress\na warning\n' });
  });

  it('that is to be quiet still gets results and warnings', () => {
    const { written, terminal } = open(true, { quiet: true });
    terminal.print('a result');
    terminal.say('progress');
    terminal.warn('a warning');
    expect(written).to.deep.equal({ stdout: 'a result\n', stderr: 'a warning\n' });
    expect(terminal.interactive).to.equal(false);
  });

  it('has colours only where a person looks and NO_COLOR does not forbid them', () => {
    const coloured = (isTTY: boolean, noColour: boolean) => open(isTTY, { noColour }).terminal.colours.red('x') !== 'x';
    expect([coloured(true, false), coloured(true, true), coloured(false, false)]).to.deep.equal([true, false, false]);
  });
});
