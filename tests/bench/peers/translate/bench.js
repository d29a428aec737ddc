// Text in, text out, as the gateway's engine does it: prints nanoseconds per record, one line a round.
//   bench.js EXAMPLE.in.json EXAMPLE.out.json ROUNDS SECONDS_PER_ROUND
// It first makes sure that what is timed gives what the example says.
'use strict';
const assert = require('assert');
const fs = require('fs');
const { translate } = require('./translate.js');

const [input, output, rounds, seconds] = process.argv.slice(2);
const { record, ...context } = JSON.parse(fs.readFileSync(input, 'utf8'));
const text = JSON.stringify(record);
const once = () => JSON.stringify(translate(JSON.parse(text), context));
assert.deepStrictEqual(JSON.parse(once()), JSON.parse(fs.readFileSync(output, 'utf8')));

const nanoseconds = BigInt(Math.round(Number(seconds) * 1e9));
let kept = 0;
function round() {
  const start = process.hrtime.bigint();
  let count = 0;
  let now = start;
  while (now - start < nanoseconds) {
    for (let i = 0; i < 100; i += 1) kept += once().length;
    count += 100;
    now = process.hrtime.bigint();
  }
  return Number(now - start) / count;
}
round(); // until the compiler has seen enough
for (let i = 0; i < Number(rounds); i += 1) console.log(round().toFixed(0));
if (kept === 0) process.exit(1);
