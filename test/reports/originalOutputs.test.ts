import { expect } from 'chai';
import { csvTable } from '../../core/reports/csv.js';
import { originalOutputs } from '../../core/reports/originalOutputs.js';
import { realisticReport } from './fakeReport.js';

describe('originalOutputs', () => {
  const data = realisticReport();
  data.counts.push({ corpus: 'CREMA-D', emotion: 'sad', part: 'train', count: 900, durationSeconds: 2300 });
  const outputs = originalOutputs(data);

  function rowsOf(name: string): string[][] {
    const text = outputs.get(name) ?? '';
    expect(text, name).to.match(/\n$/);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => line.split(','));
  }

  it('are the eight tables under the names and headers of the original', () => {
    const headers = [...outputs]
      .filter(([name]) => name.endsWith('.csv'))
      .map(([name]) => [name, rowsOf(name)[0]?.join()]);
    expect(headers).to.deep.equal([
      ['emotion_distribution.csv', 'emotion,count'],
      ['dataset_distribution.csv', 'dataset,count'],
      ['classification_report.csv', ',precision,recall,f1-score,support'],
      ['confusion_matrix.csv', ',angry,calm,disgust,fear,happy,neutral,sad,surprise'],
      ['per_class_accuracy.csv', 'Emotion,Accuracy'],
      ['training_history.csv', 'epoch,train_loss,val_loss,train_accuracy,val_accuracy'],
    ]);
    expect([...outputs.keys()].slice(-2)).to.deep.equal(['test_results.json', 'file_summary.txt']);
  });

  it('list the most frequent emotion and corpus first, corpora as the original called them', () => {
    expect(rowsOf('dataset_distribution.csv').slice(1)).to.deep.equal([
      ['CREMA', '900'],
      ['RAVDESS', '717'],
      ['TESS', '440'],
    ]);
    const counts = rowsOf('emotion_distribution.csv').slice(1);
    expect(counts[0]?.[0]).to.equal('sad');
    expect(counts.map(([, count]) => Number(count))).to.deep.equal(
      counts.map(([, count]) => Number(count)).sort((a, b) => b - a),
    );
  });

  it('hold the numbers of the evaluation in full', () => {
    const { metrics, model } = data;
    expect(
      rowsOf('confusion_matrix.csv')
        .slice(1)
        .map((row) => row.slice(1).map(Number)),
    ).to.deep.equal(metrics.confusion);
    const report = new Map(
      rowsOf('classification_report.csv').map(([name = '', ...scores]) => [name, scores.map(Number)]),
    );
    expect([...report.keys()].slice(-3)).to.deep.equal(['accuracy', 'macro avg', 'weighted avg']);
    expect(report.get('macro avg')?.[2]).to.equal(metrics.macro.f1);
    expect(report.get('sad')).to.deep.equal(
      metrics.perClass
        .filter(({ label }) => label === 'sad')
        .flatMap(({ precision, recall, f1, support }) => [precision, recall, f1, support]),
    );
    expect(rowsOf('per_class_accuracy.csv')[1]).to.deep.equal([
      'angry',
      String((metrics.perClass[0]?.recall ?? 0) * 100),
    ]);
    expect(rowsOf('training_history.csv')).to.have.length(1 + model.history.length);
    expect(JSON.parse(outputs.get('test_results.json') ?? '')).to.deep.equal({
      test_accuracy: metrics.accuracy,
      test_loss: metrics.logLoss,
      num_test_samples: metrics.count,
      num_classes: 8,
      classes: metrics.labels,
    });
  });
});

describe('csvTable', () => {
  it('quotes what would break a row', () => {
    expect(csvTable(['a', 'b'], [['x, "y"\nz', 0.1]])).to.equal('a,b\n"x, ""y""\nz",0.1\n');
  });
});
