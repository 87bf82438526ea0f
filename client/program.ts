import { Command, InvalidArgumentError, Option } from 'commander';
import type { Environment } from '../core/contracts/configuration.js';
import { TASK_QUEUES, VERSION } from '../core/contracts/names.js';
import { ORIGINAL_TRAINING } from '../core/contracts/training.js';
import { type CommandContext, createContext, type GlobalOptions } from './context.js';
import { usageErrorLines } from './usageError.js';

type Surroundings = { environment: Environment; workingFolder: string; setExitCode(code: number): void };

/** A command's work: its options and arguments, and what it works with; returns the exit code. */
type Action<Options> = (options: Options, context: CommandContext, args: string[]) => Promise<number>;

/** The command line. Each command's code is loaded when it is called, so that none waits for what it does not use. */
export function createProgram(surroundings: Surroundings): Command {
  const program = new Command('ser')
    .description('Trains speech emotion recognisers reproducibly, as Temporal workflows over an object store.')
    .version(VERSION)
    .exitOverride()
    .configureHelp({ sortSubcommands: false, showGlobalOptions: true })
    .showSuggestionAfterError()
    .option('--store <url>', 'where objects lie: a folder or s3://bucket/prefix (SER_STORE; default .ser/store)')
    .option('--address <host:port>', 'a Temporal server to use instead of our own (TEMPORAL_ADDRESS)')
    .option('--namespace <name>', 'its namespace (TEMPORAL_NAMESPACE; default "default")')
    .option('--threads <n>', 'threads for signal processing and training; 0: one per core', count)
    .option('--traces <url>', 'send OpenTelemetry traces to that collector (OTEL_EXPORTER_OTLP_ENDPOINT)')
    .option('-q, --quiet', 'results and errors only');

  /** Turns an action into what commander calls. */
  function handle<Options>(load: () => Promise<Action<Options>>, traced = false) {
    return async (...parameters: unknown[]): Promise<void> => {
      const command = parameters.at(-1) as Command;
      const context = createContext(command.optsWithGlobals<GlobalOptions>(), surroundings);
      const action = await load();
      const work = (within: CommandContext) => action(command.opts() as Options, within, command.args);
      surroundings.setExitCode(await (traced ? withTrace(nameOf(command), context, work) : work(context)));
    };
  }

  /** The same for commands that have work done: each is the beginning of a trace, where traces are wanted. */
  function handleTraced<Options>(load: () => Promise<Action<Options>>) {
    return handle(load, true);
  }

  trainingOptions(program.command('run'))
    .description('fetch, extract, split, train, evaluate and report; what is done already is reused')
    .option('-n, --name <name>', 'the name of the run (default: corpus and date)')
    .option('--on-failed-shards <what>', 'when shards stay failed: wait (for resume), skip or fail', 'wait')
    .option('--wait-at-most <span>', 'fail if nobody resumes within 30m, 12h, 7d ... (default: wait for ever)')
    .option('--folds <k>', 'cross-validate: every recording is tested once; figures and a report, and no model')
    .option('--seeds <n>', 'repeat under so many seeds, the one of --seed first: mean and deviation, and no model')
    .option('--dry-run', 'say what would be reused and what not, and why')
    .option('--detach', 'start the run and leave')
    .addOption(outputOption(['text', 'json']))
    .action(handleTraced(async () => (await import('./commands/run.js')).run));

  program
    .command('sweep <spec>')
    .description('search among settings, chosen on inner folds and tested on what had no part in the choice')
    .option('--detach', 'start it and leave')
    .addOption(outputOption(['text', 'json', 'csv']))
    .action(handleTraced(async () => (await import('./commands/sweep.js')).sweep));

  program
    .command('resume <run>')
    .description('go on with a run that waits, failed, was cancelled or lost; what is finished is reused')
    .option('--skip-failed', 'go on without the shards that stayed failed')
    .option('--detach', 'resume it and leave')
    .addOption(outputOption(['text', 'json']))
    .action(handleTraced(async () => (await import('./commands/resume.js')).resume));

  program
    .command('cancel <run>')
    .description('end a run; what is finished is kept')
    .action(handle(async () => (await import('./commands/cancel.js')).cancel));

  program
    .command('status [run]')
    .description('where a run stands: stages, shards, epoch, metrics (default: the latest)')
    .option('-w, --watch', 'follow it')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/status.js')).status));

  const runs = program.command('runs').description('the runs of the store: list, show, diff, delete');
  runs
    .command('list')
    .description('every run, the latest first')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/runs.js')).list));
  runs
    .command('show <run>')
    .description('the lineage of a run: stages, keys, versions, outputs')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/runs.js')).show));
  runs
    .command('diff <run> <other>')
    .description('what differs in configuration, data, versions and metrics, and whether by more than chance')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/runs.js')).diff));
  runs
    .command('delete <run...>')
    .description('forget runs; `gc` then removes what only they needed')
    .action(handle(async () => (await import('./commands/runs.js')).remove));

  const schedule = program
    .command('schedule')
    .description('train again by the calendar, whenever the data have changed');
  trainingOptions(schedule.command('create <name>'))
    .description('create a schedule, or change the one of that name')
    .option('--every <span>', 'fire every 12h, 7d ...')
    .option('--cron <expression>', 'fire by a cron expression, in UTC')
    .option('--catch-up <span>', 'make up for a time that was missed no longer ago', '1d')
    .option(
      '--on-failed-shards <what>',
      'when shards stay failed: skip or fail (wait would block the schedule)',
      'fail',
    )
    .option(
      '--max-drift <share>',
      'how many feature values of new recordings may be unusual before it is refused',
      '20%',
    )
    .option('--on-failure <url>', 'post what failed there, signed by SER_WEBHOOK_KEY')
    .option('--keep <runs>', 'how many of its completed runs stay recorded, the newest; a number or all', '10')
    .action(handle(async () => (await import('./commands/schedule.js')).create));
  schedule
    .command('list')
    .description('every schedule and its next time')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/schedule.js')).list));
  schedule
    .command('describe <name>')
    .description('its next three times, and what came of the last ones')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/schedule.js')).describe));
  schedule
    .command('pause <name>')
    .description('fire no more until it is unpaused')
    .action(handle(async () => (await import('./commands/schedule.js')).pause));
  schedule
    .command('unpause <name>')
    .description('go on')
    .action(handle(async () => (await import('./commands/schedule.js')).unpause));
  schedule
    .command('trigger <name>')
    .description('fire once now')
    .action(handleTraced(async () => (await import('./commands/schedule.js')).trigger));
  schedule
    .command('delete <name>')
    .description('delete a schedule; its runs stay')
    .action(handle(async () => (await import('./commands/schedule.js')).remove));

  program
    .command('reproduce <run>')
    .description('run a finished run again in a fresh store and compare every hash')
    .option('--into <folder>', 'keep the second run there (default: a temporary folder, removed afterwards)')
    .addOption(outputOption(['text', 'json']))
    .action(handleTraced(async () => (await import('./commands/reproduce.js')).reproduce));

  program
    .command('gc')
    .description('what no run, schedule or champion needs; removed with --delete')
    .option('--delete', 'remove it')
    .option('--grace <span>', 'keep what was written within', '1d')
    .option('--predictions <span>', 'tables of `predict --workflow` older than that as well: 90d (default: they stay)')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/gc.js')).gc));

  program
    .command('promote [run]')
    .description('make the model of a run the one that `predict` uses, or go back to the one before')
    .option('--rollback', 'the champion before this one is champion again')
    .action(handle(async () => (await import('./commands/promote.js')).promote));

  program
    .command('export <model>')
    .description(
      'write a model to where other programs read it: the name of a run, champion, or the folder of a bundle',
    )
    .addOption(
      new Option('-f, --format <format>', 'bundle (a folder; TensorFlow.js loads its model) or onnx')
        .choices(['bundle', 'onnx'])
        .default('bundle'),
    )
    .option('--out <path>', 'what to write (default: NAME-bundle or NAME.onnx, here)')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/export.js')).exportModel));

  program
    .command('report [run]')
    .description('write the report of a run into a folder: page, charts, tables (default: the latest)')
    .option('--out <folder>', 'where to (default: ./ser-report-RUN)')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/report.js')).report));

  program
    .command('predict <path...>')
    .description('the emotion of recordings: files, folders, patterns, .csv lists, or - for a recording on stdin')
    .option('-m, --model <model>', 'champion, the name of a run, or the folder of a bundle', 'champion')
    .option('--out <file>', 'write .csv or .jsonl as recordings are done; typed again, an interrupted batch goes on')
    .option('--window <seconds>', 'slide over each recording: a row for every so many seconds')
    .option('--hop <seconds>', 'from one window to the next (default: --window)')
    .option('--plot <file>', 'draw the windows of one recording as .svg')
    .option('--workflow', 'as a durable batch on the workers, whose table lies in the store; goes on when typed again')
    .option('--one-speaker', 'one person speaks in all of them: for a model trained with --normalise speaker')
    .addOption(outputOption(['text', 'json', 'jsonl', 'csv']))
    .action(handleTraced(async () => (await import('./commands/predict.js')).predict));

  program
    .command('serve')
    .description('answer by HTTP what a model says of recordings, with a page to try it on')
    .option('--host <address>', 'what to listen on; 0.0.0.0 lets others in', '127.0.0.1')
    .option('--port <number>', '0: a free one', '8787')
    .option(
      '-m, --model <model>',
      'champion (a new one takes over), the name of a run, or the folder of a bundle',
      'champion',
    )
    .option('--host-name <name...>', 'names that it may be called by, beside those of this machine', [])
    .option('--max-megabytes <n>', 'of a request', '16')
    .option('--rate <n>', 'requests a second from one address; 0: no limit', '20')
    .option('--queue <n>', 'requests that may wait for a thread', '32')
    .option('--timeout <seconds>', 'how long a request may take to arrive, and to be answered', '30')
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .action(handle(async () => (await import('./commands/serve.js')).serve));

  const data = program.command('data').description('get recordings, and see what is there');
  data
    .command('fetch <source...>')
    .description('download what is remote and put every recording into the store; typed again, it goes on where it was')
    .option('--label-map <from=to...>', "the emotion to use instead of the data's own word, or emotions of your own")
    .option('--max-rejected <share>', 'how many files may be unusable before it is refused', '5%')
    .option('--again', 'read every file, also those that have not changed since they were looked at')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/data/fetch.js')).fetch));
  data
    .command('verify [source...]')
    .description('compare recordings with the official lists of the four corpora, by hash')
    .option('-d, --data <source...>', 'the same, by the name that `run` has for it')
    .option('--complete', 'a corpus of which anything is there must be there whole')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/data/verify.js')).verify));
  rowsOptions(data.command('list [source...]').description('corpora, files, hours, speakers, emotions, rejects'))
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/data/list.js')).list));
  rowsOptions(data.command('show <corpus> [source...]').description('one corpus with its distributions'))
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/data/show.js')).show));

  program
    .command('features <path...>')
    .description('the features of recordings, without labels, server or store')
    .option('--features <set>', 'the feature set', 'librosa195')
    .option('--out <file>', 'write Parquet (.parquet), CSV (.csv) or JSON lines (.jsonl) there')
    .option('--max-rejected <share>', 'how many files may be unusable before the exit code says so', '5%')
    .addOption(outputOption(['csv', 'jsonl']))
    .action(handle(async () => (await import('./commands/features.js')).features));

  program
    .command('up')
    .description('start the local Temporal server and a worker; runs survive a restart')
    .action(handle(async () => (await import('./commands/up.js')).up));

  program
    .command('down')
    .description('stop what `up` or `run` started here, and nothing else')
    .action(handle(async () => (await import('./commands/down.js')).down));

  program
    .command('worker')
    .description('serve task queues in the foreground')
    .option('--queues <names>', 'comma-separated', Object.values(TASK_QUEUES).join(','))
    .option('--log-level <level>', 'trace, debug, info, warn or error', 'info')
    .option('--metrics <address>', 'serve metrics to Prometheus there, e.g. 127.0.0.1:9464')
    .option(
      '--make-current',
      'take over from workers of another build of the program; workers of `up` and `run` always do',
    )
    .addOption(new Option('--register <file>').hideHelp())
    .action(handle(async () => (await import('./commands/worker.js')).worker));

  program
    .command('doctor')
    .description('what is configured, what answers, which training backends load')
    .option('--objects', 'read every object of the store and check its hash')
    .addOption(outputOption(['text', 'json']))
    .action(handle(async () => (await import('./commands/doctor.js')).doctor));

  wordUsageErrors(program);
  return program;
}

