import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { press, startBrowser } from './support.mjs';

let browser, server;
before(async () => {
  browser = await startBrowser();
  server = createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
after(async () => {
  await browser?.stop();
  server?.close();
});

let halves;
/** Serves a form, and a page whose second half is sent after the browser has read the first half. */
function answer({ url }, response) {
  if (url === '/halves') {
    halves = response;
    return halves.setHeader('content-type', 'text/html').write('<!doctype html><img src=/picture alt=""><p>First');
  }
  if (url === '/picture') setTimeout(() => halves.end('<p role=status>Second'), 200);
  return response.setHeader('content-type', 'text/html').end('<!doctype html><form action=/halves method=post><button>Go</button></form>');
}

test('`press` returns after the next page has loaded completely', async () => {
  const page = await browser.page();
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await press(page, 'Go');
  assert.equal(await page.getByRole('status').count(), 1);
});
