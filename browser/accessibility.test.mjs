import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';

import { DESKTOP, PHONE, axe, startBrowser, startSandbox } from './support.mjs';

let sandbox, browser, judge, pages;
before(async () => {
  [sandbox, browser, judge] = await Promise.all([startSandbox(), startBrowser(), readFile(axe, 'utf8')]);
  const settings = { redirect_url: 'https://example.com/account' };
  const kwik = (body) => sandbox.kwikLink({ settings, ...body });
  pages = {
    home: sandbox.url,
    journal: `${sandbox.url}/journal?paused`,
    'Kwik, active': await kwik({ customer_id: 'cus_demo_active', subscription_id: 'sub_demo_active' }),
    'Kwik, inactive': await kwik({ customer_id: 'cus_demo_inactive', subscription_id: 'sub_demo_inactive' }),
    'Kwik, packages': await kwik({ customer_id: 'cus_demo_new' }),
    'OnlineApp, active': await sandbox.onlineappLink({ email: 'active@sandbox.test', returnUrl: settings.redirect_url }),
    'OnlineApp, nothing': await sandbox.onlineappLink({ email: 'nobody@example.com' }),
    'unknown link': `${sandbox.url}/portal/nothing`,
  };
});
after(async () => {
  await browser?.stop();
  await sandbox?.stop();
});

/** What axe-core finds; evaluating it by the debugger's way leaves the page's own policy as strict as it is. */
async function violations(page) {
  await page.evaluate(judge);
  const { violations } = await page.evaluate(() => window.axe.run());
  return violations.map(({ id, impact, nodes }) => `${impact}: ${id} at ${nodes.map((node) => node.target).join(', ')}`);
}

for (const colorScheme of ['light', 'dark']) {
  for (const [width, viewport] of Object.entries({ desktop: DESKTOP, phone: PHONE })) {
    test(`axe-core finds nothing on any page, ${colorScheme}, ${width}`, async () => {
      const page = await browser.page({ colorScheme, viewport });
      for (const [name, url] of Object.entries(pages)) {
        await page.goto(url);
        assert.deepEqual(await violations(page), [], name);
      }
    });

    test(`axe-core finds nothing on what the home page's forms answer, ${colorScheme}, ${width}`, async () => {
      const page = await browser.page({ colorScheme, viewport });
      for (const name of ['Make a link for Thandi Active', 'Make a link for conflict@sandbox.test']) {
        await page.goto(sandbox.url);
        await page.getByRole('button', { name }).click();
        assert.deepEqual(await violations(page), [], name);
      }
      await page.goto(`${sandbox.url}/journal?paused`);
      await page.locator('summary').first().click();
      assert.deepEqual(await violations(page), [], 'an open call');
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