/** A wrong use is told as every other error is, by the command that was used wrongly. */
function wordUsageErrors(command: Command): void {
  command.configureOutput({
    outputError: (text, write) => write(usageErrorLines(text, nameOf(command)).join('\n') + '\n'),
  });
  for (const one of command.commands) wordUsageErrors(one);
}

async function withTrace(
  name: string,
  context: CommandContext,
  work: (context: CommandContext) => Promise<number>,
): Promise<number> {
  const { traces } = context.configuration;
  if (traces === undefined) return work(context);
  return (await import('./traces.js')).traceCommand(name, traces, context, work);
}

/** `ser schedule trigger`. */
function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`;
}

/** What decides about a run, whoever starts it. */
function trainingOptions(command: Command): Command {
  return command
    .requiredOption(
      '-d, --data <source...>',
      'demo, folders, archives, tables .csv, https://, s3://, kaggle, zenodo:ravdess, crema',
    )
    .option('--label-map <from=to...>', "the emotion to use instead of the data's own word, or emotions of your own")
    .option(
      '--preset <name>',
      'what the options below are unless they are typed: original, or best (docs/decisions/the-best-preset.md)',
      'original',
    )
    .option('--features <set>', "the feature set (default: the preset's; the original's is librosa195)")
    .option(
      '--split <protocol>',
      'random (stratified), speaker, sentence or corpus: what is never in two parts',
      'random',
    )
    .option('--fold <i/k>', 'test on this one of so many folds, such as 1/6')
    .option('--leave-out <corpus>', 'the corpus to test on, with --split corpus (default: by --seed)')
    .option('--seed <n>', 'of everything random', '0')
    .option('--split-seed <n>', 'of the split alone (default: --seed)')
    .option(
      '--layers <list>',
      'hidden layers, such as 256:0.3,128 (units:dropout) or none (default: 512:0.3,256:0.3,128:0.3,64:0.2)',
    )
    .option('--epochs <n>', `at most (default: ${ORIGINAL_TRAINING.epochs})`)
    .option('--batch <n>', `recordings in a batch (default: ${ORIGINAL_TRAINING.batchSize})`)
    .option('--learning-rate <x>', `of Adam, at the start (default: ${ORIGINAL_TRAINING.learningRate})`)
    .option('--class-weights <how>', 'none, or balanced: rare classes weigh as much as others (default: none)')
    .option('--normalise <how>', "global, or speaker: by each speaker's own mean and deviation (default: global)")
    .option('--ensemble <k>', 'so many networks, whose probabilities are averaged (default: 1)')
    .option('--weight-decay <x>', 'how much of the learning rate each step takes off the weights (default: 0)')
    .option(
      '--augment <list>',
      'altered copies to train on too: noise:20 (dB), pitch:2 (semitones), stretch:0.1, gain:6 (dB)',
    )
    .option('--label-smoothing <x>', 'share of the target that goes to all classes alike (default: 0)')
    .option('--backend <name>', 'what trains: auto, fused, node-gpu, node, wasm or cpu', 'auto')
    .option('--promote <policy>', 'whether the model becomes champion: better, higher, always or never', 'better')
    .option('--max-rejected <share>', 'how many files may be unusable before the run is refused', '5%')
    .option('--shards-in-flight <n>', 'shards extracted at a time', '32');
}

/** Which recordings a command looks at. */
function rowsOptions(command: Command): Command {
  return command
    .option(
      '-d, --data <source...>',
      'sources, by the name that `run` has for them (default: the latest catalogue of the store)',
    )
    .option('--label-map <from=to...>', 'as `run` takes it')
    .option('--run <run>', 'the catalogue of a run')
    .option('--catalogue <key>', 'a catalogue by the beginning of its key');
}

function outputOption(choices: string[]): Option {
  return new Option('-o, --output <format>', 'of the result').choices(choices).default(choices[0]);
}

function count(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('takes a whole number.');
  return Number(text);
}
