// A webhook receiver: a small server on this machine that keeps each delivery, byte for byte.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';

/** Milliseconds. Longer than any delivery takes on a busy machine. */
const MAX_WAIT = 20_000;

/** Starts a receiver and subscribes it to the sandbox's events, signed with `secret`. */
export async function startReceiver(sandbox, secret) {
  const arrived = [];
  const arrivals = new EventEmitter();
  const server = createServer(async (request, answer) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    arrived.push({ headers: request.headers, body, event: JSON.parse(body) });
    answer.end();
    arrivals.emit('arrived');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  await sandbox.control('webhooks', { url: `http://127.0.0.1:${server.address().port}/hook`, secret });
  let read = 0;
  return {
    /** Waits for the first unread delivery and returns it. */
    next: async () => {
      const signal = AbortSignal.timeout(MAX_WAIT);
      while (arrived.length === read) await once(arrivals, 'arrived', { signal });
      read += 1;
      return arrived[read - 1];
    },
    /** Stops the receiver; an unread delivery is an error. */
    stop: () => {
      server.close();
      server.closeAllConnections();
      assert.deepEqual(arrived.slice(read).map(({ event }) => event.type), []);
    },
  };
}
