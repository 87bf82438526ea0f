import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Environment } from '../../core/contracts/configuration.js';

/** Where the machine of this process is reached by the others. */
export const HUB = '10.77.0.1';

/** What a process of a machine is started with. */
export type MachineCommand = {
  command: readonly [program: string, args: readonly string[]];
  environment: Environment;
  /** Hears each line of its stderr. */
  onLine: (line: string) => void;
};

/** A machine of its own: a network namespace with one cable to the switch, a host name and a disk. */
export type Machine = {
  name: string;
  /** Starts a process there, on an empty disk that no other process sees. */
  start(command: MachineCommand): ChildProcess;
  /** Pulls the cable: what is on its way is lost, and nobody is told. */
  unplug(): void;
  plugIn(): void;
  /** Lets no more pass towards the machine, in bits a second. */
  narrow(bitsPerSecond: number): void;
  widen(): void;
  /** For good: the cable first, so that no process can say farewell, then every process. */
  lose(): void;
};

/**
 * Cables machines to a switch on the machine of this process, which must have a network and mounts of its own.
 *
 * @param disks a folder for the places where the disks are mounted
 */
export function createMachines(names: readonly string[], disks: string): Machine[] {
  run('mount', '-t', 'tmpfs', 'tmpfs', '/run');
  mkdirSync('/run/netns');
  ip('link set lo up');
  ip('link add switch type bridge');
  ip(`addr add ${HUB}/24 dev switch`);
  ip('link set switch up');
  return names.map((name, index) => addMachine(name, `10.77.0.${11 + index}/24`, join(disks, name)));
}

function addMachine(name: string, address: string, disk: string): Machine {
  const cable = `to-${name}`;
  mkdirSync(disk, { recursive: true });
  ip(`netns add ${name}`);
  ip(`link add ${cable} type veth peer name eth0 netns ${name}`);
  ip(`link set ${cable} master switch up`);
  ip(`-n ${name} link set lo up`);
  ip(`-n ${name} addr add ${address} dev eth0`);
  ip(`-n ${name} link set eth0 up`);

  return {
    name,
    start({ command: [program, args], environment, onLine }) {
      const place = ['netns', 'exec', name, 'unshare', '--uts', 'sh', '-c', ON_OWN_DISK, name, disk, program, ...args];
      const child = spawn('ip', place, {
        env: { PATH: process.env['PATH'], HOME: disk, TMPDIR: disk, ...environment },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      createInterface(child.stderr).on('line', onLine);
      return child;
    },
    unplug: () => ip(`link set ${cable} down`),
    plugIn: () => ip(`link set ${cable} up`),
    narrow: (bitsPerSecond) =>
      run('tc', ...`qdisc add dev ${cable} root tbf rate ${bitsPerSecond}bit burst 64kb latency 200ms`.split(' ')),
    widen: () => run('tc', ...`qdisc del dev ${cable} root`.split(' ')),
    lose() {
      ip(`link del ${cable}`);
      for (const pid of ip(`netns pids ${name}`).split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
      ip(`netns del ${name}`);
    },
  };
}

/** `ip netns exec` gives each process mounts of its own. */
const ON_OWN_DISK = 'hostname "$0" && mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir .ser && shift && exec "$@"';

function ip(words: string): string {
  return run('ip', ...words.split(' '));
}

function run(program: string, ...args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
