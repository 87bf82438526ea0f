import { readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import proto, { type temporal } from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

export type History = temporal.api.history.v1.IHistory;

/** A history as text, without what differs from machine to machine and does not matter to a replay. */
function historyToJson(history: History): string {
  const plain = History.toObject(History.fromObject(history), { bytes: String, enums: String, longs: String });
  return JSON.stringify(plain, withoutPlace, 1) + '\n';
}

function withoutPlace(key: string, value: unknown): unknown {
  if (key === 'stackTrace') return '';
  if (key === 'identity') return 'recorder';
  return value;
}

/** The history that {@link historyToJson} wrote. */
export function historyFromJson(text: string): History {
  return History.fromObject(JSON.parse(text) as Record<string, unknown>);
}

/** A history of thousands of events is kept compressed. */
const LARGE = 500_000;

/** The names of a history's file, of which one stands. */
export const SUFFIXES = ['.json', '.json.gz'] as const;

/** @param path without the suffix */
export function writeHistory(path: string, history: History): void {
  const text = historyToJson(history);
  if (text.length < LARGE) writeFileSync(`${path}${SUFFIXES[0]}`, text);
  else writeFileSync(`${path}${SUFFIXES[1]}`, gzipSync(text, { level: 9 }));
}

/** The text that {@link writeHistory} wrote. */
export function readHistory(file: string): string {
  const bytes = readFileSync(file);
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}
