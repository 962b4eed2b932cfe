// Plays a conversation against a running skill with virtual-alexa, a client by other people, and prints what came back.
//
//   node play.js FOLDER_OF_VIRTUAL_ALEXA MODEL.json LOCALE URL   with the turns as JSON on standard input:
//   a string is launched or spoken, ["Intent", {"slot": "value"}] is sent as an intent.

const [folder, model, locale, url] = process.argv.slice(2);
// The AWS library inside prints that it is old.
process.env.AWS_SDK_JS_SUPPRESS_MAINTENANCE_MODE_MESSAGE = "1";
const { VirtualAlexa } = require(`${folder}/node_modules/virtual-alexa`);

const alexa = VirtualAlexa.Builder()
  .interactionModelFile(model)
  .locale(locale)
  .applicationID("amzn1.ask.skill.test")
  .skillURL(url)
  .create();

async function turn(what) {
  if (what === "LAUNCH") return alexa.launch();
  if (what === "END") return alexa.endSession();
  return Array.isArray(what) ? alexa.intend(what[0], what[1]) : alexa.utter(what);
}

async function main() {
  const turns = JSON.parse(require("fs").readFileSync(0, "utf8"));
  const replies = [];
  for (const what of turns) {
    const started = process.hrtime.bigint();
    const reply = await turn(what);
    const response = reply.response || {};
    replies.push({
      said: response.outputSpeech ? response.outputSpeech.ssml : "",
      reprompt: response.reprompt ? response.reprompt.outputSpeech.ssml : "",
      card: response.card ? response.card.content : "",
      directives: (response.directives || []).map((directive) => directive.type),
      ends: response.shouldEndSession === true,
      ms: Number(process.hrtime.bigint() - started) / 1e6,
    });
  }
  process.stdout.write(JSON.stringify(replies));
}

main().catch((fault) => {
  process.stderr.write(String(fault && fault.stack ? fault.stack : fault) + "\n");
  process.exit(1);
});
