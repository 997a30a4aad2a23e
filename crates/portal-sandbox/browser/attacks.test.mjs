// Attacks by a page of another origin, open in the browser of a developer whose sandbox is running.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { after, before, test } from 'node:test';

import { startBrowser, startSandbox } from './support.mjs';

let sandbox, browser, evil;
before(async () => {
  // `rebound.test` is a domain of the attacker that resolves to this machine.
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser('MAP rebound.test 127.0.0.1')]);
  evil = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>evil</title>'));
  evil.listen(0, '127.0.0.1');
  await once(evil, 'listening');
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
  evil?.close();
});

const port = () => new URL(sandbox.url).port;

async function evilPage() {
  const page = await browser.page();
  await page.goto(`http://127.0.0.1:${evil.address().port}/`);
  return page;
}

/** Counts everything that a request can change, to check that nothing changed. */
async function traces() {
  const { links, users } = await sandbox.state();
  return { links: links.length, users: users.length, journal: (await sandbox.journal()).length };
}

async function csrfOf(url) {
  return /name="csrf" value="([^"]+)"/.exec(await (await fetch(url)).text())[1];
}

/** Sends a request with any `Host` and `Origin`, which browsers and `fetch` do not allow. */
async function raw(method, path, headers = {}, body = '') {
  const call = request(sandbox.url + path, { method, headers });
  call.end(body);
  const [answer] = await once(call, 'response');
  answer.resume();
  return answer.statusCode;
}

test('a form on another origin\'s page changes nothing', async () => {
  await sandbox.callOnlineapp({ email: 'kept@example.com' });
  const before = await traces();
  for (const [path, fields] of [
    ['/_sandbox/reset', {}],
    ['/_home/link', { provider: 'kwik', customer: 'cus_demo_new' }],
    // Even if that page knew the token.
    ['/_home/link', { provider: 'kwik', customer: 'cus_demo_new', csrf: await csrfOf(sandbox.url) }],
  ]) {
    const page = await evilPage();
    const [answer] = await Promise.all([
      page.waitForResponse(sandbox.url + path),
      page.evaluate(([action, fields]) => {
        const form = Object.assign(document.createElement('form'), { method: 'post', action });
        for (const [name, value] of Object.entries(fields)) {
          form.append(Object.assign(document.createElement('input'), { name, value }));
        }
        document.body.append(form);
        form.submit();
      }, [sandbox.url + path, fields]),
    ]);
    assert.equal(answer.status(), 403, path);
  }
  assert.deepEqual(await traces(), before);
});

test('a script on another origin\'s page can neither change nor read anything', async () => {
  const before = await traces();
  const page = await evilPage();
  for (const [method, path] of [
    ['POST', '/_sandbox/reset'],
    ['POST', '/_home/link'],
    ['GET', '/_sandbox/state'],
    ['GET', '/_sandbox/journal'],
    ['GET', '/'],
    ['GET', '/journal'],
  ]) {
    const read = (mode) =>
      page.evaluate(
        ([url, method, mode]) => fetch(url, { method, mode }).then((answer) => answer.text(), () => 'unreadable'),
        [sandbox.url + path, method, mode],
      );
    assert.equal(await read('cors'), 'unreadable', path);
    assert.equal(await read('no-cors'), '', path);
  }
  assert.deepEqual(await traces(), before);
});

test('a request for a foreign domain that resolves to this machine is refused', async () => {
  const page = await browser.page();
  for (const path of ['/', '/journal', '/_sandbox/state', '/_sandbox/journal']) {
    const answer = await page.goto(`http://rebound.test:${port()}${path}`);
    assert.equal(answer.status(), 403, path);
    assert.ok(!(await page.content()).includes(sandbox.kwik.api_secret), path);
    assert.ok(!(await page.content()).includes('csrf'), path);
  }
  const before = await traces();
  const host = `rebound.test:${port()}`;
  const csrf = await csrfOf(sandbox.url);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const body = `csrf=${csrf}&provider=kwik&customer=cus_demo_new`;
  assert.equal(await raw('POST', '/_home/link', { ...form, host }, body), 403);
  assert.equal(await raw('POST', '/_home/link', { ...form, host, origin: `http://${host}` }, body), 403);
  assert.equal(await raw('POST', '/_sandbox/reset', { host, origin: `http://${host}` }), 403);
  assert.deepEqual(await traces(), before);
});

test('a form without the token of the running sandbox is refused', async () => {
  const before = await traces();
  const form = { 'content-type': 'application/x-www-form-urlencoded', origin: sandbox.url };
  for (const csrf of ['', '&csrf=', '&csrf=wrong', `&csrf=${'A'.repeat(43)}`]) {
    assert.equal(await raw('POST', '/_home/link', form, `provider=kwik&customer=cus_demo_new${csrf}`), 403);
  }
  assert.equal(await raw('POST', '/_home/link', { 'content-type': 'application/json' }, '{}'), 403);
  assert.deepEqual(await traces(), before);
});

test('no page of the sandbox can be put in a frame', async () => {
  const link = await sandbox.kwikLink({ customer_id: 'cus_demo_active' });
  for (const url of [link, sandbox.url, `${sandbox.url}/journal`]) {
    const page = await evilPage();
    await Promise.all([
      page.waitForEvent('console', (complaint) => complaint.text().includes('frame')),
      page.evaluate(
        (url) =>
          new Promise((loaded) => {
            const frame = Object.assign(document.createElement('iframe'), { src: url, onload: loaded });
            document.body.append(frame);
          }),
        url,
      ),
    ]);
    const shown = await page.frames()[1].evaluate(() => document.body?.innerText ?? '');
    assert.ok(!/sandbox/i.test(shown), shown);
    assert.ok(page.complaints.some((one) => one.includes('frame')), String(page.complaints));
  }
});
