import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { PHONE, arrive, portal, press, startBrowser, startSandbox } from './support.mjs';

let sandbox, browser;
before(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

async function home(options) {
  const page = await browser.page(options);
  await page.goto(sandbox.url);
  return page;
}

test('the home page shows what is running and how to call it', async () => {
  const page = await home();
  assert.equal(await page.title(), 'Portal sandbox');
  const text = await page.innerText('main');
  for (const part of [
    sandbox.url,
    'in memory',
    'classic',
    sandbox.onlineapp.api_key,
    sandbox.onlineapp.paywall_id,
    sandbox.kwik.base_url,
    sandbox.kwik.api_key,
    sandbox.kwik.api_secret,
  ]) {
    assert.ok(text.includes(part), `${part} is missing`);
  }
  assert.deepEqual(page.complaints, []);
});

test('a link for a Kwik customer opens that customer\'s portal, without JavaScript', async () => {
  const page = await home({ javaScriptEnabled: false });
  await press(page, 'Make a link for Thandi Active');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Your link is ready');
  await press(page, 'Open the portal', 'link');
  assert.ok(page.url().startsWith(`${sandbox.url}/portal/`));
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Manage your subscription');
  assert.ok((await page.getByRole('banner').innerText()).includes('Signed in as Thandi Active'));
  assert.deepEqual(page.complaints, []);
});

test('the subscription of a Kwik link is the chosen one, or none', async () => {
  const page = await home();
  const thandi = page.getByRole('listitem').filter({ hasText: 'Thandi Active' });
  await thandi.getByRole('combobox').selectOption({ label: 'None: choose a package' });
  await arrive(page, () => thandi.getByRole('button').click());
  await press(page, 'Open the portal', 'link');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'Choose a package');
});

test('a link for an OnlineApp user and for any other address opens', async () => {
  const page = await home({ viewport: PHONE });
  await press(page, 'Make a link for active@sandbox.test');
  await press(page, 'Open the portal', 'link');
  assert.ok((await page.innerText('main')).includes('Plus, monthly'));

  await page.goto(sandbox.url);
  await page.getByLabel('Another e-mail address').fill('another.user@example.com');
  await arrive(page, () => page.keyboard.press('Enter'));
  await press(page, 'Open the portal', 'link');
  assert.ok((await page.getByRole('banner').innerText()).includes('Signed in as another.user@example.com'));
  assert.deepEqual(page.complaints, []);
});

test('where the provider would refuse, the page shows its answer and no link', async () => {
  const page = await home();
  await press(page, 'Make a link for conflict@sandbox.test');
  assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'The provider would refuse this call');
  assert.ok((await page.innerText('main')).includes('409 Conflict'));
  assert.ok((await page.innerText('main')).includes('{"hasActivePurchase":true}'));
  assert.equal(await page.getByRole('link', { name: 'Open the portal' }).count(), 0);
});

test('a created link is on no other page and not in the journal', async () => {
  const page = await home();
  await press(page, 'Make a link for Naledi New');
  const url = await page.getByRole('link', { name: 'Open the portal' }).getAttribute('href');
  const token = url.split('/').pop();
  for (const path of ['/', '/journal', '/_sandbox/state', '/_sandbox/journal']) {
    const body = await (await fetch(sandbox.url + path)).text();
    assert.ok(!body.includes(token), path);
  }
});

test('the live journal shows a call soon after it arrives, and does not change while paused', async () => {
  const page = await browser.page();
  await page.goto(`${sandbox.url}/journal`);
  await sandbox.callOnlineapp({ email: 'journal@example.com' });
  // The page reloads itself; waiting for the call waits for the reload.
  await page.getByText('get-customer-portal').first().waitFor();
  await page.getByRole('link', { name: 'Pause' }).click();
  await page.getByText('This page is paused.').waitFor();
  await page.getByText('get-customer-portal').first().click();
  const request = page.getByRole('group', { name: 'Request at' }).first();
  assert.ok((await request.innerText()).includes('"***@example.com"'));
  assert.ok((await request.innerText()).includes('x-api-key: ***'));
  assert.equal((await fetch(`${sandbox.url}/journal?paused`)).headers.get('refresh'), null);
  assert.equal((await fetch(`${sandbox.url}/journal`)).headers.get('refresh'), '2');
  assert.deepEqual(page.complaints, []);
});

test('the commands of the page make links when copied into a shell', async () => {
  const page = await home();
  const copy = (name) => page.getByRole('group', { name, exact: true }).innerText();
  const script = `set -e\n${await copy('First: point this shell at the sandbox')}\n${await copy('Shell')}\n`;
  const env = { PATH: `${dirname(portal)}:${process.env.PATH}`, HOME: '/nonexistent' };
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', script], { env });
  const links = stdout.trim().split('\n');
  assert.equal(links.length, 2);
  for (const link of links) {
    assert.equal((await page.goto(link)).status(), 200);
  }
});

test('Tab reaches every control of the home page, in page order, with a visible focus', async () => {
  const page = await home();
  const controls = 'a[href], button, select, input:not([type=hidden]), summary, [tabindex="0"]';
  const wanted = await page.locator(controls).and(page.locator(':visible')).evaluateAll((all) => all.map((one) => one.outerHTML));
  const reached = [];
  for (let count = 0; count < wanted.length; count += 1) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => ({
      html: document.activeElement.outerHTML,
      outline: getComputedStyle(document.activeElement).outlineStyle,
    }));
    assert.notEqual(focus.outline, 'none', focus.html.slice(0, 200));
    reached.push(focus.html);
  }
  assert.deepEqual(reached, wanted);
});

test('markup in an address is text on the home page', async () => {
  const page = await browser.page();
  await sandbox.callOnlineapp({ email: '<script>document.title="owned"</script><img/src=x>@example.com' });
  await page.goto(sandbox.url);
  assert.equal(await page.title(), 'Portal sandbox');
  assert.equal(await page.locator('main script, main img').count(), 0);
  assert.ok((await page.innerText('main')).includes('<img/src=x>@example.com'));
  assert.deepEqual(page.complaints, []);
});
