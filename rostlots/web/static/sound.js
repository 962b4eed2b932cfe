// What the microphone gives, as a level to show and as frames to send.

const RATE = 16_000; // what recognition works with; more is only more to send

export function openSound(media, worklet) {
  const { context, source } = connected(media);
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  source.connect(analyser);
  context.resume().catch(() => {}); // it may begin asleep, and stays so where there is no loudspeaker
  const samples = new Float32Array(analyser.fftSize);
  return {
    rate: context.sampleRate,
    measures: () => context.state === "running",
    level() {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    },
    // Calls back with each 40 ms of sound. Fails where a browser has no worklets.
    async frames(take) {
      await context.audioWorklet.addModule(worklet);
      const node = new AudioWorkletNode(context, "frames", { channelCount: 1, channelCountMode: "explicit" });
      node.port.onmessage = ({ data }) => take(data);
      source.connect(node).connect(context.destination); // it gives no sound, but only what leads there is run
    },
    close: () => context.close(),
  };
}

// Not every browser converts what a microphone gives to the rate of a context.
function connected(media) {
  const Context = window.AudioContext || window.webkitAudioContext;
  for (const options of [{ sampleRate: RATE }, undefined]) {
    let context;
    try {
      context = new Context(options);
      return { context, source: context.createMediaStreamSource(media) };
    } catch (fault) {
      context?.close();
      if (!options) throw fault;
    }
  }
}
