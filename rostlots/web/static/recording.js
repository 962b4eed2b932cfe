// One question at the microphone: told first what happens to it, then recorded until a pause or the button ends it.

const LONGEST = 45_000; // ms of a recording
const PAUSE = 2_200; // ms of quiet after speech that end a question; people who search for a word need more than one
const WAIT = 12_000; // ms in which somebody may begin
const VOICE = 3.2; // times the room's own level that count as speech
const TOLD = "rostlots-told";
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4", "audio/webm"];

const $ = (id) => document.getElementById(id);

export function setUpMicrophone({ texts, say, refuse, hush, recorded }) {
  const button = $("microphone");
  let finish = null; // ends the recording that is under way

  function state(name) {
    button.dataset.state = name;
    $("microphone-label").textContent = { listening: texts.done, thinking: texts.thinking }[name] ?? texts.speak;
  }

  async function start() {
    state("opening");
    say(texts.opening);
    refuse("");
    hush();
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (fault) {
      state("idle");
      say("");
      refuse(fault.name === "NotAllowedError" ? texts.denied : texts.no_microphone);
      return;
    }
    let sound;
    try {
      sound = record(stream, (level) => button.style.setProperty("--level", level.toFixed(2)));
    } catch {
      stream.getTracks().forEach((track) => track.stop());
      state("idle");
      say("");
      refuse(texts.no_microphone);
      return;
    }
    finish = sound.finish;
    state("listening");
    say(texts.listening);
    const blob = await sound.blob;
    finish = null;
    state("thinking");
    await recorded(blob);
    state("idle");
  }

  button.addEventListener("click", () => {
    if (finish) finish();
    else if (button.dataset.state === "idle") told() ? start() : tell();
  });

  function tell() {
    $("before").hidden = false;
    button.hidden = true;
    $("before-heading").focus();
  }

  function close() {
    $("before").hidden = true;
    button.hidden = false;
  }

  $("before-yes").addEventListener("click", () => {
    remember();
    close();
    button.focus();
    start();
  });
  $("before-no").addEventListener("click", () => {
    close();
    $("text").focus();
  });
}

function told() {
  try {
    return localStorage.getItem(TOLD) === "1";
  } catch {
    return false;
  }
}

function remember() {
  try {
    localStorage.setItem(TOLD, "1");
  } catch {
    // Where nothing may be stored, it is said again next time.
  }
}

// Records a stream; `blob` comes when `finish` is called, after a pause, or at the longest time.
function record(stream, onLevel) {
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(stream, { ...(type && { mimeType: type }), audioBitsPerSecond: 32_000 });
  const pieces = [];
  const meter = loudness(stream);
  const began = performance.now();
  let floor = Infinity;
  let lastVoice = 0;

  function finish() {
    if (recorder.state !== "inactive") recorder.stop();
  }

  function watch() {
    if (recorder.state === "inactive") return;
    const now = performance.now() - began;
    const level = meter.level();
    // The room is as loud as its quietest moment, which may slowly rise.
    floor = Math.max(0.0015, Math.min(level || floor, floor * 1.002));
    if (level > floor * VOICE) lastVoice = now;
    onLevel(Math.min(1, level * 8));
    // Who is not measured may be speaking all the time.
    const quiet = meter.measures() && (lastVoice ? now - lastVoice > PAUSE : now > WAIT);
    if (quiet || now > LONGEST) finish();
    else setTimeout(watch, 60);
  }

  const blob = new Promise((resolve) => {
    recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      stream.getTracks().forEach((track) => track.stop());
      meter.close();
      onLevel(0);
      resolve(new Blob(pieces, { type: recorder.mimeType.split(";")[0] }));
    });
  });
  recorder.start();
  watch();
  return { blob, finish };
}

function loudness(stream) {
  const context = new (window.AudioContext || window.webkitAudioContext)();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  context.resume().catch(() => {}); // it may begin asleep, and stays so where there is no loudspeaker
  const samples = new Float32Array(analyser.fftSize);
  return {
    measures: () => context.state === "running",
    level() {
      analyser.getFloatTimeDomainData(samples);
      return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
    },
    close: () => context.close(),
  };
}
