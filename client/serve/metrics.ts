import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { ServedModel } from './model.js';

/** Seconds: a recording of 3 s takes some 10 ms; one of minutes, with a timeline, some seconds. */
const LATENCIES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** What the server tells Prometheus. */
export type ServeMetrics = {
  registry: Registry;
  /** By the emotion that was named. */
  predictions: Counter<'emotion'>;
  /** Requests that got no answer, by the kind of their error. */
  errors: Counter<'kind'>;
  latency: Histogram<'route' | 'status'>;
  reloads: Counter<'outcome'>;
  /** Says which model answers from now on. */
  showModel: (model: ServedModel) => void;
};

/**
 * @param load requests that are worked on, and those that wait for a thread
 * @param withProcess whether memory, processor time and event loop are told too
 */
export function createMetrics(load: () => { running: number; waiting: number }, withProcess: boolean): ServeMetrics {
  const registry = new Registry();
  const registers = [registry];
  if (withProcess) collectDefaultMetrics({ register: registry });
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  gauge('ser_serve_running', 'Requests that threads work on.', () => load().running);
  gauge('ser_serve_queue_depth', 'Requests that wait for a thread.', () => load().waiting);
  const model = new Gauge({
    name: 'ser_serve_model_info',
    help: 'The model that answers; always 1.',
    labelNames: ['model', 'feature_set'],
    registers,
  });
  const reloads = new Counter({
    name: 'ser_serve_model_reloads_total',
    help: 'Changes of the champion that were followed (done) or could not be (failed).',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of ['done', 'failed']) reloads.inc({ outcome }, 0); // else the first would be no increase
  return {
    registry,
    reloads,
    predictions: new Counter({
      name: 'ser_serve_predictions_total',
      help: 'Recordings that were answered, by the emotion named.',
      labelNames: ['emotion'],
      registers,
    }),
    errors: new Counter({
      name: 'ser_serve_errors_total',
      help: 'Requests without an answer, by kind.',
      labelNames: ['kind'],
      registers,
    }),
    latency: new Histogram({
      name: 'ser_serve_request_seconds',
      help: 'Time from the head of a request to the end of its answer.',
      labelNames: ['route', 'status'],
      buckets: LATENCIES,
      registers,
    }),
    showModel({ name, metadata }) {
      model.reset();
      model.set({ model: name, feature_set: metadata.featureSet.name }, 1);
    },
  };
}
