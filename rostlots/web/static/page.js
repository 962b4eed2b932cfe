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

async function ask(address, options) {
  const mine = ++turn;
  say(TEXTS.thinking);
  refuse("");
  hush();
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), PATIENCE);
  try {
    const response = await fetch(`${address}?lang=${LANG}&connects=false`, {
      method: "POST",
      ...options,
      headers: { Accept: "text/html", ...options.headers },
      signal: controller.signal,
    });
    const body = await response.text();
    if (mine !== turn) return false;
    if (response.ok) {
      place(body);
      return true;
    }
    refuse(message(body));
  } catch (fault) {
    if (mine === turn) refuse(fault.name === "AbortError" ? TEXTS.too_slow : TEXTS.unreachable);
  } finally {
    clearTimeout(timer);
    if (mine === turn) say("");
  }
  return false;
}

function message(body) {
  try {
    return JSON.parse(body).error.message;
  } catch {
    return TEXTS.unreachable;
  }
}

function typed(question) {
  return ask("/api/ask", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...question, session: form.session.value || null, lang: LANG, connects: false }),
  });
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
  show($("answer"));
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
  line.textContent = text;
  $("refusal").replaceChildren(...(text ? [line] : []));
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

if (navigator.mediaDevices?.getUserMedia && window.MediaRecorder) {
  const { setUpMicrophone } = await import(document.getElementById("recording").href);
  $("speak").hidden = false;
  if ($("again")) $("again").hidden = false;
  const label = document.querySelector("label[for=text]");
  label.textContent = label.dataset.or;
  setUpMicrophone({
    texts: TEXTS,
    say,
    refuse,
    hush,
    async recorded(blob) {
      aloud = true;
      const headers = { "Content-Type": blob.type || "audio/webm", "Rostlots-Session": form.session.value };
      if (await ask("/api/listen", { headers, body: blob })) play();
    },
  });
}
