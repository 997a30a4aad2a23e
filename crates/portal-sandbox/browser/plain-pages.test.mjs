// The portals without JavaScript, without a mouse, and with markup in names.

import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';

import { arrive, heading, notice, plain, press, startBrowser, startSandbox, startSandboxWith } from './support.mjs';

const MARKUP = '<script>document.title="owned"</script><img src=x onerror="document.title=1"> & "it\'s"';
const ACTIVE = { customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' };
const EMAIL = 'active@sandbox.test';

let sandbox, marked, browser;
before(async () => {
  const text = `'''${MARKUP}'''`;
  [sandbox, marked, browser] = await Promise.all([
    startSandbox(),
    startSandboxWith((seed) =>
      seed
        .replace('"Sandbox paywall"', text)
        .replace('"Plus, monthly"', text)
        .replace('"Sandbox Trading"', text)
        .replaceAll('name = "Plus"', `name = ${text}`)
        .replace('"Thandi Active"', text)
        .replace('email = "thandi@sandbox.test"', `email = "thandi@sandbox.test"\nstreet = ${text}`)
        .replace('brand = "Visa"', `brand = ${text}`),
    ),
    startBrowser(),
  ]);
});
beforeEach(() => Promise.all([sandbox.reset(), marked.reset()]));
afterEach(() => browser.finish());
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
  await marked?.stop();
});

/** Asserts that the markup had no effect, and that the page shows it as text `times` times. */
async function showsMarkup(page, times) {
  assert.equal(await page.locator('script, img').count(), 0);
  const seen = plain(await page.locator('body').innerText());
  assert.equal(seen.split(plain(MARKUP)).length - 1, times, `${page.url().split('/').at(-1)}: ${seen}`);
  assert.ok(!['owned', '1'].includes(await page.title()));
}

test('markup in names, plans, cards, addresses and titles stays text on Kwik\'s pages', async () => {
  const page = await browser.page();
  const link = await marked.kwikLink(ACTIVE);
  await page.goto(link);
  assert.equal(await page.title(), MARKUP);
  // Title, holder, plan, two offers, card, name, street.
  await showsMarkup(page, 8);
  await page.goto(`${link}/cancel`);
  await showsMarkup(page, 4);
  await press(page, /^Cancel on /);
  await showsMarkup(page, 6);
  await press(page, 'Keep subscription');
  await page.goto(`${link}/switch?product=pro_demo_plus_yearly`);
  await showsMarkup(page, 5);
  await press(page, /^Switch to /);
  assert.ok((await notice(page)).includes(plain(MARKUP)));
  await page.goto(`${link}/billing`);
  await showsMarkup(page, 2);
  assert.equal(await page.getByLabel('Name').inputValue(), MARKUP);
  assert.equal(await page.getByLabel('Street address').inputValue(), MARKUP);
});

test('markup that a customer enters stays text', async () => {
  const page = await browser.page();
  await page.goto(`${await sandbox.kwikLink(ACTIVE)}/billing`);
  await page.getByLabel('Company').fill(MARKUP);
  await page.getByLabel('Name').fill(' ');
  await press(page, 'Save');
  assert.equal(await page.getByLabel('Company').inputValue(), MARKUP);
  await page.getByLabel('Name').fill(MARKUP);
  await press(page, 'Save');
  await showsMarkup(page, 3);
});

test('markup in a paywall\'s name, a plan, an address and metadata stays text on OnlineApp\'s pages', async () => {
  const page = await browser.page();
  const link = await marked.onlineappLink({ email: EMAIL, userMeta: { [MARKUP]: MARKUP } });
  await page.goto(link);
  assert.equal(await page.title(), `${MARKUP} – your account`);
  // The title and the plan only: the page does not show the metadata that the site sent.
  await showsMarkup(page, 2);
  await page.goto(`${link}/cancel`);
  await showsMarkup(page, 2);
  await press(page, 'Cancel subscription');
  await showsMarkup(page, 2);
  await page.goto(await marked.onlineappLink({ email: '<img/src=x/onerror=alert(1)>@example.com' }));
  await press(page, 'Start a demo subscription');
  assert.equal(await page.locator('script, img').count(), 0);
  assert.ok((await page.getByRole('banner').innerText()).includes('<img/src=x/onerror=alert(1)>@example.com'));
});

