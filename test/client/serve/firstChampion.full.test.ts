import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { jsonBytes } from '../../../activities/objects/stageOutput.js';
import { importedModelSpec } from '../../../core/contracts/stages.js';
import { openStore } from '../../../core/store/open.js';
import { runStage } from '../../../core/store/stage.js';
import { BUNDLE_FILES } from '../../../core/training/bundle.js';
import { wav16 } from '../../audio/files.js';
import { testSignal } from '../../audio/signals.js';
import { atEnd } from '../../support/atEnd.js';
import { startCollector } from '../../support/collector.js';
import { ser, startSer } from '../../support/command.js';
import { scratchFolder } from '../../support/folders.js';
import { writeUntrainedBundle } from '../../support/untrainedBundle.js';

describe('ser serve in a store without a champion', function () {
  this.timeout(120_000);

  it('starts, waits for the first one, and answers then', async () => {
    const folder = scratchFolder();
    const collector = await startCollector();
    const environment = { SER_STORE: join(folder, 'store'), OTEL_EXPORTER_OTLP_ENDPOINT: collector.url };
    const serve = startSer(['serve', '--port', '0'], { folder, environment });
    atEnd(() => void serve.child.kill());
    let said = '';
    serve.child.stderr!.on('data', (text: string) => (said += text));
    await serve.says('there is no champion yet');
    const url = /serving nothing yet at (\S+)/.exec(said)![1]!;
    const predict = () =>
      fetch(`${url}predict`, { method: 'POST', body: new Uint8Array(wav16(testSignal(8000), 1, 8000)) });
    expect((await fetch(`${url}healthz`)).status).to.equal(200);
    expect((await fetch(`${url}readyz`)).status).to.equal(503);
    expect((await predict()).status).to.equal(503);

    writeUntrainedBundle(join(folder, 'bundle'));
    const store = await openStore({ url: join(folder, 'store') });
    const files = new Map(
      BUNDLE_FILES.map((name) => [name, new Uint8Array(readFileSync(join(folder, 'bundle', name)))]),
    );
    const { key } = await runStage(store, importedModelSpec({ any: 'bundle' }), () => Promise.resolve({ files }));
    await store.put('aliases/champion.json', jsonBytes({ run: 'first', model: key, split: 's' }));
    await serve.says('another model is champion');
    expect((await fetch(`${url}readyz`)).status).to.equal(200);
    expect((await predict()).status).to.equal(200);
    expect(await (await fetch(`${url}metrics`)).text()).to.include(`ser_serve_model_info{model="${key}"`);
    serve.child.kill('SIGTERM');
    expect(await serve.ended).to.include({ code: 0 });
    const told = collector.spans.map(({ name, attributes }) => `${name} ${attributes['http.response.status_code']}`);
    expect(told).to.include.members(['GET /readyz 503', 'POST /predict 503', 'GET /readyz 200', 'POST /predict 200']);
  });

  it('still ends with 2 for a model that is named and is none', async () => {
    const folder = scratchFolder();
    const { code, stderr } = await ser(['serve', '--model', 'nosuch', '--port', '0'], { folder });
    expect(code).to.equal(2);
    expect(stderr).to.include('nosuch');
  });
});
