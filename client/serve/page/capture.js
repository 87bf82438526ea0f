// Runs in the audio thread: hands on the samples of the first channel, some 20 ms at a time.

const CHUNK = 1024;

class Capture extends AudioWorkletProcessor {
  #chunk = new Float32Array(CHUNK);
  #filled = 0;

  process([[channel] = []]) {
    if (channel === undefined) return true;
    for (const sample of channel) {
      this.#chunk[this.#filled++] = sample;
      if (this.#filled < CHUNK) continue;
      this.port.postMessage(this.#chunk);
      this.#chunk = new Float32Array(CHUNK);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('capture', Capture);
