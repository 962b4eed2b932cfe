// One question on a WebSocket while it is said. Whatever goes wrong ends the stream without a word, as the recording of
// the same question goes the usual way then.

const OPENS = 4_000; // ms until the line has to be open
const BEHIND = 2; // seconds of sound that may wait for a slow line
const ANSWERS = 10_000; // ms from the end of the question to the reply
const ASLEEP = 1_000; // ms without a frame, which no sound that runs has

export function openStream(sound, { address, request, onPartial, onEnded }) {
  const waiting = []; // frames before the line is open
  const most = sound.rate * 2 * BEHIND; // bytes
  let last = performance.now(); // when a frame came
  let told; // settles `reply`
  let timer;
  let socket;
  const stream = {
    alive: true,
    // HTML of the answer, or null where there is none.
    reply: new Promise((resolve) => (told = resolve)),
    done() {
      if (!stream.alive) return;
      // Who was not heard to the end must not be told that they said nothing.
      if (socket.readyState !== WebSocket.OPEN || performance.now() - last > ASLEEP) return end();
      socket.send("done");
      wait(ANSWERS);
    },
  };

  function wait(time) {
    clearTimeout(timer);
    timer = setTimeout(() => end(), time);
  }

  function end(html = null) {
    if (!stream.alive) return;
    stream.alive = false;
    clearTimeout(timer);
    socket?.close();
    told(html);
    if (html !== null) onEnded();
  }

  function put(frame) {
    if (!stream.alive) return;
    last = performance.now();
    const open = socket.readyState === WebSocket.OPEN;
    if (open) socket.send(frame);
    else waiting.push(frame);
    if ((open ? socket.bufferedAmount : waiting.length * frame.byteLength) > most) end();
  }

  try {
    socket = new WebSocket(address);
  } catch {
    end();
    return stream;
  }
  socket.onopen = () => {
    clearTimeout(timer);
    socket.send(JSON.stringify({ ...request, rate: sound.rate, html: true }));
    waiting.splice(0).forEach((frame) => socket.send(frame));
  };
  socket.onmessage = ({ data }) => {
    if (!stream.alive) return;
    const said = JSON.parse(data);
    if (said.partial !== undefined) onPartial(said.partial);
    else if (said.ended) onEnded();
    else end(said.html);
  };
  socket.onclose = socket.onerror = () => end();
  wait(OPENS);
  sound.frames(put).catch(() => end());
  return stream;
}
