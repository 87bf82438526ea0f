// A person drops a file or speaks, and sees what the model says.
import { drawProbabilities, drawWaveform } from './drawing.js';
import { startRecording } from './recorder.js';

const WINDOW_SECONDS = 3;
const HOP_SECONDS = 0.5;
const LONGEST_RECORDING_MS = 60_000;
const LOOK_FOR_A_MODEL_EVERY_MS = 3000;

const element = (id) => document.getElementById(id);
const [drop, file, record, level, state, result] = ['drop', 'file', 'record', 'level', 'state', 'result'].map(element);

/** @param {boolean} [failed] whether it is told as a failure */
function say(text, failed = false) {
  state.textContent = text;
  state.classList.toggle('failed', failed);
}

async function showModel() {
  const answer = await fetch('/healthz');
  const { trainedOn, labels, reason } = await answer.json();
  if (trainedOn === undefined) {
    element('model').textContent = `No model answers yet: ${reason}.`;
    setTimeout(showModel, LOOK_FOR_A_MODEL_EVERY_MS);
    return;
  }
  const { corpora, utterances, synthetic } = trainedOn;
  const recordings = `${utterances.train} ${synthetic ? 'synthetic recordings' : 'recordings'}`;
  element('model').textContent =
    `The model knows ${labels.join(', ')}; it was trained on ${recordings} of ${corpora.join(', ')}.`;
}

/** Sends a recording and shows what comes back. */
async function ask(recording, name) {
  say(`Listening to ${name} …`);
  result.hidden = true;
  drop.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(`/predict?window=${WINDOW_SECONDS}&hop=${HOP_SECONDS}`, {
      method: 'POST',
      body: recording,
    });
    const said = await answer.json();
    if (answer.ok) await show(said, recording, name);
    else say(`${name}: ${said.error.message}`, true);
  } catch {
    say('The server does not answer.', true);
  } finally {
    drop.removeAttribute('aria-busy');
  }
}

async function show(said, recording, name) {
  const { emotion, probability, durationSeconds, warnings, timeline } = said;
  const share = document.createElement('span');
  share.textContent = `${(100 * probability).toFixed(1)} %`;
  result.hidden = false;
  element('emotion').replaceChildren(`${emotion} `, share);
  element('facts').textContent = [name, `${durationSeconds.toFixed(2)} s`, ...warnings].join(' · ');
  element('timeline-text').textContent =
    durationSeconds > WINDOW_SECONDS
      ? `of the first ${WINDOW_SECONDS} s, and of every ${WINDOW_SECONDS} s along the recording (${timeline.length} spans)`
      : 'of the whole recording';
  result.classList.toggle('short', durationSeconds <= WINDOW_SECONDS);
  drawProbabilities(element('probabilities'), said);
  await showWaveform(recording, durationSeconds);
  say('');
  element('emotion').focus();
}

/** The browser decodes what it can (AIFF, for one, it often cannot); the answer stands without a picture as well. */
async function showWaveform(recording, durationSeconds) {
  const figure = element('waveform').closest('figure');
  const context = new OfflineAudioContext(1, 1, 22_050);
  try {
    const audio = await context.decodeAudioData(await recording.arrayBuffer());
    drawWaveform(element('waveform'), audio.getChannelData(0));
    element('waveform').setAttribute('aria-label', `Waveform of ${durationSeconds.toFixed(2)} seconds`);
    element('wave-text').textContent = `0 to ${durationSeconds.toFixed(2)} s`;
    figure.hidden = false;
  } catch {
    figure.hidden = true;
  }
}

let recording;

async function startOrStop() {
  if (recording !== undefined) return stop();
  try {
    recording = await startRecording((peak) => (level.value = peak));
  } catch (error) {
    return say(`The microphone cannot be used: ${error.message}`, true);
  }
  setRecording(true);
  say('Speak now, and press Stop.');
  setTimeout(stop, LONGEST_RECORDING_MS, recording);
}

/** @param which the recording that has lasted too long; another one goes on */
async function stop(which = recording) {
  if (recording === undefined || which !== recording) return;
  const ended = recording;
  recording = undefined;
  setRecording(false);
  await ask(await ended.stop(), 'your recording');
}

function setRecording(on) {
  record.setAttribute('aria-pressed', String(on));
  element('record-label').textContent = on ? 'Stop' : 'Speak';
  level.hidden = !on;
}

record.addEventListener('click', () => void startOrStop());
file.addEventListener('change', () => {
  const [chosen] = file.files;
  file.value = '';
  if (chosen !== undefined) void ask(chosen, chosen.name);
});
for (const name of ['dragover', 'dragenter']) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
}
drop.addEventListener('dragleave', () => drop.classList.remove('over'));
drop.addEventListener('drop', (event) => {
  event.preventDefault();
  drop.classList.remove('over');
  const [dropped] = event.dataTransfer.files;
  if (dropped !== undefined) void ask(dropped, dropped.name);
});
void showModel().catch(() => say('The server does not answer.', true));
