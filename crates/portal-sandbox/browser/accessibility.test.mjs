import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, test } from 'node:test';

import { DESKTOP, PHONE, axe, press, startBrowser, startSandbox, startSandboxWith } from './support.mjs';

const BACK = 'https://example.com/account';

/** The titles of the pages that are not portals, so that no other page is checked in their place. */
const notices = {
  'Kwik, not allowed': 'This link does not allow that',
  'expired link': 'This link has expired',
  'used-up link': 'This link has already been used',
  'unknown link': 'This link is not valid',
};

let sandbox, strict, browser, judge, pages, forms;
before(async () => {
  [sandbox, strict, browser, judge] = await Promise.all([
    startSandbox(),
    startSandboxWith((seed) => seed.replaceAll('# single_use_links = true', 'single_use_links = true')),
    startBrowser(),
    readFile(axe, 'utf8'),
  ]);
  const kwik = (body) => sandbox.kwikLink({ ...body, settings: { redirect_url: BACK } });
  const ofActive = { customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' };
  const expired = await kwik(ofActive);
  await sandbox.advance(1);
  const usedUp = await strict.kwikLink(ofActive);
  await fetch(usedUp);
  const active = await kwik(ofActive);
  const inactive = await kwik({ customer_id: 'cus_demo_inactive', subscription_id: 'sub_demo_inactive' });
  const packages = await kwik({ customer_id: 'cus_demo_new' });
  const onlineapp = await sandbox.onlineappLink({ email: 'active@sandbox.test', returnUrl: BACK });
  pages = {
    home: sandbox.url,
    journal: `${sandbox.url}/journal?paused`,
    'Kwik, active': active,
    'Kwik, cancel': `${active}/cancel`,
    'Kwik, switch': `${active}/switch?product=pro_demo_plus_yearly`,
    'Kwik, billing': `${active}/billing`,
    'Kwik, inactive': inactive,
    'Kwik, reactivate': `${inactive}/reactivate`,
    'Kwik, packages': packages,
    'Kwik, subscribe': `${packages}/subscribe?product=pro_demo_basic_monthly`,
    'Kwik, not allowed': `${packages}/switch?product=nothing`,
    'OnlineApp, active': onlineapp,
    'OnlineApp, cancel': `${onlineapp}/cancel`,
    'OnlineApp, nothing': await sandbox.onlineappLink({ email: 'unknown@example.com' }),
    'expired link': expired,
    'used-up link': usedUp,
    'unknown link': `${sandbox.url}/portal/nothing`,
  };
  forms = { active, onlineapp };
});
afterEach(() => browser.finish());
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
  await strict?.stop();
});

/** Runs axe-core on the page; evaluating it through the debugger keeps the page's content security policy in force. */
async function violations(page) {
  await page.evaluate(judge);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map((node) => node.target).join(', ')}`);
}

const none = async (page, name) => assert.deepEqual(await violations(page), [], name);

for (const colorScheme of ['light', 'dark']) {
  for (const [width, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`axe-core finds nothing on any page, ${colorScheme}, ${width}`, async () => {
      const page = await browser.page({ colorScheme, viewport });
      for (const [name, url] of Object.entries(pages)) {
        await page.goto(url);
        if (name in notices) assert.equal(await page.title(), notices[name]);
        await none(page, name);
      }
    });

    test(`axe-core finds nothing on what the portals' forms answer, ${colorScheme}, ${width}`, async () => {
      const page = await browser.page({ colorScheme, viewport });
      await page.goto(`${forms.active}/billing`);
      await page.getByLabel('Name').fill(' ');
      await page.getByLabel('E-mail').fill('nowhere');
      await page.locator('main form').evaluate((form) => { form.noValidate = true; });
      await press(page, 'Save');
      assert.equal(await page.locator('[aria-invalid]').count(), 2);
      await none(page, 'billing that does not read');

      for (const [name, link] of Object.entries(forms)) {
        await page.goto(`${link}/cancel`);
        await press(page, /^Cancel/);
        assert.equal(await page.getByRole('status').count(), 1);
        await none(page, `${name}, cancellation pending`);
        await press(page, 'Keep subscription');
      }

      await page.goto(`${forms.active}/cancel`);
      await page.locator('input[name=csrf]').evaluate((field) => { field.value = ''; });
      await press(page, /^Cancel/);
      assert.equal(await page.title(), 'This request did not come from your page');
      await none(page, 'forged form');
    });

    test(`axe-core finds nothing on what the home page's forms answer, ${colorScheme}, ${width}`, async () => {
      const page = await browser.page({ colorScheme, viewport });
      for (const name of ['Make a link for Thandi Active', 'Make a link for conflict@sandbox.test']) {
        await page.goto(sandbox.url);
        await press(page, name);
        await none(page, name);
      }
      await page.getByRole('link', { name: 'Home' }).hover();
      await none(page, 'a button under the pointer');
      await page.goto(`${sandbox.url}/journal?paused`);
      await page.locator('summary').first().click();
      await none(page, 'an open call');
    });
  }
}

test('dark is dark and light is light', async () => {
  for (const [colorScheme, darker] of [['light', false], ['dark', true]]) {
    const page = await browser.page({ colorScheme });
    await page.goto(sandbox.url);
    const [back] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/);
    assert.equal(Number(back) < 128, darker, colorScheme);
  }
});
