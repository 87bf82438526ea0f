import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

/** Network, mounts, host name and processes apart from all others; they end with the first process in them. */
const APART = ['--net', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];

/** As root, else as a user whom the kernel lets play root among processes of his own. */
const WAYS = [
  ['unshare', ...APART],
  ['unshare', '--user', '--map-root-user', ...APART],
];

/** Everything that the machines of a bench are made of. */
const TRIAL = `set -e
mount -t tmpfs tmpfs /run && mkdir /run/netns
ip netns add machine
ip link add switch type bridge
ip link add cable type veth peer name eth0 netns machine
tc qdisc add dev cable root tbf rate 1mbit burst 64kb latency 200ms
ip netns exec machine unshare --uts hostname machine`;

/** A command that runs another one with a network of its own. */
export type WayApart = readonly string[];

/**
 * Finds how this machine runs a process with a network of its own.
 *
 * @returns the way, or what the machine refuses
 */
export function findWayApart(): WayApart | { refused: string } {
  const refusals: string[] = [];
  for (const way of WAYS) {
    const { status, stderr, error } = spawnSync('setpriv', [...way, 'sh', '-c', TRIAL], { encoding: 'utf8' });
    if (status === 0) return way;
    refusals.push(error === undefined ? stderr.trim().split('\n').at(-1)! : error.message);
  }
  return { refused: [...new Set(refusals)].join('; ') };
}

/**
 * Starts this very program once more, apart, with further arguments. No process and no network of it is left when it ends,
 * or when this process is interrupted or killed.
 *
 * @returns its exit code; 130 when interrupted
 */
export async function runApart(way: WayApart, args: readonly string[]): Promise<number> {
  const again = [process.execPath, ...process.execArgv, ...process.argv.slice(1), ...args];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...way, ...again], { stdio: 'inherit' });
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
    child.kill('SIGKILL');
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const [code] = (await once(child, 'exit')) as [number | null];
  process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  return interrupted ? 130 : (code ?? 1);
}
