// Text in, text out, as the gateway's engine does it: prints nanoseconds of processor time per record, one line a round.
//   bench.js javascript|jsonata RECORD CONTEXT MESSAGE ROUNDS SECONDS_PER_ROUND
// It first makes sure that what is timed gives the gateway's message to the byte. jsonata comes from the working folder's node_modules.
'use strict';
const assert = require('assert');
const fs = require('fs');
const path = require('path');

const [engine, record, contextFile, message, rounds, seconds] = process.argv.slice(2);
const text = fs.readFileSync(record, 'utf8');
const context = JSON.parse(fs.readFileSync(contextFile, 'utf8'));

function make() {
  if (engine === 'javascript') {
    const { translate } = require('./translate.js');
    return () => JSON.stringify(translate(JSON.parse(text), context));
  }
  const jsonata = require(require.resolve('jsonata', { paths: [process.cwd()] }));
  const expression = jsonata(fs.readFileSync(path.join(__dirname, 'profile.jsonata'), 'utf8'));
  return async () => JSON.stringify(await expression.evaluate(JSON.parse(text), { context }));
}

const once = make();
const isAsync = engine !== 'javascript'; // awaiting what is no promise would cost the other one time
let kept = 0;
async function some(count) {
  if (isAsync) for (let i = 0; i < count; i += 1) kept += (await once()).length;
  else for (let i = 0; i < count; i += 1) kept += once().length;
}

async function round(microseconds) {
  const start = process.cpuUsage();
  let count = 0;
  let used = 0;
  while (used < microseconds) {
    await some(100);
    count += 100;
    const now = process.cpuUsage(start);
    used = now.user + now.system;
  }
  return (used * 1000) / count;
}

(async () => {
  assert.strictEqual(await once(), fs.readFileSync(message, 'utf8'), 'the message is not the gateway\'s');
  const microseconds = Number(seconds) * 1e6;
  await round(Math.max(microseconds, 1e6)); // until the compiler has seen enough
  for (let i = 0; i < Number(rounds); i += 1) console.log((await round(microseconds)).toFixed(0));
  if (kept === 0) process.exit(1);
})();
