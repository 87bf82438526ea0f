import pc from 'picocolors';
import type { Terminal } from '../../client/terminal.js';

/** A terminal without colours that keeps what it is given. */
export function fakeTerminal(change: Partial<Terminal> = {}): Terminal & { said: string[]; printed: string[] } {
  const said: string[] = [];
  const printed: string[] = [];
  return {
    print: (text) => void printed.push(text),
    write: (text) => void printed.push(text),
    say: (line) => void said.push(line),
    warn: (line) => void said.push(line),
    interactive: false,
    quiet: false,
    colours: pc.createColors(false),
    said,
    printed,
    ...change,
  };
}
