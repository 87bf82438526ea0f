import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium'];
const OFFLINE = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The system's Chromium, without a window; where there is none, says aloud that `what` is skipped. */
export async function launchBrowser(what: string, args: readonly string[] = []): Promise<Browser | undefined> {
  const executablePath = CHROMIUM.find((path) => existsSync(path));
  if (executablePath !== undefined) return chromium.launch({ executablePath, args: [...OFFLINE, ...args] });
  console.warn(`      SKIPPED: ${what}, because none of ${CHROMIUM.join(', ')} is there`);
  return undefined;
}
