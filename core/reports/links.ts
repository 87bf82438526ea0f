import type { TestedUtterance } from '../contracts/report.js';
import { html, type Html } from './html.js';

/** How a page names the recordings of its store; whoever moves a page away from there exchanges it. */
export const STORE_LINK = 'href="../../';

/** A recording by its file name, linked to where the store keeps it. */
export function recordingLink({ path, audio }: Pick<TestedUtterance, 'path' | 'audio'>, shown = path): Html {
  return html`<a href="../../${audio}" title="${path}"><code>${shown}</code></a>`;
}

/** The last part of a path. */
export function fileNameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
