import { expect } from 'chai';
import { runningServer } from '../../worker/localServer.js';
import { runningWorker } from '../../worker/localWorker.js';
import { createProject, ENDLESS, type Project, SHORT } from '../support/project.js';

describe('a run that somebody follows, on the local server', function () {
  this.timeout(300_000);
  let project: Project;
  before(async () => {
    project = await createProject();
  });

  it('gets another worker when its own is killed, another server when that is, and ends as if nothing was', async () => {
    const run = project.start('run', '--data', 'corpus', '--name', 'killed', ...SHORT);
    await run.says('started run');
    await run.says('fetchCorpus');
    const worker = runningWorker(project.home)!;
    process.kill(worker.pid, 'SIGKILL');
    await run.says('the local worker has ended unasked');
    await run.says('1 of 5');
    const server = runningServer(project.home)!;
    process.kill(server.pid, 'SIGKILL');
    await run.says('the local server has ended unasked');
    const { code, stderr } = await run.ended;
    expect(code, stderr).to.equal(0);
    expect(runningWorker(project.home)!.pid).not.to.equal(worker.pid);
    expect(runningServer(project.home)!.address).to.equal(server.address);
    expect(stderr).not.to.contain('MaxListeners');
  });

  it('is left, and goes on after `up`, when somebody stops the server on purpose', async () => {
    const run = project.start('run', '--data', 'demo', '--name', 'stopped', ...ENDLESS);
    await run.says('planShards');
    expect((await project.ser('down')).code).to.equal(0);
    const { code, stderr } = await run.ended;
    expect(code, stderr).to.equal(3);
    expect(stderr).to.contain('the local server was stopped').and.contain('./ser up');
    expect(runningServer(project.home)).to.equal(undefined);
    expect((await project.ser('up')).code).to.equal(0);
    expect((await project.ser('cancel', 'stopped')).code).to.equal(0);
  });

  it('may go on in a namespace of its own, which is made for it', async () => {
    const { code, stderr } = await project.ser(
      'run',
      '--data',
      'corpus',
      '--name',
      'apart',
      ...SHORT,
      '--namespace',
      'apart',
    );
    expect(code, stderr).to.equal(0);
    expect(stderr).to.contain('/namespaces/apart/');
    expect(runningWorker(project.home)).to.include({ namespace: 'apart' });
  });
});
