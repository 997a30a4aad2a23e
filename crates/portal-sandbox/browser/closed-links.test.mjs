// Links that open no portal (expired, unknown, used), and forms that another page sends.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { heading, press, startBrowser, startSandbox, startSandboxWith } from './support.mjs';

const ACTIVE = { customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' };
const EMAIL = 'active@sandbox.test';
const UNKNOWN = 'This link is not valid';

let sandbox, strict, browser;
before(async () => {
  [sandbox, strict, browser] = await Promise.all([
    startSandbox(),
    startSandboxWith((seed) => seed.replaceAll('# single_use_links = true', 'single_use_links = true')),
    startBrowser(),
  ]);
});
beforeEach(() => Promise.all([sandbox.reset(), strict.reset()]));
afterEach(() => browser.finish());
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
  await strict?.stop();
});

const MAKERS = [(from) => from.kwikLink(ACTIVE), (from) => from.onlineappLink({ email: EMAIL })];
const links = (from) => Promise.all(MAKERS.map((make) => make(from)));

/** Asserts the page's heading and status, and that it shows no customer data. */
async function shows(page, answer, status, title) {
  assert.equal(answer.status(), status);
  assert.equal(await heading(page), title);
  assert.equal(await page.title(), title);
  const content = await page.content();
  for (const part of ['Thandi', 'cus_', 'sub_', EMAIL, 'Sandbox Trading', 'Sandbox paywall']) {
    assert.ok(!content.includes(part), `${title} shows ${part}`);
  }
}

test('a link opens until it expires; then every step says that it has expired', async () => {
  const page = await browser.page();
  for (const make of MAKERS) {
    const link = await make(sandbox);
    assert.equal((await page.goto(link)).status(), 200);
    await sandbox.advance(1);
    await shows(page, await page.goto(link), 410, 'This link has expired');
    await shows(page, await page.goto(`${link}/cancel`), 410, 'This link has expired');
    await sandbox.reset();
    // A reset deletes the links too, so the link is unknown now.
    await shows(page, await page.goto(link), 404, UNKNOWN);
  }
});

test('a form that was open when its link expired changes nothing', async () => {
  const page = await browser.page();
  for (const make of MAKERS) {
    await page.goto(`${await make(sandbox)}/cancel`);
    await sandbox.advance(1);
    await press(page, /^Cancel/);
    assert.equal(await heading(page), 'This link has expired');
    const { subscriptions } = await sandbox.state();
    assert.ok(subscriptions.every((one) => !one.cancel_at_period_end));
  }
});

test('an address that was never a link is unknown, and so is a link under the other provider\'s path', async () => {
  const page = await browser.page();
  const [kwik, onlineapp] = await links(sandbox);
  for (const url of [
    `${sandbox.url}/portal/nothing`,
    `${sandbox.url}/p/session/nothing`,
    `${kwik}x`,
    kwik.replace('/portal/', '/p/session/'),
    onlineapp.replace('/p/session/', '/portal/'),
    `${kwik}/nothing`,
  ]) {
    await shows(page, await page.goto(url), 404, UNKNOWN);
  }
});

test('a single-use link belongs to the browser that opened it first', async () => {
  for (const link of await links(strict)) {
    const [first, second] = [await browser.page(), await browser.page()];
    assert.equal((await first.goto(link)).status(), 200);
    await shows(second, await second.goto(link), 410, 'This link has already been used');
    await shows(second, await second.goto(`${link}/cancel`), 410, 'This link has already been used');
    // The first browser can still use it.
    await first.reload();
    await press(first, 'Cancel subscription', 'link');
    await press(first, /^Cancel/);
    await first.getByText('Cancelled, still running').waitFor();
    await press(first, 'Keep subscription');
    await first.getByText('Active', { exact: true }).waitFor();
  }
});

test('a form whose token was changed is refused and changes nothing', async () => {
  const page = await browser.page();
  for (const link of await links(sandbox)) {
    await page.goto(`${link}/cancel`);
    await page.locator('input[name=csrf]').evaluate((field) => { field.value = 'A'.repeat(field.value.length); });
    const [answer] = await Promise.all([
      page.waitForResponse((response) => response.request().method() === 'POST'),
      press(page, /^Cancel/),
    ]);
    await shows(page, answer, 403, 'This request did not come from your page');
  }
  const { subscriptions } = await sandbox.state();
  assert.ok(subscriptions.every((one) => !one.cancel_at_period_end));
});

test('a form of one link does not act on another', async () => {
  const [mine, other] = await Promise.all([
    sandbox.kwikLink(ACTIVE),
    sandbox.kwikLink({ customer_id: 'cus_demo_inactive', subscription_id: 'sub_demo_inactive' }),
  ]);
  const page = await browser.page();
  await page.goto(`${mine}/cancel`);
  await page.locator('main form').evaluate((form, action) => { form.action = action; }, `${other}/reactivate`);
  await press(page, /^Cancel/);
  assert.equal(await heading(page), 'This request did not come from your page');
  assert.equal((await sandbox.subscription('sub_demo_inactive')).status, 'INACTIVE');
  assert.equal((await sandbox.subscription('sub_demo_active')).cancel_at_period_end, false);
});
