import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect } from 'chai';
import { parse } from 'yaml';
import { repository } from '../support/folders.js';
import { infraFile } from './prometheus.js';

type Rules = { groups: { rules: { alert: string; annotations: Record<string, string> }[] }[] };
type Cases = { tests: { alert_rule_test: { alertname: string; exp_alerts: object[] }[] }[] };

const rules = (parse(infraFile('prometheus/alerts.yml')) as Rules).groups.flatMap((group) => group.rules);
const cases = (parse(infraFile('prometheus/alerts.test.yml')) as Cases).tests.flatMap((one) => one.alert_rule_test);

describe('the alert rules', () => {
  it('each say what happened and what to do', () => {
    for (const { alert, annotations } of rules) expect(annotations, alert).to.have.all.keys('summary', 'description');
  });

  it('each have a case in which they fire, and one in which they do not', () => {
    for (const { alert } of rules) {
      const counts = cases.filter(({ alertname }) => alertname === alert).map(({ exp_alerts }) => exp_alerts.length);
      expect(Math.min(...counts), alert).to.equal(0);
      expect(Math.max(...counts), alert).to.equal(1);
    }
  });

  it('fire in those cases and no others, and stand in configurations that Prometheus takes', function () {
    if (spawnSync('promtool', ['--version']).status !== 0) {
      console.error('    SKIPPED: promtool is not installed (Debian package prometheus)');
      this.skip();
    }
    const promtool = (...args: string[]) =>
      execFileSync('promtool', args, { cwd: join(repository, 'infra/prometheus'), encoding: 'utf8' });
    expect(promtool('test', 'rules', 'alerts.test.yml')).to.contain('SUCCESS');
    for (const name of ['prometheus.yml', 'compose.yml']) {
      expect(promtool('check', 'config', name)).to.contain(`${rules.length} rules found`);
    }
  });
});
