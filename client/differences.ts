import { canonicalJson } from '../core/store/keys.js';

/** A setting that two configurations give different values; `undefined` where one lacks it. */
export type Difference = { setting: string; first: unknown; second: unknown };

/** The settings in which two configurations differ, each by its path: `training.epochs`. */
export function differences(first: object, second: object, prefix = ''): Difference[] {
  const names = new Set([...Object.keys(first), ...Object.keys(second)]);
  return [...names].flatMap((name) => {
    const [one, other] = [first, second].map((settings) => (settings as Record<string, unknown>)[name]);
    if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return [];
    if (isSection(one) && isSection(other)) return differences(one, other, `${prefix}${name}.`);
    return [{ setting: `${prefix}${name}`, first: one, second: other }];
  });
}

function isSection(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
