import { SerError, messageOf } from '../contracts/errors.js';
import type { FeatureSetReference } from '../contracts/features.js';
import type { ModelMetadata } from '../contracts/training.js';
import { writeLayersModel } from './layersModel.js';
import { readLayersModel } from './readLayersModel.js';
import type { DenseChain } from './readLayersModel.js';
import type { NetworkShape, NetworkWeights } from './network.js';
import type { Scaler, ScalerFile } from './scaler.js';

/** The files of a bundle. */
export const BUNDLE_FILES = ['model.json', 'weights.bin', 'scaler.json', 'labels.json', 'metadata.json'] as const;

/** A trained model with all that it takes to use it; of an ensemble, several networks of one shape. */
export type TrainedModel = {
  shape: NetworkShape;
  networks: NetworkWeights[];
  scaler: Scaler;
  metadata: ModelMetadata;
};

/** A bundle as it is used: the networks without what only training needs; their probabilities are averaged. */
export type Bundle = { networks: DenseChain[]; scaler: Scaler; labels: string[]; metadata: ModelMetadata };

/** The files of a bundle by name; `model.json` and `weights.bin` are a TensorFlow.js LayersModel. */
export function bundleFiles({ shape, networks, scaler, metadata }: TrainedModel): Map<string, Uint8Array> {
  const { columns } = metadata.featureSet;
  const scalerFile: ScalerFile = { format: 1, columns: [...columns], mean: scaler.mean, scale: scaler.scale };
  const json = (content: unknown) => new TextEncoder().encode(`${JSON.stringify(content, null, 1)}\n`);
  return new Map(
    Object.entries({
      ...writeLayersModel(shape, networks),
      'scaler.json': json(scalerFile),
      'labels.json': json(metadata.labels),
      'metadata.json': json(metadata),
    }),
  );
}

/**
 * Reads a bundle from wherever its files are.
 *
 * @param read gives a file of the bundle by name, and throws when there is none
 * @throws SerError `BadInput` for files that are broken or do not belong together, `Incompatible` for a later format or
 *   a network of other layers
 */
export async function readBundle(read: (name: string) => Promise<Uint8Array>): Promise<Bundle> {
  const json = async (name: string): Promise<unknown> => {
    const bytes = await read(name);
    try {
      return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    } catch (error) {
      throw new SerError('BadInput', messageOf(error), name, 'the bundle is damaged: make it again', { cause: error });
    }
  };
  const metadata = (await json('metadata.json')) as ModelMetadata;
  if ((metadata.format as number) !== 1) {
    throw new SerError('Incompatible', `format ${metadata.format}, takes 1`, 'metadata.json', 'use a newer ser');
  }
  const scaler = (await json('scaler.json')) as ScalerFile;
  const labels = (await json('labels.json')) as string[];
  const networks = readLayersModel({
    'model.json': await read('model.json'),
    'weights.bin': await read('weights.bin'),
  });
  for (const stages of networks) checkBundle(stages, scaler, labels, metadata);
  return { networks, scaler: { mean: scaler.mean, scale: scaler.scale }, labels, metadata };
}

function checkBundle(stages: DenseChain, scaler: ScalerFile, labels: string[], metadata: ModelMetadata): void {
  const inputs = stages[0]?.inputs;
  const outputs = stages.at(-1)?.units;
  const { columns } = metadata.featureSet;
  const chained = stages.every((stage, index) => index === 0 || stage.inputs === stages[index - 1]?.units);
  const agreements: [boolean, string, string][] = [
    [chained, 'the layers do not fit one another', 'model.json'],
    [stages.at(-1)?.activation === 'softmax', 'the last layer is not a softmax', 'model.json'],
    [inputs === columns.length, `${columns.length} features for a network of ${inputs} inputs`, 'metadata.json'],
    [columns.join() === scaler.columns.join(), 'the columns are not those of metadata.json', 'scaler.json'],
    [[scaler.mean, scaler.scale].every((values) => values.length === inputs), 'wrong length', 'scaler.json'],
    [outputs === labels.length, `${labels.length} labels for a network of ${outputs} outputs`, 'labels.json'],
    [labels.join() === metadata.labels.join(), 'the labels are not those of metadata.json', 'labels.json'],
  ];
  for (const [holds, what, file] of agreements) {
    if (!holds) throw new SerError('BadInput', what, file, 'the files of the bundle do not belong together');
  }
}

/** @throws SerError `Incompatible`, naming both, unless the features are those the bundle was trained on */
export function checkFeatureSet({ metadata }: Pick<Bundle, 'metadata'>, featureSet: FeatureSetReference): void {
  const { name, version } = metadata.featureSet;
  if (name === featureSet.name && version === featureSet.version) return;
  throw new SerError(
    'Incompatible',
    `trained on ${name} version ${version}, got ${featureSet.name} version ${featureSet.version}`,
    'features',
    'extract the features of the model, or train a model on yours',
  );
}

/** Whether the model takes features that were measured against others of the same speaker: see `normaliseBySpeaker`. */
export function measuresSpeakers({ metadata }: Pick<Bundle, 'metadata'>): boolean {
  return metadata.parameters.normalise === 'speaker';
}
