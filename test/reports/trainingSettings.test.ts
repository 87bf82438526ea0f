import { expect } from 'chai';
import type { TrainingParameters } from '../../core/contracts/training.js';
import { reportFigures } from '../../core/reports/figures.js';
import { modelCard } from '../../core/reports/modelCard.js';
import { caveats } from '../../core/reports/sections/caveats.js';
import { setupSection } from '../../core/reports/sections/setup.js';
import { realisticReport } from './fakeReport.js';

function reportWith(options: Partial<TrainingParameters>) {
  const data = realisticReport();
  Object.assign(data.model.parameters, options);
  const figures = reportFigures(data);
  return {
    card: modelCard(data, figures),
    setup: setupSection(data, figures).markup,
    caveats: caveats(data, figures).join('\n'),
    figures,
  };
}

describe('the settings of a training', () => {
  it('are told in the report and in the model card where they differ from the original', () => {
    const { card, setup, figures } = reportWith({
      ensemble: 3,
      classWeights: 'balanced',
      labelSmoothing: 0.1,
      weightDecay: 0.01,
    });
    for (const text of [card, setup]) {
      expect(text).to.match(/Ensemble\W.*3 networks/s);
      expect(text).to.match(/Class weights\W.*balanced/s);
      expect(text).to.match(/Label smoothing\W.*0\.1/s);
      expect(text).to.match(/Weight decay\W.*0\.01/s);
    }
    expect(figures.networkParameters).to.equal(3 * 277_192);
  });

  it('are not told where they are the original’s', () => {
    const { card, setup } = reportWith({});
    for (const text of [card, setup]) expect(text).not.to.match(/Ensemble|Class weights|Label smoothing|Weight decay/);
  });

  it('say what a model that measures speakers needs, and what its scores hold for', () => {
    const { card, setup, caveats: doubts } = reportWith({ normalise: 'speaker' });
    expect(setup).to.include('by each speaker’s own mean and deviation');
    expect(card).to.include('several recordings of each speaker');
    expect(doubts).to.include('no label is used');
  });

  it('describe a linear model and a fold', () => {
    const data = realisticReport();
    data.model.parameters.layers = [];
    data.config.split.fold = { index: 1, of: 6 };
    const setup = setupSection(data, reportFigures(data)).markup;
    expect(setup).to.include('195 – 8').and.include('random, fold 2 of 6');
  });
});
