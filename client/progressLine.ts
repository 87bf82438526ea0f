import cliProgress from 'cli-progress';
import { STAGE_WIDTH } from './format.js';
import type { Terminal } from './terminal.js';

/** Shows how far something is: a bar on a terminal, a line every tenth elsewhere, nothing when quiet. */
export type ProgressLine = {
  /** @param news what is to be told at once, elsewhere than on a terminal too */
  update(stage: string, done: number, total: number, text: string, news?: string): void;
  /** Takes the bar away, so that whole lines can be written. */
  clear(): void;
};

export function createProgressLine(terminal: Terminal): ProgressLine {
  if (terminal.quiet) return { update: () => undefined, clear: () => undefined };
  return terminal.interactive ? barLine() : plainLine(terminal);
}

function barLine(): ProgressLine {
  let bar: cliProgress.SingleBar | undefined;
  const clear = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    clear,
    update(stage, done, total, text) {
      if (bar === undefined) {
        bar = new cliProgress.SingleBar(
          {
            stream: process.stderr,
            format: '  {stage} {bar} {text}',
            barCompleteChar: '━',
            barIncompleteChar: '─',
            barsize: 24,
            hideCursor: true,
            clearOnComplete: true,
            stopOnComplete: false,
            linewrap: false,
            gracefulExit: false,
          },
          cliProgress.Presets.legacy,
        );
        bar.start(total || 1, done, { stage: stage.padEnd(STAGE_WIDTH), text });
      }
      bar.setTotal(total || 1);
      bar.update(Math.min(done, total || 1), { stage: stage.padEnd(STAGE_WIDTH), text });
    },
  };
}

function plainLine(terminal: Terminal): ProgressLine {
  let last = '';
  return {
    clear: () => undefined,
    update(stage, done, total, text, news = '') {
      const tenth = `${stage} ${total > 0 ? Math.floor((10 * done) / total) : 0} ${news}`;
      if (tenth === last || (news === '' && (total === 0 || done === 0))) return;
      last = tenth;
      terminal.say(`  ${stage.padEnd(STAGE_WIDTH)} ${text}`);
    },
  };
}
