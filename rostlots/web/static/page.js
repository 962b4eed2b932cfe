// The open page: asks without loading anew, records, and plays answers. Every reply is made on the server.

const PATIENCE = 25_000; // ms for a whole turn
const TEXTS = JSON.parse(document.getElementById("texts").textContent);
const LANG = document.documentElement.lang;
const $ = (id) => document.getElementById(id);

const form = $("ask");
let aloud = false; // whoever has spoken or listened once hears the next answers, too

document.documentElement.classList.add("scripted");

// Asking ------------------------------------------------------------------------------------------------------------

let turn = 0;

class Told extends Error {} // its message is for people

// `answer` gets the HTML of a reply; whatever else comes of it is told.
async function ask(answer) {
  const mine = ++turn;
  say(TEXTS.thinking);
  refuse("");
  hush();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), PATIENCE);
  try {
    const reply = await answer(controller.signal);
    if (mine !== turn) return false;
    place(reply);
    return true;
  } catch (fault) {
    if (mine !== turn) return false;
    if (fault instanceof Told) refuse(fault.message);
    else refuse(fault.name === "AbortError" ? TEXTS.too_slow : TEXTS.unreachable);
  } finally {
    clearTimeout(timer);
    if (mine === turn) say("");
  }
  return false;
}

async function post(address, options) {
  const response = await fetch(`${address}?lang=${LANG}&connects=false`, {
    method: "POST",
    ...options,
    headers: { Accept: "text/html", ...options.headers },
  });
  const body = await response.text();
  if (!response.ok) throw new Told(message(body));
  return body;
}

function message(body) {
  try {
    return JSON.parse(body).error.message;
  } catch {
    return TEXTS.unreachable;
  }
}

function typed(question) {
  const headers = { "Content-Type": "application/json" };
  const session = form.session.value || null;
  const body = JSON.stringify({ ...question, session, lang: LANG, connects: false });
  return ask((signal) => post("/api/ask", { headers, body, signal }));
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const chosen = event.submitter?.name === "topic" ? event.submitter : null;
  const text = form.text.value.trim();
  if (!chosen && !text) {
    form.text.focus();
    return;
  }
  const done = await typed(chosen ? { topic: chosen.value } : { text });
  if (!done) return;
  if (chosen) {
    $("answer-heading").focus({ preventScroll: true });
    show($("answer"));
  } else {
    form.text.value = "";
  }
  if (aloud) play();
});

// Answers -----------------------------------------------------------------------------------------------------------

function place(body) {
  const reply = new DOMParser().parseFromString(body, "text/html");
  const part = (name) => reply.querySelector(`[data-part="${name}"]`);
  document.querySelectorAll("#answer > [data-part]").forEach((old) => old.remove());
  $("answer").hidden = false;
  form.session.value = part("session").textContent;
  $("said").replaceChildren(part("said"));
  $("next").replaceChildren(part("next"));
  prepareButtons();
  show($("next").querySelector(".danger") ?? $("answer"));
}

function show(element) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  element.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
}

function say(text) {
  $("state").textContent = text;
}

function refuse(text) {
  const line = document.createElement("p");
  const number = document.querySelector(".call-number").textContent;
  const [before, ...after] = text.split(number);
  line.append(before, ...after.flatMap((part) => [unbroken(number), part]));
  $("refusal").replaceChildren(...(text ? [line] : []));
  if (text) show($("refusal"));
}

function unbroken(number) {
  const whole = document.createElement("span");
  whole.className = "number";
  whole.textContent = number;
  return whole;
}

// Sound -------------------------------------------------------------------------------------------------------------

// The buttons under an answer that need a script: to listen to it, and to speak once more.
function prepareButtons() {
  const voice = $("voice");
  const button = $("play");
  if (!voice || !button) return;
  $("again").hidden = $("speak").hidden;
  $("again").addEventListener("click", () => {
    $("microphone").focus();
    $("microphone").click();
  });
  button.hidden = false;
  const name = () => (button.textContent = voice.paused ? TEXTS.listen : TEXTS.stop);
  for (const event of ["play", "pause", "ended"]) voice.addEventListener(event, name);
  button.addEventListener("click", () => {
    aloud = voice.paused;
    if (voice.paused) play();
    else hush();
  });
}

async function play() {
  try {
    await $("voice")?.play();
  } catch (fault) {
    if (fault.name === "NotAllowedError") say(TEXTS.press_listen); // a phone that wants a touch for every sound
    else if (fault.name !== "AbortError") say(TEXTS.no_sound);
  }
}

function hush() {
  const voice = $("voice");
  if (!voice) return;
  voice.pause();
  if (voice.readyState > 0) voice.currentTime = 0;
}

prepareButtons();

// The figure --------------------------------------------------------------------------------------------------------

for (const button of document.querySelectorAll("button[data-organ]")) {
  const organ = document.querySelector(`.organ[data-organ="${button.dataset.organ}"]`);
  const light = (on) => () => organ.classList.toggle("on", on);
  for (const target of [button, organ]) {
    target.addEventListener("pointerenter", light(true));
    target.addEventListener("pointerleave", light(false));
  }
  button.addEventListener("focus", light(true));
  button.addEventListener("blur", light(false));
  organ.addEventListener("click", () => button.click());
}

// The microphone ----------------------------------------------------------------------------------------------------

const SO_FAR = 75; // letters that have room; the last ones are of interest

// What has been heard so far stands where the form is, so that nothing moves; who is typing there keeps the form.
function hear(text) {
  const shown = text.length > SO_FAR ? `… ${text.slice(text.indexOf(" ", text.length - SO_FAR) + 1)}` : text;
  $("so-far").hidden = !shown || form.contains(document.activeElement);
  $("so-far-text").textContent = shown;
  form.classList.toggle("aside", !$("so-far").hidden);
  if (!$("so-far").hidden) show($("so-far"));
}

if (navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  const load = (name) => import($(name).href);
  const [{ setUpMicrophone }, { openSound }, { openStream }] = await Promise.all(
    ["recording", "sound", "streaming"].map(load),
  );
  $("speak").hidden = false;
  if ($("again")) $("again").hidden = false;
  const label = document.querySelector("label[for=text]");
  label.textContent = label.dataset.or;
  setUpMicrophone({
    texts: TEXTS,
    say,
    refuse,
    hush,
    openSound: (media) => openSound(media, $("sound").dataset.frames),
    openStream(sound, onEnded) {
      const address = new URL(`/api/stream?lang=${LANG}`, location.href);
      address.protocol = address.protocol.replace("http", "ws");
      const request = { session: form.session.value || null, lang: LANG, connects: false };
      return openStream(sound, { address, request, onPartial: hear, onEnded });
    },
    async recorded(blob, stream) {
      aloud = true;
      const headers = { "Content-Type": blob.type || "audio/webm", "Rostlots-Session": form.session.value };
      const done = await ask(
        async (signal) => (await stream.reply) ?? post("/api/listen", { headers, body: blob, signal }),
      );
      hear("");
      if (done) play();
    },
  });
}
