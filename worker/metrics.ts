import type { Runtime, TelemetryOptions } from '@temporalio/worker';
import type { RejectingStage, WorkMetrics } from '../activities/dependencies.js';
import { SerError } from '../core/contracts/errors.js';
import { featureSets } from '../core/features/registry.js';

/** Upper bounds in seconds; the SDK's own start at 50 ms and end at a minute, which fits neither. */
const BUCKETS = {
  ser_shard_seconds: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300],
  ser_epoch_seconds: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60],
};

/**
 * Where the SDK serves its metrics and ours to Prometheus.
 *
 * @param address `host:port`
 * @throws SerError `BadConfig` when it is none
 */
export function metricsOptions(address: string): NonNullable<TelemetryOptions['metrics']> {
  if (!/^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-f:]+\]):\d{1,5}$/i.test(address)) {
    throw new SerError('BadConfig', `got "${address}"`, '--metrics', 'It takes an address and a port: 127.0.0.1:9464.');
  }
  return {
    prometheus: {
      bindAddress: address,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: BUCKETS,
    },
  };
}

/**
 * Counts work where the SDK's own metrics are served. Counts begin at nothing, not at the first thing counted, which
 * Prometheus would otherwise not see as an increase.
 */
export function createMetrics(meter: Runtime['metricMeter']): WorkMetrics {
  const shards = meter.createCounter('ser_shards', undefined, 'Shards extracted');
  const files = meter.createCounter('ser_files', undefined, 'Recordings whose features were computed');
  const rejects = meter.createCounter('ser_rejects', undefined, 'Recordings that were refused, by the stage that did');
  const shardTime = meter.createHistogram('ser_shard', 'float', 'seconds', 'Time to extract a shard, reads included');
  const epochTime = meter.createHistogram('ser_epoch', 'float', 'seconds', 'Time of a training epoch');
  const countRejects = (stage: RejectingStage, featureSet: string, rejected: number) =>
    rejects.add(rejected, { stage, feature_set: featureSet });
  for (const { name } of featureSets()) {
    for (const count of [shards, files]) count.add(0, { feature_set: name });
    countRejects('extractShard', name, 0);
    countRejects('predictRecordings', name, 0);
  }
  countRejects('fetchCorpus', '', 0);
  countRejects('fetchRecordings', '', 0);
  return {
    countShard(featureSet, extracted, seconds) {
      const tags = { feature_set: featureSet };
      shards.add(1, tags);
      files.add(extracted, tags);
      shardTime.record(seconds, tags);
    },
    countRejects,
    recordEpochs(backend, epochSeconds) {
      for (const seconds of epochSeconds) epochTime.record(seconds, { backend });
    },
  };
}
