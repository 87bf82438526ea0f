import type { RemoteAccess } from '../core/corpora/download/access.js';
import type { CommandContext } from './context.js';

/** How this configuration reaches remote sources. */
export function remoteAccess({ configuration, home, remote }: CommandContext): RemoteAccess {
  return { cacheFolder: home.cache, kaggle: configuration.kaggle, s3: configuration.store.s3, ...remote };
}
