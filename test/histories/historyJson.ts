import proto, { type temporal } from '@temporalio/proto';

const { History } = proto.temporal.api.history.v1;

export type History = temporal.api.history.v1.IHistory;

/** A history as text, without what differs from machine to machine and does not matter to a replay. */
export function historyToJson(history: History): string {
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
