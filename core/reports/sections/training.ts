import type { ReportData } from '../../contracts/report.js';
import type { ReportFigures } from '../figures.js';
import { formatNumberOf, formatPercent } from '../format.js';
import { html, type Html } from '../html.js';
import type { Figures } from '../pageFrame.js';

/** The learning curves, the epoch that was kept and how the training ended. */
export function trainingSection(
  { model, trainingSeconds }: ReportData,
  { rateDrops }: ReportFigures,
  charts: Figures,
): Html {
  const { history, bestEpoch, parameters } = model;
  const best = history.find(({ epoch }) => epoch === bestEpoch);
  const ending =
    history.length < parameters.epochs
      ? `stopped early, after ${parameters.stopPatience} epochs without a lower validation loss`
      : 'used every epoch it was given, so more of them might help';
  const kept =
    best === undefined
      ? undefined
      : html` Its validation loss was ${best.validationLoss.toFixed(3)}, its validation accuracy
        ${formatPercent(best.validationAccuracy)}.`;
  const { ensemble = 1 } = parameters;
  const of = ensemble === 1 ? 'Of' : `The first of ${ensemble} networks: of`;
  return html`<p>
      ${of} ${formatNumberOf(history.length, 'epoch')}, the weights of epoch ${bestEpoch} were kept.${kept} The training
      ${ending}${trainingSeconds === undefined ? '' : `; ${ensemble === 1 ? 'it' : 'all of them'} took ${trainingSeconds.toFixed(1)} s`}.
      ${rateSentence(rateDrops, parameters.plateauFactor)}
    </p>
    <div class="columns">${charts('loss', curveCaption(rateDrops))}${charts('accuracy', curveCaption(rateDrops))}</div>
    <p class="quiet">
      Dropout is at work while the training values are measured and not while the validation values are, so early in a
      training the second can be the better ones.
    </p>`;
}

function rateSentence(drops: readonly number[], factor: number): string {
  if (drops.length === 0) return 'The learning rate was never lowered.';
  return `The learning rate was multiplied by ${factor} at epoch${drops.length === 1 ? '' : 's'} ${drops.join(', ')}.`;
}

function curveCaption(drops: readonly number[]): string | undefined {
  return drops.length === 0 ? undefined : 'Dotted: the learning rate was lowered';
}
