// The gateway's job as a good team would write it by hand: TLS, a bearer token, the resident record parsed and mapped in JavaScript, one
// durable row, 202. Requests that wait while a transaction is written share the next one (group commit).
//   server.js PORT CERTIFICATE KEY DATABASE TOKEN
'use strict';
const fs = require('fs');
const path = require('path');
const { createRequire } = require('module');

const installed = createRequire(path.join(process.cwd(), 'package.json')); // packages live in the build folder, not beside this file
const Database = installed('better-sqlite3');
const fastify = installed('fastify');
const { toProfile } = require('./profile.js');

const [port, certificate, key, file, token] = process.argv.slice(2);

const database = new Database(file);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(`CREATE TABLE message (id INTEGER PRIMARY KEY, reference TEXT NOT NULL UNIQUE, received TEXT NOT NULL, record TEXT NOT NULL,
                                     profile TEXT NOT NULL, state TEXT NOT NULL)`);
const insert = database.prepare('INSERT INTO message (reference, received, record, profile, state) VALUES (?, ?, ?, ?, ?)');

let waiting = [];
const insertAll = database.transaction((batch) => {
  for (const one of batch) one.id = insert.run(...one.row).lastInsertRowid;
});

function commit() {
  const batch = waiting;
  waiting = [];
  try {
    insertAll(batch);
  } catch (error) {
    for (const one of batch) one.reject(error);
    return;
  }
  for (const one of batch) one.resolve(Number(one.id));
}

function store(row) {
  return new Promise((resolve, reject) => {
    waiting.push({ row, resolve, reject });
    if (waiting.length === 1) setImmediate(commit);
  });
}

const app = fastify({ https: { cert: fs.readFileSync(certificate), key: fs.readFileSync(key) } });
app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => done(null, body));
const expected = `Bearer ${token}`;
app.post('/records', async (request, reply) => {
  if (request.headers.authorization !== expected) return reply.code(401).send({ status: 401 });
  const record = JSON.parse(request.body);
  const profile = JSON.stringify(toProfile(record));
  const id = await store([record.messageId, new Date().toISOString(), request.body, profile, 'queued']);
  return reply.code(202).send({ id, state: 'queued' });
});
app.listen({ port: Number(port), host: '127.0.0.1' }).catch((error) => {
  console.error(error.message);
  process.exit(3);
});
process.on('SIGTERM', () => app.close().then(() => process.exit(0)));
