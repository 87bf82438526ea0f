import { fetchRemote } from '../../../core/corpora/download/fetchRemote.js';

/** Fetches one address into a cache, in a process that can be killed: `fetchingProcess.ts URL CACHE`. */
const [url = '', cacheFolder = ''] = process.argv.slice(2);
process.stdout.write(await fetchRemote({ kind: 'url', url }, { cacheFolder, pauseMs: 10 }));
