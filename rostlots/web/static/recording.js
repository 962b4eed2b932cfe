// One question at the microphone: told first what happens to it, then heard while it is said, and recorded for the case
// that the line for that fails, until a pause or the button ends it.

const LONGEST = 45_000; // ms of a recording
const PAUSE = 2_200; // ms of quiet after speech that end a question; people who search for a word need more than one
const WAIT = 12_000; // ms in which somebody may begin
const LONGER = 2_000; // ms more of both where the service listens, which knows better
const VOICE = 3.2; // times the room's own level that count as speech
const TOLD = "rostlots-told";
const TYPES = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4", "audio/webm"];

const $ = (id) => document.getElementById(id);

export function setUpMicrophone({ texts, say, refuse, hush, openSound, openStream, recorded }) {
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
    let media;
    try {
      media = await navigator.mediaDevices.getUserMedia({
        audio: { channelCount: 1, echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      });
    } catch (fault) {
      state("idle");
      say("");
      refuse(fault.name === "NotAllowedError" ? texts.denied : texts.no_microphone);
      return;
    }
    let sound;
    let stream;
    let recording;
    try {
      sound = openSound(media);
      const streams = () => stream?.alive;
      recording = record(media, sound, streams, (level) => button.style.setProperty("--level", level.toFixed(2)));
    } catch {
      sound?.close();
      media.getTracks().forEach((track) => track.stop());
      state("idle");
      say("");
      refuse(texts.no_microphone);
      return;
    }
    finish = recording.finish;
    stream = openStream(sound, finish);
    state("listening");
    say(texts.listening);
    const blob = await recording.blob;
    finish = null;
    stream.done();
    state("thinking");
    await recorded(blob, stream);
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

// Records what a microphone gives; `blob` comes when `finish` is called, after a pause, or at the longest time.
function record(media, sound, streams, onLevel) {
  const type = TYPES.find((one) => MediaRecorder.isTypeSupported(one));
  const recorder = new MediaRecorder(media, { ...(type && { mimeType: type }), audioBitsPerSecond: 32_000 });
  const pieces = [];
  const began = performance.now();
  let floor = Infinity;
  let lastVoice = 0;

  function finish() {
    if (recorder.state !== "inactive") recorder.stop();
  }

  function watch() {
    if (recorder.state === "inactive") return;
    const now = performance.now() - began;
    const level = sound.level();
    // The room is as loud as its quietest moment, which may slowly rise.
    floor = Math.max(0.0015, Math.min(level || floor, floor * 1.002));
    if (level > floor * VOICE) lastVoice = now;
    onLevel(Math.min(1, level * 8));
    const longer = streams() ? LONGER : 0;
    // Who is not measured may be speaking all the time.
    const quiet = sound.measures() && (lastVoice ? now - lastVoice > PAUSE + longer : now > WAIT + longer);
    if (quiet || now > LONGEST) finish();
    else setTimeout(watch, 60);
  }

  const blob = new Promise((resolve) => {
    recorder.addEventListener("dataavailable", (event) => event.data.size && pieces.push(event.data));
    recorder.addEventListener("stop", () => {
      media.getTracks().forEach((track) => track.stop());
      sound.close();
      onLevel(0);
      resolve(new Blob(pieces, { type: recorder.mimeType.split(";")[0] }));
    });
  });
  recorder.start();
  watch();
  return { blob, finish };
}
