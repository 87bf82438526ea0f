import { readFile } from 'node:fs/promises';
import { baseSheet } from '../../core/reports/theme.js';

/** The files of the page by the path that a browser asks for. */
export type PageFiles = ReadonlyMap<string, { type: string; bytes: Uint8Array }>;

const beside = (name: string) => readFile(new URL(`./page/${name}`, import.meta.url));
const font = (name: string) => readFile(new URL(`../../core/reports/fonts/${name}`, import.meta.url));

/** The page on which people try a model, in the style of reports. It asks nobody but its own server. */
export async function loadPage(): Promise<PageFiles> {
  const script = 'text/javascript; charset=utf-8';
  const css = Buffer.concat([Buffer.from(await baseSheet()), await beside('page.css')]);
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', bytes: await beside('index.html') }],
    ['/page.css', { type: 'text/css; charset=utf-8', bytes: css }],
    ['/page.js', { type: script, bytes: await beside('page.js') }],
    ['/drawing.js', { type: script, bytes: await beside('drawing.js') }],
    ['/recorder.js', { type: script, bytes: await beside('recorder.js') }],
    ['/capture.js', { type: script, bytes: await beside('capture.js') }],
    ['/inter-regular.woff2', { type: 'font/woff2', bytes: await font('Inter-Regular.woff2') }],
    ['/inter-semibold.woff2', { type: 'font/woff2', bytes: await font('Inter-SemiBold.woff2') }],
  ]);
}
