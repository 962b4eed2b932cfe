// Runs beside the sound: hands it over as int16, as the service takes it, every 40 ms.
// Numbers in an Int16Array lie in memory as the machine likes it; browsers run on little-endian ones.

class Frames extends AudioWorkletProcessor {
  constructor() {
    super();
    this.size = Math.round(sampleRate * 0.04);
    this.begin();
  }

  begin() {
    this.frame = new Int16Array(this.size);
    this.filled = 0;
  }

  process([input]) {
    for (const sample of input[0] ?? []) {
      this.frame[this.filled++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.filled < this.size) continue;
      this.port.postMessage(this.frame.buffer, [this.frame.buffer]);
      this.begin();
    }
    return true;
  }
}

registerProcessor("frames", Frames);
