import { decodeAudio } from '../../core/audio/decodeAudio.js';
import { mixDown } from '../../core/audio/mixDown.js';
import { resample } from '../../core/audio/resample.js';
import type { RecordingPicture, ReportData, TestedUtterance } from '../../core/contracts/report.js';
import { analyse } from '../../core/features/analysis.js';
import { librosa195 } from '../../core/features/librosa195.js';
import { pictured, renderReport as render } from '../../core/reports/renderReport.js';
import type { ObjectStore } from '../../core/store/objectStore.js';
import type { Job } from './job.js';

const WAVEFORM_SPANS = 400;

/** Draws the charts and writes the page. */
export const renderReport: Job<{ data: ReportData }, { files: Map<string, Uint8Array> }> = async (
  { data },
  context,
) => {
  const chosen = pictured(data);
  const store = chosen.length === 0 ? undefined : await context.store();
  const pictures = await Promise.all(chosen.map((utterance) => picture(store!, utterance)));
  return {
    files: await render(
      data,
      pictures.filter((one) => one !== undefined),
    ),
  };
};

/** Undefined for a recording that is gone from the store since: the report does without. */
async function picture(store: ObjectStore, utterance: TestedUtterance): Promise<RecordingPicture | undefined> {
  const bytes = await store.get(utterance.audio);
  if (bytes === undefined) return undefined;
  const { sampleRate, maxSeconds } = librosa195;
  const audio = await decodeAudio(bytes, utterance.path, { maxSeconds });
  const samples = resample(mixDown(audio.channels), audio.sampleRate, sampleRate);
  return {
    utterance,
    durationSeconds: samples.length / sampleRate,
    waveform: envelope(samples),
    ...analyse(samples),
  };
}

function envelope(samples: Float32Array): RecordingPicture['waveform'] {
  const span = Math.max(1, Math.ceil(samples.length / WAVEFORM_SPANS));
  return Array.from({ length: Math.ceil(samples.length / span) }, (_, index) => {
    const part = samples.subarray(index * span, (index + 1) * span);
    return {
      low: part.reduce((low, value) => Math.min(low, value), 1),
      high: part.reduce((high, value) => Math.max(high, value), -1),
    };
  });
}
