import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { press, startBrowser, startSandbox } from './support.mjs';

let sandbox, browser;
before(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

/** Opens the home page without JavaScript. */
async function home() {
  const page = await browser.page({ javaScriptEnabled: false });
  await page.goto(sandbox.url);
  return page;
}

const now = async () => Date.parse((await sandbox.state()).now);

test('the clock form of the home page moves the sandbox\'s time, and links expire', async () => {
  const link = await sandbox.kwikLink({ customer_id: 'cus_demo_active' });
  const page = await home();
  for (const [name, hours] of [['Advance 1 hour', 1], ['Advance 1 day', 24], ['Advance 30 days', 720]]) {
    const before = await now();
    await press(page, name);
    assert.equal(page.url(), `${sandbox.url}/#clock`);
    assert.ok((await now()) - before >= hours * 3_600_000, name);
  }
  assert.equal((await page.goto(link)).status(), 410);
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'This link has expired');
  assert.deepEqual(page.complaints, []);
});

test('a fault from the home page applies to the given number of calls', async () => {
  const page = await home();
  await page.getByLabel('Provider').selectOption('Kwik');
  await page.getByLabel('Fault', { exact: true }).selectOption('429, retry after 2 seconds');
  await page.getByLabel('Times').fill('2');
  await press(page, 'Add the fault');
  assert.ok((await page.innerText('main')).includes('kwik: status, retry_after 2, status 429, 2 times'));
  const url = `${sandbox.url}/2.0/customer-portal/link`;
  for (const status of [429, 429, 401]) {
    const answer = await fetch(url, { method: 'POST' });
    assert.equal(answer.status, status);
    assert.equal(answer.headers.get('retry-after'), status === 429 ? '2' : null);
  }
  await page.reload();
  assert.ok((await page.innerText('main')).includes('No fault is queued.'));
});

test('the control API knows every fault of the form, and all can be cleared', async () => {
  const page = await home();
  const faults = await page.getByLabel('Fault', { exact: true }).locator('option').allInnerTexts();
  for (const fault of faults) {
    await page.getByLabel('Fault', { exact: true }).selectOption(fault);
    await press(page, 'Add the fault');
    assert.equal(page.url(), `${sandbox.url}/#faults`, fault);
  }
  assert.equal((await (await fetch(`${sandbox.url}/_sandbox/faults`)).json()).length, faults.length);
  await press(page, 'Remove all faults');
  assert.deepEqual(await (await fetch(`${sandbox.url}/_sandbox/faults`)).json(), []);
});

test('the rate limit is switched on and off', async () => {
  const page = await home();
  const limit = async () => (await (await fetch(`${sandbox.url}/_sandbox/rate_limit`)).json()).rate_limit;
  await press(page, 'Switch on, with Retry-After');
  assert.equal((await limit()).retry_after, true);
  assert.ok((await page.innerText('main')).includes('It is on.'));
  await press(page, 'Switch on');
  assert.equal((await limit()).retry_after, false);
  await press(page, 'Switch off');
  assert.equal(await limit(), null);
});
