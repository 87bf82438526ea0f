import { isCancellation } from '@temporalio/workflow';
import type { CatalogueReference } from '../core/contracts/activities.js';
import type { RunConfig, RunStatus } from '../core/contracts/runs.js';
import { activities } from './activities.js';
import type { ExtractionHooks } from './extraction.js';
import { type RunFrame, showDetails } from './runFrame.js';

/** The stage that fetches the recordings, unless a retraining has looked at them already. */
export function fetchData(
  config: RunConfig,
  { status, stage }: RunFrame,
  known?: CatalogueReference,
): Promise<CatalogueReference> {
  return stage('fetchCorpus', async () => {
    const found = known ?? (await activities.fetchCorpus({ data: config.data, store: config.store }));
    status.catalogue = found.counts;
    status.rejects = found.rejects;
    const { usable, rejected, hours } = found.counts;
    return { ...found, note: `${usable} recordings, ${hours.toFixed(2)} h, ${rejected} rejected` };
  });
}

/** Shows whoever watches that the extraction waits for somebody. */
export function showWaiting(status: RunStatus): ExtractionHooks {
  return {
    onWaiting: async (waiting) => {
      status.state = waiting ? 'awaiting-resume' : 'running';
      showDetails(status);
      await recordIfPossible(status);
    },
  };
}

/** What made the shards fail may be the store's absence: the run waits all the same. */
async function recordIfPossible(status: RunStatus): Promise<void> {
  try {
    await activities.recordRun({ status });
  } catch (error) {
    if (isCancellation(error)) throw error;
  }
}
