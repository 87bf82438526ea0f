import type { Client } from '@temporalio/client';

/** How much of the server's memory one execution takes. */
export type HistorySize = { events: number; largestPayloadBytes: number };

/** The sizes of an execution and of those that it continued as, in order. */
export async function historySizes(client: Client, workflowId: string, firstRunId?: string): Promise<HistorySize[]> {
  const sizes: HistorySize[] = [];
  let runId = firstRunId;
  do {
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const list = events ?? [];
    const largest = Math.max(0, ...list.flatMap((event) => payloadSizes(event)));
    sizes.push({ events: list.length, largestPayloadBytes: largest });
    runId = list.at(-1)?.workflowExecutionContinuedAsNewEventAttributes?.newExecutionRunId ?? undefined;
  } while (runId !== undefined);
  return sizes;
}

/** Sizes of all payloads within a value: what has `metadata` and `data`. */
function payloadSizes(value: unknown): number[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  if ('data' in value && ArrayBuffer.isView(value.data)) return [value.data.byteLength];
  return Object.values(value).flatMap(payloadSizes);
}

/** An activity that an execution has completed: which, on which queue, by which worker and at which attempt. */
export type CompletedActivity = { activity: string; taskQueue: string; worker: string; attempt: number };

/** The completed activities of the latest execution of a workflow. */
export async function completedActivities(client: Client, workflowId: string): Promise<CompletedActivity[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  const byId = new Map((events ?? []).map((event) => [String(event.eventId), event]));
  return (events ?? []).flatMap(({ activityTaskCompletedEventAttributes: completed }) => {
    if (!completed) return [];
    const scheduled = byId.get(String(completed.scheduledEventId))?.activityTaskScheduledEventAttributes;
    const started = byId.get(String(completed.startedEventId))?.activityTaskStartedEventAttributes;
    return [
      {
        activity: scheduled?.activityType?.name ?? '',
        taskQueue: scheduled?.taskQueue?.name ?? '',
        worker: completed.identity ?? '',
        attempt: started?.attempt ?? 0,
      },
    ];
  });
}
