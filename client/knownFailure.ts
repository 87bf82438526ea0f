import { SerError } from '../core/contracts/errors.js';

/** What the Temporal SDK throws and a person can act on, in our words; whatever else as it is. The SDK need not be loaded for it. */
export function knownFailure(error: unknown): unknown {
  if (!(error instanceof Error && error.name === 'NamespaceNotFoundError')) return error;
  const namespace = 'namespace' in error ? String(error.namespace) : '';
  return new SerError(
    'BadConfig',
    'the Temporal server has no such namespace',
    namespace,
    'TEMPORAL_NAMESPACE or --namespace names one that it has; on the local server `./ser run` makes it.',
    { cause: error },
  );
}
