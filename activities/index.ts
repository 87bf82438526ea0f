import type { Activities } from '../core/contracts/activities.js';
import type { Dependencies } from './dependencies.js';
import { checkData } from './checkData.js';
import { chooseBackend } from './chooseBackend.js';
import { evaluateModel } from './evaluateModel.js';
import { extractShard } from './extractShard.js';
import { withFailures } from './failures.js';
import { fetchCorpus } from './fetchCorpus.js';
import { fetchRecordings } from './fetchRecordings.js';
import { forgetRuns } from './forgetRuns.js';
import { lastRetraining } from './lastRetraining.js';
import { notifyFailure } from './notifyFailure.js';
import { planShards } from './planShards.js';
import { poolTrials } from './poolTrials.js';
import { predictRecordings } from './predictRecordings.js';
import { promoteModel } from './promoteModel.js';
import { recordRetraining } from './recordRetraining.js';
import { recordRun } from './recordRun.js';
import { splitUtterances } from './splitUtterances.js';
import { trainModel } from './trainModel.js';
import { writeExperimentReport } from './writeExperimentReport.js';
import { writeReport } from './writeReport.js';

/** Every activity, with its dependencies handed in and its errors mapped to Temporal failures. */
export function createActivities(dependencies: Dependencies): Activities {
  return {
    fetchCorpus: withFailures(fetchCorpus(dependencies)),
    fetchRecordings: withFailures(fetchRecordings(dependencies)),
    planShards: withFailures(planShards(dependencies)),
    extractShard: withFailures(extractShard(dependencies)),
    splitUtterances: withFailures(splitUtterances(dependencies)),
    trainModel: withFailures(trainModel(dependencies)),
    evaluateModel: withFailures(evaluateModel(dependencies)),
    predictRecordings: withFailures(predictRecordings(dependencies)),
    writeReport: withFailures(writeReport(dependencies)),
    chooseBackend: withFailures(chooseBackend()),
    poolTrials: withFailures(poolTrials(dependencies)),
    writeExperimentReport: withFailures(writeExperimentReport(dependencies)),
    promoteModel: withFailures(promoteModel(dependencies)),
    recordRun: withFailures(recordRun(dependencies)),
    checkData: withFailures(checkData(dependencies)),
    lastRetraining: withFailures(lastRetraining(dependencies)),
    recordRetraining: withFailures(recordRetraining(dependencies)),
    forgetRuns: withFailures(forgetRuns(dependencies)),
    notifyFailure: withFailures(notifyFailure(dependencies)),
  };
}
