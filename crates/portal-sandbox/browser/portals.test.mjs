import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { PHONE, startBrowser, startSandbox } from './support.mjs';

const ACTIVE = { customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' };
const BACK = 'http://localhost:9/account?a=1&b=2';

let sandbox, browser;
before(async () => {
  [sandbox, browser] = await Promise.all([startSandbox(), startBrowser()]);
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

async function open(url, options) {
  const page = await browser.page(options);
  const answer = await page.goto(url);
  return { page, answer };
}

test('both providers\' links open without JavaScript and without a browser warning', async () => {
  const links = [
    [await sandbox.kwikLink(ACTIVE), 'Sandbox Trading', 'Manage your subscription'],
    [await sandbox.kwikLink({ customer_id: 'cus_demo_new' }), 'Sandbox Trading', 'Choose a package'],
    [await sandbox.onlineappLink({ email: 'active@sandbox.test' }), 'Sandbox paywall – your account', 'Your account'],
  ];
  for (const [link, title, heading] of links) {
    for (const javaScriptEnabled of [true, false]) {
      const { page, answer } = await open(link, { javaScriptEnabled });
      assert.equal(answer.status(), 200);
      assert.equal(await page.title(), title);
      assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), heading);
      assert.deepEqual(page.complaints, []);
    }
  }
});

test('the return link leads to the given URL and sends no referrer', async () => {
  for (const [link, name] of [
    [await sandbox.kwikLink({ ...ACTIVE, settings: { redirect_url: BACK } }), 'Back to site'],
    [await sandbox.onlineappLink({ email: 'active@sandbox.test', returnUrl: BACK }), 'Return to the site'],
  ]) {
    const { page } = await open(link);
    await page.route('http://localhost:9/**', (route) => route.fulfill({ body: 'shop', contentType: 'text/plain' }));
    const [request] = await Promise.all([
      page.waitForRequest('http://localhost:9/**'),
      page.getByRole('link', { name }).click(),
    ]);
    assert.equal(request.url(), BACK);
    assert.equal((await request.allHeaders()).referer, undefined);
  }
});

test('without a return URL there is no return link', async () => {
  const { page } = await open(await sandbox.kwikLink(ACTIVE));
  assert.equal(await page.getByRole('link', { name: 'Back to site' }).count(), 0);
});

test('markup in titles, addresses and metadata stays text', async () => {
  const markup = '<script>document.title="owned"</script><img src=x onerror="document.title=1">';
  const { page } = await open(await sandbox.kwikLink({ ...ACTIVE, settings: { page_title: markup } }));
  assert.equal(await page.title(), markup);
  assert.equal(await page.locator('main script, header script, main img, header img').count(), 0);
  assert.equal(await page.locator('.brand').innerText(), markup);
  assert.deepEqual(page.complaints, []);

  const link = await sandbox.onlineappLink({ email: '<b>me</b>@example.com', userMeta: { '<i>k</i>': markup } });
  const other = await open(link);
  assert.equal(await other.page.locator('b, i, main script, main img').count(), 0);
  assert.equal(await other.page.getByRole('banner').getByRole('strong').innerText(), '<b>me</b>@example.com');
  assert.deepEqual(other.page.complaints, []);
});

test('the page of an unknown address says so and names no customer', async () => {
  for (const path of ['/portal/nothing', '/p/session/nothing']) {
    const { page, answer } = await open(sandbox.url + path);
    assert.equal(answer.status(), 404);
    assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'This link is not valid');
    assert.deepEqual(page.complaints, []);
  }
});

test('the return link is the first element that Tab reaches', async () => {
  const { page } = await open(await sandbox.kwikLink({ ...ACTIVE, settings: { redirect_url: BACK } }));
  await page.keyboard.press('Tab');
  assert.ok(await page.getByRole('link', { name: 'Back to site' }).and(page.locator(':focus')).isVisible());
});

test('no page is wider than a phone', async () => {
  const long = 'a'.repeat(120);
  for (const link of [
    sandbox.url,
    `${sandbox.url}/journal?paused`,
    await sandbox.kwikLink({ ...ACTIVE, settings: { page_title: long, redirect_url: BACK } }),
    await sandbox.onlineappLink({ email: `${long}@example.com` }),
  ]) {
    const { page } = await open(link, { viewport: PHONE });
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), PHONE.width, link);
  }
});