test('without JavaScript a customer of Kwik subscribes, cancels and changes their mind', async () => {
  const page = await browser.page({ javaScriptEnabled: false });
  await page.goto(await sandbox.kwikLink({ customer_id: 'cus_demo_new' }));
  await page.getByLabel('Basic').check();
  await press(page, 'Continue');
  await press(page, 'Subscribe and pay R99.00');
  assert.equal(await notice(page), 'You are subscribed to Basic. R99.00 was paid.');
  await press(page, 'Cancel subscription', 'link');
  await press(page, /^Cancel on /);
  assert.ok((await notice(page)).startsWith('Your subscription is cancelled.'));
  await press(page, 'Keep subscription');
  assert.ok((await notice(page)).startsWith('Your subscription continues.'));
  await press(page, 'Edit billing information', 'link');
  await page.getByLabel('Name').fill(' ');
  await press(page, 'Save');
  assert.equal(await page.getByRole('alert').count(), 1);
  const { subscriptions } = await sandbox.state();
  const [mine] = subscriptions.filter((one) => one.customer_id === 'cus_demo_new');
  assert.deepEqual([mine.status, mine.cancel_at_period_end], ['ACTIVE', false]);
});

test('without JavaScript a user of OnlineApp cancels at once and reactivates', async () => {
  const page = await browser.page({ javaScriptEnabled: false });
  await page.goto(await sandbox.onlineappLink({ email: EMAIL }));
  await press(page, 'Cancel subscription', 'link');
  await page.getByRole('radio', { name: /^Now/ }).check();
  await press(page, 'Cancel subscription');
  assert.equal((await sandbox.subscription('sub_sandbox_active')).status, 'canceled');
  await press(page, 'Reactivate subscription', 'link');
  await press(page, 'Reactivate and pay $9.99');
  assert.equal((await sandbox.subscription('sub_sandbox_active')).status, 'active');
});

/** Presses Tab until that control has the focus, and asserts that the focus is visible at each step. */
async function tabTo(page, control) {
  const stops = 40;
  for (let count = 0; count < stops; count += 1) {
    await page.keyboard.press('Tab');
    const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    assert.notEqual(outline, 'none');
    if ((await control.and(page.locator(':focus')).count()) === 1) return;
  }
  assert.fail(`${control} is not reached by ${stops} times Tab`);
}

/** Tabs to the control, presses Enter, and waits for the next page. */
async function enter(page, role, name) {
  await tabTo(page, page.getByRole(role, { name }));
  await arrive(page, () => page.keyboard.press('Enter'));
}

/** Asserts that the result of a step has the focus, so that a screen reader reads it first. */
const isTold = (page) => page.getByRole('status').and(page.locator(':focus')).waitFor();

test('by keyboard alone a customer of Kwik subscribes, cancels and changes their mind', async () => {
  const page = await browser.page();
  await page.goto(await sandbox.kwikLink({ customer_id: 'cus_demo_new' }));
  await tabTo(page, page.getByRole('radio').first());
  await page.keyboard.press('Space');
  await enter(page, 'button', 'Continue');
  assert.equal(await heading(page), 'Confirm your package');
  await enter(page, 'button', 'Subscribe and pay R99.00');
  await isTold(page);
  await enter(page, 'link', 'Cancel subscription');
  await enter(page, 'link', 'Keep subscription');
  await enter(page, 'link', 'Cancel subscription');
  await enter(page, 'button', /^Cancel on /);
  await isTold(page);
  await enter(page, 'button', 'Keep subscription');
  await isTold(page);
  const { subscriptions } = await sandbox.state();
  const [mine] = subscriptions.filter((one) => one.customer_id === 'cus_demo_new');
  assert.deepEqual([mine.status, mine.product_id, mine.cancel_at_period_end], ['ACTIVE', 'pro_demo_basic_monthly', false]);
});

test('by Tab and Enter alone a user of OnlineApp cancels at the period\'s end and changes their mind', async () => {
  const page = await browser.page();
  await page.goto(await sandbox.onlineappLink({ email: EMAIL }));
  await enter(page, 'link', 'Cancel subscription');
  await enter(page, 'button', 'Cancel subscription');
  await isTold(page);
  assert.equal((await sandbox.subscription('sub_sandbox_active')).cancel_at_period_end, true);
  await enter(page, 'button', 'Keep subscription');
  await isTold(page);
  assert.equal((await sandbox.subscription('sub_sandbox_active')).cancel_at_period_end, false);
});
