// A thread that only computes: what a machine gains from a second one is what extraction can gain at most.
import { parentPort, workerData } from 'node:worker_threads';

let sum = 0;
for (let i = 1; i <= workerData.rounds; i++) sum += Math.sqrt(i) / (1 + (i & 7));
parentPort.postMessage(sum);
