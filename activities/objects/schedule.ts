/** Where the last successful retraining of a schedule is remembered. */
export function scheduleKey(schedule: string): string {
  return `schedules/${schedule}.json`;
}
