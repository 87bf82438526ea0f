import { expect } from 'chai';
import type { TestedUtterance } from '../../core/contracts/report.js';
import { bootstrapIntervals, LEAST_SPEAKERS } from '../../core/reports/bootstrap.js';
import { wilsonInterval } from '../../core/reports/interval.js';

/** Answers of which those of the first speakers are right: all depends on the speaker. */
function answers(corpus: string, speakers: number, each: number, rightSpeakers: number): TestedUtterance[] {
  return Array.from({ length: speakers * each }, (_, index) => {
    const speaker = Math.floor(index / each);
    const emotion = index % 2 === 0 ? 'calm' : 'sad';
    const other = emotion === 'calm' ? 'sad' : 'calm';
    const predicted = speaker < rightSpeakers ? emotion : other;
    return {
      path: `${index}.wav`,
      audio: `audio/${index}.wav`,
      corpus,
      speaker: `${corpus}-${speaker}`,
      sex: '',
      emotion,
      predicted,
      probabilities: predicted === 'calm' ? [0.9, 0.1] : [0.1, 0.9],
    };
  });
}

const LABELS = ['calm', 'sad'];

describe('bootstrapIntervals', () => {
  it('holds the score and is the same every time', () => {
    const tested = answers('TESS', 10, 20, 7);
    const intervals = bootstrapIntervals(tested, LABELS);
    expect(intervals.accuracy.low).to.be.below(0.7);
    expect(intervals.accuracy.high).to.be.above(0.7);
    expect(bootstrapIntervals(tested, LABELS)).to.deep.equal(intervals);
  });

  it('is wider than Wilson’s where all depends on the speaker, as ten trials are and not as 200', () => {
    const { accuracy, bySpeaker } = bootstrapIntervals(answers('TESS', 10, 20, 7), LABELS);
    const asIfIndependent = wilsonInterval(0.7, 200);
    const ofSpeakers = wilsonInterval(0.7, 10);
    expect(bySpeaker).to.deep.equal(['TESS']);
    expect(accuracy.high - accuracy.low).to.be.above(3 * (asIfIndependent.high - asIfIndependent.low));
    expect(accuracy.high - accuracy.low).to.be.closeTo(ofSpeakers.high - ofSpeakers.low, 0.15);
  });

  it('draws single recordings in a corpus of too few speakers or of unknown ones, and says so', () => {
    const few = answers('TESS', LEAST_SPEAKERS - 1, 30, 4);
    const unknown = answers('own', 20, 5, 10).map((answer) => ({ ...answer, speaker: '' }));
    const many = answers('CREMA-D', LEAST_SPEAKERS, 5, 4);
    const intervals = bootstrapIntervals([...few, ...unknown, ...many], LABELS);
    expect(intervals).to.deep.include({ bySpeaker: ['CREMA-D'], byRecording: ['TESS', 'own'] });
  });

  it('agrees with Wilson’s where recordings are drawn', () => {
    const { accuracy } = bootstrapIntervals(
      answers('own', 300, 1, 200).map((answer) => ({ ...answer, speaker: '' })),
      LABELS,
    );
    const wilson = wilsonInterval(2 / 3, 300);
    expect(accuracy.low).to.be.closeTo(wilson.low, 0.02);
    expect(accuracy.high).to.be.closeTo(wilson.high, 0.02);
  });
});
