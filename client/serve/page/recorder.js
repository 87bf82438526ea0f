// Records the microphone as samples, and makes a WAV file of them.

const LOUDEST = 0x7fff;

/**
 * Begins to record.
 *
 * @param {(peak: number) => void} onLevel is told the largest sample of every moment, 0 to 1
 * @returns {Promise<{ stop(): Promise<Blob> }>} `stop` ends it and gives a WAV file, 16-bit mono
 */
export async function startRecording(onLevel) {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, ...plain } });
  const context = new AudioContext();
  await context.audioWorklet.addModule('/capture.js');
  const capture = new AudioWorkletNode(context, 'capture', { numberOfOutputs: 0 });
  const chunks = [];
  capture.port.onmessage = ({ data }) => {
    chunks.push(data);
    onLevel(data.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0));
  };
  context.createMediaStreamSource(stream).connect(capture);
  return {
    async stop() {
      for (const track of stream.getTracks()) track.stop();
      await context.close();
      return wavFile(chunks, context.sampleRate);
    },
  };
}

function wavFile(chunks, sampleRate) {
  const frames = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const view = new DataView(new ArrayBuffer(44 + 2 * frames));
  const text = (offset, word) => [...word].forEach((letter, at) => view.setUint8(offset + at, letter.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + 2 * frames, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true); // PCM
  view.setUint16(22, 1, true); // one channel
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 2 * sampleRate, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  text(36, 'data');
  view.setUint32(40, 2 * frames, true);
  let offset = 44;
  for (const chunk of chunks) {
    for (const sample of chunk) {
      view.setInt16(offset, Math.round(LOUDEST * Math.max(-1, Math.min(1, sample))), true);
      offset += 2;
    }
  }
  return new Blob([view], { type: 'audio/wav' });
}
